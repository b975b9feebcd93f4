"""Numbers for staff, programs and commands, none for citizens; and who may look at the counts."""

import os
import re
import subprocess
import sys
import time

import pytest
from sqlalchemy import text

from survey.app import create_app
from survey.errors import SettingError
from survey.operations.clock import today_in_vietnam
from survey.operations.publishing.jobs import find_publishing, start_publishing
from survey.operations.publishing.publishing import Order
from survey.operations.staff.api_keys import add_key
from survey.settings import load_settings
from survey.store.subjects import ADDED
from survey.watching.process import PROCESS
from survey.watching.runs import Area, WatchedRun, bound
from tests.servers import ROOT
from tests.watched import POINT, TOKEN, lines_of, rows, watched_environment

NUMBER = re.compile(r"[0-9a-f]{16}")
NAMED = ("/staff/sign-in", "/staff/", "/staff/nothing", "/api/v1/rounds", "/api/v1/openapi.json", "/metrics")
NAMELESS = (
    *("/", "/K", f"/K/{POINT}", "/K/nothing", "/k/x", "/kiosk/nothing", "/kiosk/exited", "/feedback", "/results/"),
    *("/healthz", "/nothing", "/staff/entry/assisted", f"/staff/entry/assisted/{POINT}", "/staff"),
)


@pytest.fixture
def database_url(sqlite_url):
    """Watch one kind of database: what is watched lies before it."""
    return sqlite_url


@pytest.fixture
def environment(tmp_path, database_url):
    return watched_environment(tmp_path, database_url)


# ---- Numbers.


@pytest.mark.parametrize("path", NAMED)
def test_every_answer_to_staff_and_programs_has_a_number_drawn_for_it(client, sample_registry, path):
    sent = {"X-Request-Id": "of the client", "X-Correlation-Id": "x" * 10_000}
    numbers = {client.get(path, headers=sent).headers["X-Request-Id"] for _ in range(3)}
    assert len(numbers) == 3
    assert all(NUMBER.fullmatch(one) for one in numbers)


@pytest.mark.parametrize("path", NAMELESS)
def test_no_answer_to_a_citizen_has_a_number_nor_writes_a_line(app, client, round_of_2023_form, path, capsys, caplog):
    caplog.set_level("DEBUG")
    capsys.readouterr()
    assert "X-Request-Id" not in client.get(path).headers
    assert "X-Request-Id" not in client.post(path, data={"A1": "5"}).headers
    assert capsys.readouterr().err == ""


def test_an_answer_by_a_helping_hand_has_no_number_and_no_line_that_would_date_it(
    admitted, store, round_of_2023_form, capsys, caplog
):
    caplog.set_level("DEBUG")
    address, before = f"/staff/entry/assisted/{POINT}", stored_events()
    page = admitted.get(address).text
    hidden = {name: re.search(rf'name="?{name}"?[^>]* value="([^"]+)"', page)[1] for name in ("token", "session")}
    capsys.readouterr()
    sent = admitted.post(address, data={**hidden, "A1": "5"})
    assert sent.status_code == 303
    assert "X-Request-Id" not in sent.headers
    assert "X-Request-Id" not in admitted.get(sent.location).headers
    assert capsys.readouterr().err == ""
    assert rows(store) == 1
    # It is counted, and shown when the quarter is over.
    assert stored_events() == before


def stored_events():
    return [one.value for one in PROCESS.ledger.samples() if one.labels == (("event", "stored"),)]


def test_the_number_stands_on_the_error_page_in_the_header_and_in_the_log(admitted, store, capsys):
    with store.writing(ADDED) as connection:
        connection.execute(text("ALTER TABLE audit RENAME TO gone"))
    capsys.readouterr()
    broken = admitted.get("/staff/audit")
    number = broken.headers["X-Request-Id"]
    assert broken.status_code == 500
    assert f"Mã lỗi: <code>{number}</code>" in broken.text
    lines = capsys.readouterr().err.splitlines()
    assert f"[{number}] unexpected error on /staff/audit" in lines[0]
    assert any("no such table: audit" in line for line in lines)


