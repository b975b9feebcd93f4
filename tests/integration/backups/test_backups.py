"""A backup is one file made while answers come in, tells no secret, and proves itself."""

import json
import threading

import pytest
from sqlalchemy import func, select

from survey.errors import BackupError
from survey.operations.backups.archive import KEY, open_archive
from survey.operations.backups.making import latest_backup, make_backup
from survey.operations.backups.sealing import seal, unseal
from survey.operations.backups.verifying import verify_backup
from survey.store import tables
from survey.store.backups.dumps import opened
from tests.integration.backups.drills import PASSPHRASE, settings_in, settings_of
from tests.integration.results.answered_rounds import add_responses

pytestmark = pytest.mark.slow


def test_a_good_backup_is_found_good_with_its_rows_its_run_and_its_key(drill):
    verified = verify_backup(drill.file, drill.settings, passphrase=PASSPHRASE)
    assert verified.manifest.counts["response"] == 200
    assert (verified.runs, verified.unreadable) == (1, ())
    with drill.store.reading() as connection:
        assert verified.manifest.runs == tuple(connection.scalars(select(tables.run.c.id)))
    assert drill.file.stat().st_mode & 0o777 == 0o600


def test_the_file_holds_settings_without_secrets_and_the_key_sealed_alone(published, database_url, tmp_path):
    secrets = {"SECRET_KEY": "k" * 40, "METRICS_TOKEN": "m" * 40, "BACKUP_PASSPHRASE": PASSPHRASE, "SUPPORT": "Lan"}
    settings = settings_of(database_url, tmp_path / "i", **secrets)
    file = tmp_path / "b.hailong"
    make_backup(published, settings, file, passphrase=PASSPHRASE)
    content = file.read_bytes()
    for secret in (b"k" * 40, b"6b" * 40, b"m" * 40, PASSPHRASE.encode()):
        assert secret not in content
    assert settings_in(file)["SUPPORT"] == "Lan"
    with open_archive(file) as archive:
        assert bytes.fromhex(unseal(archive.small(KEY), PASSPHRASE)["key"]) == b"k" * 40


def test_answers_that_come_in_meanwhile_wait_for_nothing_and_the_backup_is_of_one_moment(
    published, database_url, tmp_path
):
    settings, over, sent = settings_of(database_url, tmp_path / "i"), threading.Event(), []

    def send():
        while not over.is_set():
            add_responses(published, 1, seed=len(sent))
            sent.append(1)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        files = [tmp_path / f"{number}.hailong" for number in range(3)]
        known = []
        for file in files:
            with published.reading() as connection:
                known.append(connection.scalar(select(func.count()).select_from(tables.response)))
            make_backup(published, settings, file, passphrase=PASSPHRASE)
    finally:
        over.set()
        thread.join()
    for file, before in zip(files, known, strict=True):
        # A round that goes on after its last word was said differs from it: its rows count, and its run is not asked.
        with open_archive(file) as archive:
            assert before <= archive.manifest.counts["response"] <= 200 + len(sent)


def test_a_backup_never_takes_the_place_of_a_file_and_the_instance_knows_its_day(drill):
    with pytest.raises(BackupError, match="is there already"):
        make_backup(drill.store, drill.settings, drill.file, passphrase=PASSPHRASE)
    made_at = latest_backup(drill.settings)
    with open_archive(drill.file) as archive:
        assert made_at.isoformat() == archive.manifest.made_at[:10]
    assert latest_backup(drill.empty) is None


def test_a_passphrase_must_be_long_and_another_one_opens_nothing():
    with pytest.raises(BackupError, match="at least 12"):
        seal({"key": "00"}, "quá ngắn")
    sealed = seal({"key": "00"}, PASSPHRASE)
    assert unseal(sealed, PASSPHRASE) == {"key": "00"}
    with pytest.raises(BackupError, match="does not open"):
        unseal(sealed, f"{PASSPHRASE}.")
    changed = {**json.loads(sealed), "salt": "00" * 16}
    with pytest.raises(BackupError, match="does not open"):
        unseal(json.dumps(changed).encode(), PASSPHRASE)


def test_the_commands_make_and_verify_a_backup(app, published, tmp_path, monkeypatch):
    run = app.test_cli_runner(env={}).invoke
    file = tmp_path / "c.hailong"
    refused = run(args=["backup", "make", str(file)])
    assert (refused.exit_code, refused.stderr) == (
        1,
        "BACKUP_PASSPHRASE must be set where nobody can be asked for it\n",
    )
    given = app.extensions["hai-long"].settings
    settings = settings_of(given.database_url, given.instance, BACKUP_PASSPHRASE=PASSPHRASE)
    make_backup(published, settings, file, passphrase=PASSPHRASE)
    good = run(args=["backup", "verify", str(file)])
    assert good.exit_code == 0, good.output
    assert ": good, made at 2" in good.stdout
    assert good.stdout.endswith("1 runs hold\n")
    assert "so the sealed secret key was not opened" in good.stderr
    file.write_bytes(file.read_bytes()[:-1])
    bad = run(args=["backup", "verify", str(file)])
    assert (bad.exit_code, len(bad.stderr.splitlines())) == (1, 1)


def test_a_dump_of_a_server_can_be_looked_into_in_an_empty_database_named_for_it(drill, tmp_path):
    if drill.store.is_sqlite:
        return
    here = settings_of(f"sqlite:///{tmp_path / 'other.db'}", tmp_path / "other")
    with pytest.raises(BackupError, match="--scratch"):
        verify_backup(drill.file, here)
    assert verify_backup(drill.file, here, scratch=drill.empty.database_url).runs == 1
    with pytest.raises(BackupError, match="is not empty"), opened(drill.empty.database_url):
        verify_backup(drill.file, here, scratch=drill.empty.database_url)
