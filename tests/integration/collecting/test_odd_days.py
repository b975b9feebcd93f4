"""Days that only a database without a type for them can hold: SQLite, after a restore with its rules off."""

import pytest

from tests.integration.collecting import test_strays
from tests.integration.collecting.test_strays import GOOD, _write_sqlite, counted_round

answered = test_strays.answered


@pytest.fixture
def database_url(sqlite_url):
    """Try one kind of database: a column of days of the other holds nothing else."""
    return sqlite_url


@pytest.mark.parametrize("between", [0, 3])
def test_a_day_too_short_and_one_too_long_spoil_no_day_between_them(answered, between):
    days = ["2026-11-5", *["2026-11-06"] * between, "2026-11-005"]
    # One after the other in one block: together they are as long as so many days.
    rows = [(1, bytes([1, place] + [0] * 14), 1, "qr", day, GOOD) for place, day in enumerate(days)]
    before = counted_round(answered).counted
    _write_sqlite(answered, rows)
    after = counted_round(answered).counted
    assert int(after.tally.responses.sum()) == int(before.tally.responses.sum()) + between
    assert sum(after.misfits.values()) == 2
