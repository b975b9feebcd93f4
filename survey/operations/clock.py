"""The time on the wall of the service point."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from survey.responses import HalfDay

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = 12


def now_in_vietnam() -> datetime:
    """Return the current time in Vietnam."""
    return datetime.now(VIETNAM)


def today_in_vietnam() -> date:
    """Return today's date in Vietnam."""
    return now_in_vietnam().date()


def local_time(moment: datetime) -> datetime:
    """Return a moment of the database (UTC without a zone) as the time in Vietnam."""
    return moment.replace(tzinfo=UTC).astimezone(VIETNAM)


def half_of(moment: datetime) -> HalfDay:
    """Return the half-day of a moment."""
    return HalfDay.MORNING if moment.hour < NOON else HalfDay.AFTERNOON
