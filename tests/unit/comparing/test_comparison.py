"""Differences between rounds and against the rest of a block: hand arithmetic, published figures, bad input."""

import math
from dataclasses import fields, replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.analysis.comparing.blocks import mean_of_agencies
from survey.analysis.comparing.comparison import (
    Difference,
    Figures,
    Key,
    Origin,
    Verdict,
    compare_pairs,
    compare_rounds,
    compare_with_rest,
    find_break,
)
from survey.analysis.figures.estimates import Caution, ClusterKind, Estimate, Form, RatioSums, estimate_ratios
from survey.analysis.ranking.ranking import rank_change
from survey.errors import RoundError
from survey.fieldwork import SamplingBasis
from survey.formatting import format_percent

SPRING = Origin("2025-Q2", "sipas-2023", ("L1", "P1"), SamplingBasis.SELF_SELECTED)
AUTUMN = replace(SPRING, round_code="2025-Q4")
TINY = float(np.finfo(float).tiny)


def estimate(value: float | None, se: float | None = 2.0, *cautions: Caution, n: int = 100, degrees: float = 99):
    """Return an estimate that rests on `n` responses of one answer each."""
    known = value is not None and se is not None
    low, upp = (value - 2 * se, value + 2 * se) if known else (None, None)
    return Estimate(value, se, low, upp, n, n, n, ClusterKind.RESPONDENT, degrees, None, None, cautions)


def figures(origin: Origin, **values: Estimate) -> Figures:
    """Return the estimates of one agency by part."""
    return Figures(origin, {Key("SXD", part): found for part, found in values.items()})


def difference(first: Estimate, second: Estimate) -> Difference:
    return compare_pairs([first], [second])[0]


def test_welch_on_the_logit_scale_by_hand():
    # 100 responses of one answer: 0.8 has p (1 - p) = 0.16 and, with se 4, variance 0.0016: 100 effective answers;
    # steadied (0.16 + 0.00125) / (0.0016 + 0.0000125) = 100. Variance of the logit 1 / (100 × 0.16) = 0.0625.
    # 0.5 with se 5: 0.25 / 0.0025 = 100, variance 1 / 25 = 0.04. ln 4 - ln 1 = 1.386294.
    found = difference(estimate(50.0, 5.0), estimate(80.0, 4.0))
    assert found.t == pytest.approx(1.386294361 / math.sqrt(0.1025), rel=1e-9)
    # Degrees: 0.1025² / (0.0625² / 99 + 0.04² / 99) = 0.01050625 × 99 / 0.00550625.
    assert found.degrees == pytest.approx(0.01050625 * 99 / 0.00550625, rel=1e-9)
    assert (found.value, found.se) == (30.0, pytest.approx(math.sqrt(41)))
    assert (found.p, found.p) == (found.p_holm, found.p_bh)


def test_a_range_puts_both_ranges_together_by_squares():
    # 3 below the second and 4 above the first: 5 below the difference; 6 above the second and 8 below the first: 10.
    first = replace(estimate(50.0), low=42.0, upp=54.0)
    second = replace(estimate(60.0), low=57.0, upp=66.0)
    found = difference(first, second)
    assert (found.low, found.value, found.upp) == (5.0, 10.0, 20.0)


def test_a_standard_error_that_is_small_by_chance_does_not_promise_too_much():
    # 30 people, 96% with se 0.5: 0.0384 / 0.000025 = 1536 effective answers are steadied to
    # (0.0384 + 0.125/30) / (0.000025 + 0.125/900) = 259.8; variance 1 / (259.8 × 0.0384) = 0.1002.
    found = difference(estimate(50.0, 1e-3, n=10**6), estimate(96.0, 0.5, n=30, degrees=29))
    assert found.t == pytest.approx(math.log(24) / math.sqrt(0.1002), rel=1e-3)


