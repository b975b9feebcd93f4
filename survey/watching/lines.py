"""A line of the log: one line whatever is in it, as text for people or as JSON for programs.

What comes from outside can neither begin a line nor move a terminal's cursor: everything that does not print is
written as Python writes it in a string.
"""

import json
import logging
import traceback
from collections.abc import Hashable, Iterator, Mapping
from copy import copy
from datetime import UTC, datetime
from enum import StrEnum

from survey.watching.runs import current_id

LONGEST = 2_000
MOST_FRAMES = 40
# What every record has; whatever else it has was given with `extra`.
USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "run", "where", "citizens"}


class LogFormat(StrEnum):
    """How lines are written."""

    TEXT = "text"
    JSON = "json"


def printable(text: str) -> str:
    """Return a text without anything that does not print, and not longer than one reads.

    >>> printable("a\\nINFO all is well\\x1b[2J\\u202e")
    'a\\\\nINFO all is well\\\\x1b[2J\\\\u202e'
    """
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in cut)


def note_run(record: logging.LogRecord) -> None:
    """Write the number of the run into a record, in the thread that works for it."""
    if not hasattr(record, "run"):
        record.run = current_id()


def without_values(record: logging.LogRecord) -> logging.LogRecord:
    """Return a record with the words of the program alone, and of an error which kind it is and where it was raised.

    What is put into the words, and the words of an error, may be what somebody sent.
    """
    kept = logging.LogRecord(record.name, record.levelno, record.pathname, record.lineno, str(record.msg), None, None)
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        kept.where = [f"{type(one).__module__}.{type(one).__qualname__} at {_places(one)}" for one in _chain(error)]
    return kept


def kind_of_trouble(record: logging.LogRecord) -> Hashable | None:
    """Return what tells the trouble of a record from other trouble: its words, kinds and last place; None without."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return None
    last = traceback.extract_tb(error.__traceback__, limit=-1)
    place = tuple((frame.filename, frame.lineno) for frame in last)
    return record.name, str(record.msg), tuple(type(link) for link in _chain(error)), place


def without_trouble(record: logging.LogRecord) -> logging.LogRecord:
    """Return a record whose line names the kind of its error, without the trace."""
    kept = copy(record)
    error = record.exc_info[1] if record.exc_info else None
    kept.exc_info, kept.kind = None, type(error).__name__
    return kept


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    for _ in range(MOST_FRAMES):
        if link is None:
            return
        yield link
        link = link.__cause__ or link.__context__


def _places(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    return " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames)) or "nowhere"


class LineFormatter(logging.Formatter):
    """Writes records as lines of one kind."""

    def __init__(self, kind: LogFormat) -> None:
        super().__init__()
        self._kind = kind

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record, without its end."""
        fields, trouble = _fields(record), _trouble(record)
        if self._kind is LogFormat.JSON:
            return json.dumps({**fields, **({"exception": trouble} if trouble else {})}, ensure_ascii=False)
        head = " ".join(str(fields.pop(name)) for name in ("time", "level", "logger"))
        number, event = fields.pop("id", "-"), fields.pop("event")
        rest = "".join(f" {name}={value}" for name, value in fields.items())
        return "\n".join([f"{head} [{number}] {event}{rest}", *(f"    | {line}" for line in trouble)])


def _fields(record: logging.LogRecord) -> dict[str, object]:
    when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    number = getattr(record, "run", "")
    return {
        "time": when,
        "level": record.levelname.lower(),
        "logger": printable(record.name),
        **({"id": number} if number else {}),
        "event": printable(_message(record)),
        **{name: _plain(value) for name, value in _given(record).items()},
    }


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return f"{record.msg} (its values do not fit)"


def _given(record: logging.LogRecord) -> Mapping[str, object]:
    return {name: value for name, value in vars(record).items() if name not in USUAL}


def _plain(value: object) -> object:
    return value if isinstance(value, bool | int | float) or value is None else printable(str(value))


def _trouble(record: logging.LogRecord) -> list[str]:
    if record.exc_info:
        whole = "".join(traceback.format_exception(*record.exc_info))
        return [printable(line) for line in whole.splitlines()]
    return [printable(line) for line in getattr(record, "where", [])]
