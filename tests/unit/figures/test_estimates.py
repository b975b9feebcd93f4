"""Estimates from sums against hand arithmetic, and what no estimate may do."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.analysis.figures.estimates import Caution, ClusterKind, Estimate, Form, RatioSums, estimate_ratios
from survey.reports.words import CAUTION_WORDS, CLUSTER_WORDS, MODEL_RANGE

SHARE = {"most": 1, "form": Form.SHARE}
LEVEL = {"least": 1, "most": 5, "form": Form.LEVEL}


def sums_of(*strata: list[tuple[float, float]], groups: list[int] | None = None) -> RatioSums:
    """Return the sums of draws (n, y), stratum by stratum, all in one domain unless `groups` tells."""
    lines = []
    for draws in strata:
        kept = [(n, y) for n, y in draws if n > 0]
        n, y = (np.array([draw[place] for draw in kept]) for place in (0, 1))
        lines.append((len(kept), n.sum(), y.sum(), n @ n, y @ y, y @ n, len(kept), n.sum()))
    columns = np.array(lines).T if lines else np.zeros((8, 0))
    return RatioSums(*columns, np.array(groups or [0] * len(strata), np.int64))


def estimate(*strata: list[tuple[float, float]], **options) -> Estimate:
    return estimate_ratios(sums_of(*strata), groups=1, **(SHARE | options))[0]


def people(satisfied: int, of: int) -> list[tuple[int, int]]:
    """Return people who answered one question each."""
    return [(1, 1)] * satisfied + [(1, 0)] * (of - satisfied)


def test_a_share_of_people_by_hand():
    # 85 of 100: √(0.85 · 0.15 / 99) = 0.0358870. Quantile of 99 degrees 1.98422, effective number 99 or, steadied,
    # (0.1275 + 0.00125) / (0.1275 / 99 + 0.0000125) = 99.01: the smaller. t²/99 = 0.0397689;
    # middle (0.85 + 0.0198844) / 1.0397689, half √(0.0397689 · 0.1275 + 0.0198844²) / 1.0397689.
    found = estimate(people(85, 100))
    assert (found.value, found.se) == pytest.approx((85.0, 3.58870), abs=1e-5)
    middle, half = 0.8698844 / 1.0397689, math.sqrt(0.00507053 + 0.00039539) / 1.0397689
    assert (found.low, found.upp) == pytest.approx((100 * (middle - half), 100 * (middle + half)), abs=2e-4)
    assert (found.responses, found.answers, found.clusters, found.degrees) == (100, 100, 100, 99)
    assert (found.cluster_kind, found.cautions) == (ClusterKind.RESPONDENT, ())


def test_a_pooled_ratio_by_hand():
    # n 2 1 3, y 2 0 2: R = 4/6. z = y - R n = 2/3, -2/3, 0; Σz² = 8/9. √(3/2 · 8/9) / 6 = 0.1924501.
    found = estimate([(2, 2), (1, 0), (3, 2)])
    assert (found.value, found.se) == pytest.approx((200 / 3, 19.24501), abs=1e-5)
    assert (found.responses, found.answers, found.degrees) == (3, 6, 2)


def test_strata_take_their_differences_out_of_the_variance_by_hand():
    # Stratum one 1 1 0, stratum two 0 0 1: R = 1/2. Within each Σ(z - z̄)² = 2/3; times 3/2, twice: 2. √2 / 6.
    found = estimate(people(2, 3), people(1, 3))
    assert (found.value, found.se, found.degrees) == pytest.approx((50.0, 100 * math.sqrt(2) / 6, 4))


def test_a_lonely_stratum_is_centred_at_the_mean_of_all_and_says_so():
    # 1 0 0 and alone 1: R = 1/2. Σ(z - z̄)² = 2/3, times 3/2 is 1; alone z = 1/2, its square 1/4. √1.25 / 4.
    found = estimate(people(1, 3), people(1, 1))
    assert (found.value, found.se) == pytest.approx((50.0, 100 * math.sqrt(1.25) / 4))
    assert Caution.LONELY_STRATUM in found.cautions
    assert Caution.LONELY_STRATUM not in estimate(people(1, 3), people(1, 2)).cautions


def test_a_finite_population_makes_the_error_smaller_by_the_root_of_what_was_not_sampled():
    half = estimate(people(85, 100), fraction=np.array([0.5]))
    assert half.se == pytest.approx(estimate(people(85, 100)).se * math.sqrt(0.5))
    assert half.design_effect == pytest.approx(0.5)
    everybody = estimate(people(85, 100), fraction=np.array([1.0]))
    assert (everybody.se, everybody.low, everybody.upp) == pytest.approx((0.0, 85.0, 85.0))


def test_where_all_agree_a_finite_population_narrows_the_range_and_a_census_closes_it():
    # 30 of 30 in 60: half was not sampled, so as certain as 60 draws; 60 / (60 + 2.04523²) = 0.934828.
    assert estimate(people(30, 30), fraction=np.array([0.5])).low == pytest.approx(93.4828, abs=1e-3)
    assert estimate(people(30, 30), fraction=np.array([1.0])).low == 100


def test_a_level_is_estimated_in_per_cent_of_the_best():
    # Points 5 4 3 2: mean 3.5 of 5. Σ(p - 3.5)² = 5; √(4/3 · 5) / 4 = 0.6454972 points.
    found = estimate([(1, 5), (1, 4), (1, 3), (1, 2)], **LEVEL)
    assert (found.value, found.se) == pytest.approx((70.0, 12.909944), abs=1e-6)
    assert 20 < found.low < 70 < found.upp < 100


@pytest.mark.parametrize(("first", "second", "effect"), [((3, 3), (3, 0), 5.0), ((2, 1), (2, 1), None)])
def test_the_design_effect_compares_clusters_with_as_many_people(first, second, effect):
    # All of a cluster of three alike: clusters z = ±3/2, 2 · 2 · (9/4) / 36 = 1/4; people 6/5 · 6/4 / 36 = 1/20.
    clusters = sums_of([first, second])
    crowd = sums_of(people(int(first[1] + second[1]), int(first[0] + second[0])))
    clusters = replace(clusters, responses=crowd.responses)
    found = estimate_ratios(clusters, groups=1, cluster_kind=ClusterKind.POINT_DAY, respondents=crowd, **SHARE)[0]
    if effect is None:
        assert found.design_effect == 0  # both clusters alike, though the people in them differ
        return
    assert found.design_effect == pytest.approx(effect)
    assert found.effective == pytest.approx(6 / effect)


def test_without_the_people_behind_them_clusters_have_no_design_effect():
    found = estimate(people(5, 10), cluster_kind=ClusterKind.POINT_DAY)
    assert (found.design_effect, found.effective) == (None, None)


def test_nobody_answered():
    found = estimate_ratios(sums_of(people(3, 4), groups=[1]), groups=3, **SHARE)
    assert [one.value for one in found] == [None, 75.0, None]
    nobody = found[0]
    assert (nobody.se, nobody.low, nobody.upp, nobody.design_effect, nobody.effective) == (None,) * 5
    assert (nobody.responses, nobody.answers, nobody.clusters, nobody.degrees, nobody.cautions) == (0, 0, 0, 0, ())
    assert estimate_ratios(sums_of(), groups=1, **SHARE) == [nobody]


@pytest.mark.parametrize(("options", "low"), [(SHARE, 0.0), (LEVEL, 20.0)])
def test_one_response_tells_nothing_about_others(options, low):
    found = estimate([(1, options["most"])], **options)
    assert (found.value, found.se, found.low, found.upp) == (100.0, None, low, 100.0)
    assert Caution.NO_VARIANCE in found.cautions
    assert Caution.ALL_EQUAL not in found.cautions


@pytest.mark.parametrize(
    ("draws", "options"),
    [
        (people(30, 30), SHARE),
        (people(0, 30), SHARE),
        ([(1, 4)] * 30, LEVEL),
        ([(1, 5)] * 30, LEVEL),
        ([(1, 1)] * 30, LEVEL),
        ([(16, 13)] * 1000, SHARE),
    ],
)
def test_where_all_agree_the_range_still_has_a_width(draws, options):
    found = estimate(draws, **options)
    assert found.se == 0
    assert found.upp - found.low > 0.3
    assert Caution.ALL_EQUAL in found.cautions


def test_where_all_agree_the_range_is_that_of_wilson_by_hand():
    # 30 of 30, quantile of 29 degrees 2.04523: 30 / (30 + 4.18297) = 0.877630.
    found = estimate(people(30, 30))
    assert (found.low, found.upp) == pytest.approx((87.7630, 100.0), abs=1e-3)


@pytest.mark.parametrize(
    ("draws", "cautions"),
    [
        (people(20, 30), ()),
        (people(20, 29), (Caution.FEW_RESPONSES,)),
        (people(4, 9), (Caution.FEW_RESPONSES, Caution.FEW_CLUSTERS)),
    ],
)
def test_few_responses_and_few_clusters_are_said(draws, cautions):
    assert estimate(draws).cautions == cautions


def test_draws_outside_a_domain_count_as_zeros():
    # y 1 0 of a stratum of 4 draws: R = 1/2, Σz² = 1/2, 4/3 · 1/2 over 2².
    found = estimate(people(1, 2), sampled=np.array([4]))
    assert found.se == pytest.approx(100 * math.sqrt(4 / 3 / 2) / 2)


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"y": np.array([np.nan])}, "finite"),
        ({"y": np.array([1.0, 2.0])}, "one of each kind"),
        ({"n": np.array([-1.0])}, "negative"),
        ({"group": np.array([1])}, "groups go from 0 to 0"),
        ({"y": np.array([5.0])}, "between 0 and 1"),
    ],
)
def test_sums_that_no_answers_can_have_are_refused(changed, complaint):
    with pytest.raises(ValueError, match=complaint):
        estimate_ratios(replace(sums_of(people(3, 4)), **changed), groups=1, **SHARE)


def test_a_sampling_fraction_beyond_everybody_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        estimate(people(3, 4), fraction=np.array([1.5]))


def test_a_self_selected_range_is_never_called_a_margin_of_error():
    assert MODEL_RANGE == "khoảng dao động 95%"
    assert "sai số" not in MODEL_RANGE
    assert (set(CAUTION_WORDS), set(CLUSTER_WORDS)) == (
        set(Caution),
        set(ClusterKind),
    )


def answered(most: int):
    return st.integers(1, 6).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, most * n)))


draws = st.lists(answered(1), min_size=1, max_size=30)
scales = st.sampled_from([SHARE, LEVEL])


def on(scale: dict, found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Turn satisfied answers into points where the scale has points: 1 and 5."""
    return found if scale is SHARE else [(n, n + 4 * y) for n, y in found]


