"""Which ranks a unit may have: critical values against printed tables, and what no rank set may do."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from survey.analysis.ranking.rank_draws import (
    RankDraws,
    draw_by_draw,
    draws_for,
    joint_square,
    simulate,
    single_squares,
    unit_by_unit,
)
from survey.analysis.ranking.rank_sets import QUANTILE, CriticalValues, Ranges, beyond_chance, rank_bounds, rank_sets
from survey.errors import RankingError

KNOWN = np.inf


def ranges(value: list[float], arm: list[float] | float = 2.0, degrees: float = 99.0) -> Ranges:
    figures = np.array(value, np.float64)
    reach = np.broadcast_to(np.array(arm, np.float64), figures.shape)
    return Ranges(figures, figures - reach, figures + reach, np.full(len(figures), degrees), figures.round(2))


def critical_values(errors: np.ndarray, degrees: np.ndarray, **given: int) -> CriticalValues:
    """Return the critical values of the first step, of units that are all alike but for their errors."""
    value, arms = np.full(len(errors), 50.0), QUANTILE * errors
    return rank_sets(Ranges(value, value - arms, value + arms, degrees, value), stepwise=False, **given).critical


@pytest.mark.parametrize(
    ("units", "expected"),
    # Upper 5% points of the studentised range q(0.05; units, ∞) of any table (Pearson & Hartley, table 29), over √2.
    [(2, 2.772), (3, 3.314), (5, 3.858), (10, 4.474), (20, 5.012)],
)
def test_equal_errors_give_the_studentised_range(units: int, expected: float):
    joint = critical_values(np.ones(units), np.full(units, KNOWN)).joint
    assert joint == pytest.approx(expected / np.sqrt(2), abs=0.05)


@pytest.mark.parametrize(
    ("others", "expected"),
    # Two-sided 5% points of Dunnett's test of `others` treatments against one control, ∞ degrees (Dunnett 1964).
    [(1, 1.96), (2, 2.21), (3, 2.35), (4, 2.44), (5, 2.51), (9, 2.69)],
)
def test_equal_errors_give_dunnetts_value_for_one_unit(others: int, expected: float):
    single = critical_values(np.ones(others + 1), np.full(others + 1, KNOWN)).single
    assert single == pytest.approx(np.full(others + 1, expected), abs=0.05)


@pytest.mark.parametrize(("degrees", "expected"), [(9.0, 2.101), (29.0, 2.002), (1e6, 1.960)])
def test_few_degrees_widen_as_students_t_does(degrees: float, expected: float):
    # Two equal variances with ν degrees each: the difference is Student's t with 2ν; the table's 97.5% points.
    joint = critical_values(np.ones(2), np.full(2, degrees), draws=99_999).joint
    assert joint == pytest.approx(expected, abs=0.025)


def test_errors_matter_only_in_proportion():
    errors, degrees = np.array([1.0, 2.0, 5.0]), np.array([29.0, 99.0, KNOWN])
    one, other = critical_values(errors, degrees), critical_values(4 * errors, degrees)
    assert one.joint == pytest.approx(other.joint, rel=1e-5)


def test_two_units_far_apart_and_two_alike():
    # |90 − 80| / √(2² + 2²) · 1.96 = 6.9 standard errors; 80 against 79.5: 0.35.
    sets = rank_sets(ranges([90, 80, 79.5]))
    assert (sets.joint.low.tolist(), sets.joint.upp.tolist()) == ([1, 2, 2], [1, 3, 3])
    assert sets.above.tolist() == [[False, True, True], [False] * 3, [False] * 3]


@pytest.mark.parametrize(
    ("gap", "critical", "apart"),
    # The higher unit reaches 12 down, the lower one 5 up: √(12² + 5²) = 13 at 1.96 standard errors.
    [(12.9, QUANTILE, False), (13.1, QUANTILE, True), (26.1, 2 * QUANTILE, True), (25.9, 2 * QUANTILE, False)],
)
def test_the_arms_that_face_each_other_decide(gap: float, critical: float, apart: bool):
    value = np.array([60.0 + gap, 60.0])
    skewed = Ranges(value, value - np.array([12, 40]), value + np.array([40, 5]), np.full(2, 99.0), value)
    assert beyond_chance(skewed, np.array(critical)).tolist() == [[False, apart], [False, False]]


def test_units_printed_alike_are_never_told_apart():
    figures = np.array([82.664, 82.661])
    sure = Ranges(figures, figures - 1e-6, figures + 1e-6, np.full(2, KNOWN), np.full(2, 82.66))
    sets = rank_sets(sure)
    assert (sets.joint.low.tolist(), sets.joint.upp.tolist()) == ([1, 1], [2, 2])


def test_bounds_count_who_is_above_and_who_is_below():
    # Unit 0 is above 1 and 2, unit 1 above 2.
    beats = np.array([[False, True, True], [False, False, True], [False, False, False]])
    bounds = rank_bounds(beats, beats)
    assert (bounds.low.tolist(), bounds.upp.tolist()) == ([1, 2, 3], [1, 2, 3])


def test_one_unit_is_first_and_nobody_is_nothing():
    alone = rank_sets(ranges([80]))
    assert (alone.joint.low.tolist(), alone.joint.upp.tolist()) == ([1], [1])
    assert (alone.marginal.low.tolist(), alone.marginal.upp.tolist()) == ([1], [1])
    assert rank_sets(ranges([])).joint.low.tolist() == []


def test_all_equal_units_may_have_any_rank():
    sets = rank_sets(ranges([80.0] * 5))
    assert sets.joint.low.tolist() == [1] * 5
    assert sets.joint.upp.tolist() == [5] * 5


@pytest.mark.parametrize(
    ("value", "low", "upp", "degrees"),
    [
        (np.nan, 70.0, 90.0, 29.0),
        (80.0, np.nan, 90.0, 29.0),
        (80.0, 70.0, np.inf, 29.0),
        (80.0, 80.0, 80.0, 29.0),  # known exactly, which no unit is
        (95.0, 70.0, 90.0, 29.0),
        (80.0, 70.0, 90.0, 0.0),
        (80.0, 70.0, 90.0, np.nan),
    ],
)
def test_a_unit_without_an_honest_range_is_refused(value: float, low: float, upp: float, degrees: float):
    with pytest.raises(RankingError):
        Ranges(*(np.array([each]) for each in (value, low, upp, degrees, 80.0)))


def test_too_few_draws_are_refused():
    with pytest.raises(RankingError, match="19"):
        critical_values(np.ones(2), np.ones(2), draws=18)


def test_the_same_figures_give_the_same_sets():
    errors, degrees = np.linspace(1, 3, 30), np.full(30, 29.0)
    one, other = critical_values(errors, degrees), critical_values(errors, degrees)
    assert one.joint == other.joint
    assert one.single.tolist() == other.single.tolist()


FIGURES = st.tuples(st.integers(0, 1000), st.integers(1, 300), st.integers(1, 200))


@given(st.lists(FIGURES, min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_the_observed_rank_lies_in_its_sets_and_the_joint_set_holds_the_single_one(units: list[tuple[int, int, int]]):
    value, arm, degrees = np.array(units, np.float64).T
    sets = rank_sets(Ranges(value / 10, (value - arm) / 10, (value + arm) / 10, degrees, value / 10), draws=199)
    rank = 1 + (value[None, :] > value[:, None]).sum(axis=1)
    assert (sets.joint.low <= sets.marginal.low).all()
    assert (sets.marginal.low <= rank).all()
    assert (rank <= sets.marginal.upp).all()
    assert (sets.marginal.upp <= sets.joint.upp).all()


@given(st.lists(FIGURES, min_size=2, max_size=12), st.integers(1, 8), st.integers(-50, 50))
@settings(max_examples=40, deadline=None)
def test_another_unit_of_measurement_changes_no_set(units: list[tuple[int, int, int]], factor: int, shift: int):
    value, arm, degrees = np.array(units, np.float64).T
    scaled, reach = factor * value + shift, factor * arm
    one = rank_sets(Ranges(value, value - arm, value + arm, degrees, value), draws=199)
    other = rank_sets(Ranges(scaled, scaled - reach, scaled + reach, degrees, scaled), draws=199)
    for ours, theirs in ((one.joint, other.joint), (one.marginal, other.marginal)):
        assert ours.low.tolist() == theirs.low.tolist()
        assert ours.upp.tolist() == theirs.upp.tolist()


@given(st.lists(FIGURES, min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_a_set_of_many_steps_is_never_wider_than_that_of_one(units: list[tuple[int, int, int]]):
    value, arm, degrees = np.array(units, np.float64).T
    block = Ranges(value, value - arm / 9, value + arm / 5, degrees, value)
    steps, one = rank_sets(block, draws=199), rank_sets(block, draws=199, stepwise=False)
    for ours, single in ((steps.joint, one.joint), (steps.marginal, one.marginal)):
        assert (single.low <= ours.low).all()
        assert (ours.upp <= single.upp).all()
    assert (steps.above >= one.above).all()


# Three units of standard error 1, the first told to be above both others; h is the critical value times √2, and the
# difference of two units stays inside when it is at most h. What is still tested: second against third both ways, and
# that either is above the first. Integrated over the first unit a and the second b.
def chance_of_three(critical: float) -> float:
    h = critical * np.sqrt(2)

    def third_inside(b: float, a: float) -> float:
        room = stats.norm.cdf(min(b + h, a + h)) - stats.norm.cdf(b - h)
        return float(stats.norm.pdf(a) * stats.norm.pdf(b) * room)

    return float(integrate.dblquad(third_inside, -7, 7, -7, lambda a: a + h, epsabs=1e-6)[0])


# The family of the second unit b: the third is inside both ways, and the first not below by more than h.
def chance_of_two(critical: float) -> float:
    h = critical * np.sqrt(2)

    def inside(b: float) -> float:
        third = stats.norm.cdf(b + h) - stats.norm.cdf(b - h)
        return float(stats.norm.pdf(b) * third * stats.norm.sf(b - h))

    return float(integrate.quad(inside, -8, 8)[0])


def told_of_the_first_of_three() -> np.ndarray:
    # In row 0 the others are below, in column 0 the first is above.
    return np.array([[0, -1, -1], [1, 0, 0], [1, 0, 0]], np.int8)


def test_the_second_step_of_three_units_has_the_value_of_the_integral():
    expected = optimize.brentq(lambda critical: chance_of_three(critical) - 0.95, 1.9, 2.4, xtol=1e-4)
    # Between the two-sided value of one pair and the studentised range of three, 3.314/√2 (Pearson & Hartley).
    assert 1.96 < expected < 3.314 / np.sqrt(2)
    drawn = simulate(np.ones(3), np.full(3, KNOWN), draws=99_999, seed=1)
    assert np.sqrt(joint_square(drawn, told_of_the_first_of_three())) == pytest.approx(expected, abs=0.015)


def test_the_second_step_of_one_units_family_has_the_value_of_the_integral():
    expected = optimize.brentq(lambda critical: chance_of_two(critical) - 0.95, 1.9, 2.3, xtol=1e-4)
    # Between one comparison both ways and Dunnett's value of two, 2.21.
    assert 1.96 < expected < 2.21
    drawn = simulate(np.ones(3), np.full(3, KNOWN), draws=99_999, seed=1)
    found = single_squares(drawn, told_of_the_first_of_three(), np.array([1]), np.array([9.0]))
    assert np.sqrt(found[0]) == pytest.approx(expected, abs=0.015)


def test_a_second_step_tells_apart_what_the_first_does_not():
    # Errors 1. The first stands 20/√2 = 14 errors above. The others are 2.28·√2 = 3.22 apart: 2.28 is below the first
    # step's 3.314/√2 = 2.34 and above the second step's value, which the integral gives as less than 2.22.
    assert chance_of_three(2.22) > 0.95
    block = ranges([60.0 + 2.28 * 2**0.5 + 20, 60.0 + 2.28 * 2**0.5, 60.0], QUANTILE, KNOWN)
    one, steps = rank_sets(block, draws=99_999, stepwise=False), rank_sets(block, draws=99_999)
    assert (one.joint.low.tolist(), one.joint.upp.tolist()) == ([1, 2, 2], [1, 3, 3])
    assert (steps.joint.low.tolist(), steps.joint.upp.tolist()) == ([1, 2, 3], [1, 2, 3])


def every_pair(drawn: RankDraws, told: np.ndarray) -> np.ndarray:
    """Return the squares of all pairs, (draws, partner, unit), 0 in the direction that needs no test any more."""
    gaps = drawn.values[:, None, :] - drawn.values[:, :, None]
    squares = gaps * gaps / (drawn.variances[:, None, :] + drawn.variances[:, :, None])
    return np.where(told * gaps > 0, 0, squares)


@pytest.mark.parametrize("seed", range(12))
def test_critical_values_are_those_of_looking_at_every_pair_in_every_draw(seed: int):
    random = np.random.default_rng(seed)
    units = int(random.integers(2, 15))
    degrees = random.choice([1.0, 3.0, 30.0, KNOWN], units)
    drawn = simulate(random.gamma(2, 1, units) + 0.1, degrees, draws=199, seed=seed)
    told = random.choice([-1, 0, 1], (units, units)).astype(np.int8)
    np.fill_diagonal(told, 0)
    largest = np.sort(every_pair(drawn, told).max(axis=1), axis=0)
    found = single_squares(drawn, told, np.arange(units), np.full(units, 1e9))
    assert found.tolist() == largest[drawn.place].astype(np.float64).tolist()
    joint = np.triu(told) - np.triu(told).T
    both = np.sort(every_pair(drawn, joint).max(axis=(1, 2)))
    assert joint_square(drawn, joint) == both[drawn.place]


@pytest.mark.parametrize("threshold", [0.5, 4.0, 9.0])
def test_both_ways_through_units_and_draws_find_all_that_exceeds_the_threshold(threshold: float):
    random = np.random.default_rng(7)
    drawn = simulate(random.gamma(2, 1, 40) + 0.1, random.choice([2.0, 9.0, KNOWN], 40), draws=99, seed=3)
    told = random.choice([-1, 0, 1], (40, 40)).astype(np.int8)
    some = np.array([0, 3, 17, 39])
    expected = every_pair(drawn, told).max(axis=1)[:, some]
    beyond = expected > threshold
    for look in (unit_by_unit, draw_by_draw):
        found = look(drawn, told, some, threshold)
        assert (found[beyond] == expected[beyond]).all()
        assert (found[~beyond] <= threshold).all()


def test_a_very_large_block_has_fewer_draws_and_never_too_few():
    assert [draws_for(units) for units in (0, 400, 3_321, 50_000)] == [9_999, 9_999, 1_199, 999]


@pytest.mark.slow
def test_a_block_of_500_is_bounded_in_memory():
    block = ranges(np.linspace(95, 70, 500).tolist(), np.linspace(2, 9, 500).tolist(), 29.0)
    tracemalloc.start()
    rank_sets(block)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Measured 75 MB.
    assert peak < 150e6
