"""The files that work in the background makes: whole or not there, readable by us alone, removed after their time."""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, cast

from survey.settings import Settings


def made_folder(settings: Settings) -> Path:
    """Return the folder of made files."""
    folder = settings.instance / "made"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill a file, which comes into its place when it is whole."""
    with NamedTemporaryFile(dir=path.parent, prefix=f"{path.stem}.", suffix=".draft", delete=False) as draft:
        try:
            write(cast(BinaryIO, draft))
            draft.flush()
            os.replace(draft.name, path)
        except BaseException:
            os.unlink(draft.name)
            raise


def remove_made(settings: Settings, pattern: str, *, kept_for: timedelta, now: datetime) -> None:
    """Remove the made files of a pattern that are older than their time, and what was left half done."""
    oldest = (now - kept_for).timestamp()
    for path in made_folder(settings).glob(pattern):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < oldest:
                path.unlink()
