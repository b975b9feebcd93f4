"""Adjusted p-values against hand arithmetic, and what they must keep to."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.analysis.comparing.multiplicity import adjust_benjamini_hochberg, adjust_holm

BOTH = pytest.mark.parametrize("adjust", [adjust_holm, adjust_benjamini_hochberg])
NONE = float("nan")

p_values = st.lists(st.floats(0, 1) | st.just(NONE), max_size=40).map(lambda values: np.array(values, float))


def test_holm_multiplies_by_the_tests_that_are_left():
    # From the smallest: 4 × 0.01 = 0.04; 3 × 0.015 = 0.045; 2 × 0.02 = 0.04, raised to 0.045; 1 × 0.5.
    assert adjust_holm(np.array([0.5, 0.02, 0.01, 0.015])) == pytest.approx([0.5, 0.045, 0.04, 0.045], rel=1e-14)


def test_benjamini_and_hochberg_divide_by_the_rank():
    # From the largest: 4/4 × 0.5; 4/3 × 0.02 = 0.02667; 4/2 × 0.015 = 0.03, lowered; 4/1 × 0.001 = 0.004.
    adjusted = adjust_benjamini_hochberg(np.array([0.5, 0.02, 0.001, 0.015]))
    assert adjusted == pytest.approx([0.5, 0.08 / 3, 0.004, 0.08 / 3], rel=1e-14)


def test_the_example_of_benjamini_and_hochberg():
    # The 15 tests of the example in their article of 1995: at 0.05 Holm rejects three of them, they reject four.
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    p += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert (adjust_holm(np.array(p)) <= 0.05).sum() == 3
    assert (adjust_benjamini_hochberg(np.array(p)) <= 0.05).sum() == 4


@BOTH
def test_what_was_not_tested_is_not_counted(adjust):
    adjusted = adjust(np.array([NONE, 0.01, NONE, 0.04, NONE]))
    assert np.isnan(adjusted[[0, 2, 4]]).all()
    assert adjusted[[1, 3]] == pytest.approx(adjust(np.array([0.01, 0.04])))


@BOTH
@pytest.mark.parametrize("p", [[], [NONE, NONE]])
def test_no_test_at_all_is_no_error(adjust, p):
    assert np.array_equal(adjust(np.array(p, float)), np.array(p, float), equal_nan=True)


@BOTH
def test_a_single_test_stays_as_it_is(adjust):
    assert adjust(np.array([0.037])).tolist() == [0.037]


@BOTH
@pytest.mark.parametrize("p", [[-0.01], [0.2, 1.01], [float("inf")], [[0.1], [0.2]]])
def test_what_is_no_p_value_is_refused(adjust, p):
    with pytest.raises(ValueError, match="from 0 to 1"):
        adjust(np.array(p))


@given(p_values)
def test_holm_never_claims_more_than_benjamini_and_hochberg(p):
    tested = ~np.isnan(p)
    holm, bh = adjust_holm(p)[tested], adjust_benjamini_hochberg(p)[tested]
    # A product of three numbers may differ in its last digit from the same product in another order.
    slack = 1 + 1e-12
    assert ((p[tested] <= bh * slack) & (bh <= holm * slack) & (holm <= 1)).all()


@BOTH
@given(p=p_values, seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_tests_does_not_matter(adjust, p, seed):
    order = np.random.default_rng(seed).permutation(len(p))
    assert np.array_equal(adjust(p[order]), adjust(p)[order], equal_nan=True)


@BOTH
@given(p=p_values)
def test_a_smaller_p_value_never_becomes_the_larger_one(adjust, p):
    tested = p[~np.isnan(p)]
    assert (np.diff(adjust(tested)[np.argsort(tested, kind="stable")]) >= 0).all()
