"""The doctor sees a file that is damaged, cut short, empty, missing or not ours, and says it in a line."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from survey.operations.clock import today_in_vietnam
from survey.operations.keeping.doctor import Instance, examine
from survey.operations.registry.csv_import import import_registry
from survey.settings import load_settings
from survey.store.engine import open_store
from tests.conftest import EXAMPLES

pytestmark = pytest.mark.slow


@pytest.fixture
def file(sqlite_url):
    """Return a database file with the sample registry in it, closed."""
    store = open_store(sqlite_url)
    import_registry(store, EXAMPLES)
    with store.outside_transaction() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return Path(sqlite_url.removeprefix("sqlite:///"))


def faults(file):
    store = open_store(f"sqlite:///{file}")
    settings = load_settings({"HAI_LONG_INSTANCE": str(file.parent / "instance")})
    found = [str(fault) for fault in examine(Instance(store, settings, today_in_vietnam()))]
    store.close()
    return found


def without_journals(file):
    for ending in ("-wal", "-shm"):
        file.with_name(f"{file.name}{ending}").unlink(missing_ok=True)


def test_a_sound_file_is_none(file):
    assert faults(file) == []


def test_an_empty_or_missing_file_would_become_a_new_survey_and_is_named(file):
    without_journals(file)
    file.write_bytes(b"")
    (fault,) = faults(file)
    assert fault == f"database: {file} is empty: restore a backup; db upgrade would begin anew"
    file.unlink()
    without_journals(file)
    assert faults(file) == [f"database: {file} is missing: restore a backup; db upgrade would begin anew"]


def test_another_file_is_named(file, tmp_path):
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE invoices (id)")
    connection.close()
    (fault,) = faults(other)
    assert fault.startswith("database: the database holds tables that are not ours (invoices)")
    other.write_bytes(b"no database at all" * 100)
    (fault,) = faults(other)
    assert fault == "database: the database cannot be read: file is not a database"


def test_a_file_cut_short_and_one_with_a_torn_page_are_seen(file):
    whole = file.read_bytes()
    without_journals(file)
    file.write_bytes(whole[:-1_024])
    assert any(fault.startswith(("integrity: ", "database: ")) for fault in faults(file))
    torn = bytearray(whole)
    # A page in the middle comes from elsewhere: it is read, and is none of the tree it stands in.
    torn[40_960:45_056] = bytes(4_096)
    without_journals(file)
    file.write_bytes(torn)
    assert any(fault.startswith(("integrity: ", "database: ")) for fault in faults(file))


def test_a_row_that_points_at_nothing_is_seen(file):
    copy = shutil.copyfile(file, file.with_name("copy.db"))
    with sqlite3.connect(copy) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("UPDATE service_point SET agency_id = 999 WHERE id = 1")
    connection.close()
    (fault,) = [fault for fault in faults(copy) if fault.startswith("integrity: ")]
    assert fault == "integrity: a row of service_point points at a row of agency that is not there"
