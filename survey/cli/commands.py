"""What every command shares: the store, errors as exit codes, and where output goes."""

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from qr.codes import QrTooLongError
from qr.posters import UnprintableTextError
from survey.errors import StoreError, SurveyError
from survey.services import services
from survey.store import schema
from survey.store.refusals import has_no_room, is_for_later
from survey.watching.runs import Area, WatchedRun, bound, current_id, current_run

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

log = logging.getLogger(__name__)

STANDARD_OUTPUT = Path("-")
OUT = click.Path(path_type=Path, dir_okay=False, allow_dash=True)

__all__ = ["OUT", "command", "services", "write_out"]


def command(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Run in the application context; data that is refused ends with exit code 1, one line per fault."""

    inside = with_appcontext(_refusing(function))

    @wraps(function)
    def run(*args: Arguments.args, **options: Arguments.kwargs) -> Result:
        # A process of its own has a number from the start; where commands are called otherwise they get one here.
        with bound(current_run() or WatchedRun(Area.COMMAND)), _told(click.get_current_context().command_path):
            return inside(*args, **options)

    return run


def _refusing(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    @wraps(function)
    def run(*args: Arguments.args, **options: Arguments.kwargs) -> Result:
        try:
            return function(*args, **options)
        except (SurveyError, QrTooLongError, UnprintableTextError, OSError) as error:
            click.echo(str(error), err=True)
            sys.exit(1)
        except DBAPIError as error:
            click.echo(_told_of_database(error), err=True)
            sys.exit(1)

    return run


def _told_of_database(error: DBAPIError) -> str:
    """Return one line on a database that is away, full or at another schema; raises what is a fault of ours."""
    if has_no_room(error):
        return f"the disk of the database is full, nothing more was stored: {error.orig}"
    if is_for_later(error):
        return f"the database cannot be reached or takes nothing just now: {error.orig}"
    try:
        schema.require_current(services().store)
    except StoreError as other:
        return str(other)
    except DBAPIError as unreadable:
        return f"the database cannot be read: {unreadable.orig}; see docs/operations.md, 6, on restoring a backup"
    raise error


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Write into the log that a command ended, and how; what it was given may be anything, and is not told."""
    began = time.monotonic()
    try:
        yield
    except SystemExit as end:
        log.info("command ended", extra={"command": name, "exit": end.code, "s": _since(began)})
        raise
    except Exception as error:
        failed = {"command": name, "kind": type(error).__name__, "s": _since(began)}
        log.error("command failed; the error number is %s", current_id(), extra=failed)
        raise
    log.info("command ended", extra={"command": name, "exit": 0, "s": _since(began)})


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)


def write_out(path: Path, data: bytes) -> None:
    """Write made data to a file, or to standard output for `-`; a half-written file never stays."""
    if path == STANDARD_OUTPUT:
        sys.stdout.buffer.write(data)
        return
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
