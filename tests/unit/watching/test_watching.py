"""What is counted of citizens moves at whole quarters of an hour, and no line of the log tells who or when."""

import json
import logging
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.watching.counts import EVENTS, Event, Fallback, Ledger, Refused, Trouble
from survey.watching.lines import LineFormatter, LogFormat
from survey.watching.logs import LineHandler
from survey.watching.runs import Area, WatchedRun, bound, carried, current_id

QUARTER = 900
# What could begin a line, move a cursor, or turn the reading direction.
HOSTILE = (
    "a\nINFO all is well",
    "a\r\n2026-01-01T00:00:00Z error",
    "\x1b[2J\x1b]0;title\x07",
    "\x9b31m",
    "\u2028INFO",
    "\u202e",
    "\x85x",
    "\0",
    "\ud800",
    "%s %d",
    "{}",
)


class Clocks:
    """Two clocks that a test sets; the wall clock may jump, the steady one cannot."""

    def __init__(self, now=0.0):
        self.now, self.off = now, 1_800_000_000.0

    def wall(self):
        return self.now + self.off

    def steady(self):
        return self.now


def stored(ledger):
    return next(one.value for one in ledger.samples() if one.labels == (("event", "stored"),))


@given(
    st.floats(0, QUARTER),
    st.lists(st.floats(0.01, 2 * QUARTER), min_size=1, max_size=40),
    st.lists(st.sampled_from((-3600.0, -60.0, -1.0, 0.0, 0.0, 0.0, 1.0, 60.0, 3600.0)), min_size=40, max_size=40),
)
def test_a_count_never_moves_in_the_quarter_in_which_it_counted_nor_oftener_than_each_quarter(start, gaps, jumps):
    clocks = Clocks(start)
    ledger, moved, waiting = Ledger(wall=clocks.wall, steady=clocks.steady), [], []
    for gap, jump in zip(gaps, jumps, strict=False):
        end = clocks.now + gap
        while clocks.now < end:
            # Whoever looks looks every second, and at uneven moments too.
            clocks.now = min(end, clocks.now + 15)
            before = stored(ledger)
            ledger.turn()
            if stored(ledger) != before:
                moved.append(clocks.now)
                # All that waited came at once or nothing: an answer of this quarter never shows.
                shown, waiting = waiting, [one for one in waiting if one >= clocks.wall() // QUARTER]
                assert stored(ledger) - before == len(shown) - len(waiting)
        ledger.count(Event.STORED)
        waiting.append(max(clocks.wall() // QUARTER, 1_800_000_000 // QUARTER + start // QUARTER + 1))
        clocks.off += jump
    steps = [later - earlier for earlier, later in pairwise(moved)]
    # A look may come 15 seconds after the end of a quarter, and a clock may be set by five.
    assert all(step >= QUARTER - 20 for step in steps)


def test_the_first_quarter_of_a_process_is_not_cut_short():
    clocks = Clocks()
    clocks.off += 890 - clocks.wall() % QUARTER
    ledger = Ledger(wall=clocks.wall, steady=clocks.steady)
    ledger.count(Event.STORED)
    clocks.now += 11
    assert ledger.turn() is not None
    assert stored(ledger) == 0
    clocks.now += QUARTER
    ledger.turn()
    assert stored(ledger) == 1


def test_every_kind_is_shown_from_the_start_so_that_the_first_one_shows_no_line_of_its_own():
    ledger = Ledger()
    told = {(one.name, one.labels) for one in ledger.samples()}
    for event in (*Event, *Refused, *Trouble, *Fallback):
        ledger.count(event)
    assert {(one.name, one.labels) for one in ledger.samples()} == told
    assert sum(one.name == EVENTS for one in ledger.samples()) == len(Event)


@given(st.text(), st.integers(100, 999), st.floats(0, 1e6))
def test_no_method_or_status_makes_more_than_a_few_lines(method, status, seconds):
    ledger = Ledger()
    before = len(ledger.samples())
    for _ in range(2):
        ledger.count_request(Area.STAFF, method=method, status=status, seconds=seconds)
    # One count, ten bounds, a number and a sum.
    assert len(ledger.samples()) - before == 13


def record(text, *given, **more):
    made = logging.getLogger("survey.test").makeRecord("survey.test", logging.WARNING, "x.py", 1, text, given, None)
    vars(made).update(more)
    return made


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_that_comes_from_outside_begins_a_line_or_moves_a_cursor(hostile):
    for one in (record("asked: %s", hostile), record("asked", path=hostile), record(hostile)):
        for form in LogFormat:
            line = LineFormatter(form).format(one)
            assert "\n" not in line
            assert line.isprintable()
            line.encode()
        assert json.loads(line)["event"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_an_error_with_a_hostile_text_stays_behind_its_margin(hostile):
    try:
        raise ValueError(hostile)
    except ValueError as error:
        one = record("failed", exc_info=(type(error), error, error.__traceback__))
    head, *rest = LineFormatter(LogFormat.TEXT).format(one).split("\n")
    assert head.endswith("failed")
    assert rest[0] == "    | Traceback (most recent call last):"
    assert all(line.startswith("    | ") and line.isprintable() for line in rest)
    assert json.loads(LineFormatter(LogFormat.JSON).format(one))["exception"][0].startswith("Traceback")


def test_a_long_value_is_cut():
    assert len(LineFormatter(LogFormat.JSON).format(record("asked: %s", "x" * 1_000_000))) < 2_500


def test_values_that_do_not_fit_lose_no_line():
    assert "do not fit" in LineFormatter(LogFormat.TEXT).format(record("%d", "x"))


@pytest.fixture
def heard(monkeypatch):
    """Return a handler in its tenth step, and the lines it writes."""
    lines = []
    handler = LineHandler(lost=lambda: lines.append("lost"), current_step=lambda: 10)
    monkeypatch.setattr(handler, "_write", lines.append)
    handler.setFormatter(LineFormatter(LogFormat.JSON))
    return handler, lines


def failing(secret):
    try:
        raise ValueError(f"bad answer {secret}")
    except ValueError as error:
        return record("refused for %s", secret, exc_info=(type(error), error, error.__traceback__))


def test_a_line_for_a_citizen_waits_is_said_once_and_names_no_value_of_an_error(heard):
    handler, lines = heard
    with bound(WatchedRun(Area.CITIZEN)):
        assert current_id() == ""
        for _ in range(5):
            handler.handle(failing("5 3 1 2"))
    handler.let_go(10, at=9_000.0)
    assert lines == []
    handler.let_go(11, at=9_900.0)
    (line,) = map(json.loads, lines)
    assert line["time"] == datetime.fromtimestamp(9_900, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert line["event"] == "refused for %s"
    assert "id" not in line
    assert "5 3 1 2" not in lines[0]
    (where,) = line["exception"]
    assert where.startswith("builtins.ValueError at ")
    assert "failing" in where


def test_a_thread_begun_for_a_citizen_waits_as_well(heard):
    handler, lines = heard
    with bound(WatchedRun(Area.CITIZEN)):
        later = carried(handler.handle, record("the clock went back"))
    later()
    assert lines == []


def test_a_line_for_staff_is_written_at_once_with_the_number_of_the_run(heard):
    handler, lines = heard
    with bound(WatchedRun(Area.STAFF)) as run:
        handler.handle(failing("5 3 1 2"))
    (line,) = map(json.loads, lines)
    assert line["id"] == run.id
    assert len(run.id) == 16
    assert "ValueError: bad answer 5 3 1 2" in line["exception"]
