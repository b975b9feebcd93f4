"""Comments as somebody reads them before anybody else does, and what was decided of each.

Comments come in the order of their keys, which are random. Nothing of a response is read here, and nothing from where
comments arrive but whether some still wait there.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, Join, Row, Select, case, delete, func, insert, select, true

from survey.store.feedback.tables import comment_screening
from survey.store.tables import agency, comment, comment_inbox


class CommentDecision(StrEnum):
    """What was decided of a comment."""

    WAITING = "waiting"
    SHOWN = "shown"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class HeldComment:
    """A settled comment; `shown` has the words everybody may read, none when it is hidden, None while it waits."""

    key: bytes
    agency_code: str
    text: str
    shown: str | None


@dataclass(frozen=True, slots=True)
class CommentCount:
    """How many comments an agency has in a round, and of how many what was decided."""

    agency_id: int
    agency_code: str
    agency_name: str
    comments: int
    shown: int
    hidden: int

    def of(self, decision: CommentDecision | None) -> int:
        """Return of how many this was decided; None stands for all comments."""
        waiting = self.comments - self.shown - self.hidden
        return {
            None: self.comments,
            CommentDecision.WAITING: waiting,
            CommentDecision.SHOWN: self.shown,
            CommentDecision.HIDDEN: self.hidden,
        }[decision]


_DECIDED: Mapping[CommentDecision | None, ColumnElement[bool]] = {
    None: true(),
    CommentDecision.WAITING: comment_screening.c.comment_key.is_(None),
    CommentDecision.SHOWN: comment_screening.c.text != "",
    CommentDecision.HIDDEN: comment_screening.c.text == "",
}


def has_unsettled(connection: Connection, round_id: int) -> bool:
    """Tell whether comments of a round still wait for the nightly work."""
    return connection.execute(select(comment_inbox.c.key).filter_by(round_id=round_id).limit(1)).first() is not None


def count_comments(connection: Connection, round_id: int) -> tuple[CommentCount, ...]:
    """Return the counts of every agency that has comments."""
    decided = [
        func.count(case((_DECIDED[decision], 1))).label(decision)
        for decision in (CommentDecision.SHOWN, CommentDecision.HIDDEN)
    ]
    counted = (
        select(comment.c.agency_id, func.count().label("comments"), *decided)
        .select_from(_decided())
        .where(comment.c.round_id == round_id)
        .group_by(comment.c.agency_id)
        .subquery()
    )
    numbers = (counted.c.comments, counted.c.shown, counted.c.hidden)
    statement = select(agency.c.id, agency.c.code, agency.c.name, *numbers).join_from(counted, agency)
    return tuple(CommentCount(*row) for row in connection.execute(statement))


def list_comments(
    connection: Connection, round_id: int, agency_ids: Collection[int], decision: CommentDecision | None
) -> list[HeldComment]:
    """Return the comments of some agencies of which this was decided, in the order of their keys."""
    wanted = _comments(round_id).where(comment.c.agency_id.in_(agency_ids), _DECIDED[decision])
    return [_to_comment(row) for row in connection.execute(wanted.order_by(comment.c.key))]


def find_comments(connection: Connection, round_id: int, keys: Collection[bytes]) -> dict[bytes, HeldComment]:
    """Return those of the comments with these keys that are settled comments of the round."""
    found = connection.execute(_comments(round_id).where(comment.c.key.in_(keys)))
    return {one.key: one for one in map(_to_comment, found)}


def save_decisions(
    connection: Connection, comments: Collection[HeldComment], *, round_id: int, staff: str, day: date
) -> None:
    """Store what was decided of comments in place of what was before; `shown` of each must not be None."""
    ids = {code: number for number, code in connection.execute(select(agency.c.id, agency.c.code))}
    keys = [row.key for row in comments]
    connection.execute(delete(comment_screening).where(comment_screening.c.comment_key.in_(keys)))
    same = {"round_id": round_id, "decided_on": day, "staff": staff}
    rows = [{"comment_key": row.key, "agency_id": ids[row.agency_code], "text": row.shown, **same} for row in comments]
    connection.execute(insert(comment_screening), rows)


def list_shown(connection: Connection, round_id: int) -> tuple[tuple[str, str], ...]:
    """Return agency code and words of every comment that may be shown, in the order of their keys."""
    statement = (
        select(agency.c.code, comment_screening.c.text)
        .select_from(comment_screening.join(agency))
        .where(comment_screening.c.round_id == round_id, _DECIDED[CommentDecision.SHOWN])
        .order_by(comment_screening.c.comment_key)
    )
    return tuple((row.code, row.text) for row in connection.execute(statement))


def _comments(round_id: int) -> Select[tuple[object, ...]]:
    columns = (comment.c.key, agency.c.code, comment.c.text, comment_screening.c.text.label("shown"))
    whole = _decided().join(agency, agency.c.id == comment.c.agency_id)
    return select(*columns).select_from(whole).where(comment.c.round_id == round_id)


def _decided() -> Join:
    return comment.outerjoin(comment_screening, comment_screening.c.comment_key == comment.c.key)


def _to_comment(row: Row[tuple[object, ...]]) -> HeldComment:
    return HeldComment(bytes(row.key), row.code, row.text, row.shown)
