"""Base weights, coverage, response rates and what weights cost, against hand arithmetic."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.analysis.weights.weighting import (
    ServedUnit,
    StepKind,
    UnitCaution,
    base_weights,
    response_rate,
    start_weights,
)
from survey.errors import WeightingError
from survey.reports.words import STEP_WORDS, UNIT_CAUTION_WORDS


def test_a_response_stands_for_its_share_of_the_visits():
    weights = base_weights({"P1": 300, "P2": 100}, {"P1": 20, "P2": 40})
    assert [unit.weight for unit in weights.units] == [15.0, 2.5]
    # The weights of all responses add up to the visits: 20 · 15 + 40 · 2.5 = 400.
    assert weights.of_responses(["P1"] * 20 + ["P2"] * 40).diagnostics.total == 400


def test_visits_without_responses_are_told_as_a_gap_in_coverage():
    weights = base_weights({"P1": 300, "P2": 100}, {"P1": 20})
    assert weights.units[1].cautions == (UnitCaution.NO_RESPONSES,)
    assert weights.represented == 75.0  # 300 of 400 visits


def test_responses_without_visits_have_no_weight_and_are_refused_where_one_is_needed():
    weights = base_weights({"P1": 300, "P3": 0}, {"P1": 20, "P2": 5, "P3": 4})
    assert [unit.cautions for unit in weights.units] == [(), (UnitCaution.NO_VISITS,), (UnitCaution.NO_VISITS,)]
    assert [unit.weight for unit in weights.units[1:]] == [None, None]
    with pytest.raises(WeightingError, match="P2, P3: responses, but no visits counted"):
        weights.of_responses(["P1", "P3", "P2", "P2"])


def test_units_come_in_the_order_first_named():
    weights = base_weights({"P2": 1, "P1": 2}, {"P3": 1, "P1": 1})
    assert [unit.code for unit in weights.units] == ["P2", "P1", "P3"]


def test_a_unit_where_nobody_came_needs_no_caution_and_one_nobody_counted_does():
    assert ServedUnit("P1", 0, 0).cautions == ()
    assert ServedUnit("P1", None, 0).cautions == (UnitCaution.NO_VISITS,)


def test_more_responses_than_visits_is_no_rate_but_a_caution():
    unit = ServedUnit("P1", 10, 12)
    assert (unit.rate, unit.cautions) == (None, (UnitCaution.MORE_RESPONSES_THAN_VISITS,))
    assert ServedUnit("P1", 12, 12).cautions == ()


@pytest.mark.parametrize(
    ("responses", "visits", "rate"),
    # 45 of 600 is 7.5 in the hundred.
    [(45, 600, 7.5), (0, 600, 0.0), (600, 600, 100.0), (5, None, None), (5, 0, None), (0, 0, None), (13, 12, None)],
)
def test_response_rates(responses: int, visits: int | None, rate: float | None):
    assert response_rate(responses, visits) == rate


def test_no_unit_at_all_represents_nothing():
    weights = base_weights({}, {})
    assert (weights.units, weights.represented) == ((), None)


@pytest.mark.parametrize("count", [-1, 2.5, float("nan"), float("inf")])
def test_a_count_that_is_none_is_refused_by_name(count: float):
    with pytest.raises(WeightingError, match="P1: visits must be a whole number"):
        base_weights({"P1": count}, {})
    with pytest.raises(WeightingError, match="P1: responses must be a whole number"):
        base_weights({}, {"P1": count})


def test_what_weights_cost():
    found = start_weights([1, 1, 2, 0]).diagnostics
    # n Σw² / (Σw)² = 3 · 6 / 16 = 1.125 and 3 / 1.125 = 8/3; the weight of 0 takes no part.
    assert (found.responses, found.total, found.effect, found.effective) == (3, 4.0, 1.125, 8 / 3)
    assert (found.smallest, found.median, found.largest, found.ratio) == (1.0, 1.0, 2.0, 2.0)


def test_equal_weights_cost_nothing_however_large():
    found = start_weights([1e200] * 7).diagnostics
    assert (found.effect, found.effective, found.ratio) == (1.0, 7.0, 1.0)


@given(st.lists(st.floats(0.01, 1000), min_size=1, max_size=30))
def test_the_effect_is_one_plus_the_squared_variation(values: list[float]):
    found = start_weights(values).diagnostics
    variation = np.std(values) / np.mean(values)
    assert found.effect == pytest.approx(1 + variation**2, rel=1e-12)
    assert found.effective * (1 + 1e-12) >= 1
    assert found.effective <= len(values) * (1 + 1e-12)


@pytest.mark.parametrize("values", [[1, -1], [1, float("nan")], [1, float("inf")], [[1, 2]], 3.0])
def test_weights_that_are_none_are_refused(values: object):
    with pytest.raises(WeightingError, match="every response needs one weight"):
        start_weights(values)


@pytest.mark.parametrize("values", [[], [0, 0]])
def test_nothing_to_weight_is_refused(values: list[float]):
    with pytest.raises(WeightingError, match="no response with a weight above 0"):
        start_weights(values)


def test_weights_cannot_be_written_to_and_do_not_follow_what_they_were_made_of():
    values = np.array([1.0, 2.0])
    weights = start_weights(values)
    values[0] = 99
    assert weights.values.tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="read-only"):
        weights.values[0] = 5
    assert [step.kind for step in weights.history] == [StepKind.BASE]


def test_every_caution_and_step_has_words():
    assert UNIT_CAUTION_WORDS.keys() == set(UnitCaution)
    assert STEP_WORDS.keys() == set(StepKind)
