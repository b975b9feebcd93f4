"""Shared tablets: made and ended, their page and what it sends."""

from sqlalchemy import select

from survey.operations.clock import today_in_vietnam
from survey.operations.collecting.kiosks import NewKiosk, add_kiosk
from survey.operations.staff.rights import Scope
from survey.store import tables
from survey.store.staff import tables as staff_tables

# Two service points of different agencies, and one whose poster is no longer in use.
POINT, OTHER, RETIRED = "L4E3SZF", "P2MCN3E", "WACDS29"
PIN = "2580"
EVERYWHERE = Scope(None)


def make(store, point=POINT):
    """Return the secret of a new tablet."""
    new = NewKiosk(point, "Máy", PIN, 5)
    return add_kiosk(store, new, scope=EVERYWHERE, by="lan", today=today_in_vietnam())


def rows(store):
    """Return mode and day of every stored response."""
    with store.reading() as connection:
        found = connection.execute(select(tables.response.c.mode, tables.response.c.day))
        return sorted((row.mode, row.day) for row in found)


def kiosk_rows(store):
    """Return the rows of all tablets."""
    with store.reading() as connection:
        return connection.execute(select(staff_tables.kiosk)).all()
