"""Relative weights, by hand and by regression."""

import numpy as np
import pytest

from survey.analysis.drivers.relative_weights import relative_weights

# Relative weights.


def correlations(between: np.ndarray, outcome: list[float]) -> np.ndarray:
    column = np.array(outcome)[:, None]
    return np.block([[between, column], [column.T, np.ones((1, 1))]])


def test_two_predictors_share_what_they_tell_as_hand_arithmetic_does():
    # R² = (0.6² + 0.4² − 2·0.6·0.4·0.5) / (1 − 0.5²) = 0.28/0.75. With two predictors the relative weight is the mean
    # of a predictor's r² alone and of what it adds to the other: (0.36 + R² − 0.16)/2 and (0.16 + R² − 0.36)/2.
    told = 0.28 / 0.75
    found = relative_weights(correlations(np.array([[1, 0.5], [0.5, 1]]), [0.6, 0.4]))
    assert found == pytest.approx([(0.36 + told - 0.16) / 2, (0.16 + told - 0.36) / 2], rel=1e-12)


def test_predictors_without_a_bond_have_their_own_r_squared():
    assert relative_weights(correlations(np.eye(3), [0.5, -0.3, 0.1])) == pytest.approx([0.25, 0.09, 0.01], rel=1e-12)


def test_weights_are_not_negative_and_sum_to_r_squared():
    values = np.random.default_rng(3).normal(size=(200, 7)) @ np.random.default_rng(4).normal(size=(7, 7))
    predictors, outcome = values[:, :-1], values[:, -1]
    fitted = np.column_stack([np.ones(200), predictors])
    left = outcome - fitted @ np.linalg.lstsq(fitted, outcome, rcond=None)[0]
    found = relative_weights(np.corrcoef(values, rowvar=False))
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1 - left.var() / outcome.var(), rel=1e-10)


def test_a_predictor_doubled_shares_its_weight_with_its_twin():
    # Alone the first would tell 0.6² = 0.36 and the third 0.2² = 0.04.
    twins = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1.0]])
    assert relative_weights(correlations(twins, [0.6, 0.6, 0.2])) == pytest.approx([0.18, 0.18, 0.04], rel=1e-12)


def test_many_matrices_are_weighed_as_each_would_be():
    one, other = correlations(np.eye(2), [0.5, 0.1]), correlations(np.array([[1, 0.5], [0.5, 1]]), [0.6, 0.4])
    both = relative_weights(np.stack([one, other]))
    assert both == pytest.approx(np.stack([relative_weights(one), relative_weights(other)]), rel=1e-12)
