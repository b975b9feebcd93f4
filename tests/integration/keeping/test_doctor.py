"""The doctor on both databases: quiet on a sound instance, one line for each fault that is put in."""

import secrets
from collections import namedtuple
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import text

from survey.instrument import load_instrument
from survey.operations.backups.making import LATEST
from survey.operations.clock import now_in_vietnam, today_in_vietnam
from survey.operations.keeping.doctor import CHECKS, Instance, examine, find_notes
from survey.operations.keeping.secret_keys import OTHER_KEY, note_key
from survey.operations.publishing.publishing import publish_run
from survey.responses import AnswerRecord, HalfDay, Mode, SubmissionKey
from survey.settings import load_settings
from survey.store.collecting.responses import NewResponse, save_responses
from survey.store.collecting.settling import settle
from survey.store.registry.agencies import find_round
from survey.store.subjects import ADDED
from tests.beginnings import beginning
from tests.conftest import sample_round

# Many pages or files on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow

ANSWERS = AnswerRecord.pack(load_instrument("sipas-2023"), {"A1": "5", "B1": "2"})
Usage = namedtuple("Usage", "total used free")


@beginning
def sound(store):
    """Fill a round and publish it."""
    sample_round(store)
    fill(store, 40)
    publish_run(store, "r1", today=today_in_vietnam())
    settle(store, (today_in_vietnam(), HalfDay.MORNING))


def fill(store, number):
    with store.reading() as connection:
        day = find_round(connection, "r1")[1].opens
    rows = [
        NewResponse(SubmissionKey(secrets.token_bytes(16)).row, 1, 1, Mode.QR, day, None, ANSWERS)
        for _ in range(number)
    ]
    save_responses(store, rows)


@pytest.fixture
def look(sound, tmp_path):
    """Give a function that examines the instance, with other settings or on another day if wanted."""

    def found(days=0, **environment):
        settings = load_settings({"HAI_LONG_INSTANCE": str(tmp_path / "instance"), **environment})
        return [str(one) for one in examine(Instance(sound, settings, today_in_vietnam() + timedelta(days=days)))]

    return found


def change(store, statement):
    with store.writing(ADDED) as connection:
        connection.execute(text(statement))


def test_a_sound_instance_has_no_faults(look):
    assert look() == []


def test_another_questionnaire_is_named_by_every_check_that_needs_it(sound, look):
    change(sound, "UPDATE survey_round SET instrument_digest = 'x'")
    assert [fault.split(":")[0] for fault in look()] == ["questionnaires", "rows", "runs"]


def test_a_run_whose_figures_do_not_follow_from_its_sums_is_named(sound, look):
    drop = "DROP TRIGGER run_no_update" if sound.is_sqlite else "ALTER TABLE run DISABLE TRIGGER run_keep"
    change(sound, drop)
    change(sound, "UPDATE run SET figures = figures || ' '")
    (fault,) = look()
    assert fault.startswith("runs: publication 1 of round r1 does not hold: index verify ")


def test_a_run_of_before_figures_were_kept_is_no_fault(sound, look):
    columns = "id, round_id, published_on, number, code_version, sums"
    change(sound, f"INSERT INTO run ({columns}) SELECT 'old', round_id, published_on, 2, '0.1.0', sums FROM run")
    assert look() == []


def test_responses_kept_too_long_are_named(look):
    # The swapped working days are not known that far ahead either.
    assert [fault.split(":")[0] for fault in look(days=800)] == ["retention", "holidays"]


def test_a_full_disk_is_named(look, monkeypatch):
    monkeypatch.setattr(
        "survey.operations.keeping.doctor.shutil.disk_usage", lambda _folder: Usage(1 << 40, 0, 1 << 29)
    )
    faults = look()
    assert faults
    assert all(fault.startswith("disk: 0.5 GiB are free at ") for fault in faults)


def test_a_secret_key_others_may_read_and_no_proxy_with_https_are_named(look, tmp_path):
    look()
    (tmp_path / "instance" / "secret.key").chmod(0o640)
    https = {"PUBLIC_URL": "https://khaosat.example.gov.vn", "TRUSTED_PROXIES": "0", "SURVEY_OWNER": "Sở Nội vụ"}
    first, second = look(**https)
    assert first.startswith("settings: TRUSTED_PROXIES is 0")
    assert second.startswith("files: others may read ")


