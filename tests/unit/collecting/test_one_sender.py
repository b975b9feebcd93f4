"""How far one person with one telephone gets in a month, and how much an agency's figure moves: docs/pace.md."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from survey.operations.clock import VIETNAM
from survey.operations.collecting.pace import SenderAllowance, SenderPace
from survey.settings import load_settings

PACE = (Path(__file__).parents[3] / "docs" / "pace.md").read_text("utf-8")
POINT, ADDRESS = "L4E3SZF", "203.0.113.7"
MIDNIGHT = datetime(2026, 11, 2, tzinfo=VIETNAM)
# Of the agency: 200 honest answers in the month, 84 of 100 on average; whoever means harm answers 1 of 5: 20 of 100.
HONEST, FIGURE, WORST = 200, 84.0, 20.0


@pytest.fixture
def pace(tmp_path):
    """Return the limits as they are by default."""
    settings = load_settings({"HAI_LONG_INSTANCE": str(tmp_path)})
    counter = SenderAllowance(settings.answers_per_hour, settings.answers_per_day)
    return SenderPace(tmp_path / "pace", settings.secret_key, counter=counter, kiosk=counter)


def stored(pace, *, hours: float, every: float, days: int = 1, counters: int = 1) -> int:
    """Return how many answers are taken of somebody who sends for so many hours a day, one each so many seconds."""
    taken = 0
    with time_machine.travel(MIDNIGHT, tick=False) as clock:
        for day in range(days):
            clock.move_to(MIDNIGHT + timedelta(days=day))
            for number in range(int(hours * 3600 / every)):
                taken += pace.wait_at_counter(f"{POINT}{number % counters}", ADDRESS) == 0
                clock.shift(every)
    return taken


def moved(sent: int) -> float:
    """Return by how many points the figure falls: the mean of the honest answers and those that were sent."""
    return FIGURE - (HONEST * FIGURE + sent * WORST) / (HONEST + sent)


def test_an_hour_by_hand_gives_the_limit_of_the_hour(pace):
    # A form takes 40 seconds by hand: 90 in an hour, of which the 60 of the limit are taken.
    assert stored(pace, hours=1, every=40) == 60


def test_a_program_that_sends_all_day_gets_the_days_limit_at_each_counter(pace):
    # An answer each 30 seconds is 120 an hour: 60 an hour are taken for 5 hours, then 300 are reached.
    assert stored(pace, hours=24, every=30, days=3) == 3 * 300


def test_another_counter_has_limits_of_its_own(pace):
    assert stored(pace, hours=24, every=30, counters=3) == 3 * 300


def told(words: str) -> list[tuple[str, ...]]:
    return re.findall(rf"\| {words} \| ([\d,]+) \| ([\d.]+) \|", PACE)


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        ("ten answers by hand", 10),
        ("one hour by hand", 60),
        ("one day by program", 300),
        ("a month of 22 days by program", 22 * 300),
    ],
)
def test_the_document_tells_what_each_of_them_moves(words, sent):
    # 10: (200 × 84 + 10 × 20) / 210 = 80.95, 3.0 less; 60: 69.23, 14.8; 300: 45.6, 38.4; 6,600: 21.9, 62.1.
    assert told(words) == [(f"{sent:,}", f"{moved(sent):.1f}")]
