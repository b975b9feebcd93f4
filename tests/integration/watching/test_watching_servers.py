"""The eyes of a running server: counts that tell of no moment, lines that tell of nobody, and never in the way."""

import contextlib
import json
import os
import re
import secrets
import threading
import time
from random import Random
from urllib.parse import quote

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import func, select, text

from survey.store import tables
from survey.store.subjects import ADDED
from tests.servers import Caller, running_server
from tests.turns import wait_for_room

POINT, TOKEN, TICK = "L4E3SZF", "only-for-prometheus", 0.5

pytestmark = pytest.mark.slow


@pytest.fixture
def database_url(sqlite_url):
    """Watch one kind of database: what is watched lies before it."""
    return sqlite_url


@pytest.fixture
def environment(tmp_path, database_url):
    return {
        "HAI_LONG_INSTANCE": str(tmp_path / "instance"),
        "DATABASE_URL": database_url,
        "SURVEY_OWNER": "Sở Nội vụ",
        "PUBLIC_URL": "",
        "FLOOD_PER_MINUTE": "100000",
        "LOG_LEVEL": "debug",
        "LOG_FORMAT": "json",
        "METRICS_TOKEN": TOKEN,
    }


def read_metrics(reply):
    """Return the values of /metrics, summed over processes, by name and labels."""
    found = {}
    for family in text_string_to_metric_families(reply):
        for one in family.samples:
            labels = tuple(sorted((name, value) for name, value in one.labels.items() if name != "process"))
            found[one.name, labels] = found.get((one.name, labels), 0) + one.value
    return found