def test_refusals_of_staff_pages_tell_their_number_too(admitted):
    page = admitted.get("/staff/points/NOTHING")
    assert page.status_code == 404
    assert f"<code>{page.headers['X-Request-Id']}</code>" in page.text


def test_a_problem_of_the_interface_is_what_it_was_and_its_number_stands_in_the_header(client, store, capsys):
    key = add_key(store, "x", today=today_in_vietnam()).secret
    with store.writing(ADDED) as connection:
        connection.execute(text("ALTER TABLE survey_round RENAME TO gone"))
    capsys.readouterr()
    broken = client.get("/api/v1/rounds", headers={"Authorization": f"Bearer {key}"})
    assert broken.json.keys() == {"type", "title", "status", "code"}
    assert f"[{broken.headers['X-Request-Id']}] unexpected error" in capsys.readouterr().err


def run_command(environment, *arguments):
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True)


def test_all_lines_of_a_command_bear_one_number_and_the_next_command_has_another(environment, store):
    numbers = []
    for arguments, code in ((("db", "upgrade"), 0), (("index", "compute", "--round", "none"), 1)):
        ran = run_command(environment, *arguments)
        lines = lines_of(ran.stderr)
        assert ran.returncode == code
        assert {one["id"] for one in lines} == {lines[-1]["id"]}
        assert (lines[-1]["event"], lines[-1]["exit"]) == ("command ended", code)
        numbers.append(lines[-1]["id"])
    assert len(set(numbers)) == 2


def test_a_command_that_fails_says_the_number_of_its_error(environment, store):
    with store.writing(ADDED) as connection:
        connection.execute(text("ALTER TABLE survey_round RENAME TO gone"))
    ran = run_command({**environment, "LOG_LEVEL": "warning"}, "index", "compute", "--round", "r1")
    (line,) = lines_of(ran.stderr)
    assert line["event"] == f"command failed; the error number is {line['id']}"
    assert (line["kind"], ran.returncode) == ("OperationalError", 1)


# ---- Who may look.


@pytest.mark.parametrize("shown", [None, "", "Bearer", "Bearer wrong", "Basic YTpi", f"bearer x{TOKEN}", "Bearer ÿþ"])
def test_without_the_token_nothing_is_counted_out(environment, app, shown):
    looking = create_app(environment).test_client()
    answered = looking.get("/metrics", headers={"Authorization": shown} if shown is not None else {})
    assert answered.status_code == 401
    assert "hai_long_" not in answered.text
    assert looking.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert looking.get(f"/metrics?token={TOKEN}").status_code == 401


def test_where_no_token_is_set_there_is_no_such_page(client):
    for shown in ({}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {TOKEN}"}):
        assert client.get("/metrics", headers=shown).status_code == 404


def test_a_token_that_can_be_guessed_is_refused_at_the_start(environment):
    with pytest.raises(SettingError, match="METRICS_TOKEN must have at least 16"):
        create_app({**environment, "METRICS_TOKEN": "123456789012345"})
    for name, value in (("LOG_LEVEL", "loud"), ("LOG_FORMAT", "xml")):
        with pytest.raises(SettingError, match=name):
            create_app({**environment, name: value})


def test_a_job_beside_the_server_bears_the_number_of_the_request_that_began_it(environment, store, capfd):
    settings = load_settings({**os.environ, **environment})
    with bound(WatchedRun(Area.STAFF)) as run:
        assert start_publishing(store, settings, "none", Order(today_in_vietnam(), final=False, by="lan"))
    deadline = time.monotonic() + 60
    while find_publishing(store, settings, "none").ended is None and time.monotonic() < deadline:
        time.sleep(0.1)
    lines = lines_of(capfd.readouterr().err)
    assert [one["event"] for one in lines if one["level"] == "error"] == ["publication of none failed"]
    assert {one["id"] for one in lines} == {run.id}
