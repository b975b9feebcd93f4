"""Publications in the background."""

import json
import logging
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date

from survey.errors import JobFailedError, RefusedRoundError
from survey.formatting import format_date
from survey.operations.jobs.jobs import GAVE_UP, JobKind, find_job, start_job
from survey.operations.jobs.working import FAILED
from survey.operations.publishing.publishing import Order, Stage, publish_stages
from survey.settings import Settings
from survey.store.engine import Store
from survey.store.jobs.jobs import Job
from survey.wording import Phrase

log = logging.getLogger(__name__)


def start_publishing(store: Store, settings: Settings, round_code: str, order: Order) -> bool:
    """Begin to publish a round; False when somebody is publishing it already."""
    asked = {**asdict(order), "today": order.today.isoformat()}
    return start_job(store, settings, JobKind.PUBLICATION, round_code, staff=order.by, order=asked)


def find_publishing(store: Store, settings: Settings, round_code: str) -> Job | None:
    """Return the latest publication of a round that was begun on a page."""
    return find_job(store, settings, JobKind.PUBLICATION, round_code)


def is_out(job: Job) -> bool:
    """Tell whether the results are out, even if the charts were not drawn to the end."""
    return Stage.DRAWING in job.steps


def publish_as_asked(store: Store, settings: Settings, job: Job) -> Iterator[str]:
    """Publish a round as its job asks, yielding every stage as it begins."""
    fields = json.loads(job.asked)
    order = Order(**fields | {"today": date.fromisoformat(fields["today"])})
    stage = None
    try:
        for stage in publish_stages(store, job.about, order):
            yield stage
    except RefusedRoundError as error:
        (_, reason), *_ = error.reasons
        raise JobFailedError(_written(reason)) from error
    except Exception:
        if stage is not Stage.DRAWING:
            raise
        # The results are out: what was not drawn is drawn when somebody looks.
        log.exception("the charts of round %s were not drawn to the end", job.about)


def fault_of(job: Job) -> Phrase:
    """Return why a publication came to nothing; what an earlier version wrote is told as it stands."""
    if job.fault in (FAILED, GAVE_UP):
        return Phrase(job.fault)
    try:
        kept = json.loads(job.fault)
    except ValueError:
        return Phrase("{told}", {"told": job.fault})
    return Phrase(kept["message"], kept["values"])


def _written(told: Phrase) -> str:
    """Return a phrase as the row of a job keeps it; days are written as in both languages."""
    return json.dumps({"message": told.message, "values": told.values}, default=format_date, ensure_ascii=False)
