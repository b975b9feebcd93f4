"""Cronbach's alpha, McDonald's omega and item-rest correlations against hand arithmetic, and what they refuse."""

import json
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.analysis.disclosure.coarsening import coarse_reliability
from survey.analysis.figures.frames import unpack_records
from survey.analysis.figures.one_factor import fit_one_factor
from survey.analysis.figures.reliability import (
    NoOmega,
    NoReliability,
    Reliability,
    cronbach_alpha,
    mcdonald_omega,
    part_reliabilities,
    reliability_of,
    standardised_alpha,
)
from survey.analysis.figures.results import OVERALL
from survey.analysis.stored import Extras, read_extras, write_extras
from survey.instrument import load_instrument
from survey.reports.words import NO_OMEGA_WORDS, NO_RELIABILITY_WORDS
from survey.responses import AnswerRecord

SIPAS = load_instrument("sipas-2023")
# Eight responses to three items, each with mean 3.
BLOCK = np.array([[1, 1, 2], [1, 2, 2], [2, 1, 3], [3, 3, 3], [3, 3, 3], [4, 5, 3], [5, 4, 4], [5, 5, 4]], float)


def deviations(points: np.ndarray) -> np.ndarray:
    return (points - 3).T @ (points - 3)


def test_the_hand_made_block_is_what_the_arithmetic_below_starts_from():
    # Sums of products about 3. X with itself is 4 + 4 + 1 + 0 + 0 + 1 + 4 + 4 = 18 and Z 1 + 1 + 0 + … = 4;
    # X with Y is 4 + 2 + 2 + 0 + 0 + 2 + 2 + 4 = 16, with Z 8; Y with Z is 2 + 1 + 0 + 0 + 0 + 0 + 1 + 2 = 6.
    assert deviations(BLOCK).tolist() == [[18, 16, 8], [16, 18, 6], [8, 6, 4]]


def test_alpha_is_hand_arithmetic():
    # Σ variances 40/7; variance of the sum (40 + 2·(16 + 8 + 6))/7 = 100/7; alpha = 3/2 · (1 − 40/100) = 0.9.
    assert cronbach_alpha(BLOCK) == pytest.approx(0.9, rel=1e-14)


def test_standardised_alpha_is_hand_arithmetic():
    # r: XY 16/18, XZ 8/√72, YZ 6/√72; their mean r; 3r / (1 + 2r).
    mean = (16 / 18 + 8 / 72**0.5 + 6 / 72**0.5) / 3
    assert standardised_alpha(BLOCK) == pytest.approx(3 * mean / (1 + 2 * mean), rel=1e-14)


def test_each_item_is_held_against_the_others_only():
    found = reliability_of(np.tile(BLOCK, (4, 1)), "access", ["A1", "A2", "A3"])
    # X against Y + Z: products 16 + 8 = 24; Y + Z squared 18 + 2·6 + 4 = 34; 24 / √(18·34).
    assert found.items[0].item_rest == pytest.approx(24 / (18 * 34) ** 0.5, rel=1e-12)
    # Without X: 2 · (1 − (18 + 4)/34) = 24/34; without Z: 2 · (1 − 36/68) = 64/68.
    assert found.items[0].alpha_without == pytest.approx(24 / 34, rel=1e-12)
    assert found.items[2].alpha_without == pytest.approx(64 / 68, rel=1e-12)
    assert [item.code for item in found.items] == ["A1", "A2", "A3"]


def test_only_responses_with_every_item_count():
    holes = np.tile(BLOCK, (4, 1))
    holes = np.vstack([holes, [[5, np.nan, 5], [np.nan, np.nan, np.nan]]])
    found = reliability_of(holes, "access", ["A1", "A2", "A3"])
    assert (found.responses, found.cases) == (33, 32)
    assert found.alpha == pytest.approx(0.9, rel=1e-12)


def test_items_that_go_against_each_other_give_an_alpha_below_zero():
    # X and 6 − Y: variances 18 + 18, products −16, so 2 · (1 − 36/(36 − 32)) = −16.
    opposed = np.column_stack([BLOCK[:, 0], 6 - BLOCK[:, 1]])
    assert cronbach_alpha(opposed) == pytest.approx(-16, rel=1e-12)


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        (np.tile([[1.0], [5.0]], (20, 1)), NoReliability.FEW_ITEMS),
        (np.tile(BLOCK, (3, 1)), NoReliability.FEW_CASES),  # 24 cases
        (np.full((40, 3), np.nan), NoReliability.FEW_CASES),
        (np.full((0, 3), np.nan), NoReliability.FEW_CASES),
        (np.full((40, 3), 4.0), NoReliability.NO_VARIANCE),
        (np.tile([[1.0, 5.0], [5.0, 1.0]], (20, 1)), NoReliability.NO_VARIANCE),  # every sum is 6
    ],
)
def test_what_cannot_be_told_is_refused_with_the_reason(points, reason):
    found = reliability_of(points, "access", [f"A{place}" for place in range(points.shape[1])])
    assert (found.reason, found.alpha, found.standardised, found.items) == (reason, None, None, ())
    assert NO_RELIABILITY_WORDS[reason]


