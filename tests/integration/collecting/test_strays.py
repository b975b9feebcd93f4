"""Rows that have no place in their round: they are named and passed by, and every other row counts as before."""

import logging
import secrets
import sqlite3
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from survey.instrument import load_instrument
from survey.operations.counting import counting
from survey.operations.exports.files import responses_file
from survey.operations.exports.full_rows import export_full_rows
from survey.operations.keeping.doctor import Instance, examine
from survey.operations.monitoring.live_counts import count_days
from survey.operations.publishing.publishing import publish_run
from survey.operations.publishing.verifying import verify_run
from survey.operations.results.runs import compute_index
from survey.operations.rounds.rounds import NewRound, open_round
from survey.operations.seldom import Seldom
from survey.responses import AnswerRecord, HalfDay, Mode
from survey.settings import load_settings
from survey.store.collecting.responses import NewResponse, save_responses
from survey.store.subjects import ADDED
from survey.tallies import Misfit
from tests.counting import counted_round
from tests.sign_in import admit

OPENS, CLOSES = date(2026, 11, 2), date(2026, 11, 30)
DAY = timedelta(days=1)
GOOD = AnswerRecord.pack(load_instrument("sipas-2023"), {"A1": "5", "B1": "2", "E3": "N"})
SEALED = date(2026, 12, 20)
ROUND = NewRound(code="r1", title="Đợt 1", instrument="sipas-2023", opens=OPENS, closes=CLOSES, profile=True)

# Service point, mode, day, record, and why it has no place. Two and two of other widths add up to right ones.
STRAYS = [
    (1, "qr", "2026-11-01", GOOD, Misfit.DAY),
    (1, "qr", "2026-11-01", GOOD, Misfit.DAY),
    (2, "paper", "2026-12-01", GOOD, Misfit.DAY),
    (2, "qr", "2031-02-03", GOOD, Misfit.DAY),
    (999_999, "qr", "2026-11-05", GOOD, Misfit.POINT),
    (1_000, "kiosk", "2026-11-06", GOOD, Misfit.POINT),
    (1, "phone", "2026-11-05", GOOD, Misfit.MODE),
    (1, "quiosk", "2026-11-05", GOOD, Misfit.MODE),
    (1, "qr", "2026-11-05", GOOD[:-1], Misfit.RECORD),
    (1, "qr", "2026-11-06", GOOD + ".", Misfit.RECORD),
    (2, "qr", "2026-11-06", "", Misfit.RECORD),
    (2, "qr", "2026-11-07", "#" + GOOD[1:], Misfit.RECORD),
    (2, "qr", "2026-11-07", "é" + GOOD[1:], Misfit.RECORD),
    (1, "assisted", "2026-11-08", "5" * len(GOOD), Misfit.RECORD),
]
# Dates that only a database without a type for them can hold.
NO_DAYS = [
    (1, "qr", day, GOOD, Misfit.DAY) for day in ("2026-11-5", "2026-11-005", "2026-11-31", "2026/11/05", "hôm nay")
]


@pytest.fixture
def answered(store, sample_registry):
    """Store 60 responses that have a place in the round, a dozen a week and more."""
    open_round(store, ROUND)
    save_responses(store, [_row(number) for number in range(60)])
    return store


def _row(number):
    day = OPENS + number % 29 * DAY
    return NewResponse(secrets.token_bytes(16), 1, 1 + number % 2, list(Mode)[number % 5], day, HalfDay.MORNING, GOOD)


@pytest.fixture
def strayed(answered):
    """Write the strays behind the back of every rule, as a restored database with its rules off has them."""
    before = _figures(answered)
    strays = [*STRAYS, *(NO_DAYS if answered.is_sqlite else [])]
    rows = [(1, secrets.token_bytes(16), point, mode, day, record) for point, mode, day, record, _ in strays]
    (_write_sqlite if answered.is_sqlite else _write_postgresql)(answered, rows)
    return answered, before, strays


