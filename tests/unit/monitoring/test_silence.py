"""When a counter is silent, flooded or late, worked out by hand."""

from itertools import combinations

import numpy as np
import pytest

from survey.operations.monitoring.rules import (
    chance_of_gap,
    expected_end,
    find_flood,
    find_silence,
    is_far_below,
)
from survey.operations.monitoring.signals import find_signals
from survey.responses import Mode


def silence_of(counts: list[int]):
    """Return the silence of a place where people were served every day."""
    return find_silence(counts, [True] * len(counts))


def daily(*parts: tuple[int, int]) -> list[int]:
    """Return counts by day, each part a number of days and the responses on each of them."""
    return [count for days, count in parts for _ in range(days)]


@pytest.mark.parametrize(("active", "span", "gap"), [(1, 1, 1), (3, 5, 2), (4, 4, 3), (2, 6, 4), (0, 3, 3)])
def test_the_chance_of_a_gap_is_the_share_of_all_ways_to_choose_the_days(active, span, gap) -> None:
    ways = list(combinations(range(span + gap), active))
    empty_at_the_end = [way for way in ways if all(day < span for day in way)]
    assert chance_of_gap(active, span, gap) == pytest.approx(len(empty_at_the_end) / len(ways))


def test_three_empty_days_are_silence_after_eight_days_with_responses_and_not_after_seven() -> None:
    # The first day proves nothing. Seven further days of ten: 1 / C(10, 7) = 1/120 = 0.83%.
    found = silence_of(daily((8, 5), (3, 0)))
    assert (found.last, found.gap, found.usual) == (7, 3, 5)
    assert found.chance == pytest.approx(1 / 120)
    # Six further days of nine: 1 / C(9, 6) = 1/84 = 1.19%.
    assert silence_of(daily((7, 5), (3, 0))) is None


def test_two_empty_days_are_never_silence() -> None:
    # 1 / C(41, 39) = 1/820, and still too early to send somebody.
    assert silence_of(daily((40, 9), (2, 0))) is None


def test_a_counter_that_is_seldom_used_is_given_longer() -> None:
    # Every other day of 19: nine active days among the 18 after the first.
    seldom = [1, 0] * 9 + [1]
    # C(18, 9) = 48620; C(27, 9) = 4686825, 1.04%; C(28, 9) = 6906900, 0.70%.
    assert silence_of([*seldom, *[0] * 9]) is None
    found = silence_of([*seldom, *[0] * 10])
    assert found.chance == pytest.approx(48620 / 6906900)
    # 10 responses on 19 working days.
    assert found.usual == pytest.approx(10 / 19)


def test_how_many_answered_on_a_day_does_not_matter_because_people_come_in_groups() -> None:
    few, many = daily((6, 1), (3, 0)), daily((6, 100), (3, 0))
    assert silence_of(few) is None
    assert silence_of(many) is None


def test_days_on_which_nobody_was_served_are_no_evidence() -> None:
    # Two weeks of five working days with responses, then a third one without.
    week, counts = [True] * 5 + [False] * 2, [3, 3, 3, 3, 3, 0, 0] * 2 + [0] * 5
    # Nine further days of fourteen, 1 / C(14, 9) = 1/2002; the weekend before the gap is in neither number.
    assert find_silence(counts, [*week, *week, *[True] * 5]).chance == pytest.approx(1 / 2002)
    assert find_silence(counts, [*week, *week, *[False] * 5]) is None, "a week of holidays"
    assert find_silence(counts, [*week, *week, True, True, False, False, False]) is None, "two days are too few"


def test_who_never_had_a_response_or_one_day_of_them_is_not_silent() -> None:
    assert silence_of([0] * 30) is None
    assert silence_of(daily((1, 50), (29, 0))) is None


def test_less_than_one_counter_in_a_hundred_is_called_silent_by_chance() -> None:
    chance = np.random.default_rng(20)
    share = chance.uniform(0.1, 1, 4_000)
    counts = (chance.random((4_000, 45)) < share[:, None]).astype(int)
    found = sum(silence_of(row.tolist()) is not None for row in counts)
    # 4 000 × 1% = 40 is the bound; the standard error of such a number is √(40 × 0.99) = 6.3.
    assert 0 < found < 40


