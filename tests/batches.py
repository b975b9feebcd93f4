"""Work in the background: a test waits for it before it takes the database away."""

import time

from flask.testing import FlaskClient

from survey.operations.jobs import jobs
from survey.operations.jobs.jobs import JobKind, find_job
from survey.settings import Settings
from survey.store.engine import Store
from survey.store.file_locks import is_locked
from survey.store.jobs.jobs import Job, JobState

# Seconds. A worker steps back for all others, so on a busy machine it takes its time.
PATIENCE = 300


def ended(store: Store, settings: Settings, kind: JobKind, about: str) -> Job:
    """Wait for a job to end, and for its worker to let the next one begin, and return how it ended."""
    until, lock = time.monotonic() + PATIENCE, jobs._lock_path(settings, kind, about)
    while (job := find_job(store, settings, kind, about)) is None or job.state is JobState.RUNNING or is_locked(lock):
        assert time.monotonic() < until, job
        time.sleep(0.1)
    return job


def wait_until_made(client: FlaskClient, address: str) -> None:
    """Wait until a report is made, and whoever made it has let go of it."""
    made = client.application.extensions["hai-long"]
    ended(made.store, made.settings, JobKind.REPORT, address.rpartition("/")[2])
    assert "Refresh" not in client.get(address).headers


def wait_until_set(client: FlaskClient, address: str) -> None:
    """Wait until a batch is set, and whoever set it has let go of it so that it can be set again."""
    made = client.application.extensions["hai-long"]
    ended(made.store, made.settings, JobKind.POSTERS, address.rpartition("/")[2])
    assert "Refresh" not in client.get(address).headers
