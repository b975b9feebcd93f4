"""The official sample size against its published table, and the finite-population formula beside it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.analysis.weights.sample_size import (
    SampleGoal,
    finite_population_size,
    official_size,
    sample_goals,
    still_needed,
)
from survey.errors import WeightingError


@pytest.mark.parametrize(
    ("population", "size"),
    # The table of the ministry's guidance for the method of Decision 1383, e = 5%.
    [(50, 45), (100, 80), (200, 134), (300, 172), (500, 223), (1_000, 286), (5_000, 371), (10_000, 385)],
)
def test_the_table_of_the_guidance(population: int, size: int):
    assert official_size(population) == size


def test_a_very_large_population_needs_400_as_in_the_table():
    assert official_size(10**9) == official_size(None) == 400


@pytest.mark.parametrize(
    ("population", "precision", "size"),
    # 1200 / (1 + 1200/400) = 300; 400 / (1 + 400/400) = 200; 900 / (1 + 900·0.01) = 90; 1 / (1 + 0.0025) → 1.
    [(1200, 0.05, 300), (400, 0.05, 200), (900, 0.1, 90), (1, 0.05, 1), (0, 0.05, 0)],
)
def test_a_whole_result_is_not_rounded_up(population: int, precision: float, size: int):
    assert official_size(population, precision=precision) == size


def test_the_finite_population_formula():
    # n0 = 1.959964² · 0.25 / 0.0025 = 384.1459; 384.1459 / (1 + 383.1459/1000) = 277.74.
    assert finite_population_size(None) == 385
    assert finite_population_size(1000) == 278
    # 384.1459 / (1 + 383.1459/160) = 113.16; without the -1 it would be 112.95.
    assert finite_population_size(160) == 114


def test_with_twice_the_standard_error_it_is_the_textbook_400():
    # z = 2 has probability 0.954499736: n0 = 4·0.25/0.0025 = 400; of 3200 persons 400 / (1 + 399/3200) = 355.66.
    assert finite_population_size(3200, confidence=0.9544997361036416) == 356


def test_a_share_far_from_one_half_needs_fewer():
    # 1.959964² · 0.9 · 0.1 / 0.0025 = 138.29
    assert finite_population_size(None, share=0.9) == 139


def test_higher_confidence_needs_more():
    # 2.575829² · 0.25 / 0.0025 = 663.49
    assert finite_population_size(None, confidence=0.99) == 664


@pytest.mark.parametrize("population", [0, 1, 2])
def test_a_tiny_population_is_asked_whole(population: int):
    assert finite_population_size(population) == official_size(population) == population


@given(st.integers(0, 10**7))
def test_no_goal_exceeds_the_population_and_the_official_one_is_never_far_below_the_correct_one(population: int):
    official, correct = official_size(population), finite_population_size(population)
    assert 0 <= correct <= official + 1 <= population + 1
    assert official <= 400


@given(st.integers(0, 10**6), st.integers(0, 10**4))
def test_a_larger_population_never_needs_fewer(population: int, more: int):
    assert official_size(population + more) >= official_size(population)
    assert finite_population_size(population + more) >= finite_population_size(population)


@pytest.mark.parametrize("precision", [0, 1, -0.05, 5, float("nan")])
def test_a_precision_outside_0_to_1_is_refused(precision: float):
    for size in (official_size, finite_population_size):
        with pytest.raises(WeightingError, match="precision must lie between 0 and 1"):
            size(100, precision=precision)


@pytest.mark.parametrize("population", [-1, 10.5, float("nan"), float("inf")])
def test_a_population_that_is_no_count_is_refused(population: float):
    for size in (official_size, finite_population_size):
        with pytest.raises(WeightingError, match="whole number"):
            size(population)


@pytest.mark.parametrize("argument", ["confidence", "share"])
def test_other_arguments_outside_0_to_1_are_refused(argument: str):
    with pytest.raises(WeightingError, match=argument):
        finite_population_size(100, **{argument: 1.0})


def test_what_is_still_needed_is_never_negative():
    assert [still_needed(134, responses) for responses in (0, 100, 134, 200)] == [134, 34, 0, 0]


def test_goals_name_every_agency_of_either_list():
    goals = sample_goals({"SXD": 200, "STC": None}, {"SXD": 150, "PTT": 7})
    assert goals == (
        SampleGoal("SXD", 200, 134, 132, 150),  # 384.1459 / (1 + 383.1459/200) = 131.75
        SampleGoal("STC", None, 400, 385, 0),
        SampleGoal("PTT", None, 400, 385, 7),
    )
    assert [goal.still_needed for goal in goals] == [0, 400, 393]


def test_an_agency_without_transactions_needs_nothing():
    assert sample_goals({"SXD": 0}, {})[0].still_needed == 0


def test_a_negative_number_of_responses_is_refused():
    with pytest.raises(WeightingError, match="SXD: the number of responses cannot be -1"):
        sample_goals({"SXD": 200}, {"SXD": -1})
