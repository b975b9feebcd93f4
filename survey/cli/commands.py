"""What every command shares: the store, errors as exit codes, and where output goes."""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import click
from flask.cli import with_appcontext

from qr.codes import QrTooLongError
from qr.posters import UnprintableTextError
from survey.errors import SurveyError
from survey.services import services

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

STANDARD_OUTPUT = Path("-")
OUT = click.Path(path_type=Path, dir_okay=False, allow_dash=True)

__all__ = ["OUT", "command", "services", "write_out"]


def command(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Run in the application context; data that is refused ends with exit code 1, one line per fault."""

    @with_appcontext
    @wraps(function)
    def run(*args: Arguments.args, **options: Arguments.kwargs) -> Result:
        try:
            return function(*args, **options)
        except (SurveyError, QrTooLongError, UnprintableTextError, OSError) as error:
            click.echo(str(error), err=True)
            sys.exit(1)

    return run


def write_out(path: Path, data: bytes) -> None:
    """Write made data to a file, or to standard output for `-`; a half-written file never stays."""
    if path == STANDARD_OUTPUT:
        sys.stdout.buffer.write(data)
        return
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(data)
    draft.replace(path)
