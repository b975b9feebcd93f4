"""Withheld agencies of a sum are one stratum whose days are not looked at."""

from random import Random

import numpy as np
import pytest

from survey.analysis.figures.domains import Strata, sum_by
from survey.analysis.figures.estimates import Form, estimate_ratios
from survey.analysis.figures.indices import compute_rows
from survey.analysis.figures.pooling import Pooled, pooled, without_days
from survey.analysis.figures.uncertainty import PartSums, SumPlace, Worth, part_sums
from survey.analysis.pipeline import analyse_round, rows_above, told_by_shown
from survey.tallies import ClusterCounter, Counted, Draw, layout_of, tally
from tests.provinces import OPENS, SHARES, UNTIL, publish, uneven_province
from tests.unit.figures.test_two_way import SIPAS, counted, province

LAYOUT = layout_of(SHARES)
# For each agency its days, on each day the answers to the first item.
SHOWN = (("55", "54", "22", "45", "11", "35", "54", "33", "25", "51", "44", "21"),)
HIDDEN = (("5551",), ("4422", "5", "5", "1"))


def strata_of(*agencies: tuple[str, ...]) -> Strata:
    """Return the strata of agencies, all of one domain."""
    answers = [
        (number, day, one) for number, own in enumerate(agencies) for day, some in enumerate(own) for one in some
    ]
    records = np.frombuffer("".join(f"{one}..." for *_, one in answers).encode(), np.uint8).reshape(-1, 4)
    groups = np.array([number for number, *_ in answers])
    counter = ClusterCounter(LAYOUT, points=len(agencies), first=OPENS, last=OPENS.replace(day=30))
    counter.add(records, points=groups, days=np.array([20260901 + day for _, day, _ in answers]))
    counts = tally(records, LAYOUT, groups=groups, size=len(agencies))
    return Strata(np.zeros(len(agencies), np.int64), Counted(counts, counter.sums()))


def sums_of(strata: Strata) -> PartSums:
    return part_sums(strata, SumPlace(len(LAYOUT.dimensions) + 1, 0), Worth(Form.SHARE, 0, 1), SHARES.scale)


def pooled_sums(*hidden: tuple[str, ...]) -> tuple[PartSums, Pooled]:
    strata = strata_of(*SHOWN, *hidden)
    made = pooled(strata, ["A", *(f"H{number}" for number in range(len(hidden)))], {"H0", "H1"})
    return without_days(sums_of(made.strata), made), made


def test_the_scatter_of_the_pool_is_that_of_its_people_times_what_days_add_among_the_shown():
    found, made = pooled_sums(*HIDDEN)
    assert made.pools.tolist() == [False, True]
    # Shown: 24 answers on 12 days, 13 satisfied; hidden: 11 answers, 7 satisfied. R = 20/35.
    ratio = 20 / 35
    days = [sum(one in "45" for one in day) for day in SHOWN[0]]
    by_day = np.var([good - 2 * ratio for good in days], ddof=1) * 12
    by_person = np.var([1] * 13 + [0] * 11, ddof=1) * 24
    people = np.var([1] * 7 + [0] * 4, ddof=1) * 11
    expected = people * max(1, by_day / by_person)
    pool = found.ways[Draw.POINT_DAY]
    squares = pool.yy[1] - 2 * ratio * pool.yn[1] + ratio**2 * pool.nn[1]
    assert sum(days) == 13
    assert squares == pytest.approx(expected, rel=1e-12)
    # Σn² of a day is 4 and of a respondent 1, so the pool's 11 answers count as days of two.
    assert (pool.nn[1], pool.draws[1], pool.n[1], pool.y[1]) == (pytest.approx(22), 0, 11, 7)


