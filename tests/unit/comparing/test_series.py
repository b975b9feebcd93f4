"""A series in time: what may be joined by a line, and what may be subtracted."""

from datetime import date

import pytest

from survey.analysis.comparing.comparison import Origin, Verdict
from survey.analysis.comparing.series import Point, make_series
from survey.analysis.figures.estimates import ClusterKind, Estimate
from survey.errors import RoundError
from survey.fieldwork import SamplingBasis

# National figures (docs/methodology.md, section 8): 87.16 is background, the others are published.
OFFICIAL = {2019: 84.45, 2020: 85.48, 2021: 87.16, 2022: 80.08, 2023: 82.66, 2024: 83.94}
FORMULAS = {"sipas-2017": ("H1", "P1"), "sipas-2022": ("L1", "P1"), "sipas-2023": ("L1", "P1")}


def point(year: int, value: float, instrument: str, basis: SamplingBasis = SamplingBasis.PROBABILITY) -> Point:
    """Return the figure of a year, as if 36,000 people had given it with a standard error of 0.2 points."""
    figure = Estimate(value, 0.2, None, None, 36_000, 500_000, 1_000, ClusterKind.RESPONDENT, 999, None, None)
    return Point(Origin(str(year), instrument, FORMULAS[instrument], basis), date(year, 7, 1), figure)


def official(year: int) -> Point:
    return point(year, OFFICIAL[year], "sipas-2017" if year < 2022 else "sipas-2023")


def years(points: tuple[Point, ...]) -> list[int]:
    return [at.opens.year for at in points]


def test_no_line_is_drawn_across_the_change_of_ruler_in_2022():
    series = make_series(map(official, OFFICIAL))
    assert [years(segment) for segment in series.segments] == [[2019, 2020, 2021], [2022, 2023, 2024]]


def test_the_break_names_both_questionnaires_and_what_differs():
    (found,) = make_series(map(official, OFFICIAL)).breaks
    assert (found.before.instrument, found.after.instrument) == ("sipas-2017", "sipas-2023")
    assert (found.before.round_code, found.after.round_code) == ("2021", "2022")
    assert found.reasons == ("instrument", "formulas")


def test_no_difference_is_computed_across_the_break():
    steps = make_series(map(official, OFFICIAL)).steps
    # 84.45 → 85.48 → 87.16 | 80.08 → 82.66 → 83.94
    assert [step.value if step.value is None else round(step.value, 2) for step in steps] == [
        1.03,
        1.68,
        None,
        2.58,
        1.28,
    ]
    assert [step.verdict for step in steps].count(Verdict.NOT_COMPARABLE) == 1
    assert steps[2].verdict is Verdict.NOT_COMPARABLE
    assert (steps[2].p, steps[2].low) == (None, None)


def test_the_steps_of_a_series_are_one_family_of_tests():
    # The two smallest p-values times their places cannot both stay as they are.
    steps = [step for step in make_series(map(official, OFFICIAL)).steps if step.p is not None]
    smallest = min(steps, key=lambda step: step.p)
    assert smallest.p_holm == pytest.approx(4 * smallest.p)


def test_another_questionnaire_with_the_same_formula_breaks_the_series_too():
    series = make_series([point(2022, 80.0, "sipas-2022"), point(2023, 82.0, "sipas-2023")])
    assert (len(series.segments), series.breaks[0].reasons) == (2, ("instrument",))


def test_another_sampling_basis_breaks_the_series():
    walk_up = point(2024, 90.0, "sipas-2023", SamplingBasis.SELF_SELECTED)
    series = make_series([point(2023, 82.0, "sipas-2023"), walk_up])
    assert (len(series.segments), series.breaks[0].reasons) == (2, ("basis",))


def test_going_back_to_an_older_questionnaire_breaks_the_series_twice():
    asked = ("sipas-2022", "sipas-2023", "sipas-2022")
    series = make_series(point(2022 + place, 80.0, instrument) for place, instrument in enumerate(asked))
    assert (len(series.segments), len(series.breaks)) == (3, 2)
    assert {step.verdict for step in series.steps} == {Verdict.NOT_COMPARABLE}


def test_points_are_put_in_the_order_of_their_days():
    series = make_series(official(year) for year in (2024, 2022, 2023))
    assert [years(segment) for segment in series.segments] == [[2022, 2023, 2024]]


def test_a_round_without_a_figure_keeps_its_place_and_is_not_tested():
    nobody = Estimate(None, None, None, None, 0, 0, 0, ClusterKind.RESPONDENT, 0, None, None)
    empty = Point(official(2023).origin, date(2023, 7, 1), nobody)
    series = make_series([official(2022), empty, official(2024)])
    assert [years(segment) for segment in series.segments] == [[2022, 2023, 2024]]
    assert [step.verdict for step in series.steps] == [Verdict.TOO_FEW, Verdict.TOO_FEW]


def test_a_round_comes_only_once():
    with pytest.raises(RoundError, match="2023 came again"):
        make_series([official(2023), official(2024), official(2023)])


def test_no_round_and_one_round_are_series_too():
    assert make_series([]).segments == ()
    alone = make_series([official(2024)])
    assert (len(alone.segments), alone.breaks, alone.steps) == (1, (), ())
