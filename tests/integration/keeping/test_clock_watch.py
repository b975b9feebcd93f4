"""A clock that went back is told: by the log, by the doctor and on the staff's first page."""

import logging
import secrets
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, text

from survey.operations.clock import VIETNAM, half_of, now_in_vietnam, today_in_vietnam
from survey.operations.keeping import clock_watch
from survey.operations.keeping.clock_watch import ClockFault, ClockKind, ClockWatch, find_clock_faults
from survey.operations.keeping.doctor import Instance, examine
from survey.operations.rounds.rounds import NewRound, open_round
from survey.responses import HalfDay, Mode
from survey.settings import load_settings
from survey.store.collecting.responses import NewResponse, save_responses
from survey.store.engine import open_store
from survey.store.staff.tables import audit
from survey.store.subjects import ADDED
from survey.web.staff.monitoring.overview import span_words
from tests.conftest import open_sample_round
from tests.sign_in import admit

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Clocks:
    """The two clocks of a process, which a test sets."""

    def __init__(self):
        self.wall, self.steady = 1_800_000_000.0, 50.0

    def pass_by(self, seconds, *, step=0.0):
        self.steady += seconds
        self.wall += seconds + step


@pytest.fixture
def clocks():
    return Clocks()


@pytest.fixture
def watch(store, clocks):
    yield ClockWatch(store, wall=lambda: clocks.wall, steady=lambda: clocks.steady)
    for thread in [one for one in threading.enumerate() if one.name == "clock watch"]:
        thread.join()


def told(caplog):
    return [one.getMessage() for one in caplog.records if one.name == clock_watch.__name__]


def answer(day, half):
    return NewResponse(secrets.token_bytes(16), 1, 1, Mode.QR, day, half, "." * 24)


@pytest.mark.parametrize(("step", "is_told"), [(-119.0, False), (-121.0, True), (-86_400.0, True), (86_400.0, False)])
def test_a_step_back_while_the_application_runs_is_told(watch, clocks, caplog, step, is_told):
    watch.tick()
    clocks.pass_by(10, step=step)
    watch.tick()
    assert bool(told(caplog)) is is_told
    assert [one.kind for one in watch.faults(last_day=None)] == ([ClockKind.ITSELF] if is_told else [])


def test_a_day_ahead_and_back_again_is_a_step_back_and_is_told_for_a_day(watch, clocks, caplog):
    clocks.pass_by(60, step=86_400)
    watch.tick()
    clocks.pass_by(60, step=-86_400)
    watch.tick()
    assert watch.faults(last_day=None) == [ClockFault(ClockKind.ITSELF, DAY)]
    assert told(caplog) == ["the clock of this machine went back while the application ran (24:00 hours); set it right"]
    clocks.pass_by(86_401)
    assert watch.faults(last_day=None) == []


def test_many_small_steps_back_add_up(watch, clocks, caplog):
    for _ in range(13):
        clocks.pass_by(60, step=-10)
        watch.tick()
    # 13 steps of 10 seconds are 130 seconds.
    assert len(told(caplog)) == 1


def test_the_log_tells_six_steps_within_an_hour_once(watch, clocks, caplog):
    for _ in range(6):
        clocks.pass_by(60, step=86_400)
        watch.tick()
        clocks.pass_by(60, step=-86_400)
        watch.tick()
    assert len(told(caplog)) == 1


def test_a_right_clock_is_not_told_of(store, round_of_2023_form, watch, caplog):
    now = now_in_vietnam()
    save_responses(store, [answer(now.date(), half_of(now))])
    _write_deed(store, datetime.now(UTC))
    assert find_clock_faults(store) == watch.faults(last_day=now.date()) == []
    assert told(caplog) == []


def test_an_answer_of_a_day_to_come_is_told(store, round_of_2023_form, watch):
    tomorrow = today_in_vietnam() + DAY
    save_responses(store, [answer(tomorrow, None), answer(today_in_vietnam(), HalfDay.MORNING)])
    begins = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=VIETNAM)
    for found in (find_clock_faults(store), watch.faults(last_day=tomorrow)):
        assert [one.kind for one in found] == [ClockKind.ANSWER]
        assert abs(found[0].behind - (begins - now_in_vietnam())) < MINUTE


def test_an_afternoon_is_told_in_the_morning(store, round_of_2023_form, monkeypatch):
    today = today_in_vietnam()
    save_responses(store, [answer(today, HalfDay.AFTERNOON), answer(today, HalfDay.MORNING), answer(today, None)])
    noon = datetime(today.year, today.month, today.day, 12, tzinfo=VIETNAM)
    for minutes, kinds in ((-3, [ClockKind.ANSWER]), (-1, []), (1, [])):
        monkeypatch.setattr(clock_watch, "now_in_vietnam", lambda m=minutes: noon + m * MINUTE)
        found = [one.kind for one in find_clock_faults(store) if one.kind is not ClockKind.DATABASE]
        assert found == kinds


