"""Whether anything can be read and stored just now, for whoever watches the server from outside."""

import os
import secrets
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from survey.errors import SurveyError
from survey.operations.cache import Kept
from survey.operations.collecting.responses import Recorder
from survey.store.engine import Store
from survey.store.subjects import ADDED

UNREACHABLE, UNSTORABLE = "database unreachable", "nothing can be stored"
# Whoever asks again and again costs no more than that.
KEPT_SECONDS = 2.0
PROBE_BYTES = 1 << 16


class Health:
    """Looks after a store; what it saw holds for two seconds."""

    def __init__(self, store: Store, recorder: Recorder) -> None:
        self._store, self._recorder = store, recorder
        self._kept = Kept[str, str](1, seconds=KEPT_SECONDS)

    def trouble(self) -> str:
        """Return what is wrong in a few words, nothing when all is well."""
        return self._kept.get("", self._look)

    def _look(self) -> str:
        try:
            with self._store.reading_now() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return UNREACHABLE
        return UNSTORABLE if self._recorder.is_in_trouble() or not self._can_store() else ""

    def _can_store(self) -> bool:
        try:
            _try_file(self._store) if self._store.is_sqlite else _try_server(self._store)
        except (OSError, SQLAlchemyError, SurveyError):
            return False
        return True


def _try_file(store: Store) -> None:
    """Write beside the database, on its disk, as much as a batch of answers takes."""
    folder = Path(str(store.engine.url.database)).parent
    probe = folder / f".room-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        with probe.open("wb") as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    finally:
        probe.unlink(missing_ok=True)


def _try_server(store: Store) -> None:
    """Let the server commit something: one that is read-only, or whose journal has no room, does not."""
    with store.writing(ADDED) as connection:
        connection.execute(text("SELECT pg_current_xact_id()"))
