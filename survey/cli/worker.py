"""The process that does one job: `python -m survey.cli.worker`, told on its standard input what to do."""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Mapping

from survey.operations.jobs.jobs import JobKind
from survey.operations.jobs.working import carry_out
from survey.operations.posters.batches import set_batch
from survey.operations.publishing.jobs import publish_as_asked
from survey.settings import Settings, load_settings
from survey.store.engine import Store, open_store
from survey.store.jobs.jobs import Job, find_job
from survey.store.work_locks import let_go

# Citizens come first: a worker steps back for them.
STEP_BACK = 10
WORK: Mapping[JobKind, Callable[[Store, Settings, Job], Iterable[str]]] = {
    JobKind.PUBLICATION: publish_as_asked,
    JobKind.POSTERS: set_batch,
}


def main() -> None:
    """Do the job that is asked for."""
    os.nice(STEP_BACK)
    told = json.load(sys.stdin)
    settings, kind = load_settings(told["settings"]), JobKind(told["kind"])
    store = open_store(settings.database_url)
    try:
        with store.reading() as connection:
            job = find_job(connection, kind, told["about"])
        if job is not None:
            carry_out(store, job, lambda own: WORK[kind](store, settings, own))
    finally:
        store.close()
        # A process takes its time to end, and whoever reads that it is over may begin the next.
        let_go(told["lock"])


if __name__ == "__main__":
    logging.basicConfig()
    main()
