"""The rollup: integer tallies per service point, week and mode of a round, and the recount they must equal."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar

import numpy as np
from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Select,
    and_,
    cast,
    delete,
    func,
    insert,
    select,
    type_coerce,
)

from survey.errors import AnswerError
from survey.responses import Mode
from survey.store.tables import response, rollup, service_point
from survey.tallies import RecordLayout, Tally, fitting, lines_of, tally

GROUPS_AT_ONCE = 1_000

Domain = TypeVar("Domain", bound=Hashable)


class RollupGroup(NamedTuple):
    """What one row of the rollup counts; `week` is its Monday."""

    service_point_id: int
    week: date
    mode: str


class CountedGroups(NamedTuple):
    """Some groups and their tally: group g of the tally is `groups[g]`."""

    groups: tuple[RollupGroup, ...]
    tally: Tally


class Counting(NamedTuple):
    """What of a round is counted: its row number, its first and last day, and how its records are read."""

    round_id: int
    days: tuple[date, date]
    layout: RecordLayout

    def has_place(self) -> ColumnElement[bool]:
        """Tell of a response whether it can be counted, as far as the database can tell."""
        return and_(
            response.c.round_id == self.round_id,
            response.c.day.between(*self.days),
            response.c.mode.in_([mode.value for mode in Mode]),
            func.length(response.c.answers) == self.layout.width,
            response.c.service_point_id.in_(select(service_point.c.id)),
        )


def count_weeks(connection: Connection, counting: Counting) -> dict[date, int]:
    """Return how many responses of a round there are in each week."""
    week = _week(connection).label("week")
    statement = select(week, func.count()).where(counting.has_place()).group_by(week)
    return {row[0]: row[1] for row in connection.execute(statement)}


def rolled_weeks(connection: Connection, round_id: int) -> dict[date, int]:
    """Return how many responses of a round the rollup holds for each week."""
    statement = select(rollup.c.week, func.sum(rollup.c.responses)).where(rollup.c.round_id == round_id)
    return {row[0]: int(row[1]) for row in connection.execute(statement.group_by(rollup.c.week))}


def iter_counted(
    connection: Connection, counting: Counting, *, weeks: Collection[date] | None = None
) -> Iterator[CountedGroups]:
    """Yield what a recount of the responses gives, a thousand groups at a time; `weeks` limits it to some.

    The database joins the records of each group, because handing a million rows over one by one costs
    more than counting them. Groups come in no particular order. A response that has no place in the round is passed
    by, as in the index.
    """
    join = func.group_concat if connection.dialect.name == "sqlite" else func.string_agg
    week = _week(connection).label("week")
    groups = (response.c.service_point_id, week, response.c.mode)
    statement = select(*groups, join(response.c.answers, "")).where(counting.has_place())
    if weeks is not None:
        statement = statement.where(week.in_(weeks))
    for rows in _streamed(connection, statement.group_by(*groups)):
        yield _counted(rows, counting.layout)


def _streamed(connection: Connection, statement: Select[Any]) -> Iterator[Sequence[Any]]:
    # The option belongs to the statement: a connection would keep it, and then refuse to insert many rows.
    return connection.execute(statement.execution_options(yield_per=GROUPS_AT_ONCE)).partitions()


def _counted(rows: Sequence[Any], layout: RecordLayout) -> CountedGroups:
    blocks = [row[3].encode("ascii", "replace") for row in rows]
    index = np.repeat(np.arange(len(rows)), [len(block) // layout.width for block in blocks])
    groups, records = [RollupGroup(*row[:3]) for row in rows], lines_of(b"".join(blocks), layout.width)
    try:
        return CountedGroups(tuple(groups), tally(records, layout, groups=index, size=len(rows)))
    except AnswerError:
        fits = fitting(records, layout)
        left, index = np.unique(index[fits], return_inverse=True)
        some = tally(records[fits], layout, groups=index, size=len(left))
        return CountedGroups(tuple(groups[place] for place in left.tolist()), some)


def _week(connection: Connection) -> ColumnElement[date]:
    """Return the Monday of a response's week, in the words of the database."""
    if connection.dialect.name == "sqlite":
        # The first Monday on or after the sixth day before.
        return type_coerce(func.date(response.c.day, "-6 days", "weekday 1"), Date)
    return cast(func.date_trunc("week", response.c.day), Date)