def scrape(caller, token=TOKEN):
    return caller.ask("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})


def answers(metrics, event):
    return metrics["hai_long_answers_total", (("event", event),)]


def answer(caller, **more):
    """Answer as the page's script does."""
    token = re.search(r'name=token[^>]* value="([^"]+)"', caller.get(f"/K/{POINT}").body)[1]
    form = {"A1": "5", "key": secrets.token_hex(16), "token": token, **more}
    return caller.post(f"/K/{POINT}", form)


def rows(store):
    with store.reading() as connection:
        return connection.execute(select(func.count()).select_from(tables.response)).scalar_one()


def quick_server(environment, folder, *, step):
    """Run a server that shows what it counts every half a second, and ends steps of `step` seconds."""
    more = {"STEP": str(step), "TICK": str(TICK)}
    return running_server({**environment, **more}, folder, target="tests.quick_steps:app")


def lines_of(output):
    """Return the lines of a log that are ours."""
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


# ---- What an enemy sends.


def test_a_path_a_header_and_a_method_of_an_enemy_begin_no_line_and_no_count(environment, round_of_2023_form, tmp_path):
    random, hostile = Random(5), "%0aINFO%20fake%1b[2J%e2%80%a8%00"
    with quick_server(environment, tmp_path, step=900) as server, Caller(server.port) as caller:
        before = read_metrics(scrape(caller).body).keys()
        for number in range(300):
            path = quote(random.randbytes(8)) + hostile
            start = ("/staff/", "/api/v1/", "/metrics/", "/K/", "/")[number % 5]
            headers = {"User-Agent": "x\x1b[2J", "X-Request-Id": "9" * 10_000, "X-Forwarded-For": "1.2.3.4"}
            method = ("GET", "POST", "BREW", f"M{number}")[number % 4]
            with contextlib.suppress(OSError), Caller(server.port) as other:
                other.ask(method, start + path, headers=headers)
        time.sleep(3 * TICK)
        after = read_metrics(scrape(caller).body)
    whole = server.output.read_bytes()
    lines = lines_of(whole.decode())
    assert b"\x1b" not in whole
    assert b"fake" not in whole
    assert b"9999999999999" not in whole
    assert b"1.2.3.4" not in whole
    # Rules, never addresses: random ones all answer to none.
    assert {one["rule"] for one in lines if one["event"] == "answered"} <= {"-", "/metrics"}
    assert {one["method"] for one in lines if one["event"] == "answered"} <= {"GET", "POST", "BREW"} | {
        f"M{number}" for number in range(300)
    }
    assert len(after.keys() - before) < 120
    assert {dict(labels).get("method") for _, labels in after} <= {None, "GET", "HEAD", "POST", "other"}


# ---- Several processes, and somebody who looks all the time.


def ends_of_steps(caller, event, seconds):
    """Look ten times a second; return when a count of citizens moved, in seconds since 1970."""
    moved, before, end = [], None, time.time() + seconds
    while time.time() < end:
        now = answers(read_metrics(scrape(caller).body), event)
        if before is not None and now != before:
            moved.append(time.time())
        before = now
        time.sleep(0.1)
    return moved


def test_whoever_looks_all_the_time_learns_the_step_and_no_moment(environment, store, round_of_2023_form, tmp_path):
    step, random, sent = 4.0, Random(3), []

    def citizens(port):
        with Caller(port) as caller:
            for _ in range(12):
                time.sleep(random.uniform(0.3, 1.7))
                assert answer(caller).status == 201
                sent.append(time.time())

    with quick_server(environment, tmp_path, step=step) as server, Caller(server.port) as looking:
        going = threading.Thread(target=citizens, args=(server.port,))
        going.start()
        moved = ends_of_steps(looking, "stored", 24)
        going.join()
        time.sleep(step + 2 * TICK)
        told = [read_metrics(scrape(looking).body) for _ in range(4)]
    assert rows(store) == len(sent) == 12
    # Two processes answer; whichever is asked tells the sum.
    assert {answers(one, "stored") for one in told} == {12}
    assert {answers(one, "form_shown") for one in told} == {12}
    # What moved moved at the end of a step, give or take the half a second between two looks of a process.
    assert moved
    assert all(moment % step < 3 * TICK for moment in moved)
    # And an answer right after the end of a step waits for the next one.
    assert max(sent) // step < max(moved) // step


def test_two_processes_tell_one_sum_of_staff_whichever_is_asked(environment, round_of_2023_form, tmp_path):
    with quick_server(environment, tmp_path, step=900) as server:
        for _ in range(40):
            with Caller(server.port) as caller:
                caller.get("/staff/sign-in")
        time.sleep(3 * TICK)
        pages = []
        for _ in range(12):
            with Caller(server.port) as caller:
                pages.append(scrape(caller).body)
    asked = "hai_long_requests_total", (("area", "staff"), ("method", "GET"), ("status", "2xx"))
    assert {read_metrics(page)[asked] for page in pages} == {40}
    assert all(len(set(re.findall(r'process="(\w+)"', page))) == 2 for page in pages)
    # Nothing of the process itself: its seconds of work would move with every answer.
    assert all("process_cpu" not in page and "python_gc" not in page for page in pages)


def test_the_server_as_it_is_started_tells_what_it_counts(environment, round_of_2023_form, tmp_path):
    wait_for_room(40, within=900)
    with running_server(environment, tmp_path) as server, Caller(server.port) as caller:
        time.sleep(max(0.0, 16 - time.time() % 15))
        before = read_metrics(scrape(caller).body)
        for _ in range(5):
            assert answer(caller).status == 201
        time.sleep(16)
        after = read_metrics(scrape(caller).body)
    citizens = {key for key in before if "answers" in key[0] or "refusals" in key[0] or "citizen" in key[0]}
    assert len(citizens) == 14
    assert {key: after[key] for key in citizens} == {key: before[key] for key in citizens}


# ---- Nothing of this stops an answer.


def closed(_folder):
    return contextlib.nullcontext(None)


def full(_folder):
    return open("/dev/full", "wb")


@contextlib.contextmanager
def stuck(_folder):
    """A pipe that is full and that nobody reads."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while os.write(writer, b"x" * 4096):
            pass
    os.set_blocking(writer, True)
    yield writer
    os.close(writer)
    os.close(reader)


def gone(_folder):
    """A pipe whose reader went away."""
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "wb")


@pytest.mark.parametrize("errors", [closed, full, stuck, gone])
def test_a_log_that_cannot_be_written_stops_no_answer(environment, store, round_of_2023_form, tmp_path, errors):
    more = {"STEP": "900", "TICK": str(TICK), **environment}
    with (
        errors(tmp_path) as file,
        running_server(more, tmp_path, errors=file, target="tests.quick_steps:app") as server,
        Caller(server.port) as caller,
    ):
        # Many more lines than there are threads to be stuck with one.
        for _ in range(60):
            assert caller.get("/staff/sign-in").status == 200
        for _ in range(5):
            assert answer(caller).status == 201
        time.sleep(3 * TICK)
        told = read_metrics(scrape(caller).body)
    assert rows(store) == 5
    # A pipe that is stuck loses no line: they wait.
    assert (told["hai_long_log_lines_lost_total", ()] >= 60) == (errors is not stuck)


@pytest.mark.parametrize("kind", ["a file", "a broken link", "full of rubbish"])
def test_a_broken_folder_of_counts_stops_no_answer_and_is_told(environment, store, round_of_2023_form, tmp_path, kind):
    folder = tmp_path / "instance" / "metrics"
    folder.parent.mkdir()
    if kind == "a file":
        folder.write_text("x")
    elif kind == "a broken link":
        folder.symlink_to(tmp_path / "nowhere" / "at all")
    else:
        folder.mkdir()
        for number, rubbish in enumerate(("{", "[[1]]", '[["hai_long_answers", [["event", 5]], "x"]]', "null", "[5]")):
            (folder / f"{number}.json").write_text(rubbish)
        (folder / "9.json").mkdir()
    with quick_server(environment, tmp_path, step=900) as server, Caller(server.port) as caller:
        for _ in range(5):
            assert answer(caller).status == 201
        time.sleep(3 * TICK)
        told = read_metrics(scrape(caller).body)
    assert rows(store) == 5
    unwritten = kind != "full of rubbish"
    assert told["hai_long_metrics_unwritten", ()] == unwritten
    warned = [one for one in lines_of(server.output.read_text()) if "cannot be written" in one["event"]]
    assert len(warned) == (2 if unwritten else 0), "once for each process"


def test_without_a_token_answers_are_stored(environment, store, round_of_2023_form, tmp_path):
    with running_server({**environment, "METRICS_TOKEN": ""}, tmp_path) as server, Caller(server.port) as caller:
        assert answer(caller).status == 201
        assert scrape(caller).status == 404
    assert rows(store) == 1


# ---- Silent ways out.


def test_the_way_round_a_broken_fast_insert_counts_and_is_said_once_without_what_was_sent(
    environment, store, round_of_2023_form, tmp_path
):
    with store.writing(ADDED) as connection:
        connection.execute(text("ALTER TABLE response RENAME TO kept_apart"))
    with quick_server(environment, tmp_path, step=2) as server, Caller(server.port) as caller:
        statuses = [answer(caller, comment="Nhanh gọn lắm").status for _ in range(4)]
        time.sleep(5)
        told = read_metrics(scrape(caller).body)
    assert statuses == [500] * 4
    assert told["hai_long_citizen_troubles_total", (("status", "5xx"),)] == 4
    # Each is tried by the front and by Flask.
    assert told["hai_long_fallbacks_total", (("place", "insert"),)] == 8
    assert told["hai_long_fallbacks_total", (("place", "intake"),)] == 4
    whole = server.output.read_text()
    lines = [one for one in lines_of(whole) if one["level"] != "info" and "/metrics" not in str(one)]
    said = [one["event"] for one in lines]
    assert 1 <= said.count("another way had to be tried: intake") <= 2, "once for each process"
    assert 1 <= said.count("unexpected error on %s") <= 2
    assert all("id" not in one for one in lines)
    assert "Nhanh gọn" not in whole
    assert POINT not in whole
    # Their time is the end of a step, to the second.
    assert {float(one["time"][17:-1]) % 2 for one in lines} == {0.0}


def test_a_front_without_a_database_answers_in_words_and_writes_no_line_of_its_own(
    environment, store, round_of_2023_form, tmp_path
):
    with store.writing(ADDED) as connection:
        connection.execute(text("ALTER TABLE service_point RENAME TO gone"))
    with quick_server(environment, tmp_path, step=900) as server, Caller(server.port) as caller:
        printed = server.output.read_bytes()
        replies = [caller.get(f"/K/{POINT}") for _ in range(3)]
        assert server.output.read_bytes() == printed
    assert {one.status for one in replies} == {500}
    assert all("Hệ thống đang có lỗi" in one.body for one in replies)
