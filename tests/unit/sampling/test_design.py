"""Sampling designs: bad input, and the two routes to an estimate against each other. Against R: tests/golden."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.analysis.figures.estimates import Caution, ClusterKind, Form, RatioSums, estimate_ratios
from survey.analysis.sampling.design import SampleDesign
from survey.errors import DesignError
from survey.fieldwork import SamplingBasis

SHARE = {"most": 1, "form": Form.SHARE}
PROBABILITY = SamplingBasis.PROBABILITY


def design(strata, clusters, weights=None, **options) -> SampleDesign:
    return SampleDesign(
        np.array(strata), np.array(clusters), np.ones(len(strata)) if weights is None else np.array(weights), **options
    )


def test_weights_say_how_many_people_a_response_stands_for():
    # Satisfied 3 + 1 of 3 + 1 + 4 = 8. z = wy - R w: 1.5, 0.5, -2; Σz² = 6.5; √(3/2 · 6.5) / 8.
    found = design([0] * 3, [1, 2, 3], [3.0, 1.0, 4.0]).ratio([1, 1, 0], [1, 1, 1], **SHARE)[None]
    assert (found.value, found.se) == pytest.approx((50.0, 100 * np.sqrt(9.75) / 8))
    assert (found.responses, found.answers, found.clusters) == (3, 3, 3)
    # People at random with this spread: 8 / 2 · (3/4 + 1/4 + 4/4) / 64 = 1/8 against 9.75 / 64.
    assert found.design_effect == pytest.approx(9.75 / 64 * 8)


def test_a_response_of_weight_zero_is_no_draw():
    with_zero = design([0] * 5, [1, 2, 3, 4, 5], [1.0, 2.0, 1.0, 0.0, 0.0])
    without = design([0] * 3, [1, 2, 3], [1.0, 2.0, 1.0])
    assert with_zero.ratio([1, 0, 1, 0, 1], [1] * 5, **SHARE) == without.ratio([1, 0, 1], [1] * 3, **SHARE)
    assert with_zero.mean([1, 0, 1, 9, 9]) == without.mean([1, 0, 1])
    assert with_zero.total([1, 0, 1, 9, 9]) == without.total([1, 0, 1])


def test_equal_labels_in_two_strata_are_two_clusters():
    found = design(["N", "N", "S", "S"], [1, 2, 1, 2]).ratio([1, 0, 1, 1], [1] * 4, **SHARE)[None]
    assert (found.clusters, found.degrees) == (4, 2)


def test_not_a_number_is_no_valid_answer():
    plain = SampleDesign.simple(3).ratio([1, 0, 1], [1, 1, 1], **SHARE)[None]
    found = SampleDesign.simple(5).ratio([1, 0, 1, np.nan, 1], [1, 1, 1, 1, np.nan], **SHARE)[None]
    assert (found.value, found.responses, found.answers, found.clusters) == (plain.value, 3, 3, 3)
    # The five remain the sample: 5/4 · Σz² in place of 3/2 · Σz².
    assert found.se == pytest.approx(plain.se * np.sqrt(1.25 / 1.5))


def test_each_domain_has_an_estimate_under_its_name():
    found = SampleDesign.simple(5).ratio([1, 0, 1, 1, 0], [1, 1, 1, 1, 0], by=list("BABAC"), **SHARE)
    assert {name: one.value for name, one in found.items()} == {"A": 50.0, "B": 100.0, "C": None}
    assert Caution.ALL_EQUAL in found["B"].cautions
    assert found["B"].low < 100


def test_totals_and_means_by_hand():
    # 2 4 9 with weight 10: total 150, √(3/2 · Σ(10y - 50)²) = √(3/2 · (900 + 100 + 1600)) = √3900; mean 5, √3900 / 30.
    sample = design([0] * 3, [1, 2, 3], [10.0] * 3)
    total, mean = sample.total([2, 4, 9]), sample.mean([2, 4, 9])
    assert (total.value, total.se, mean.value, mean.se) == pytest.approx((150, np.sqrt(3900), 5, np.sqrt(3900) / 30))
    # Quantile of 2 degrees of freedom: 4.30265.
    assert (mean.low, mean.upp) == pytest.approx((5 - 4.30265 * mean.se, 5 + 4.30265 * mean.se), abs=1e-4)


def test_the_mean_is_over_those_who_have_a_value():
    assert SampleDesign.simple(4).mean([1, np.nan, 3, np.nan]).value == 2


def test_one_draw_has_no_error_and_nobody_has_no_mean():
    alone = SampleDesign.simple(1).mean([4])
    assert (alone.value, alone.se, alone.low, alone.upp, alone.degrees) == (4, None, None, None, 0)
    assert SampleDesign.simple(2).mean([np.nan, np.nan]).value is None


def test_an_empty_sample_has_no_figure():
    nobody = SampleDesign.simple(0)
    found = nobody.ratio([], [], **SHARE)
    assert (found[None].value, found[None].responses) == (None, 0)
    assert (nobody.mean([]).value, nobody.total([]).value) == (None, 0)


def test_one_stratum_with_one_cluster_has_a_value_and_no_error():
    found = design([0] * 3, [1] * 3).ratio([1, 0, 1], [1] * 3, **SHARE)[None]
    assert (found.value, found.se, found.low, found.upp) == (pytest.approx(200 / 3), None, 0, 100)
    assert {Caution.NO_VARIANCE, Caution.LONELY_STRATUM} <= set(found.cautions)


def test_a_whole_population_has_no_sampling_error():
    census = design([0] * 4, [1, 2, 3, 4], population={0: 4}, basis=PROBABILITY)
    found = census.ratio([1, 0, 1, 1], [1] * 4, **SHARE)[None]
    assert (found.value, found.se, found.low, found.upp) == pytest.approx((75.0, 0.0, 75.0, 75.0))


@pytest.mark.parametrize(
    ("strata", "clusters", "weights", "options", "complaint"),
    [
        ([0, 0], [1], [1.0, 1.0], {}, "one entry per response"),
        ([0, 0], [1, 2], [1.0], {}, "one entry per response"),
        ([0, 0], [1, 2], [1.0, -1.0], {}, "zero or more"),
        ([0, 0], [1, 2], [1.0, np.nan], {}, "zero or more"),
        ([0, 0], [1, 2], [1.0, np.inf], {}, "zero or more"),
        ([0, 0], [1, 2], [1.0, 1.0], {"population": {0: 10}}, "only a probability sample"),
    ],
)
def test_an_impossible_design_is_refused(strata, clusters, weights, options, complaint):
    with pytest.raises(DesignError, match=complaint):
        design(strata, clusters, weights, **options)


@pytest.mark.parametrize(
    ("population", "complaint"),
    [({1: 10}, "stratum 0 is missing"), ({0: 1}, "fewer clusters"), ({0: np.nan}, "fewer clusters")],
)
def test_an_impossible_population_is_refused(population, complaint):
    with pytest.raises(DesignError, match=complaint):
        design([0, 0], [1, 2], population=population, basis=PROBABILITY).mean([1, 2])


@pytest.mark.parametrize("values", [[1.0], [1.0, np.inf], [[1.0, 2.0]]])
def test_there_must_be_one_finite_number_per_response(values):
    with pytest.raises(DesignError, match="one number per response"):
        SampleDesign.simple(2).total(values)


def test_there_must_be_one_domain_per_response():
    with pytest.raises(DesignError, match="one domain per response"):
        SampleDesign.simple(2).ratio([1, 0], [1, 1], by=["A"], **SHARE)


responses = st.lists(
    st.tuples(st.sampled_from("NS"), st.integers(1, 4), st.sampled_from([0.0, 0.5, 1.0, 3.0]), st.booleans()),
    min_size=1,
    max_size=25,
)


@settings(max_examples=60)
@given(responses, st.randoms(use_true_random=False))
def test_the_order_of_respondents_changes_nothing(rows, generator):
    def figures(rows):
        strata, clusters, weights, satisfied = zip(*rows, strict=True)
        sample, y = design(strata, clusters, weights), np.array(satisfied, float)
        found = sample.ratio(y, np.ones(len(rows)), **SHARE)[None]
        numbers = found.value, found.se, found.low, found.upp, sample.total(y).value, sample.total(y).se
        return [number or 0.0 for number in numbers], found.cautions

    shuffled = generator.sample(rows, len(rows))
    assert figures(shuffled)[0] == pytest.approx(figures(rows)[0], rel=1e-9, abs=1e-6)
    assert figures(shuffled)[1] == figures(rows)[1]


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 4)), min_size=1, max_size=25))
def test_both_routes_agree(rows):
    n, y = np.array([(n, min(y, n)) for n, y in rows]).T
    size = np.array([len(rows)])
    squares = (np.array([total]) for total in (n.sum(), y.sum(), n @ n, y @ y, y @ n))
    sums = RatioSums(size, *squares, size, np.array([n.sum()]), np.array([0]))
    ours = SampleDesign.simple(len(rows)).ratio(y, n, **SHARE)[None]
    assert ours == estimate_ratios(sums, groups=1, cluster_kind=ClusterKind.RESPONDENT, **SHARE)[0]