def test_without_limit_of_degrees_it_is_the_normal_test():
    # The two-sided p-value of the normal distribution is erfc(|t| / √2).
    far = 1 / (1 + math.exp(-1.96 * math.sqrt(0.08)))  # its logit lies 1.96 standard errors from that of one half
    se = 100 * math.sqrt(far * (1 - far) / 100)  # as of 100 answers
    found = difference(estimate(50.0, 5.0, degrees=math.inf), estimate(100 * far, se, degrees=math.inf))
    variance = 0.04 + 1 / (100 * far * (1 - far))
    assert found.p == pytest.approx(math.erfc(1.96 * math.sqrt(0.08 / variance) / math.sqrt(2)), rel=1e-6)
    assert found.degrees == math.inf


def test_the_verdict_counts_all_tests_of_the_family():
    fall = estimate(80.0), estimate(73.0)
    still = estimate(80.0), estimate(80.0)
    assert difference(*fall).verdict is Verdict.FELL
    among_ten = compare_pairs(*zip(fall, *[still] * 9, strict=True))
    assert among_ten[0].verdict is Verdict.NOT_BEYOND_CHANCE
    assert among_ten[0].p_holm == pytest.approx(10 * among_ten[0].p)
    assert among_ten[1].p == 1.0


@pytest.mark.parametrize(
    ("before", "after", "published"),
    # National figures of 2022, 2023 and 2024: vietnamnews.vn 1654134, en.vietnamplus.vn post312944.
    [("80,08", "82,66", "2,58"), ("82,66", "83,94", "1,28")],
)
def test_the_published_changes_are_those_of_the_published_figures(before, after, published):
    first, second = (float(text.replace(",", ".")) for text in (before, after))
    assert format_percent(difference(estimate(first), estimate(second)).value) == published
    assert f"{Decimal(after.replace(',', '.')) - Decimal(before.replace(',', '.'))}".replace(".", ",") == published


def test_unrounded_figures_may_differ_by_another_hundredth_than_the_rounded_ones():
    first, second = estimate(80.0751), estimate(82.6649)
    assert (format_percent(first.value), format_percent(second.value)) == ("80,08", "82,66")
    # 82.6649 - 80.0751 = 2.5898, shown 2,59; a reader who subtracts what is printed gets 2,58.
    assert format_percent(difference(first, second).value) == "2,59"


def test_the_published_shares_of_harassment_add_up_to_the_whole():
    # 2024: none 90,06, some 8,98, many 0,96 (en.vietnamplus.vn post312944); nothing is lost by rounding.
    shares = [format_percent(100 * count / 10_000) for count in (9006, 898, 96)]
    assert shares == ["90,06", "8,98", "0,96"]
    assert sum(Decimal(share.replace(",", ".")) for share in shares) == Decimal("100.00")


def test_a_published_rise_from_place_21_to_11_is_ten_places_up():
    assert rank_change(21, 11) == 10  # “tăng 10 bậc”


@pytest.mark.parametrize(
    "side",
    [
        estimate(100.0, 0.0, Caution.ALL_EQUAL),
        estimate(100.0, 3e-9),  # what rounding leaves of a variance of nothing
        estimate(100.0, 5.0, Caution.NO_VARIANCE),
        estimate(60.0, None, degrees=0),
        estimate(60.0, 2.0, degrees=0),
        estimate(60.0, math.nan),
    ],
    ids=["all equal", "noise", "no variance", "one draw", "no degrees", "NaN"],
)
def test_without_a_variance_there_is_a_difference_but_no_test(side):
    for pair in [(side, estimate(80.0)), (estimate(80.0), side)]:
        found = difference(*pair)
        assert found.verdict is Verdict.TOO_FEW
        assert found.value == pair[1].value - pair[0].value
        assert (found.se, found.degrees, found.t, found.p, found.p_holm, found.p_bh) == (None,) * 6
        assert not found.beyond_chance


@pytest.mark.parametrize("side", [estimate(None, None, n=0), estimate(math.nan), estimate(60.0, n=9)])
def test_a_missing_or_withheld_figure_has_no_difference(side):
    assert difference(side, estimate(80.0)) == Difference(Verdict.TOO_FEW)
    assert difference(estimate(80.0), side) == Difference(Verdict.TOO_FEW)


def test_ten_responses_are_enough_to_be_shown():
    assert difference(estimate(60.0, n=10), estimate(80.0)).value == 20.0