def delete_weeks(connection: Connection, round_id: int, weeks: Collection[date]) -> None:
    """Remove some weeks of a round from the rollup."""
    connection.execute(delete(rollup).where(rollup.c.round_id == round_id, rollup.c.week.in_(weeks)))


def save_counted(connection: Connection, round_id: int, counted: CountedGroups) -> None:
    """Add groups that are not in the rollup yet."""
    rows = [
        {"round_id": round_id, **group._asdict(), "responses": int(one.responses[0]), "sums": one.to_bytes().decode()}
        for group, one in zip(counted.groups, _single(counted.tally), strict=True)
    ]
    if rows:
        connection.execute(insert(rollup), rows)


def _single(many: Tally) -> Iterator[Tally]:
    """Yield the tally of each group alone."""
    return (
        Tally(many.responses[group : group + 1], many.counts[group : group + 1], many.moments[group : group + 1])
        for group in range(len(many.responses))
    )


def iter_rolled(connection: Connection, round_id: int) -> Iterator[CountedGroups]:
    """Yield what the rollup holds of a round, a thousand groups at a time."""
    columns = (rollup.c.service_point_id, rollup.c.week, rollup.c.mode, rollup.c.sums)
    statement = select(*columns).where(rollup.c.round_id == round_id)
    for rows in _streamed(connection, statement):
        tallies = [Tally.from_bytes(row.sums.encode("ascii")) for row in rows]
        yield CountedGroups(tuple(RollupGroup(*row[:3]) for row in rows), _joined(tallies))


def _joined(tallies: Sequence[Tally]) -> Tally:
    """Return the tally of all groups of `tallies`, one after the other."""
    arrays = zip(*((one.responses, one.counts, one.moments) for one in tallies), strict=True)
    return Tally(*(np.concatenate(parts) for parts in arrays))


def add_up(
    parts: Iterable[CountedGroups], domain_of: Callable[[RollupGroup], Domain], layout: RecordLayout
) -> tuple[tuple[Domain, ...], Tally]:
    """Return the domains the groups belong to, in order of appearance, and the tally with one group for each."""
    place: dict[Domain, int] = {}
    tallies, places = [Tally.empty(layout, 0)], []
    for groups, counted in parts:
        domains = [domain_of(group) for group in groups]
        here = {domain: number for number, domain in enumerate(dict.fromkeys(domains))}
        tallies.append(counted.regrouped(np.array([here[domain] for domain in domains]), len(here)))
        places += [place.setdefault(domain, len(place)) for domain in here]
    return tuple(place), _joined(tallies).regrouped(np.array(places, np.int64), len(place))


class RollupDifference(NamedTuple):
    """A group of which the rollup holds other sums than a recount gives, and the responses of both."""

    group: RollupGroup
    rolled: int
    counted: int


def find_differences(connection: Connection, counting: Counting) -> list[RollupDifference]:
    """Compare the rollup of a round with a recount, group by group; no difference means that all sums are equal."""
    # The rollup is read first: what arrives between the two readings is then only in the recount.
    rolled = _by_group(iter_rolled(connection, counting.round_id))
    counted = _by_group(iter_counted(connection, counting))
    return [
        RollupDifference(group, *(_responses(side.get(group)) for side in (rolled, counted)))
        for group in sorted(rolled.keys() | counted.keys())
        if rolled.get(group) != counted.get(group)
    ]


def _by_group(parts: Iterable[CountedGroups]) -> dict[RollupGroup, bytes]:
    return {
        group: one.to_bytes() for some in parts for group, one in zip(some.groups, _single(some.tally), strict=True)
    }


def _responses(stored: bytes | None) -> int:
    return int(Tally.from_bytes(stored).responses.sum()) if stored else 0
