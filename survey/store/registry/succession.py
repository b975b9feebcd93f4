"""Who took over from whom: agencies that end, the new codes of their service points, and the way back.

A row is never given to another agency. It ends on a day, and names the row that goes on in its place.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import CTE, Connection, Select, delete, func, insert, or_, select, update

from survey.fieldwork import Agency, ServicePoint
from survey.store.changing import change, remove
from survey.store.registry.points import PlacedPoint, list_points
from survey.store.staff.tables import kiosk, paper_batch, staff
from survey.store.tables import agency, response, round_agency, service_point, survey_round

owner = agency.alias("owner")
follower = service_point.alias("follower")


@dataclass(frozen=True, slots=True)
class Attached:
    """What still hangs on agencies that end: active accounts, tablets in use, paper batches being keyed in."""

    accounts: int
    kiosks: int
    paper_batches: int


def find_line(connection: Connection, placed_id: int) -> tuple[ServicePoint, ...]:
    """Return the other service points of the same counter, those before and those after, the earliest first.

    A circle of successors, which nothing here makes, ends where it closes.
    """
    start = select(service_point.c.id).where(service_point.c.id == placed_id)
    after = start.cte("after", recursive=True)
    after = after.union(_successors(after))
    before = start.cte("before", recursive=True)
    before = before.union(_predecessors(before))
    inside = or_(service_point.c.id.in_(select(after.c.id)), service_point.c.id.in_(select(before.c.id)))
    points = list_points(connection, inside, service_point.c.id != placed_id)
    return tuple(placed.point for placed in sorted(points, key=lambda placed: placed.id))


def _successors(line: CTE) -> Select[Any]:
    linked = service_point.c.successor_id.is_not(None)
    return select(service_point.c.successor_id).join(line, service_point.c.id == line.c.id).where(linked)


def _predecessors(line: CTE) -> Select[Any]:
    return select(service_point.c.id).join(line, service_point.c.successor_id == line.c.id)


def agency_rows(connection: Connection, codes: Collection[str]) -> dict[str, tuple[int, int]]:
    """Return the row number and version of agencies by code."""
    found = connection.execute(select(agency.c.code, agency.c.id, agency.c.version).where(agency.c.code.in_(codes)))
    return {row.code: (row.id, row.version) for row in found}


def points_by_id(connection: Connection, ids: Collection[int]) -> dict[int, PlacedPoint]:
    """Return service points by row number."""
    return {one.id: one for one in list_points(connection, service_point.c.id.in_(ids))}


def count_responses(connection: Connection, points: Collection[int], *, since: date | None = None) -> int:
    """Return how many responses service points have, in all rounds, on or after a day."""
    asked = [response.c.service_point_id.in_(points), *([response.c.day >= since] if since else [])]
    return connection.execute(select(func.count()).select_from(response).where(*asked)).scalar_one()


def count_attached(connection: Connection, agencies: Collection[str]) -> Attached:
    """Return what still hangs on some agencies."""
    inside = agency.c.code.in_(agencies)
    of_points = select(service_point.c.id).join(agency).where(inside)

    def count(statement: Select[Any]) -> int:
        return int(connection.execute(statement).scalar_one())

    people = select(func.count()).select_from(staff).join(agency).where(inside, staff.c.disabled.is_(False))
    tablets = select(func.count()).select_from(kiosk).where(kiosk.c.revoked_on.is_(None))
    batches = select(func.count()).select_from(paper_batch).where(paper_batch.c.stored_on.is_(None))
    return Attached(
        accounts=count(people),
        kiosks=count(tablets.where(kiosk.c.service_point_id.in_(of_points))),
        paper_batches=count(batches.where(paper_batch.c.service_point_id.in_(of_points))),
    )


def rounds_with(connection: Connection, agencies: Collection[str], *, since: date) -> dict[int, str]:
    """Return the rounds that end on or after a day and name one of the agencies as taking part, by row number."""
    named = select(round_agency.c.round_id).join(agency).where(agency.c.code.in_(agencies))
    wanted = select(survey_round.c.id, survey_round.c.title).where(
        survey_round.c.id.in_(named), survey_round.c.closes >= since
    )
    return {row.id: row.title for row in connection.execute(wanted.order_by(survey_round.c.opens))}


def let_take_part(connection: Connection, rounds: Iterable[int], agencies: Collection[int]) -> None:
    """Let agencies take part in rounds, without a goal of their own; those that do already stay as they are."""
    for round_id in rounds:
        known = set(connection.scalars(select(round_agency.c.agency_id).where(round_agency.c.round_id == round_id)))
        rows = [{"round_id": round_id, "agency_id": agency_id} for agency_id in agencies if agency_id not in known]
        if rows:
            connection.execute(insert(round_agency), rows)
            # Whoever has the round open to be edited must hear of it.
            own = update(survey_round).where(survey_round.c.id == round_id)
            connection.execute(own.values(version=survey_round.c.version + 1))


def add_agency(connection: Connection, new: Agency) -> int:
    """Add an agency under its parent and return its row number."""
    parent = select(agency.c.id).where(agency.c.code == new.parent_code).scalar_subquery()
    values = {"code": new.code, "name": new.name, "short_name": new.short_name, "block": new.block}
    statement = insert(agency).values(**values, parent_id=parent, valid_from=new.valid_from, valid_to=new.valid_to)
    return int(connection.execute(statement.returning(agency.c.id)).scalar_one())


def hangs_on(connection: Connection, agency_id: int) -> bool:
    """Tell whether anything hangs on an agency but service points, predecessors, and that it takes part in rounds."""
    aside = {service_point.c.agency_id, round_agency.c.agency_id, agency.c.successor_id}
    columns = (
        key.parent for table in agency.metadata.sorted_tables for key in table.foreign_keys if key.column is agency.c.id
    )
    return any(
        connection.scalar(select(func.count()).select_from(column.table).where(column == agency_id))
        for column in columns
        if column not in aside
    )


def remove_agency(connection: Connection, row: tuple[int, int]) -> None:
    """Remove an agency on which nothing hangs any more; raises ChangedMeanwhileError when it is not as it was seen."""
    connection.execute(delete(round_agency).where(round_agency.c.agency_id == row[0]))
    remove(connection, agency, agency.c.id == row[0], seen=row[1])


def change_agency(connection: Connection, row: tuple[int, int], **values: date | int | None) -> None:
    """Set columns of the agency with this row number and version; raises ChangedMeanwhileError."""
    change(connection, agency, agency.c.id == row[0], seen=row[1], **values)


def link_agency(connection: Connection, agency_id: int, *, successor_id: int) -> None:
    """Name the successor of an agency whose end was set in the same transaction."""
    connection.execute(update(agency).where(agency.c.id == agency_id).values(successor_id=successor_id))


def list_split(connection: Connection) -> dict[str, tuple[str, ...]]:
    """Return the agencies that ended without one successor, whose service points go on at others, and at which."""
    taker = agency.alias("taker")
    split = (
        select(owner.c.code, owner.c.valid_to, taker.c.code.label("taker"), follower.c.valid_from)
        .select_from(service_point)
        .join(owner, owner.c.id == service_point.c.agency_id)
        .join(follower, follower.c.id == service_point.c.successor_id)
        .join(taker, taker.c.id == follower.c.agency_id)
        .where(owner.c.id != taker.c.id, owner.c.valid_to.is_not(None), owner.c.successor_id.is_(None))
        .distinct()
        .order_by(owner.c.code, taker.c.code)
    )
    takers: dict[str, tuple[str, ...]] = {}
    for code, last_day, other, first_day in connection.execute(split):
        # What an undone takeover left behind is linked too, but nothing began on the day after the end.
        if first_day == last_day + timedelta(days=1):
            takers[code] = (*takers.get(code, ()), other)
    return takers
