"""Ranges against published figures and against what no range may do."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from survey.analysis.figures.intervals import agreeing, effective_answers, logit_t, t_quantiles, wilson

NORMAL = np.array([1.959963984540054])


def one(*numbers: float) -> list[np.ndarray]:
    return [np.array([number]) for number in numbers]


def limits(found) -> list[float]:
    return [float(limit[0]) for limit in found]


@pytest.mark.parametrize(
    ("yes", "size", "low", "upp"),
    # R. G. Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3 (score without correction).
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_limits_are_the_published_ones(yes, size, low, upp):
    assert limits(wilson(*one(yes / size, size), NORMAL)) == pytest.approx([low, upp], abs=5e-5)


def test_the_logit_limits_follow_from_hand_arithmetic():
    # x = 0.8 as certain as 100 answers, quantile 2: logit ln 4 = 1.386294, half 2 / sqrt(100 · 0.16) = 0.5.
    # e^0.886294 = 2.426123, e^1.886294 = 6.594885: 2.426123 / 3.426123 and 6.594885 / 7.594885.
    assert limits(logit_t(*one(0.8, 100, 2))) == pytest.approx([0.708125, 0.868332], abs=1e-6)


def test_where_all_agree_the_unseen_may_be_anything():
    # 36 draws, quantile 2: at least 36 / (36 + 4) = 0.9 think alike; the other tenth says the worst or the best.
    assert limits(agreeing(*one(0.75, 36, 2))) == pytest.approx([0.675, 0.775])
    assert limits(agreeing(*one(1.0, 36, 2))) == pytest.approx([0.9, 1.0])


@given(st.integers(1, 10_000), st.floats(1, 15))
def test_where_all_agree_on_the_best_the_range_is_that_of_wilson(draws, quantile):
    assert limits(agreeing(*one(1.0, draws, quantile))) == pytest.approx(limits(wilson(*one(1.0, draws, quantile))))


@pytest.mark.parametrize(("degrees", "table"), [(1, 12.706), (9, 2.262), (29, 2.045), (100, 1.984), (math.inf, 1.960)])
def test_student_quantiles_are_those_of_every_table(degrees, table):
    assert limits([t_quantiles(np.array([degrees]))]) == pytest.approx([table], abs=5e-4)


def test_quantiles_keep_their_order_and_there_is_none_below_one_degree():
    found = t_quantiles(np.array([29.0, 0.0, 9.0, 29.0, np.inf, 2.5]))
    assert np.isnan(found[1])
    assert found[[0, 2, 3, 4, 5]] == pytest.approx(stats.t.ppf(0.975, [29, 9, 29, np.inf, 2.5]))


def test_answers_of_people_drawn_one_by_one_count_as_they_are():
    # 17 of 20 satisfied: variance p(1-p) / 20, so the effective number is 20, whatever steadies it.
    assert limits([effective_answers(*one(0.85, 0.85 * 0.15 / 20), draws=one(20)[0], responses=one(20)[0])]) == [
        pytest.approx(20)
    ]


def test_a_variance_from_hardly_anything_is_held_back():
    # (0.01 · 0.99 + 0.125 / 30) / (0.0000165 + 0.125 / 900) against 0.0099 / 0.0000165 = 600.
    held = limits([effective_answers(*one(0.99, 0.0000165), draws=one(30)[0], responses=one(30)[0])])
    assert held == pytest.approx([(0.0099 + 0.125 / 30) / (0.0000165 + 0.125 / 900)])
    assert held[0] < 600


places = st.floats(0.001, 0.999)
numbers = st.floats(1, 1e6)
quantiles = st.floats(1.9, 13)


@pytest.mark.parametrize("method", [wilson, logit_t, agreeing])
@given(places, numbers, quantiles)
def test_a_range_holds_its_figure_stays_on_the_scale_and_has_a_width(method, place, effective, quantile):
    low, upp = limits(method(*one(place, effective, quantile)))
    assert 0 <= low < place < upp <= 1


@given(places, st.floats(1e-9, 0.2), st.floats(1, 1e5), st.floats(1, 50))
def test_holding_back_never_makes_a_figure_more_certain(place, variance, draws, people):
    found = limits([effective_answers(*one(place, variance), draws=one(draws)[0], responses=one(draws * people)[0])])
    assert found[0] <= place * (1 - place) / variance * (1 + 1e-12)


@given(places, numbers, quantiles)
def test_a_share_and_its_complement_mirror_each_other(place, effective, quantile):
    low, upp = limits(wilson(*one(place, effective, quantile)))
    assert limits(wilson(*one(1 - place, effective, quantile))) == pytest.approx([1 - upp, 1 - low], abs=1e-9)