def test_answers_of_simulated_rounds_say_nothing_of_the_clock(store, sample_registry):
    today = today_in_vietnam()
    new = NewRound("s1", "Đợt thử", "sipas-2023", today - DAY, today + 9 * DAY, simulated=True)
    open_round(store, new)
    save_responses(store, [answer(today + 5 * DAY, None)])
    assert find_clock_faults(store) == []


def _write_deed(store, at):
    values = {"at": at.replace(tzinfo=None), "staff": "an", "act": "x", "detail": ""}
    with store.writing(ADDED) as connection:
        connection.execute(insert(audit).values(**values))


def test_a_line_of_the_trail_that_is_later_than_now_is_told(store):
    _write_deed(store, datetime.now(UTC) + MINUTE)
    assert find_clock_faults(store) == []
    _write_deed(store, datetime.now(UTC) + 3 * MINUTE)
    _write_deed(store, datetime.now(UTC))
    assert [one.kind for one in find_clock_faults(store)] == [ClockKind.TRAIL]


@pytest.mark.postgresql
@pytest.mark.parametrize(("minutes", "is_told"), [(-3, True), (-1, False), (0, False), (3, True)])
def test_a_clock_other_than_the_databases_is_told(postgresql_url, monkeypatch, minutes, is_told):
    store = open_store(postgresql_url)
    monkeypatch.setattr(clock_watch, "now_in_vietnam", lambda: now_in_vietnam() + minutes * MINUTE)
    assert [one.kind for one in find_clock_faults(store)] == ([ClockKind.DATABASE] if is_told else [])
    store.close()


def test_once_an_hour_a_thread_looks_at_what_is_stored(watch, clocks, store, monkeypatch, caplog):
    looks = []
    monkeypatch.setattr(ClockWatch, "_look", lambda self: looks.append(clocks.steady))
    for _ in range(2 * 60):
        clocks.pass_by(60)
        watch.tick()
    # After five minutes, and an hour later.
    assert len(looks) == 2


def test_a_look_while_the_database_is_away_is_no_trouble(store, watch, caplog):
    with store.writing(ADDED) as connection:
        connection.execute(text("ALTER TABLE audit RENAME TO gone"))
    watch._look()
    assert told(caplog) == []


def test_a_look_writes_what_it_finds_into_the_log(store, watch, caplog):
    _write_deed(store, datetime.now(UTC) + 90 * MINUTE)
    watch._look()
    watch._look()
    assert told(caplog) == [
        "the clock of this machine is behind the latest line of the audit trail (1:30 hours); set it right"
    ]


def test_the_doctor_tells_it(store, round_of_2023_form, tmp_path):
    settings = {"HAI_LONG_INSTANCE": str(tmp_path), "DATABASE_URL": str(store.engine.url), "PUBLIC_URL": ""}
    instance = Instance(store, load_settings(settings), today_in_vietnam())
    assert [one for one in examine(instance) if one.check == "clock"] == []
    save_responses(store, [answer(today_in_vietnam() + 3 * DAY, HalfDay.MORNING)])
    (found,) = [one for one in examine(instance) if one.check == "clock"]
    assert str(found).startswith("clock: the clock of this machine is behind the day of the latest answer (")


def test_the_first_page_of_staff_tells_it_in_words(client, app, store, sample_registry, caplog):
    admit(client, store)
    page = client.get("/staff/")
    assert (page.status_code, "Đồng hồ" in page.text) == (200, False)
    open_sample_round(store, "r1", "sipas-2023")
    save_responses(store, [answer(today_in_vietnam() + 9 * DAY, HalfDay.MORNING)])
    _write_deed(store, datetime.now(UTC) + 30 * MINUTE)
    page = client.get("/staff/")
    days = 9 if now_in_vietnam().hour < 12 else 8
    assert f"Đồng hồ của máy chủ chậm hơn ngày của phiếu gần nhất {days} ngày." in page.text
    assert "Đồng hồ của máy chủ chậm hơn dòng gần nhất trong nhật ký 30 phút." in page.text
    assert "Hãy báo người quản trị hệ thống chỉnh lại đồng hồ." in page.text
    assert len(told(caplog)) == 2
    assert caplog.records[-1].levelno == logging.WARNING


def test_a_citizens_request_compares_the_two_clocks(app, client, round_of_2023_form, monkeypatch):
    ticks = []
    front = app.wsgi_app._inner
    monkeypatch.setattr(front, "_tick", lambda: ticks.append(1))
    assert client.get("/K/L4E3SZF").status_code == 200
    assert ticks == [1]


def test_a_span_in_words():
    said = [span_words(timedelta(minutes=number), "vi") for number in (3, 119, 120, 2879, 2880)]
    assert said == ["3 phút", "119 phút", "2 giờ", "48 giờ", "2 ngày"]
    assert [span_words(timedelta(minutes=number), "en") for number in (3, 120, 2880)] == [
        "3 minutes",
        "2 hours",
        "2 days",
    ]
