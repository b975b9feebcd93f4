"""A scan costs the same whatever the registry weighs: counted in the steps of SQLite's machine, not in seconds."""

import pytest
from sqlalchemy import insert

from survey.operations.collecting.invitations import read_invitation
from survey.store import tables
from survey.store.engine import open_store
from survey.store.subjects import ADDED
from tests.conftest import open_sample_round

pytestmark = pytest.mark.slow
POINTS_A_AGENCY = 2


def fill(store, agencies):
    """Add agencies with two counters each; every third ended and is followed by the one before."""
    with store.writing(ADDED) as connection:
        connection.execute(
            insert(tables.agency),
            [
                {"id": 1_000 + n, "code": f"X{n}", "name": f"Cơ quan {n}", "short_name": f"X{n}", "block": "Xã"}
                for n in range(agencies)
            ],
        )
        connection.execute(
            insert(tables.service_point),
            [
                {"agency_id": 1_000 + n // POINTS_A_AGENCY, "code": f"{n:07d}", "name": f"Quầy {n}"}
                for n in range(POINTS_A_AGENCY * agencies)
            ],
        )
        connection.execute(
            insert(tables.round_agency), [{"round_id": 1, "agency_id": 1_000 + n} for n in range(agencies)]
        )


def steps(store, code):
    """Return how many steps of ten of SQLite's machine a scan of a code takes."""
    counted = []
    with store.reading_now() as connection:
        driver = connection.connection.driver_connection
        driver.set_progress_handler(lambda: counted.append(1), 10)
        invitation = read_invitation(connection, code)
        driver.set_progress_handler(None, 10)
    assert invitation.agency.code.startswith("X")
    assert [survey_round.code for _, survey_round in invitation.rounds] == ["r1"]
    return len(counted)


@pytest.fixture
def small_and_large(sqlite_url, sqlite_template, tmp_path):
    """Yield the same survey with 5 agencies and with 10,000."""
    stores = []
    for name, agencies in (("small", 5), ("large", 10_000)):
        path = tmp_path / f"{name}.db"
        path.write_bytes(sqlite_template.read_bytes())
        store = open_store(f"sqlite:///{path}")
        open_sample_round(store, "r1", "sipas-2023")
        fill(store, agencies)
        stores.append(store)
    yield stores
    for store in stores:
        store.close()


def test_a_scan_of_one_counter_among_20_000_takes_no_more_steps_than_among_ten(small_and_large):
    small, large = small_and_large
    among_few, among_many = steps(small, "0000003"), steps(large, "0012345")
    # A tree of 20,000 leaves is two pages deeper than one of ten: a look-up takes a few steps more.
    assert among_many <= 1.1 * among_few + 2
