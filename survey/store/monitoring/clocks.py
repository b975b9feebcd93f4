"""What the database knows of the time: its own clock, and the latest times that stand in it."""

from contextlib import suppress
from datetime import UTC, date, datetime

from sqlalchemy import Connection, String, cast, func, select, text

from survey.responses import HalfDay
from survey.store.registry.agencies import list_rounds
from survey.store.staff.tables import audit
from survey.store.tables import response

# Processes that write at the same moment may commit in another order than their clocks say.
LATEST_LINES = 100


def clock_of(connection: Connection) -> datetime | None:
    """Return the time it is at the database's server; None where the database lives in this very process."""
    if connection.dialect.name == "sqlite":
        return None
    found: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return found


def latest_deed(connection: Connection) -> datetime | None:
    """Return the latest time among the last lines of the audit trail."""
    last = select(audit.c.at).order_by(audit.c.id.desc()).limit(LATEST_LINES).subquery()
    found: datetime | None = connection.execute(select(func.max(last.c.at))).scalar()
    return found.replace(tzinfo=UTC) if found else None


def latest_answer(connection: Connection) -> tuple[date, HalfDay | None] | None:
    """Return the latest half-day there is a response of, simulated ones left out; it reads all of them."""
    rounds = [number for number, survey_round in list_rounds(connection).items() if not survey_round.simulated]
    # Read as a text: a file of SQLite may hold what is no date, and that is for `doctor` to name.
    day, half = cast(response.c.day, String), func.coalesce(response.c.half, "")
    wanted = response.c.round_id.in_(rounds) & day.between(str(date.min), str(date.max)) & (func.length(day) == 10)
    statement = select(day, half).where(wanted).distinct().order_by(day.desc(), half.desc())
    half_days = (_half_day(*row) for row in connection.execute(statement.limit(LATEST_LINES)))
    return next((half_day for half_day in half_days if half_day), None)


def _half_day(day: str, half: str) -> tuple[date, HalfDay | None] | None:
    with suppress(ValueError):
        return date.fromisoformat(day), HalfDay(half) if half else None
    return None