def _write_sqlite(store, rows):
    with sqlite3.connect(store.engine.url.database) as connection:
        for pragma in ("foreign_keys = OFF", "ignore_check_constraints = ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("DROP TRIGGER response_day_inside")
        insert = "INSERT INTO response (round_id, key, service_point_id, mode, day, answers) VALUES (?, ?, ?, ?, ?, ?)"
        connection.executemany(insert, rows)
    connection.close()


def _write_postgresql(store, rows):
    with store.writing(ADDED) as connection:
        connection.execute(text("ALTER TABLE response DISABLE TRIGGER ALL"))
        for rule in ("mode_known", "answers_alphabet"):
            connection.execute(text(f"ALTER TABLE response DROP CONSTRAINT ck_response_{rule}"))
        insert = (
            "INSERT INTO response (round_id, key, service_point_id, mode, day, answers) VALUES (%s, %s, %s, %s, %s, %s)"
        )
        connection.connection.cursor().executemany(insert, rows)


def _figures(store):
    """Return everything that is counted of the round, in one value."""
    exported = responses_file(store, "r1", layout="csv")
    return (
        counted_round(store).counted.to_bytes(),
        compute_index(store, "r1", by=("agency", "dimension")).rows,
        sorted(exported.decode("utf-8-sig").splitlines()),
    )


def test_no_figure_of_the_others_changes(strayed):
    store, before, _ = strayed
    assert _figures(store) == before
    assert compute_index(store, "r1", by=()).responses == 60


def test_monitoring_counts_what_came_in_whether_its_answers_can_be_read_or_not(strayed):
    store, _, strays = strayed
    live = count_days(store, "r1")
    unreadable = sum(one[-1] is Misfit.RECORD for one in strays)
    assert live.responses == int(live.until[:, -1].sum()) == 60 + unreadable


def test_each_is_counted_with_its_reason_and_its_day(strayed):
    store, _, strays = strayed
    found = counted_round(store).counted.misfits
    for why in Misfit:
        assert sum(count for (reason, _), count in found.items() if reason is why) == sum(
            why is one[-1] for one in strays
        )
    assert found[Misfit.DAY, 20261101] == 2
    assert found[Misfit.RECORD, 20261106] == 2
    live = count_days(store, "r1").misfits
    others = {Misfit.DAY, Misfit.POINT, Misfit.MODE}
    assert dict(live) == {key: n for key, n in found.items() if key[0] in others}


def test_in_several_passes_the_same_is_counted_as_in_one(strayed, monkeypatch):
    # A province of all its counters over a year is too much for one pass; what belongs to nobody is met in the last.
    store, _, strays = strayed
    one = counted_round(store).counted
    monkeypatch.setattr(counting, "MOST_CELLS", 60)
    lots = list(counting.passes({number: f"A{number}" for number in range(5)}, (OPENS, CLOSES)))
    assert lots == [[0, 1], [2, 3], [4]]
    several = counted_round(store).counted
    assert several.to_bytes() == one.to_bytes()
    assert several.misfits == one.misfits
    assert sum(several.misfits.values()) == len(strays)


def test_a_publication_is_made_holds_and_has_its_breakdowns(strayed):
    store, _, _ = strayed
    run = publish_run(store, "r1", today=SEALED, final=True)
    assert verify_run(store, run.id).holds
    whole = counted_round(store).counted.tally.responses.sum()
    with store.reading() as connection:
        axes = set(connection.scalars(text("SELECT axis FROM run_breakdown")))
    assert (whole, {"mode", "month", "service_point"} <= axes) == (60, True)


def test_full_rows_leave_them_out(strayed, monkeypatch):
    store, _, _ = strayed
    monkeypatch.setattr("survey.operations.exports.full_rows.find_account", lambda *_: _Administrator())
    full = export_full_rows(store, "r1", staff="an", reason="kiểm tra số liệu đợt 1")
    assert len(list(full.rows)) == 60


class _Administrator:
    username, disabled, role = "an", None, "administrator"


def _instance(store, tmp_path, today=SEALED):
    settings = {"HAI_LONG_INSTANCE": str(tmp_path / "i"), "DATABASE_URL": str(store.engine.url), "PUBLIC_URL": ""}
    (tmp_path / "i").mkdir(exist_ok=True)
    return Instance(store, load_settings(settings), today)


def test_the_doctor_names_them(strayed, tmp_path):
    store, _, strays = strayed
    found = [one.fault for one in examine(_instance(store, tmp_path)) if one.check == "rows"]
    assert len(found) == 4
    days = sum(one[-1] is Misfit.DAY for one in strays)
    assert found[0].startswith(f"round r1: {days} responses are passed by (day outside the round), dated ")
    assert "01/11/2026 (2), 01/12/2026 (1), 03/02/2031 (1)" in found[0]


def test_the_doctor_has_nothing_to_say_of_a_sound_round(answered, tmp_path):
    assert [one for one in examine(_instance(answered, tmp_path)) if one.check == "rows"] == []


def test_index_compute_tells_them_on_standard_error(strayed, tmp_path):
    store, _, _ = strayed
    environment = {
        "HAI_LONG_INSTANCE": str(tmp_path / "instance"),
        "DATABASE_URL": store.engine.url.render_as_string(hide_password=False),
        "PATH": "/usr/bin:/bin",
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "index", "compute", "--round", "r1", "--format", "csv"]
    root = Path(__file__).parents[3]
    found = subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, check=False)
    assert (found.returncode, "Traceback" in found.stderr) == (0, False)
    assert "2 responses are passed by (unknown service point), dated 05/11/2026 (1), 06/11/2026 (1)" in found.stderr
    assert "passed by" not in found.stdout


def test_the_pages_of_staff_open_and_the_log_tells_once(strayed, app, client, caplog):
    store, _, _ = strayed
    admit(client, store)
    for _ in range(2):
        for page in ("/staff/", "/staff/monitoring"):
            assert client.get(page).status_code == 200
    told = [one for one in caplog.messages if "unknown service point" in one]
    assert len(told) <= 1


def test_the_log_takes_the_same_words_once_an_hour(caplog, monkeypatch):
    said, clock = Seldom(logging.getLogger("test.seldom")), [1000.0]
    monkeypatch.setattr("survey.operations.seldom.time.monotonic", lambda: clock[0])
    assert [said.warn("a"), said.warn("a"), said.warn("b")] == [True, False, True]
    clock[0] += 3599
    assert not said.warn("a")
    clock[0] += 1
    assert said.warn("a")
    assert caplog.messages == ["a", "b", "a"]
