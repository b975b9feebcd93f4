"""What the database refuses because somebody else was faster, said once for all pages and commands."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError

from survey.errors import BusyError, ChangedMeanwhileError
from survey.store.subjects import Subject
from survey.watching.process import Fallback, fell_back

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

# PostgreSQL's SQLSTATEs and SQLite's names of errors. A NOT NULL or a CHECK that fails is a fault of ours, whoever
# else is at work, and stays one.
OUT_OF_RANGE = "22003"
FOREIGN_KEY, UNIQUE, EXCLUSION = "23503", "23505", "23P01"
REFUSED = frozenset(
    {
        *(FOREIGN_KEY, UNIQUE, EXCLUSION),
        *("SQLITE_CONSTRAINT_FOREIGNKEY", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE"),
    }
)
# A deadlock, a read that could not be of one moment, a lock that did not come, a statement that took too long.
BUSY = frozenset({"40P01", "40001", "55P03", "57014", "SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_LOCKED"})
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