def test_no_p_value_is_ever_zero():
    found = difference(estimate(1.0, 0.01, n=10**9, degrees=1e9), estimate(99.0, 0.01, n=10**9, degrees=1e9))
    assert found.p == TINY


def test_parts_that_only_one_round_has_are_named_and_not_tested():
    before = figures(SPRING, access=estimate(80.0), A1=estimate(70.0))
    after = figures(AUTUMN, access=estimate(81.0), A2=estimate(75.0))
    found = compare_rounds(before, after)
    assert list(found.differences) == [Key("SXD", "access")]
    assert found.unmatched == (Key("SXD", "A2"), Key("SXD", "A1"))
    assert (found.tests, found.gap) == (1, None)


def test_rounds_without_a_common_agency_leave_nothing_to_compare():
    before = Figures(SPRING, {Key("SXD", "access"): estimate(80.0)})
    after = Figures(AUTUMN, {Key("STC", "access"): estimate(81.0)})
    found = compare_rounds(before, after)
    assert (dict(found.differences), found.tests) == ({}, 0)
    assert found.unmatched == (Key("STC", "access"), Key("SXD", "access"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"instrument": "sipas-2022"}, "instrument"),
        ({"formulas": ("H1", "P1")}, "formulas"),
        ({"basis": SamplingBasis.PROBABILITY}, "basis"),
    ],
)
def test_figures_made_in_another_way_are_not_subtracted(change, reason):
    before = figures(replace(SPRING, **change), access=estimate(90.0))
    found = compare_rounds(before, figures(AUTUMN, access=estimate(60.0)))
    assert found.differences == {Key("SXD", "access"): Difference(Verdict.NOT_COMPARABLE)}
    assert found.gap.reasons == (reason,)
    assert found.tests == 0


def test_the_same_way_in_another_round_is_no_break():
    assert find_break(SPRING, AUTUMN) is None


def test_a_round_is_not_compared_with_itself():
    same = figures(SPRING, access=estimate(80.0))
    with pytest.raises(RoundError, match="2025-Q2 cannot be compared with itself"):
        compare_rounds(same, same)


def test_an_agency_below_the_rest_of_its_block_is_below():
    agencies = {Key("SXD", "access"): estimate(60.0), Key("STC", "access"): estimate(80.0)}
    rests = {Key("SXD", "access"): estimate(80.0), Key("STC", "access"): estimate(60.0)}
    found = compare_with_rest(agencies, rests).differences
    assert (found[Key("SXD", "access")].value, found[Key("SXD", "access")].verdict) == (-20.0, Verdict.FELL)
    assert (found[Key("STC", "access")].value, found[Key("STC", "access")].verdict) == (20.0, Verdict.ROSE)


inside = st.floats(0.01, 99.99)
estimates = st.builds(estimate, inside, st.floats(0.1, 20), n=st.integers(10, 500), degrees=st.floats(1, 1e6))


@given(estimates, estimates)
def test_turning_the_rounds_around_turns_only_the_sign(first, second):
    forth, back = difference(first, second), difference(second, first)
    assert (forth.value, forth.p, forth.low) == pytest.approx((-back.value, back.p, -back.upp), rel=1e-12)
    assert forth.low <= forth.value <= forth.upp
    assert 0 < forth.p <= 1


def test_two_agencies_whose_answers_all_agree_have_a_range_but_no_test():
    first = replace(estimate(100.0, 0.0, Caution.ALL_EQUAL), low=88.0, upp=100.0)
    second = replace(estimate(60.0, 0.0, Caution.ALL_EQUAL), low=55.0, upp=69.0)
    found = difference(first, second)
    # Below -40 by √(5² + 0²); above it by √(9² + 12²) = 15.
    assert (found.low, found.value, found.upp, found.p) == (-45.0, -40.0, -25.0, None)


# Two blocks. Agency 0 has two strata, 1 and 2 one each; agency 3 is alone in block 1.
GROUP = np.array([0, 0, 1, 2, 3])
BLOCK_OF = np.array([0, 0, 0, 1])