def test_draws_and_degrees_are_those_of_the_shown_agency_and_the_figure_is_everybodys():
    found, _ = pooled_sums(*HIDDEN)
    one = estimate_ratios(found.ways[Draw.POINT_DAY], groups=1, most=1, form=Form.SHARE, respondents=found.respondents)[
        0
    ]
    assert (one.clusters, one.degrees, one.answers) == (12, 11, 35)
    assert one.value == pytest.approx(100 * 20 / 35)


def test_how_the_hidden_agencies_share_their_people_and_days_changes_nothing():
    other = (("4", "2", "5", "1", "4", "2"), ("5", "5", "1", "5", "5"))
    assert sorted("".join("".join(days) for days in other)) == sorted("".join("".join(days) for days in HIDDEN))
    first, second = (pooled_sums(*hidden)[0] for hidden in (HIDDEN, other))
    kinds = [(first.respondents, second.respondents), *((first.ways[draw], second.ways[draw]) for draw in Draw)]
    for kind in kinds:
        for name in ("draws", "n", "y", "nn", "yy", "yn", "responses", "answers"):
            one, another = (getattr(each, name).tolist() for each in kind)
            assert one == another


def _told(people, withheld):
    """Return all estimates of agencies and above them, as a publication that withholds some agencies tells them."""
    found, points = counted(people)
    sums = told_by_shown(sum_by(found, points, by=("agency",)), withheld)
    agencies = compute_rows(sums, SIPAS, by=("agency", "dimension", "item"))
    above = [row for by in (("block",), ()) for row in rows_above(sums, SIPAS, by=(*by, "item"), withheld=withheld)]
    hidden = frozenset().union(*withheld.values())
    return [row.estimate for row in (*agencies, *above) if row.domain.agency_code not in hidden]


def test_on_which_days_withheld_agencies_were_answered_changes_no_digit_of_any_other_figure():
    # The likeness of answers is pooled over agencies and part of every range, so only shown ones may be in it.
    people = province(3, agencies=8)
    hidden = {"S1", "S4"}
    withheld = dict.fromkeys([item.code for item in SIPAS.items], frozenset(hidden))
    shuffled = Random(5)
    days = [day for agency, _, day, _ in people if agency in hidden]
    shuffled.shuffle(days)
    dealt = iter(days)
    other = [(agency, counter, next(dealt) if agency in hidden else day, said) for agency, counter, day, said in people]
    assert other != people
    assert _told(people, withheld) == _told(other, withheld)
    # Not by chance: with nothing withheld the same days change the ranges of the others.
    mine = [one for one in _told(people, {}) if one is not None]
    assert mine != [one for one in _told(other, {}) if one is not None]


def test_without_anything_withheld_nothing_changes():
    strata = strata_of(*SHOWN, *HIDDEN)
    whole = sums_of(strata)
    assert without_days(whole, None) is whole
    assert without_days(whole, pooled(strata, ["A", "H0", "H1"], frozenset())) is whole


def test_a_sum_of_withheld_agencies_only_has_no_error_over_days():
    strata = strata_of(*HIDDEN)
    made = pooled(strata, ["H0", "H1"], {"H0", "H1"})
    found = without_days(sums_of(made.strata), made)
    one = estimate_ratios(found.ways[Draw.POINT_DAY], groups=1, most=1, form=Form.SHARE, respondents=found.respondents)[
        0
    ]
    assert (one.se, one.low, one.upp, one.clusters) == (None, 0, 100, 0)


def test_ranges_above_agencies_stay_about_as_wide_as_with_all_strata():
    widths = []
    for seed in range(1, 21, 2):
        published = publish(uneven_province(seed, SHARES), UNTIL[-1]).published
        each = analyse_round(published.sums, published.instrument, published.survey_round).total
        for apart, row in zip(each, published.analysis.total, strict=True):
            if apart.estimate.se and row.estimate.se and apart.estimate.cluster_kind is row.estimate.cluster_kind:
                widths.append(row.estimate.se / apart.estimate.se)
    assert len(widths) > 30
    assert 0.95 <= np.median(widths) <= 1.25
