"""What was done with printed codes, as facts: the undo of an ending and the history of a code rest on them.

The table is the only place that knows why a code was replaced: a code that died because somebody pasted another one
over it must not lead on, so nothing in its own row may name the code that took its place.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection, Row, insert, select

from survey.store.tables import code_event


class CodeAct(StrEnum):
    """What can be done with a code; `UNDONE` takes back the replacement or revocation before it."""

    ADDED = "added"
    CHANGED = "changed"
    REPLACED = "replaced"
    REVOKED = "revoked"
    UNDONE = "undone"
    MOVED = "moved"


ABOUT_ENDINGS = (CodeAct.REPLACED, CodeAct.REVOKED, CodeAct.UNDONE)


@dataclass(frozen=True, slots=True)
class CodeEvent:
    """Something done with `code` by somebody; `at` is UTC without a zone.

    `new_code` took its place, or was withdrawn where that is undone. An ended code's row had `valid_from`, `valid_to`
    and `successor_code` before. A code that moved hangs at `new_name`, once `old_name`, from the day `hangs_from` on.
    """

    code: str
    at: datetime
    staff: str
    act: CodeAct
    new_code: str | None = None
    reason: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successor_code: str | None = None
    hangs_from: date | None = None
    old_name: str | None = None
    new_name: str | None = None


def save_code_event(connection: Connection, event: CodeEvent) -> None:
    """Add an event; the database refuses to change or remove it later."""
    connection.execute(insert(code_event).values(**asdict(event)))


def list_code_events(connection: Connection, code: str) -> tuple[CodeEvent, ...]:
    """Return what was done with a code, and with the codes it took the place of to that end, the latest first."""
    about = (code_event.c.code == code) | (code_event.c.new_code == code)
    found = connection.execute(select(code_event).where(about).order_by(code_event.c.id.desc()))
    return tuple(map(_to_event, found))


def find_ending(connection: Connection, code: str) -> CodeEvent | None:
    """Return how a code was ended last; None when it never was, or that was undone."""
    about = (code_event.c.code == code) & code_event.c.act.in_(ABOUT_ENDINGS)
    found = connection.execute(select(code_event).where(about).order_by(code_event.c.id.desc()).limit(1)).first()
    return None if found is None or found.act == CodeAct.UNDONE else _to_event(found)


def _to_event(row: Row[tuple[object, ...]]) -> CodeEvent:
    values = {**row._mapping, "act": CodeAct(row.act)}
    del values["id"]
    return CodeEvent(**values)
