"""Tables that wait for a yes: kept in the instance folder from the preview to the change, for a day at most.

A file is found by 192 random bits, and by nobody but who uploaded it.
"""

import json
import os
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from survey.errors import UnknownCodeError

# The rows of a table: where each stood, and its cells by column.
Rows: TypeAlias = Sequence[tuple[int, Mapping[str, str]]]

FOLDER = "uploads"
TOKEN_BYTES = 24
LONGEST_SECONDS = 24 * 60 * 60

_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


@dataclass(frozen=True, slots=True)
class KeptUpload:
    """The rows of tables, and what is to be told of how they were read: the table and the words, by language."""

    tables: list[Rows]
    notes: Sequence[tuple[str, Mapping[str, str]]] = ()


def keep_upload(instance: Path, upload: KeptUpload, *, staff: str) -> str:
    """Keep an upload for `staff` and return the token that finds it; old files are removed."""
    folder = instance / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    _remove_old(folder)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    descriptor = os.open(folder / token, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"staff": staff, "tables": upload.tables, "notes": upload.notes}, file, ensure_ascii=False)
    return token


def find_upload(instance: Path, token: str, *, staff: str) -> KeptUpload:
    """Return what was kept; raises UnknownCodeError when it is used, over a day old, or somebody else's."""
    path = instance / FOLDER / token
    if not _TOKEN.fullmatch(token) or not path.is_file() or _is_old(path):
        raise UnknownCodeError("upload", token)
    kept = json.loads(path.read_text(encoding="utf-8"))
    if kept["staff"] != staff:
        raise UnknownCodeError("upload", token)
    return KeptUpload(kept["tables"], [(table, words) for table, words in kept.get("notes", ())])


def drop_upload(instance: Path, token: str) -> None:
    """Remove what `find_upload` found."""
    (instance / FOLDER / token).unlink(missing_ok=True)


def _remove_old(folder: Path) -> None:
    for path in folder.iterdir():
        if _is_old(path):
            path.unlink(missing_ok=True)


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > LONGEST_SECONDS
    except FileNotFoundError:
        return False
