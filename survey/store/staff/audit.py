"""The audit trail: the one way to write it, and reading it, newest first, however long it is.

Rows are written in the order of time, so days, which have an index, bound the row numbers; what else is asked for is
looked for among a bounded number of rows at a time.
"""

import json
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, select

from survey.store.staff.accounts import utc_now
from survey.store.staff.acts import Act, DeedSubject, Detail
from survey.store.staff.tables import audit

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

log = logging.getLogger(__name__)

# What was so before or after an act: names of `Detail` with values that JSON holds; days are written as YYYY-MM-DD.
Value: TypeAlias = str | int | date | Sequence[str] | None
Facts: TypeAlias = Mapping[str, Value]
NOTHING: Facts = MappingProxyType({})

# So many rows are looked through in about 20 ms.
LOOKED_THROUGH = 100_000
# Processes that write at the same moment may commit in another order than their clocks say.
OUT_OF_ORDER = 100
BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Deed:
    """One line of the trail; `at` is UTC without a zone.

    Lines written before lines were data have a free text in `detail`, later ones have data instead. An act, a kind or
    a fact of a later version may be unknown to this one.
    """

    id: int
    at: datetime
    staff: str
    act: str
    detail: str = ""
    kind: str = ""
    subject: str = ""
    before: Facts = field(default_factory=dict)
    after: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrailQuery:
    """What is looked for; None means all. `since` (inclusive) and `until` (exclusive) are UTC."""

    staff: str | None = None
    act: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Deeds, newest first, and the row number below which to go on; None at the end of what is asked for."""

    deeds: tuple[Deed, ...]
    before: int | None


def save_audit(
    connection: Connection,
    *,
    staff: str,
    act: Act,
    about: DeedSubject | None = None,
    before: Facts = NOTHING,
    after: Facts = NOTHING,
) -> None:
    """Write down what a person did; the database refuses to change or remove it later.

    All that writes the trail comes through here, and goes to the log as well, from where it can be kept on another
    machine. Raises ValueError for a fact that is no `Detail`.
    """
    line = _line(staff, act, about, before, after)
    connection.execute(insert(audit).values(at=utc_now(), detail="", **line))
    log.info("noted in the trail", extra={name: value for name, value in line.items() if value})


def given(one: "DataclassInstance") -> Facts:
    """Return what is set in a row of ours but its code, as the trail tells of something new or removed."""
    return {name: value for name, value in asdict(one).items() if name != "code" and value not in (None, "", ())}


def changes(old: "DataclassInstance", new: "DataclassInstance") -> dict[str, Facts]:
    """Return what differs between two versions of a row, as `before` and `after` of a line."""
    before, after = asdict(old), asdict(new)
    names = [name for name in before if before[name] != after[name]]
    return {"before": {name: before[name] for name in names}, "after": {name: after[name] for name in names}}


def was_noted_since(connection: Connection, since: datetime, *, act: Act, about: DeedSubject) -> bool:
    """Tell whether an act of this kind was done to a thing since a moment."""
    same = (audit.c.at >= since) & (audit.c.act == act) & (audit.c.kind == about.kind) & (audit.c.subject == about.name)
    return connection.execute(select(audit.c.id).where(same).limit(1)).first() is not None


def subjects_since(connection: Connection, since: datetime, *, act: Act) -> list[str]:
    """Return the names of what an act was done to since a moment, each once."""
    same = (audit.c.at >= since) & (audit.c.act == act) & audit.c.subject.is_not(None)
    return list(connection.scalars(select(audit.c.subject).where(same).distinct().order_by(audit.c.subject)))


def _line(staff: str, act: Act, about: DeedSubject | None, before: Facts, after: Facts) -> dict[str, str | None]:
    kind, subject = (about.kind.value, about.name) if about else (None, None)
    told = ({Detail(name).value: value for name, value in facts.items()} for facts in (before, after))
    values = dict(zip(("before", "after"), (written(one) or None for one in told), strict=True))
    return {"staff": staff, "act": act.value, "kind": kind, "subject": subject, **values}


def written(facts: Facts) -> str:
    """Return facts as JSON, and nothing as nothing."""
    return json.dumps(dict(facts), ensure_ascii=False, default=date.isoformat) if facts else ""


def _to_deed(row: Row[tuple[object, ...]]) -> Deed:
    facts = (json.loads(text) if text else {} for text in (row.before, row.after))
    return Deed(row.id, row.at, row.staff, row.act, row.detail, row.kind or "", row.subject or "", *facts)


def read_page(connection: Connection, query: TrailQuery, *, before: int | None, most: int) -> TrailPage:
    """Return at most `most` deeds below a row number, out of at most LOOKED_THROUGH rows."""
    lowest, highest = _range(connection, query)
    top = highest if before is None else min(highest, before - 1)
    bottom = max(lowest, top - LOOKED_THROUGH + 1)
    among = audit.c.id.between(bottom, top)
    statement = select(audit).where(and_(among, *_conditions(query))).order_by(audit.c.id.desc()).limit(most)
    deeds = tuple(map(_to_deed, connection.execute(statement)))
    reached = deeds[-1].id if len(deeds) == most else bottom
    return TrailPage(deeds, reached if reached > lowest else None)


def read_all(connection: Connection, query: TrailQuery) -> Iterator[Deed]:
    """Yield every deed asked for, newest first."""
    before: int | None = None
    while True:
        page = read_page(connection, query, before=before, most=BATCH)
        yield from page.deeds
        before = page.before
        if before is None:
            return


def _conditions(query: TrailQuery) -> list[ColumnElement[bool]]:
    given = {audit.c.staff: query.staff, audit.c.act: query.act}
    conditions = [column == value for column, value in given.items() if value is not None]
    if query.since is not None:
        conditions.append(audit.c.at >= query.since)
    if query.until is not None:
        conditions.append(audit.c.at < query.until)
    return conditions


def _range(connection: Connection, query: TrailQuery) -> tuple[int, int]:
    """Return the row numbers between which the asked days lie, both included; none lie between 1 and 0."""
    # One by one: asked for together, SQLite would look through every row for them.
    first, last = (connection.scalar(select(end(audit.c.id))) for end in (func.min, func.max))
    lowest, highest = _first_since(connection, query.since), _last_until(connection, query.until)
    if first is None or last is None or lowest is None or highest is None:
        return 1, 0
    return max(first, lowest - OUT_OF_ORDER), min(last, highest + OUT_OF_ORDER)


def _first_since(connection: Connection, since: datetime | None) -> int | None:
    """Return the row number of the first line of a moment or later by its time, 0 for no moment."""
    if since is None:
        return 0
    return connection.scalar(select(audit.c.id).where(audit.c.at >= since).order_by(audit.c.at, audit.c.id).limit(1))


def _last_until(connection: Connection, until: datetime | None) -> int | None:
    """Return the row number of the last line before a moment by its time, without a moment a number above all."""
    if until is None:
        return sys.maxsize
    order = (audit.c.at.desc(), audit.c.id.desc())
    return connection.scalar(select(audit.c.id).where(audit.c.at < until).order_by(*order).limit(1))