def test_thirty_complete_cases_are_enough():
    rows = np.tile(BLOCK, (4, 1))
    assert reliability_of(rows[:30], "access", ["A1", "A2", "A3"]).reason is None
    assert reliability_of(rows[:29], "access", ["A1", "A2", "A3"]).reason is NoReliability.FEW_CASES


def test_an_item_that_everybody_answers_alike_has_no_correlation():
    found = reliability_of(
        np.column_stack([np.tile(BLOCK[:, :2], (4, 1)), np.full(32, 4.0)]), "access", ["A1", "A2", "A3"]
    )
    # Without the constant item: 2 · (1 − 36/68); with it, 3/2 of the same bracket.
    assert found.alpha == pytest.approx(1.5 * (1 - 36 / 68), rel=1e-12)
    assert (found.standardised, found.items[2].item_rest) == (None, None)
    assert found.items[2].alpha_without == pytest.approx(2 * (1 - 36 / 68), rel=1e-12)


def test_two_items_leave_no_alpha_without_one():
    found = reliability_of(np.tile(BLOCK[:, :2], (4, 1)), "access", ["A1", "A2"])
    assert [item.alpha_without for item in found.items] == [None, None]
    assert [item.item_rest for item in found.items] == pytest.approx([16 / 18] * 2, rel=1e-12)


