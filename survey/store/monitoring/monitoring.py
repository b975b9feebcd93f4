"""What monitoring asks the database: who answered where and when, counted elsewhere, and what else is open."""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, String, and_, case, cast, exists, func, literal_column, select

from survey.store.collecting.blocks import KNOWN_MODE, quoted
from survey.store.staff.tables import kiosk, paper_batch, poster_batch, poster_print
from survey.store.tables import response, round_agency, service_point, visit_count
from survey.tallies import DAY_WIDTH, UNKNOWN_MODE

POINT_DIGITS = 7
# Keys are random, so an equal piece of what their first byte can be holds an equal part of the responses.
PIECES = 16
ID_BASE = str(10**POINT_DIGITS)


class CountedVisits(NamedTuple):
    """People served in a period, at a service point or in an agency as a whole (row numbers, one of them None)."""

    service_point_id: int | None
    agency_id: int | None
    from_day: date
    to_day: date
    visits: int


class OpenBatch(NamedTuple):
    """A batch of paper forms that waits to be stored: of which agency (row number) and service point, since when."""

    agency_id: int
    point: str
    opened_on: date


class KioskLeft(NamedTuple):
    """A tablet that is not revoked, its agency (row number), and the service point that ended on a day."""

    agency_id: int
    point: str
    label: str
    valid_to: date


def iter_places_and_days(connection: Connection, round_id: int) -> Iterator[bytes]:
    """Yield where, when and how the responses of a round came in, as blocks of lines of 18 characters.

    Each line is the service point id (7 digits), the date (ISO) and the first letter of the mode; the order means
    nothing. In the place of a mode that nobody knows stands `UNKNOWN_MODE`, of a date that is none zeros. A million
    rows cost more to hand over, or to group, than to join and count.
    """
    joined, looking = (_lines(connection, look=look).where(response.c.round_id == round_id) for look in (False, True))
    for piece in range(PIECES):
        block = connection.scalar(joined.where(_of_piece(piece))) or ""
        if not _is_regular(block):
            block = connection.scalar(looking.where(_of_piece(piece))) or ""
        if block:
            yield block.encode("ascii")


def _lines(connection: Connection, *, look: bool) -> Select[Any]:
    """Return the statement for the lines as one text; only one that looks can tell a date that is none."""
    join = func.group_concat if connection.dialect.name == "sqlite" else func.string_agg
    point = func.substr(cast(response.c.service_point_id + literal_column(ID_BASE), String), 2)
    day: ColumnElement[str] = cast(response.c.day, String)
    if look:
        day = case((func.length(day) == DAY_WIDTH, day), else_=quoted("0" * DAY_WIDTH))
    mode = case((KNOWN_MODE, func.substr(response.c.mode, 1, 1)), else_=quoted(UNKNOWN_MODE))
    return select(join(point.concat(day).concat(mode), quoted("")))


def _is_regular(block: str) -> bool:
    """Tell whether the lines are of equal pieces: the letter of a mode then stands behind every one."""
    size = POINT_DIGITS + DAY_WIDTH + 1
    return len(block) % size == 0 and block.isascii() and not any(one.isdigit() for one in set(block[size - 1 :: size]))


def _of_piece(piece: int) -> ColumnElement[bool]:
    width = 256 // PIECES
    low = response.c.key >= bytes([piece * width])
    return low if piece == PIECES - 1 else and_(low, response.c.key < bytes([(piece + 1) * width]))


def agencies_of_points(connection: Connection) -> dict[int, int]:
    """Return the agency of every service point (row numbers)."""
    rows = connection.execute(select(service_point.c.id, service_point.c.agency_id))
    return {row[0]: row[1] for row in rows}


def has_points(connection: Connection) -> bool:
    """Tell whether the registry has any service point."""
    return bool(connection.scalar(select(exists(select(service_point.c.id)))))


def has_responses(connection: Connection, round_ids: Collection[int]) -> set[int]:
    """Return those of the rounds that have a response."""
    return {number for number in round_ids if connection.scalar(select(exists().where(response.c.round_id == number)))}


def _some(statement: Select[Any], column: ColumnElement[int], numbers: Collection[int] | None) -> Select[Any]:
    """Limit a statement to some row numbers; None stands for all."""
    return statement if numbers is None else statement.where(column.in_(numbers))


def list_visits_within(connection: Connection, first: date, last: date) -> list[CountedVisits]:
    """Return the visit counts whose period lies from the first to the last day."""
    columns = (visit_count.c[name] for name in CountedVisits._fields)
    inside = and_(visit_count.c.from_day >= first, visit_count.c.to_day <= last)
    return [CountedVisits(*row) for row in connection.execute(select(*columns).where(inside))]


def mark_of_visits(connection: Connection, first: date, last: date) -> tuple[int, int, int]:
    """Return what changes with the visit counts of these days: how many there are, their latest row and their sum."""
    columns = (func.count(), func.max(visit_count.c.id), func.sum(visit_count.c.visits))
    inside = and_(visit_count.c.from_day >= first, visit_count.c.to_day <= last)
    number, latest, visits = connection.execute(select(*columns).where(inside)).one()
    return number, latest or 0, int(visits or 0)


def goals_of_round(connection: Connection, round_id: int) -> dict[int, int | None]:
    """Return the goals set for the agencies that take part (row number → goal); empty when all of them do."""
    statement = select(round_agency.c.agency_id, round_agency.c.goal).where(round_agency.c.round_id == round_id)
    return {row[0]: row[1] for row in connection.execute(statement)}


def printed_points(connection: Connection) -> set[int]:
    """Return the service points on some batch of posters that is ready."""
    statement = select(poster_print.c.service_point_id).join(poster_batch).where(poster_batch.c.state == "ready")
    return set(connection.scalars(statement.distinct()))


def list_open_batches(connection: Connection, *, opened_until: date) -> list[OpenBatch]:
    """Return the batches of paper forms that were opened by a day and are not stored."""
    columns = (service_point.c.agency_id, service_point.c.name, paper_batch.c.opened_on)
    late = and_(paper_batch.c.stored_on.is_(None), paper_batch.c.opened_on <= opened_until)
    found = connection.execute(select(*columns).join(paper_batch).where(late).order_by(paper_batch.c.id))
    return [OpenBatch(*row) for row in found]


def list_kiosks_left(connection: Connection, *, today: date) -> list[KioskLeft]:
    """Return the tablets that are not revoked though their service point is no longer in use."""
    columns = (service_point.c.agency_id, service_point.c.name, kiosk.c.label, service_point.c.valid_to)
    left = and_(kiosk.c.revoked_on.is_(None), service_point.c.valid_to < today)
    found = connection.execute(select(*columns).join(kiosk).where(left).order_by(kiosk.c.id))
    return [KioskLeft(*row) for row in found]