def test_a_flood_is_more_than_ten_times_the_middle_of_the_days_before() -> None:
    # Days with responses: 1 2 2 3 9, the middle one is 2; 9 is no flood, 21 is, 20 is not.
    before = [2, 1, 0, 3, 9, 2]
    found = find_flood([*before, 21])
    assert (found.day, found.responses, found.usual) == (6, 21, 2)
    assert find_flood([*before, 20]) is None
    assert find_flood([2, 1, 0, 3, 2, 21]) is None, "four days tell nothing"
    assert find_flood([*before, 21, *[2] * 6]).day == 6
    assert find_flood([*before, 21, *[2] * 7]) is None, "a week later it is history"


def test_the_end_is_expected_from_the_pace_of_two_weeks() -> None:
    # 10 × 30 + 14 × 2 = 328 so far; 14 days at 2 a day bring 5 × 2 more.
    assert expected_end(daily((10, 30), (14, 2)), 5) == 338
    assert expected_end([], 5) == 0


def test_a_goal_is_far_when_the_pace_leads_to_less_than_four_fifths_of_it() -> None:
    # Ten days at 2, ten left: 40. Four fifths of 50 are 40, of 51 they are 40.8.
    assert not is_far_below([2] * 10, goal=50, days_left=10)
    assert is_far_below([2] * 10, goal=51, days_left=10)
    assert not is_far_below([0] * 6, goal=51, days_left=10), "the first week tells nothing"


def signals_of(rows: list[list[int]], agencies: list[int], mode: Mode = Mode.QR):
    """Return the signals of service points by row; the last day is today."""
    table = np.array(rows)
    return find_signals({mode: table}, agencies, table.shape[1])


BUSY, STOPPED = daily((13, 4)), daily((9, 4), (4, 0))


def test_a_counter_is_silent_beside_one_of_its_agency_that_is_not() -> None:
    found = signals_of([BUSY, STOPPED], [7, 7])
    # Today is not over: three empty days, eight further ones before: 1 / C(11, 8).
    assert found.silent[1].chance == pytest.approx(1 / 165)
    assert (list(found.silent), found.silent_agencies) == ([1], {})


def test_a_response_today_ends_a_silence() -> None:
    assert signals_of([BUSY, [*STOPPED[:-1], 1]], [7, 7]).silent == {}


def test_when_nobody_answers_in_an_agency_it_is_silent_as_a_whole_if_others_are_not() -> None:
    found = signals_of([STOPPED, STOPPED, BUSY], [7, 7, 8])
    assert (found.silent, list(found.silent_agencies)) == ({}, [7])
    holiday = signals_of([STOPPED, STOPPED], [7, 8])
    assert (holiday.silent, holiday.silent_agencies) == ({}, {})


def test_one_agency_in_five_that_works_on_a_holiday_does_not_make_it_a_working_day() -> None:
    assert signals_of([STOPPED] * 4 + [BUSY], [1, 2, 3, 4, 5]).silent_agencies == {}
    assert list(signals_of([STOPPED] * 3 + [BUSY], [1, 2, 3, 4]).silent_agencies) == [1, 2, 3]


def test_paper_that_waits_to_be_keyed_in_is_no_silence_and_shows_that_people_were_served() -> None:
    assert signals_of([BUSY, STOPPED], [7, 7], Mode.PAPER).silent == {}
    mixed = find_signals(
        {Mode.PAPER: np.array([BUSY, [0] * 13]), Mode.KIOSK: np.array([[0] * 13, STOPPED])}, [7, 7], 13
    )
    assert list(mixed.silent) == [1]


def test_a_flood_is_told_by_counter() -> None:
    assert list(signals_of([BUSY, [*BUSY[:-1], 41]], [7, 7]).floods) == [1]


def test_a_round_that_is_not_open_has_no_signals() -> None:
    found = find_signals({Mode.QR: np.array([BUSY, STOPPED])}, [7, 7], 0)
    assert (found.silent, found.silent_agencies, found.floods) == ({}, {}, {})