@settings(max_examples=60)
@given(draws, scales, st.randoms(use_true_random=False))
def test_the_order_of_respondents_changes_nothing(found, scale, generator):
    shuffled = generator.sample(found, len(found))
    assert estimate(on(scale, shuffled), **scale) == estimate(on(scale, found), **scale)


@settings(max_examples=150)
@given(st.lists(draws, min_size=1, max_size=4), scales)
def test_every_figure_lies_in_its_range_and_no_range_is_a_point(strata, scale):
    found = estimate(*(on(scale, stratum) for stratum in strata), **scale)
    assert 100 * scale.get("least", 0) / scale["most"] - 1e-9 <= found.low <= found.value <= found.upp <= 100 + 1e-9
    assert found.upp - found.low > 1e-3


@settings(max_examples=60)
@given(draws, draws)
def test_sums_of_two_halves_of_a_stratum_add(one, other):
    parts, whole = [sums_of(half) for half in (one, other)], sums_of(one + other)
    added = {field.name: sum(getattr(part, field.name) for part in parts) for field in fields(RatioSums)}
    together = RatioSums(**(added | {"group": whole.group}))
    assert estimate_ratios(together, groups=1, **SHARE) == estimate_ratios(whole, groups=1, **SHARE)


@settings(max_examples=60)
@given(st.lists(draws, min_size=1, max_size=5))
def test_domains_estimated_together_are_those_estimated_alone(domains):
    together = estimate_ratios(sums_of(*domains, groups=list(range(len(domains)))), groups=len(domains), **SHARE)
    assert together == [estimate(domain) for domain in domains]
