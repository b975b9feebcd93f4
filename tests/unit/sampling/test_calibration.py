"""Post-stratification, raking and trimming: hand arithmetic, what must hold always, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.analysis.sampling.calibration import Limits, median_limits, post_stratify, rake, trim
from survey.analysis.sampling.margins import Margin
from survey.analysis.weights.weighting import StepKind, Weights, start_weights
from survey.errors import WeightingError
from tests.ratios import calibrated_ratio

SEX = Margin("sex", ["f", "f", "m", "m", "m"], {"f": 60, "m": 40})
AREA = Margin("area", ["u", "r", "u", "u", "r"], {"u": 70, "r": 30})


def ones(size: int) -> Weights:
    return start_weights([1] * size)


def sums(weights: Weights, margin: Margin) -> dict[str, float]:
    found = dict.fromkeys(margin.totals, 0.0)
    for code, value in zip(margin.codes, weights.values.tolist(), strict=True):
        found[code] += value
    return found


def test_post_stratification_divides_each_total_among_its_responses():
    weights = post_stratify(ones(5), SEX)
    assert weights.values.tolist() == pytest.approx([30, 30, 40 / 3, 40 / 3, 40 / 3])
    # f: 2 of 5 responses before, 60 of 100 after.
    moved = weights.diagnostics.moved[0]
    assert (moved.margin, moved.category) == ("sex", "f")
    assert (moved.before, moved.after, moved.points) == pytest.approx((40, 60, 20))
    assert [step.kind for step in weights.history] == [StepKind.BASE, StepKind.POST_STRATIFIED]


def test_unequal_base_weights_keep_their_proportions_within_a_category():
    weights = post_stratify(start_weights([1, 3, 5, 5, 10]), SEX)
    assert weights.values.tolist() == pytest.approx([15, 45, 10, 10, 20])


def test_raking_a_table_by_hand():
    # Responses f/u 1, f/r 1, m/u 2, m/r 1. Raking keeps the odds ratio 1·1 / (1·2) = 1/2. With x for f/u the cells
    # are x, 60 - x, 70 - x, x - 30: x(x - 30) / ((60 - x)(70 - x)) = 1/2 gives x² + 70x - 4200 = 0.
    x = -35 + np.sqrt(35**2 + 4200)
    weights = rake(ones(5), [SEX, AREA])
    assert weights.values.tolist() == pytest.approx([x, 60 - x, (70 - x) / 2, (70 - x) / 2, x - 30], rel=1e-9)
    assert weights.diagnostics.converged
    assert weights.diagnostics.iterations > 1


def test_raking_one_margin_is_post_stratification():
    assert rake(ones(5), [SEX]).values.tolist() == post_stratify(ones(5), SEX).values.tolist()


def test_a_single_category_only_sets_the_sum():
    assert post_stratify(ones(4), Margin("all", ["x"] * 4, {"x": 10})).values.tolist() == [2.5] * 4


def test_a_weight_of_zero_stays_and_takes_no_part():
    weights = rake(start_weights([1, 0, 1, 1, 1]), [SEX])
    assert weights.values.tolist() == pytest.approx([60, 0, 40 / 3, 40 / 3, 40 / 3])


def test_a_category_nobody_belongs_to_may_be_listed_with_a_total_of_zero():
    margin = Margin("sex", SEX.codes, {**SEX.totals, "other": 0})
    assert rake(ones(5), [margin]).values.tolist() == rake(ones(5), [SEX]).values.tolist()


def test_trimming_puts_what_is_cut_off_on_the_others_of_the_category():
    # f: 10 + 20 + 90 = 120. At most 60 each: 60 for the third, the other 60 in proportion 1 : 2.
    margin = Margin("sex", ["f", "f", "f"], {"f": 120})
    weights = trim(start_weights([10, 20, 90]), [margin], limits=Limits(0, 60))
    assert weights.values.tolist() == pytest.approx([20, 40, 60])
    assert weights.diagnostics.trimmed == 1
    assert weights.history[-1].kind is StepKind.TRIMMED


def test_what_a_trimmed_weight_pushes_over_the_limit_is_trimmed_too():
    # At most 45 of 120: the third is cut to 45, 75 in proportion 1 : 2 is 25 and 50, so the second is cut too.
    weights = trim(start_weights([10, 20, 90]), [], limits=Limits(0, 45))
    assert weights.values.tolist() == pytest.approx([30, 45, 45])
    assert weights.diagnostics.trimmed == 2


def test_a_weight_below_the_limit_is_lifted():
    # 1 + 9 + 10 = 20; the first is lifted to 4 and the other 16 divided 9 : 10.
    weights = trim(start_weights([1, 9, 10]), [], limits=Limits(4, np.inf))
    assert weights.values.tolist() == pytest.approx([4, 16 * 9 / 19, 16 * 10 / 19])


def test_limits_that_bind_nobody_change_nothing():
    raked = rake(ones(5), [SEX, AREA])
    trimmed = trim(raked, [SEX, AREA], limits=Limits(0.1, 100))
    assert trimmed.values == pytest.approx(raked.values, rel=1e-9)
    assert trimmed.diagnostics.trimmed == 0


def test_limits_may_be_multiples_of_the_median():
    assert median_limits(start_weights([1, 4, 100]), lower=0.5, upper=3) == Limits(2, 12)


def drawn(seed: int, *, margins: int, size: int = 60) -> tuple[Weights, list[Margin]]:
    """Return base weights and margins whose totals are those of hidden weights between 1 and 9, so they can be met."""
    random = np.random.default_rng(seed)
    hidden = random.uniform(1, 9, size)
    found = []
    for number in range(margins):
        codes = random.integers(0, random.integers(1, 5), size).astype(str)
        totals = {str(code): float(hidden[codes == code].sum()) for code in np.unique(codes)}
        found.append(Margin(f"margin {number}", codes, totals))
    return start_weights(random.uniform(0.5, 20, size)), found


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 5))
def test_every_total_holds_after_raking_and_after_trimming(seed: int, margins: int):
    start, known = drawn(seed, margins=margins)
    raked = rake(start, known)
    trimmed = trim(raked, known, limits=Limits(1, 9))
    for weights in (raked, trimmed):
        for margin in known:
            assert sums(weights, margin) == pytest.approx(margin.totals, rel=1e-9)
    assert 1 <= trimmed.values.min() <= trimmed.values.max() <= 9


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_the_order_of_responses_and_of_margins_does_not_matter(seed: int):
    start, known = drawn(seed, margins=3)
    order = np.random.default_rng(seed).permutation(len(start.values))
    mixed = [Margin(margin.name, np.asarray(margin.codes)[order], margin.totals) for margin in reversed(known)]
    expected = rake(start, known).values[order]
    assert rake(start_weights(start.values[order]), mixed).values == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize(
    ("totals", "reason"),
    [
        ({"f": 60}, "margin sex, category 'm': responses, but no total"),
        ({"f": 100, "m": 0}, "margin sex, category 'm': responses, but no total above 0"),
        ({"f": 60, "m": 30, "x": 10}, "margin sex, category 'x': a total of 10 but no responses"),
        ({"f": 110, "m": -10}, "margin sex, category 'm': the total must be a finite number from 0 up"),
        ({"f": float("nan"), "m": 40}, "margin sex, category 'f': the total must be a finite number"),
        ({"f": float("inf"), "m": 40}, "margin sex, category 'f': the total must be a finite number"),
    ],
)
def test_totals_that_do_not_fit_the_responses_are_refused_by_name(totals: dict[str, float], reason: str):
    with pytest.raises(WeightingError, match=reason):
        rake(ones(5), [Margin("sex", SEX.codes, totals)])


def test_margins_that_do_not_add_up_to_the_same_are_refused():
    with pytest.raises(WeightingError, match="margin area adds up to 101, margin sex to 100"):
        rake(ones(5), [SEX, Margin("area", AREA.codes, {"u": 70, "r": 31})])


def test_shares_that_add_up_to_one_but_for_rounding_are_taken():
    shares = Margin("area", ["a", "b", "c", "a", "b"], {"a": 0.1, "b": 0.2, "c": 0.7})
    assert rake(ones(5), [shares, Margin("sex", SEX.codes, {"f": 0.2, "m": 0.8})]).diagnostics.converged


@pytest.mark.parametrize("totals", [{"u": 50, "r": 50}, {"u": 1, "r": 99}])
def test_totals_that_no_weights_fit_are_refused_by_name(totals: dict[str, float]):
    # All f live in u and all m in r, so f and u must have the same total, and do not.
    with pytest.raises(WeightingError, match="margin sex: after 1000 rounds"):
        rake(ones(4), [Margin("sex", ["f", "f", "m", "m"], SEX.totals), Margin("area", ["u", "u", "r", "r"], totals)])


def test_an_empty_cell_that_makes_totals_contradict_each_other_is_refused_not_divided_by():
    # m never lives in r, so r (90) would all have to be f (10).
    with pytest.raises(WeightingError, match=r"margin \w+: after \d+ rounds"):
        rake(
            ones(3),
            [Margin("sex", ["f", "f", "m"], {"f": 10, "m": 90}), Margin("a", ["u", "r", "u"], {"u": 10, "r": 90})],
        )


def test_limits_within_which_a_category_cannot_reach_its_total_are_refused():
    with pytest.raises(WeightingError, match="category 'f': 2 responses with weights from 1 to 25 cannot add up to 60"):
        trim(ones(5), [SEX], limits=Limits(1, 25))
    with pytest.raises(WeightingError, match="category 'm': 3 responses with weights from 15 to 50 cannot"):
        trim(ones(5), [SEX], limits=Limits(15, 50))


def test_limits_within_which_margins_contradict_each_other_are_refused():
    # r has 30 in 2 responses and f 60 in 2: at most 35 leaves f/u 35 and f/r 25, so m/r 5 is below the limit 6.
    with pytest.raises(WeightingError, match="widen the limits"):
        trim(rake(ones(5), [SEX, AREA]), [SEX, AREA], limits=Limits(6, 35))


@pytest.mark.parametrize(("lower", "upper"), [(3, 3), (5, 2), (-1, 4), (float("nan"), 4), (0, float("nan"))])
def test_limits_without_room_are_refused(lower: float, upper: float):
    with pytest.raises(WeightingError, match="limits of weights"):
        Limits(lower, upper)


def test_raking_needs_a_margin_and_a_category_for_each_response():
    with pytest.raises(WeightingError, match="at least one margin"):
        rake(ones(5), [])
    with pytest.raises(WeightingError, match="margin sex: 5 categories for 6 responses"):
        rake(ones(6), [SEX])


def test_a_ratio_with_post_stratified_weights_by_hand():
    # Weights 30 30 | 40/3 ×3; y 1 0 | 1 1 0: R = (30 + 80/3) / 100 = 17/30. The residuals of y on the category means
    # are ±1/2 and 1/3 1/3 -2/3, so Σ(w·e/100)² = (2·15² + 2·(40/9)² + (80/9)²) / 10⁴, times 5/4.
    weights = post_stratify(ones(5), SEX)
    found = calibrated_ratio([1, 0, 1, 1, 0], [1] * 5, weights=weights, margins=[SEX])
    squares = (2 * 15**2 + 2 * (40 / 9) ** 2 + (80 / 9) ** 2) / 10**4
    assert found.value == pytest.approx(17 / 30)
    assert found.se == pytest.approx(np.sqrt(5 / 4 * squares))
    assert found.scores.sum() == pytest.approx(0, abs=1e-15)


def test_a_domain_without_answers_has_no_ratio():
    found = calibrated_ratio([0] * 5, [0] * 5, weights=post_stratify(ones(5), SEX), margins=[SEX])
    assert (found.value, found.se) == (None, None)


def test_one_draw_has_no_standard_error():
    weights = post_stratify(ones(5), SEX)
    found = calibrated_ratio([1, 0, 1, 1, 0], [1] * 5, weights=weights, margins=[SEX], clusters=["day"] * 5)
    assert (found.draws, found.se) == (1, None)


def test_a_ratio_refuses_margins_the_weights_do_not_fit_and_missing_numbers():
    with pytest.raises(WeightingError, match="margin area: the weights do not add up"):
        calibrated_ratio([1] * 5, [1] * 5, weights=post_stratify(ones(5), SEX), margins=[SEX, AREA])
    for y in ([1, 1], [1, 1, 1, 1, float("nan")]):
        with pytest.raises(WeightingError, match="a finite number for each of the 5 responses"):
            calibrated_ratio(y, [1] * 5, weights=post_stratify(ones(5), SEX), margins=[SEX])