def test_a_folder_a_database_and_made_files_others_may_read_are_named(sound, look, tmp_path):
    look()
    folder = tmp_path / "instance"
    folder.chmod(0o755)
    made = [folder / f"report-{number}.pdf" for number in range(6)]
    for path in made:
        path.touch(0o604)
        path.chmod(0o604)
    named = look()
    assert f"files: others may read {folder}: chmod 700 {folder}" in named
    assert named[-1] == f"files: and 2 more: chmod -R go= {folder}"
    if sound.is_sqlite:
        folder.chmod(0o700)
        for path in made:
            path.unlink()
        database = sound.engine.url.database
        wal = next(path for path in tmp_path.glob("*.db-wal"))
        wal.chmod(0o644)
        assert look() == [f"files: others may read {database}-wal: chmod 600 {database}-wal"]


def test_a_node_with_a_key_of_its_own_is_named(sound, look):
    assert note_key(sound, (b"k" * 32,))
    assert look() == [f"settings: {OTHER_KEY}"]
    assert look(SECRET_KEY="k" * 32) == []
    assert look(SECRET_KEY="n" * 32, SECRET_KEYS_BEFORE="k" * 32) == []


def test_an_old_schema_is_the_only_thing_said(sound, look):
    change(sound, "UPDATE alembic_version SET version_num = '0001'")
    (fault,) = look()
    assert fault.startswith("schema: the database is at schema 0001")


def test_the_checks_have_names_of_their_own():
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def test_the_command_says_that_all_is_well_or_ends_with_one_line_for_each_fault(app, sound):
    run = app.test_cli_runner().invoke
    well = run(args=["doctor"])
    assert (well.exit_code, well.stdout, faults_in(well)) == (0, "no fault found\n", [])
    change(sound, "UPDATE survey_round SET instrument_digest = 'x'")
    ill = run(args=["doctor"])
    assert (ill.exit_code, ill.stdout, len(faults_in(ill))) == (1, "", 3)


def faults_in(answer):
    """Return the lines of faults; a note of what is not known yet depends on the season."""
    return [line for line in answer.stderr.splitlines() if not line.startswith("note: ")]


def test_swapped_days_that_are_not_known_are_noted_from_november_and_a_fault_once_the_year_is_missing(store, tmp_path):
    settings = load_settings({"HAI_LONG_INSTANCE": str(tmp_path / "instance")})

    def on(day):
        instance = Instance(store, settings, day)
        faults = [str(one) for one in examine(instance) if one.check == "holidays"]
        return [note.split(" of ")[1][:4] for note in find_notes(instance) if "working days" in note], faults

    assert on(date(2026, 10, 31)) == ([], [])
    assert on(date(2026, 11, 1)) == (["2027"], [])
    assert on(date(2027, 1, 1)) == (["2027"], [])
    notes, (fault,) = on(date(2028, 1, 1))
    assert notes == ["2028"]
    assert "working_days.toml: the days off of 2028 are missing" in fault


def test_the_nightly_work_says_what_it_did(app, sound):
    fill(sound, 3)
    done = app.test_cli_runner().invoke(args=["db", "settle"])
    assert done.stdout == "finished half-days are settled\n"


def test_a_night_that_was_missed_is_told_after_twenty_six_hours(look):
    with time_machine.travel(now_in_vietnam() + timedelta(hours=25, minutes=50)):
        assert [one for one in look() if one.startswith("night")] == []
    with time_machine.travel(now_in_vietnam() + timedelta(hours=26, minutes=10)):
        (told,) = [one for one in look() if one.startswith("night")]
        assert "the nightly work was last done on" in told


def test_a_night_that_never_was_is_told_once_there_is_something_to_settle(look, sound):
    change(sound, "DELETE FROM nightly_work")
    assert "night: the nightly work was never done; see that db settle runs every night" in look()
    change(sound, "DELETE FROM response")
    assert [one for one in look() if one.startswith("night")] == []


def test_a_backup_that_was_not_made_for_a_week_is_noted(store, tmp_path):
    settings = load_settings({"HAI_LONG_INSTANCE": str(tmp_path / "instance")})

    def noted():
        return [note for note in find_notes(Instance(store, settings, date(2026, 6, 30))) if "backup" in note]

    assert noted() == ["no backup was ever made by backup make; docs/operations.md, 6"]
    (settings.instance / LATEST).write_text("2026-06-21T20:30:00+00:00")
    assert noted() == ["the latest backup is of 21/06/2026"]
    (settings.instance / LATEST).write_text("2026-06-22T20:30:00+00:00")
    assert noted() == []
