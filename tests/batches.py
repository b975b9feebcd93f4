"""Batches of posters, which are set in the background: a test waits for them before it takes the database away."""

import time

from flask.testing import FlaskClient

from survey.operations.posters import batches
from survey.services import EXTENSION
from survey.store.work_locks import is_locked


def wait_until_set(client: FlaskClient, address: str) -> None:
    """Wait until a batch is set, and whoever set it has let go of it so that it can be set again."""
    number = int(address.rpartition("/")[2])
    lock = batches._lock_path(client.application.extensions[EXTENSION].settings, number)
    for _ in range(600):
        if "Refresh" not in client.get(address).headers and not is_locked(lock):
            return
        time.sleep(0.1)
    raise AssertionError("the batch is still running")
