"""What the database refuses because somebody else was faster, said once for all pages and commands."""

import errno
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy import exc
from sqlalchemy.exc import DBAPIError, OperationalError

from survey.errors import BusyError, ChangedMeanwhileError, NotStoredError
from survey.store.subjects import Subject
from survey.watching.process import Fallback, fell_back

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

# PostgreSQL's SQLSTATEs and SQLite's names of errors. A NOT NULL or a CHECK that fails is a fault of ours, whoever
# else is at work, and stays one.
FOREIGN_KEY, UNIQUE, EXCLUSION = "23503", "23505", "23P01"
REFUSED = frozenset(
    {
        *(FOREIGN_KEY, UNIQUE, EXCLUSION),
        *("SQLITE_CONSTRAINT_FOREIGNKEY", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE"),
    }
)
# A deadlock, a read that could not be of one moment, a lock that did not come, a statement that took too long.
BUSY = frozenset({"40P01", "40001", "55P03", "57014", "SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_LOCKED"})
# The database is away, starts, ends, has no room, or takes nothing: whoever comes later may find it well.
AWAY_CLASSES, AWAY = ("08", "53", "58"), frozenset({"57P01", "57P02", "57P03", "25006"})
AWAY_OF_SQLITE = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PROTOCOL")
NO_ROOM = frozenset({"53100", "SQLITE_FULL", "SQLITE_IOERR_WRITE"})
# A file that cannot be written or opened: the disk is full, read-only or broken, or too many files are open.
AWAY_OF_FILES = frozenset(
    {*(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO), *(errno.EMFILE, errno.ENFILE)}
)
# SQLite has no exclusion constraints: the triggers that stand for them say this first.
EXCLUDED = "excluded: "
TRIES = 3
LONGEST_PAUSE = 0.2


@contextmanager
def refused_in_words(subjects: Sequence[Subject]) -> Iterator[None]:
    """Turn what the database refuses on account of somebody else's work into an error of ours."""
    try:
        yield
    except DBAPIError as error:
        code = code_of(error)
        text = ", ".join(map(str, subjects))
        if code in BUSY:
            raise BusyError(text) from error
        if code in REFUSED or str(error.orig).startswith(EXCLUDED):
            raise ChangedMeanwhileError(f"somebody else changed this meanwhile ({text}); nothing was stored") from error
        raise


def is_for_later(error: BaseException) -> bool:
    """Tell whether an error says that nothing can be read or stored just now, whoever asks for whatever."""
    if isinstance(error, DBAPIError):
        code = code_of(error)
        begins = (
            (code.startswith(AWAY_CLASSES) or code in AWAY) if code[:1].isdigit() else code.startswith(AWAY_OF_SQLITE)
        )
        nameless = not code and isinstance(error, OperationalError)
        return error.connection_invalidated or begins or nameless or code in BUSY
    if isinstance(error, OSError):
        return error.errno in AWAY_OF_FILES
    return isinstance(error, exc.TimeoutError | NotStoredError | BusyError)


def is_busy(error: BaseException) -> bool:
    """Tell whether a driver's own error says that a lock did not come, or that a statement took too long."""
    return str(getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None)) in BUSY


def has_no_room(error: BaseException) -> bool:
    """Tell whether an error says that a disk is full."""
    if isinstance(error, DBAPIError):
        return code_of(error) in NO_ROOM
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def code_of(error: DBAPIError) -> str:
    """Return what the driver calls an error, empty when it has no name for it."""
    return str(getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None) or "")


def tried_again(act: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Let an act that met a deadlock or a lock's limit begin anew, twice at most.

    Its one transaction stored nothing then, and all it decides on is read again. Raises the last BusyError.
    """

    @wraps(act)
    def run(*args: Arguments.args, **options: Arguments.kwargs) -> Result:
        for _ in range(TRIES - 1):
            try:
                return act(*args, **options)
            except BusyError as error:
                fell_back(Fallback.BUSY, error)
                time.sleep(random.uniform(0, LONGEST_PAUSE))  # noqa: S311  # so that two do not meet again
        return act(*args, **options)

    return run
