"""A log or counts that cannot be written stop no answer, and what goes wrong in silence is counted and said once."""

import contextlib
import os
import time

import pytest
from sqlalchemy import text

from survey.store.subjects import ADDED
from tests.servers import Caller, running_server
from tests.watched import (
    POINT,
    TICK,
    answer,
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
