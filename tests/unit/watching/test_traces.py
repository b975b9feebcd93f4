"""An outage fills no disk: a trace of one kind is written once a minute, and what was left out is counted."""

import logging

import pytest

from survey.watching.lines import LineFormatter, LogFormat
from survey.watching.logs import LineHandler


class Clock:
    def __init__(self):
        self.now = 0.0

    def steady(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def log(clock, capsys):
    """Return a logger, and what it has written so far."""
    handler = LineHandler(lost=lambda: None, current_step=lambda: 0, steady=clock.steady)
    handler.setFormatter(LineFormatter(LogFormat.TEXT))
    logger = logging.Logger("survey.test")
    logger.addHandler(handler)
    return logger, lambda: capsys.readouterr().err


def fail(logger, kind=ValueError, words="failed"):
    try:
        raise kind("away")
    except kind as error:
        logger.error(words, exc_info=error)


def test_a_thousand_failures_in_a_minute_write_one_trace_and_a_line_each(log, clock):
    logger, written = log
    for number in range(1_000):
        clock.now = number * 0.05
        fail(logger)
    text = written()
    lines = text.splitlines()
    assert text.count("Traceback") == 1
    assert sum("failed" in line and line.startswith("2") for line in lines) == 1_000
    assert lines[-1].endswith("failed kind=ValueError")


def test_the_next_trace_tells_how_many_were_left_out(log, clock):
    logger, written = log
    for moment in (0, 1, 2, 61):
        clock.now = moment
        fail(logger)
    text = written()
    assert text.count("Traceback") == 2
    assert "failed traces_left_out=2" in text


def test_another_kind_of_trouble_has_a_trace_of_its_own(log):
    logger, written = log
    for kind, words in ((ValueError, "failed"), (KeyError, "failed"), (ValueError, "lost")):
        fail(logger, kind, words)
    assert written().count("Traceback") == 3