def sums(y: list[int]) -> RatioSums:
    """Return strata of 20 draws with one answer each, `y` of them satisfied."""
    satisfied, draws = np.array(y), np.full(len(y), 20)
    return RatioSums(draws, draws, satisfied, draws, satisfied, satisfied, draws, draws, GROUP)


def beside(whole: RatioSums, agency: int) -> list[Estimate]:
    """Return the estimates of an agency and of the others in its block."""
    inside = np.flatnonzero(BLOCK_OF[GROUP] == BLOCK_OF[agency])
    values = {field.name: getattr(whole, field.name)[inside] for field in fields(whole)}
    both = RatioSums(**{**values, "group": (GROUP[inside] != agency).astype(np.int64)})
    return estimate_ratios(both, groups=2, most=1, form=Form.SHARE)


def test_an_agency_alone_in_its_block_has_nobody_to_be_compared_with():
    whole, keys = sums([18, 17, 12, 15, 16]), [Key(str(agency), "access") for agency in range(4)]
    pairs = [beside(whole, agency) for agency in range(4)]
    found = compare_with_rest(
        *({key: pair[side] for key, pair in zip(keys, pairs, strict=True)} for side in (0, 1))
    ).differences
    assert found[keys[3]] == Difference(Verdict.TOO_FEW)
    # Agency 1 has 12 of 20; the others of its block 18 + 17 + 15 = 50 of 60.
    assert found[keys[1]].value == pytest.approx(60 - 500 / 6)


def test_pooled_block_and_mean_of_agencies_are_two_figures():
    # 90 of 100 and 5 of 10 satisfied: pooled 95 of 110, the mean of 90 and 50 is 70.
    draws, y = np.array([100, 10]), np.array([90, 5])
    both = RatioSums(draws, draws, y, draws, y, y, draws, draws, np.array([0, 1]))
    agencies = estimate_ratios(both, groups=2, most=1, form=Form.SHARE)
    (pooled,) = estimate_ratios(replace(both, group=np.array([0, 0])), groups=1, most=1, form=Form.SHARE)
    assert pooled.value == pytest.approx(100 * 95 / 110)
    assert mean_of_agencies(agencies).value == 70.0


def test_the_mean_of_agencies_by_hand():
    # se = √(9 + 16 + 144) / 3 = 13 / 3; degrees = 169² / (9²/10 + 16²/20 + 144²/40) = 28561 / 539.3.
    of = [estimate(70.0, 3.0, degrees=10), estimate(80.0, 4.0, degrees=20), estimate(60.0, 12.0, degrees=40)]
    found = mean_of_agencies(of)
    assert (found.value, found.agencies, found.left_out) == (70.0, 3, 0)
    assert (found.se, found.degrees) == pytest.approx((13 / 3, 28561 / 539.3))
    assert found.upp - found.value == pytest.approx(found.value - found.low)


def test_an_agency_whose_answers_all_agree_adds_the_uncertainty_of_its_range():
    # The range of 20 points is 2 × 1.959964 standard errors wide: 5.10 each, and √(5.10² + 5.10²) / 2 = 3.61.
    equal = Estimate(100.0, 0.0, 80.0, 100.0, 20, 20, 20, ClusterKind.RESPONDENT, math.inf, None, None)
    found = mean_of_agencies([equal, equal])
    assert found.se == pytest.approx(20 / (2 * 1.959964) / math.sqrt(2), rel=1e-6)
    assert (found.value, found.upp) == (100.0, 100.0)


def test_agencies_without_a_figure_leave_the_mean_and_are_counted():
    found = mean_of_agencies([estimate(80.0), estimate(None, None, n=0), estimate(math.nan, None)])
    assert (found.value, found.agencies, found.left_out) == (80.0, 1, 2)
    assert mean_of_agencies([]).value is None


def test_a_mean_with_an_agency_of_unknown_uncertainty_has_none():
    found = mean_of_agencies([estimate(80.0), estimate(60.0, None, n=1, degrees=0)])
    assert (found.value, found.se, found.low, found.upp) == (70.0, None, None, None)