def test_every_dimension_and_the_whole_have_their_own():
    answers = [
        {item.code: str(1 + (row + place // 3) % 5) for place, item in enumerate(SIPAS.items)} for row in range(40)
    ]
    records = "".join(AnswerRecord.pack(SIPAS, answer) for answer in answers).encode()
    found = part_reliabilities(unpack_records(records, SIPAS), SIPAS)
    assert [part.part for part in found] == [dimension.code for dimension in SIPAS.dimensions] + [OVERALL]
    assert [len(part.items) for part in found] == [3, 4, 3, 3, 3, 16]
    # The three access items are answered alike: 3/2 · (1 − 3/9).
    assert found[0].alpha == pytest.approx(1, rel=1e-12)


def points_of(loadings: list[float], *, copies: int = 1) -> np.ndarray:
    """Return answers f·λ + e with f and every e all combinations of −1 and 1: covariances λλ′ + I exactly."""
    signs = np.array(list(product((-1.0, 1.0), repeat=len(loadings) + 1)) * copies)
    return signs[:, :1] * np.array(loadings) + signs[:, 1:]


def test_with_equal_loadings_omega_is_alpha():
    # Every item is f + e: Σλ = 4, four errors of 1: 16/20; alpha 4/3 · (1 − 4·2/20) = 0.8.
    points = points_of([1, 1, 1, 1], copies=2)
    assert mcdonald_omega(points) == pytest.approx(0.8, rel=1e-9)
    assert cronbach_alpha(points) == pytest.approx(0.8, rel=1e-12)


def test_equal_loadings_with_unequal_errors_keep_omega_at_alpha():
    # The errors 1, 2, 3 have variances 1, 4, 9: (Σλ)² = 9, 9/(9 + 14); alpha 3/2 · (1 − (2 + 5 + 10)/23) = 9/23.
    signs = np.array(list(product((-1.0, 1.0), repeat=4)) * 2)
    points = signs[:, :1] + signs[:, 1:] * [1, 2, 3]
    assert mcdonald_omega(points) == pytest.approx(9 / 23, rel=1e-9)
    assert cronbach_alpha(points) == pytest.approx(9 / 23, rel=1e-12)


def test_with_unequal_loadings_omega_is_hand_arithmetic_and_above_alpha():
    # λ = 1, 2, 3 with errors of 1: (Σλ)² = 36, 36/39; alpha 3/2 · (1 − (2 + 5 + 10)/39) = 33/39.
    points = points_of([1, 2, 3], copies=2)
    assert mcdonald_omega(points) == pytest.approx(36 / 39, rel=1e-9)
    assert cronbach_alpha(points) == pytest.approx(33 / 39, rel=1e-12)


def test_an_item_that_goes_against_the_others_takes_from_omega():
    # λ = 2, 2, −1: (Σλ)² = 9, 9/12.
    assert mcdonald_omega(points_of([2, 2, -1], copies=2)) == pytest.approx(9 / 12, rel=1e-9)


def test_the_factor_of_a_known_matrix_is_found_again():
    loadings, errors = np.array([0.9, 0.8, 0.7, 0.6, 0.5]), np.array([0.3, 0.5, 0.2, 0.9, 0.4])
    found = fit_one_factor(np.outer(loadings, loadings) + np.diag(errors))
    assert found is not None
    assert found.loadings == pytest.approx(loadings, rel=1e-8)
    assert found.errors == pytest.approx(errors, rel=1e-8)


def correlated(first: float, second: float, third: float) -> np.ndarray:
    return np.array([[1, first, second], [first, 1, third], [second, third, 1]])


@pytest.mark.parametrize(
    "covariance",
    [
        correlated(0.8, 0.8, 0.5),  # λ₁² = 0.8 · 0.8 / 0.5 = 1.28, more than the item's own variance
        correlated(0.4, 0.4, -0.4),  # λ₁² = 0.4 · 0.4 / −0.4, below zero
        correlated(1.0, 0.5, 0.5),  # two items are the same
        np.eye(3),  # nothing in common
    ],
    ids=["Heywood", "no real loading", "same items", "nothing in common"],
)
def test_a_matrix_without_a_proper_factor_has_none(covariance: np.ndarray):
    assert fit_one_factor(covariance) is None


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        (np.tile(BLOCK[:, :2], (4, 1)), NoOmega.FEW_ITEMS),
        (np.tile(BLOCK[:, :1], (4, 1)), NoOmega.FEW_ITEMS),
        (np.tile(points_of([1] * 4), (1, 4))[:32] + np.arange(16) % 3, NoOmega.FEW_CASES),  # 16 items need 80
        (np.column_stack([np.tile(BLOCK, (4, 1)), np.full(32, 4.0)]), NoOmega.CONSTANT_ITEM),
        (np.full((40, 3), 4.0), NoOmega.CONSTANT_ITEM),
        (np.tile(BLOCK[:, :1], (4, 3)), NoOmega.IMPROPER),  # three times the same item
        # X and Y correlate 16/18, X and Z 8/√72, Y and Z 6/√72: λ_X² = 16/18 · 8/6 > 1.
        (np.tile(BLOCK, (4, 1)), NoOmega.IMPROPER),
    ],
)
def test_what_has_no_omega_says_why(points: np.ndarray, reason: NoOmega):
    assert mcdonald_omega(points) is reason
    assert NO_OMEGA_WORDS[reason]


def test_a_part_without_omega_keeps_its_alpha():
    found = reliability_of(np.tile(BLOCK, (4, 1)), "access", ["A1", "A2", "A3"])
    assert (found.alpha, found.omega, found.no_omega) == (pytest.approx(0.9), None, NoOmega.IMPROPER)


def test_a_part_refused_altogether_has_neither_omega_nor_a_reason_of_its_own():
    found = reliability_of(np.tile(BLOCK, (3, 1)), "access", ["A1", "A2", "A3"])
    assert (found.reason, found.omega, found.no_omega) == (NoReliability.FEW_CASES, None, None)


def test_missing_answers_leave_the_response_out_of_omega():
    holes = np.vstack([points_of([1, 2, 3], copies=2), [[1, np.nan, 1], [np.nan, np.nan, np.nan]]])
    found = reliability_of(holes, "access", ["A1", "A2", "A3"])
    assert found.omega == pytest.approx(36 / 39, rel=1e-9)


def test_the_least_number_of_cases_is_in_tens_so_that_the_reason_tells_no_more_than_the_count():
    # Five for each of seven items is 35, hence 40.
    many = points_of([1] * 7)
    assert mcdonald_omega(many[:39]) is NoOmega.FEW_CASES
    assert mcdonald_omega(many) == pytest.approx(49 / 56, rel=1e-9)


def test_omega_is_told_with_two_decimals_and_kept_so():
    found = reliability_of(points_of([1, 2, 3], copies=2), "access", ["A1", "A2", "A3"])
    (told,) = coarse_reliability([found])
    assert (told.omega, told.alpha) == (0.92, 0.85)  # 36/39 = 0.923, 33/39 = 0.846
    assert read_extras(write_extras(Extras(reliability=(told,))), {}).reliability == (told,)


def test_reliability_kept_before_there_was_omega_is_read_without():
    found = reliability_of(np.tile(BLOCK, (4, 1)), "access", ["A1", "A2", "A3"])
    earlier = json.loads(write_extras(Extras(reliability=(found,))))
    del earlier["reliability"][0]["omega"], earlier["reliability"][0]["no_omega"]
    (read,) = read_extras(json.dumps(earlier), {}).reliability
    assert isinstance(read, Reliability)
    assert (read.alpha, read.omega, read.no_omega) == (found.alpha, None, None)


tables = st.lists(st.lists(st.integers(1, 5), min_size=4, max_size=4), min_size=30, max_size=50)


@settings(max_examples=60)
@given(tables, st.randoms(use_true_random=False))
def test_coefficients_keep_their_bounds_and_do_not_heed_the_order(rows, random):
    found = reliability_of(np.array(rows, float), "procedures", ["B1", "B2", "B3", "B4"])
    again = reliability_of(np.array(random.sample(rows, len(rows)), float), "procedures", ["B1", "B2", "B3", "B4"])
    assert again.reason == found.reason
    if found.alpha is not None:
        assert again.alpha == pytest.approx(found.alpha, rel=1e-9, abs=1e-9)
        assert found.alpha <= 1 + 1e-12
    if found.omega is not None:
        assert again.omega == pytest.approx(found.omega, rel=1e-6, abs=1e-6)
        assert 0 <= found.omega <= 1
    for item in found.items:
        assert item.item_rest is None or abs(item.item_rest) <= 1 + 1e-12
