"""The process that does one job: `python -m survey.cli.worker`, told on its standard input what to do."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping

from survey.operations.jobs.jobs import JobKind
from survey.operations.jobs.working import carry_out
from survey.operations.posters.batches import set_batch
from survey.operations.publishing.jobs import publish_as_asked
from survey.operations.report.jobs import make_report
from survey.settings import Settings, load_settings
from survey.store.engine import Store, open_store
from survey.store.file_locks import let_go
from survey.store.jobs.jobs import Job, find_job
from survey.watching.lines import LogFormat
from survey.watching.process import PROCESS
from survey.watching.runs import Area, WatchedRun, bind_for_good

# Citizens come first: a worker steps back for them.
STEP_BACK = 10
WORK: Mapping[JobKind, Callable[[Store, Settings, Job], Iterable[str]]] = {
    JobKind.PUBLICATION: publish_as_asked,
    JobKind.POSTERS: set_batch,
    JobKind.REPORT: make_report,
}


def main() -> None:
    """Do the job that is asked for."""
    os.nice(STEP_BACK)
    orders = json.load(sys.stdin)
    settings, kind = load_settings(orders["settings"]), JobKind(orders["kind"])
    # The log is written as the server's, under the number of the request that began the job.
    bind_for_good(WatchedRun(Area.COMMAND, **({"id": orders["run"]} if orders["run"] else {})))
    PROCESS.configure(level=settings.log_level, form=LogFormat(settings.log_format))
    store = open_store(settings.database_url)
    try:
        with store.reading() as connection:
            job = find_job(connection, kind, orders["about"])
        if job is not None:
            carry_out(store, job, lambda own: WORK[kind](store, settings, own))
    finally:
        store.close()
        # A process takes its time to end, and whoever reads that it is over may begin the next.
        let_go(orders["lock"])


if __name__ == "__main__":
    main()
