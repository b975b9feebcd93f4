"""The index weighted by visits, against hand arithmetic."""

import math
from dataclasses import replace
from datetime import date, timedelta

import pytest

from survey.analysis.figures.domains import sum_by
from survey.analysis.figures.indices import compute_rows
from survey.analysis.figures.results import OVERALL, Domain
from survey.analysis.weights.weighted import Visits, weighted_rows
from survey.errors import WeightingError
from survey.instrument import load_instrument
from survey.responses import AnswerRecord
from survey.tallies import count_blocks, layout_of

SIPAS = load_instrument("sipas-2023")
FIRST = date(2026, 3, 1)
POINTS = (
    Domain("Sở", "A", "Sở A", "P1", "Quầy 1"),
    Domain("Sở", "A", "Sở A", "P2", "Quầy 2"),
    Domain("Sở", "B", "Sở B", "P3"),
)


def counted(*answers, apart=7):
    """Count (place of the service point, answer to A1) pairs, each response in a week of its own."""
    lines = [
        f"{place + 1:03}{FIRST + timedelta(apart * number)}{AnswerRecord.pack(SIPAS, {'A1': symbol})}"
        for number, (place, symbol) in enumerate(answers)
    ]
    days = (FIRST, FIRST + timedelta(60))
    return count_blocks(
        ["".join(lines).encode()], layout_of(SIPAS), service_points=(1, 2, 3), point_digits=3, days=days
    )


EIGHT_ANSWERS = (0, "5"), (0, "5"), (0, "4"), (0, "4"), (1, "2"), (1, "2"), (2, "5"), (2, "1")
EIGHT = counted(*EIGHT_ANSWERS)
ALL_COUNTED = Visits({"P1": 40, "P2": 80, "P3": 20}, {})


def weighted(visits, by, sums=EIGHT):
    made = weighted_rows(sums, POINTS, visits, SIPAS, by=by)
    return {row.domain.agency_code: row for row in made.rows if row.part == OVERALL}, made.weighting


def test_each_service_point_counts_as_much_as_the_people_it_served():
    rows, weighting = weighted(ALL_COUNTED, ("agency",))
    # A: weights 40/4 = 10 and 80/2 = 40: (10×18 + 40×4) of 5×(10×4 + 40×2) = 340/600; unweighted 22/30.
    assert rows["A"].index == pytest.approx(100 * 340 / 600, rel=1e-12)
    # Satisfied: 10×4 of 120.
    assert rows["A"].percent_satisfied == pytest.approx(100 * 40 / 120, rel=1e-12)
    # B: one service point, so the weight changes nothing: 6 of 10 points.
    assert rows["B"].index == pytest.approx(60, rel=1e-12)
    # Kish: 8 × (4×10² + 2×40² + 2×10²) / (4×10 + 2×40 + 2×10)² = 8 × 3800 / 140².
    assert weighting.effect == pytest.approx(8 * 3800 / 140**2, rel=1e-12)
    assert weighting.represented == 100


def test_everything_together_with_its_standard_error_by_strata():
    (row,) = weighted(ALL_COUNTED, ())[0].values()
    # Σwy = 10×18 + 40×4 + 10×6 = 400, Σwn = 140, R = 400/140.
    ratio = 400 / 140
    assert row.index == pytest.approx(100 * ratio / 5, rel=1e-12)
    # Each response has a day and a week of its own, and no agency has ten from which to tell how alike days are, so
    # the draw is the response. Stratum by stratum m/(m−1) Σ w²(z − z̄)²:
    # P1 5,5,4,4 → 4/3 × 100 × 1; P2 2,2 → 0; P3 5,1 → 2 × 100 × 8.
    variance = (4 / 3 * 100 * 1 + 0 + 2 * 100 * 8) / 140**2
    assert row.estimate.se == pytest.approx(100 / 5 * math.sqrt(variance), rel=1e-12)
    assert row.estimate.degrees == 8 - 3
    assert row.estimate.design_effect is None


def test_responses_of_one_week_are_one_draw():
    (row,) = weighted(ALL_COUNTED, (), counted(*(EIGHT_ANSWERS), apart=1))[0].values()
    # On Sunday P1 had a 5; in the week after P1 had 5, 4 and 4, P2 had 2 and 2, P3 had 5 and 1.
    z = {points: points - 400 / 140 for points in (1, 2, 4, 5)}
    by_week = [[10 * z[5], 10 * (z[5] + 2 * z[4])], [40 * 2 * z[2]], [10 * (z[5] + z[1])]]
    variance = sum(
        len(drawn) / (len(drawn) - 1) * sum((one - sum(drawn) / len(drawn)) ** 2 for one in drawn)
        if len(drawn) > 1
        else drawn[0] ** 2
        for drawn in by_week
    )
    assert row.estimate.degrees == 4 - 3
    assert row.estimate.se == pytest.approx(100 / 5 * math.sqrt(variance) / 140, rel=1e-12)


def test_where_a_service_point_was_not_counted_its_agency_s_visits_stand_for_all():
    rows, _ = weighted(Visits({"P1": 40, "P3": 20}, {"A": 600, "B": 20}), ())
    # A: 600/6 = 100 for each of six responses with 22 points; B: 20/2 = 10 for two with 6.
    assert rows[""].index == pytest.approx(100 * (100 * 22 + 10 * 6) / (5 * (100 * 6 + 10 * 2)), rel=1e-12)


def test_equal_weights_give_the_unweighted_figures():
    rows, weighting = weighted(Visits({"P1": 4, "P2": 2, "P3": 2}, {}), ("agency", "dimension"))
    plain = {row.domain.agency_code: row for row in _plain() if row.part == OVERALL}
    assert {code: row.index for code, row in rows.items()} == pytest.approx(
        {code: row.index for code, row in plain.items()}, rel=1e-12
    )
    assert weighting.effect == pytest.approx(1)


def _plain():
    return compute_rows(sum_by(EIGHT, POINTS, by=("agency",)), SIPAS, by=("agency", "dimension"))


def test_visits_without_responses_are_told_and_not_made_up():
    rows, weighting = weighted(ALL_COUNTED, ("agency",), counted((0, "5"), (0, "4")))
    assert rows["B"].index is None
    assert weighting.without_responses == ("P2", "P3")
    # 40 of 140 visits fell to the service point with responses.
    assert weighting.represented == pytest.approx(100 * 40 / 140, rel=1e-12)


@pytest.mark.parametrize("visits", [Visits({"P1": 40, "P2": 80}, {}), Visits({}, {}), Visits({}, {"A": 0, "B": 5})])
def test_responses_without_visits_are_refused_by_name(visits):
    with pytest.raises(WeightingError, match="responses, but no visits counted"):
        weighted(visits, ())


def test_nothing_to_weigh_is_refused():
    with pytest.raises(WeightingError):
        weighted(ALL_COUNTED, (), counted())


def test_a_mean_of_ratios_is_refused():
    other = replace(SIPAS, method=replace(SIPAS.method, aggregation="mean_of_items"))
    with pytest.raises(WeightingError, match="cannot be weighted"):
        weighted_rows(EIGHT, POINTS, ALL_COUNTED, other, by=())
