"""What a worker does with a job: the work step by step, signs of life, and the last word."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from survey.errors import JobFailedError
from survey.operations.jobs.jobs import BEAT
from survey.store.engine import Store
from survey.store.jobs import jobs as kept
from survey.store.jobs.jobs import Job, JobState
from survey.store.refusals import tried_again
from survey.store.subjects import ADDED
from survey.wording import mark

# What a job does; it yields the name of each step as it begins.
Work = Callable[[Job], Iterable[str]]
FAILED = mark(
    "Máy chủ gặp lỗi khi làm việc này; chưa có gì được lưu. Hãy làm lại; nếu vẫn lỗi, hãy báo người quản trị hệ thống."
)

log = logging.getLogger(__name__)


def carry_out(store: Store, job: Job, work: Work) -> Job:
    """Do a job to its end and return it as it was written down; a fault ends the job, never the worker.

    A job that somebody else has begun again meanwhile is left to them.
    """
    fault = ""
    with _beating(store, job):
        try:
            for step in work(job):
                job = replace(job, steps={**job.steps, step: time.time()}, beat=time.time())
                if not _note(store, job):
                    return job
        except JobFailedError as error:
            fault = str(error)
        except Exception:
            fault = FAILED
            log.exception("%s of %s failed", job.kind, job.about)
    job = replace(job, state=JobState.FAILED if fault else JobState.DONE, fault=fault, ended=time.time())
    _note(store, job)
    return job


@tried_again
def _note(store: Store, job: Job) -> bool:
    with store.writing(ADDED) as connection:
        return kept.note_job(connection, job)


@contextmanager
def _beating(store: Store, job: Job) -> Iterator[None]:
    """Give signs of life until the work is over."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT):
            try:
                with store.writing(ADDED) as connection:
                    kept.note_beat(connection, job, time.time())
            except Exception:
                # A database that does not answer now may do so in five seconds.
                log.warning("no sign of life could be written for %s of %s", job.kind, job.about)

    thread = threading.Thread(target=beat, name="signs of life", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
