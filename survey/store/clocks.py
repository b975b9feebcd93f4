"""What the database knows of the time: its own clock, and the latest times that stand in it."""

from datetime import UTC, date, datetime

from sqlalchemy import Connection, func, select, text

from survey.responses import HalfDay
from survey.store.fieldwork import list_rounds
from survey.store.staff_tables import audit
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
    rounds = [number for number, one in list_rounds(connection).items() if not one.simulated]
    half = func.coalesce(response.c.half, "")
    statement = select(response.c.day, response.c.half).where(response.c.round_id.in_(rounds))
    row = connection.execute(statement.order_by(response.c.day.desc(), half.desc()).limit(1)).first()
    return (row.day, HalfDay(row.half) if row.half else None) if row else None
