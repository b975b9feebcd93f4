"""Whoever looks at a running server all the time learns no moment, and whoever sends what he likes leaves no trace."""

import contextlib
import re
import threading
import time
from random import Random
from urllib.parse import quote

import pytest

from tests.servers import Caller, running_server
from tests.turns import wait_for_room
from tests.watched import (
    TICK,
    answer,
    answers,
    lines_of,
    quick_server,
    read_metrics,
    rows,
    scrape,
    watched_environment,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def database_url(sqlite_url):
    """Watch one kind of database: what is watched lies before it."""
    return sqlite_url


@pytest.fixture
def environment(tmp_path, database_url):
    return watched_environment(tmp_path, database_url)


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
