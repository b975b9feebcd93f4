"""A restored survey is the one that was backed up; what must not be lost is in the way, and stays as it was."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url, select

from survey.errors import BackupError
from survey.operations.backups.restoring import Wish, restore_backup
from survey.operations.clock import today_in_vietnam
from survey.operations.publishing.verifying import verify_run
from survey.store import tables
from survey.store.backups.dumps import count_tables, opened
from tests.integration.backups.drills import PASSPHRASE, execute, redigested, settings_of, with_changed_row
from tests.integration.results.answered_rounds import add_responses, sealed_day

pytestmark = pytest.mark.slow
NEW = Wish(PASSPHRASE, today_in_vietnam())
OVER = replace(NEW, replace=True)


def content(url):
    """Return all rows of a database, table by table."""
    with opened(url) as store, store.reading() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)))) for table in tables.metadata.sorted_tables
        }


def test_everything_is_there_again_with_its_run_and_its_key(drill):
    restored = restore_backup(drill.file, drill.empty, NEW)
    assert restored.runs == 1
    assert content(drill.empty.database_url) == content(drill.settings.database_url)
    assert (drill.empty.instance / "secret.key").read_bytes() == drill.settings.secret_key
    with opened(drill.empty.database_url) as store:
        assert verify_run(store, restored.manifest.runs[0]).holds


def test_a_database_that_is_not_empty_is_in_the_way(drill):
    before = content(drill.settings.database_url)
    with pytest.raises(BackupError, match="not empty: nothing was restored"):
        restore_backup(drill.file, drill.settings, NEW)
    assert content(drill.settings.database_url) == before


def test_replaced_it_is_moved_aside_and_goes_back_to_the_day_of_the_backup(drill):
    add_responses(drill.store, 7, seed=9)
    drill.store.close()
    restore_backup(drill.file, drill.settings, OVER)
    with opened(drill.settings.database_url) as store:
        assert count_tables(store)["response"] == 200
    if drill.store.is_sqlite:
        (kept,) = Path(make_url(drill.settings.database_url).database).parent.glob("*.before-restore-????????")
        with opened(f"sqlite:///{kept}") as store:
            assert count_tables(store)["response"] == 207


def test_what_was_published_after_the_backup_is_not_lost_silently(drill):
    published = drill.store
    execute(
        drill.settings.database_url,
        "INSERT INTO run (id, round_id, published_on, number, code_version, sums)"
        " SELECT 'later', round_id, published_on, 2, '0.1.0', sums FROM run",
    )
    before = content(drill.settings.database_url)
    published.close()
    with pytest.raises(BackupError, match=r"has published what the backup does not hold \(round r1\)"):
        restore_backup(drill.file, drill.settings, OVER)
    assert content(drill.settings.database_url) == before
    restore_backup(drill.file, drill.settings, replace(OVER, behind_seals=True))
    with opened(drill.settings.database_url) as store:
        assert count_tables(store)["run"] == 1


def test_what_was_sealed_after_the_backup_is_not_lost_silently(drill):
    later = sealed_day(drill.store) + timedelta(days=1)
    drill.store.close()
    with pytest.raises(BackupError, match="has sealed round r1 since"):
        restore_backup(drill.file, drill.settings, replace(OVER, today=later))


def test_a_backup_of_a_newer_schema_is_refused(drill):
    def from_tomorrow(manifest, members):
        return replace(redigested(manifest, members), schema="9999")

    newer = with_changed_row(drill.file, drill.settings.database_url, adjust=from_tomorrow)
    with pytest.raises(BackupError, match=r"schema 9999 .* which this version does not know"):
        restore_backup(newer, drill.empty, NEW)


def test_another_kind_of_database_and_another_secret_key_are_refused(drill, tmp_path):
    other = "postgresql://u@h/d" if drill.store.is_sqlite else f"sqlite:///{tmp_path / 'x.db'}"
    with pytest.raises(BackupError, match="DATABASE_URL names"):
        restore_backup(drill.file, settings_of(other, tmp_path / "x"), NEW)
    keyed = settings_of(drill.empty.database_url, tmp_path / "x", SECRET_KEY="k" * 40)
    with pytest.raises(BackupError, match="SECRET_KEY is set to another key"):
        restore_backup(drill.file, keyed, NEW)


def test_journals_of_a_broken_database_are_not_taken_for_the_restored_ones(drill):
    if not drill.store.is_sqlite:
        return
    target = Path(make_url(drill.empty.database_url).database)
    for ending in ("-wal", "-shm"):
        # As a server that was killed leaves them, its database moved away by hand.
        target.with_name(f"{target.name}{ending}").write_bytes(b"\x37\x7f\x06\x82" + bytes(4_096))
    restore_backup(drill.file, drill.empty, NEW)
    assert content(drill.empty.database_url) == content(drill.settings.database_url)


def test_a_target_that_cannot_be_read_is_replaced_only_when_that_is_said(drill):
    if not drill.store.is_sqlite:
        return
    target = Path(make_url(drill.empty.database_url).database)
    target.write_bytes(b"no database at all" * 100)
    with pytest.raises(BackupError, match="not empty"):
        restore_backup(drill.file, drill.empty, NEW)
    with pytest.raises(BackupError, match="cannot be read"):
        restore_backup(drill.file, drill.empty, OVER)
    assert target.read_bytes() == b"no database at all" * 100
    assert restore_backup(drill.file, drill.empty, replace(OVER, behind_seals=True)).runs == 1
