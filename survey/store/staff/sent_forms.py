"""Forms of staff that were sent a moment ago: who came first with one, and the sealed answer to it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from survey.store.staff.tables import sent_form

KEPT = timedelta(seconds=60)
_row = sent_form.c


@dataclass(frozen=True, slots=True)
class SentRow:
    """A form that was taken a moment ago; `answer` is None while it is at work, and empty when it was not kept."""

    answer: bytes | None


def take_form(connection: Connection, digest: str, *, now: datetime) -> bool:
    """Note that a form is at work; False when somebody came first within the last 60 seconds. Old rows are removed."""
    # Whoever comes at the same moment removes the others: two that waited for each other's rows could block.
    old = select(_row.digest).where(~_is_recent(now)).order_by(_row.digest).with_for_update(skip_locked=True)
    connection.execute(delete(sent_form).where(_row.digest.in_(old)))
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(sent_form).values(digest=digest, at=now).on_conflict_do_nothing()
    return connection.execute(statement.returning(_row.digest)).first() is not None


def find_form(connection: Connection, digest: str, *, now: datetime) -> SentRow | None:
    """Return what is known of a form that was taken, or answered, within the last 60 seconds."""
    found = connection.execute(select(_row.answer).where((_row.digest == digest) & _is_recent(now))).first()
    return SentRow(found.answer) if found else None


def keep_answer(connection: Connection, digest: str, answer: bytes, *, taken: datetime, now: datetime) -> None:
    """Keep the answer to a form that was taken at a moment; one that somebody else has taken since stays."""
    connection.execute(update(sent_form).where(_is(digest, taken)).values(answer=answer, at=now))


def let_go(connection: Connection, digest: str, *, taken: datetime) -> None:
    """Let a form that was taken at a moment be sent again."""
    connection.execute(delete(sent_form).where(_is(digest, taken)))


def _is(digest: str, taken: datetime) -> ColumnElement[bool]:
    return (_row.digest == digest) & (_row.at == taken)


def _is_recent(now: datetime) -> ColumnElement[bool]:
    # What lies ahead was written before a clock was put right: it must not block a form until then.
    return _row.at.between(now - KEPT, now + KEPT)
