"""What a unit needs to climb, by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.analysis.figures.estimates import ClusterKind, Estimate
from survey.analysis.ranking.climbing import ClimbAnswer, DimensionShare, equal_lift, needed_to_climb
from survey.analysis.ranking.ranking import Ranking, as_printed, rank_block
from survey.errors import RankingError, UnknownCodeError
from survey.reports.words import CLIMB_WORDS


def estimate(value: float, arm: float = 2.0, *, responses: int = 99) -> Estimate:
    low, upp = max(value - arm, 0), min(value + arm, 100)
    return Estimate(value, 1.0, low, upp, responses, responses, responses, ClusterKind.RESPONDENT, 98.0, 1.0, None)


def ranking_of(*values: float) -> Ranking:
    return rank_block("Sở", {chr(65 + place): estimate(value) for place, value in enumerate(values)}, draws=199)


@pytest.mark.parametrize(
    ("places", "value", "gap", "rank"),
    # Others: 90.00, 85.50, 84.00; own 80.00. One place up means above 84.00, two above 85.50, three above 90.00.
    [(1, 84.01, 4.01, 3), (2, 85.51, 5.51, 2), (3, 90.01, 10.01, 1), (9, 90.01, 10.01, 1)],
)
def test_a_unit_must_be_printed_above_whoever_stands_there(places: int, value: float, gap: float, rank: int):
    climb = needed_to_climb(ranking_of(90.0, 85.5, 84.0, 80.0), "D", places)
    assert (climb.answer, climb.value, climb.gap, climb.rank) == (ClimbAnswer.NEEDS, value, gap, rank)


def test_figures_are_those_printed():
    # 84.005 is printed 84.01 and 80.004 is printed 80.00: 84.02 is needed, 4.02 more.
    climb = needed_to_climb(ranking_of(84.005, 80.004), "B", 1)
    assert (climb.value, climb.gap) == (84.02, 4.02)


def test_passing_tied_units_brings_a_unit_past_all_of_them():
    # 1-2-2-4: there is no third place; above 85.00 the fourth becomes the second.
    climb = needed_to_climb(ranking_of(90.0, 85.0, 85.0, 80.0), "D", 1)
    assert (climb.value, climb.rank) == (85.01, 2)


def test_a_tied_unit_climbs_past_the_one_above_not_past_its_equals():
    climb = needed_to_climb(ranking_of(90.0, 85.0, 85.0, 80.0), "C", 1)
    assert (climb.value, climb.rank) == (90.01, 1)


def test_just_above_one_unit_may_be_level_with_the_next():
    # Above 84.00 is 84.01, and that is what the first has: both are then first.
    climb = needed_to_climb(ranking_of(84.01, 84.0, 80.0), "C", 1)
    assert (climb.value, climb.rank) == (84.01, 1)


@pytest.mark.parametrize("unit", ["A", "B"])
def test_the_first_and_who_is_tied_with_it_are_told_so(unit: str):
    climb = needed_to_climb(ranking_of(90.0, 90.0, 80.0), unit, 1)
    assert (climb.answer, climb.rank, climb.value, climb.gap) == (ClimbAnswer.ALREADY_FIRST, 1, None, None)


def test_one_hundred_cannot_be_passed():
    climb = needed_to_climb(ranking_of(100.0, 80.0), "B", 1)
    assert (climb.answer, climb.rank, climb.value) == (ClimbAnswer.OUT_OF_REACH, 2, None)


def test_one_hundred_can_be_reached():
    assert needed_to_climb(ranking_of(99.99, 80.0), "B", 1).value == 100.0


def test_who_has_no_rank_has_nothing_to_climb():
    ranking = rank_block("Sở", {"A": estimate(80.0, responses=12), "B": estimate(70.0)}, draws=199)
    climb = needed_to_climb(ranking, "A", 1)
    assert (climb.answer, climb.rank) == (ClimbAnswer.NOT_RANKED, None)
    assert needed_to_climb(ranking, "B", 1).answer is ClimbAnswer.ALREADY_FIRST


def test_a_figure_within_the_units_own_range_may_come_by_chance():
    ranking = ranking_of(90.0, 81.0, 80.0)  # the range of C ends at 82
    assert needed_to_climb(ranking, "C", 1).within_range
    assert not needed_to_climb(ranking, "C", 2).within_range


@pytest.mark.parametrize("places", [0, -1])
def test_standing_still_is_no_climb(places: int):
    with pytest.raises(RankingError, match="one place or more"):
        needed_to_climb(ranking_of(90.0, 80.0), "B", places)


def test_a_unit_of_another_block_is_named():
    with pytest.raises(UnknownCodeError, match="XYZ"):
        needed_to_climb(ranking_of(90.0, 80.0), "XYZ", 1)


def test_every_answer_has_words():
    assert CLIMB_WORDS.keys() == set(ClimbAnswer)
    text = CLIMB_WORDS[ClimbAnswer.NEEDS].format(value="84,01", gap="4,01", rank=3)
    assert text == "Cần đạt 84,01% (tăng thêm 4,01 điểm phần trăm) để lên hạng 3"


def test_all_dimensions_lifted_alike_reach_the_figure_needed():
    # Answers 200, 100, 100: (2·78 + 80 + 84) / 4 = 80.00. The gap to 84.01 is 4.01 in each dimension.
    shares = {"access": DimensionShare(78.0, 200), "officials": DimensionShare(80.0, 100)}
    shares["outcome"] = DimensionShare(84.0, 100)
    climb = needed_to_climb(ranking_of(84.0, 80.0), "B", 1, dimensions=shares)
    assert climb.dimensions == pytest.approx({"access": 82.01, "officials": 84.01, "outcome": 88.01})


def test_a_dimension_stops_at_one_hundred_and_the_others_take_over():
    # (99 + 97 + 80) / 3 = 92; to 96 the sum must rise by 12: 1 in the first, 3 in the second, so 8 in the third.
    shares = {code: DimensionShare(value, 1) for code, value in (("a", 99.0), ("b", 97.0), ("c", 80.0))}
    assert equal_lift(shares, 96.0) == pytest.approx({"a": 100.0, "b": 100.0, "c": 88.0})
    assert equal_lift(shares, 100.0) == pytest.approx({"a": 100.0, "b": 100.0, "c": 100.0})


def test_dimensions_of_another_figure_are_refused():
    with pytest.raises(RankingError, match="do not make the figure of B"):
        needed_to_climb(ranking_of(90.0, 80.0), "B", 1, dimensions={"access": DimensionShare(81.0, 1)})


@pytest.mark.parametrize(
    "shares",
    [
        {},
        {"a": DimensionShare(80.0, 0)},
        {"a": DimensionShare(80.0, -1), "b": DimensionShare(80.0, 2)},
        {"a": DimensionShare(80.0, float("nan"))},
        {"a": DimensionShare(float("nan"), 1)},
        {"a": DimensionShare(101.0, 1)},
    ],
)
def test_dimensions_that_cannot_be_weighed_are_refused(shares: dict[str, DimensionShare]):
    with pytest.raises(RankingError):
        needed_to_climb(ranking_of(90.0, 80.0), "B", 1, dimensions=shares)


@pytest.mark.parametrize("target", [79.99, 100.01, float("nan")])
def test_a_lift_goes_up_and_not_beyond_one_hundred(target: float):
    with pytest.raises(RankingError, match="no lift"):
        equal_lift({"a": DimensionShare(80.0, 1)}, target)


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=12), st.integers(1, 12), st.data())
@settings(max_examples=60, deadline=None)
def test_with_the_figure_needed_the_unit_stands_there_and_with_a_hundredth_less_it_does_not(
    cents: list[int], places: int, data: st.DataObject
):
    values = [cent / 100 for cent in cents]
    place = data.draw(st.integers(0, len(values) - 1))
    unit, ranking = chr(65 + place), ranking_of(*values)
    climb, rank = needed_to_climb(ranking, unit, places), ranking.row_of(unit).rank
    if climb.answer is not ClimbAnswer.NEEDS:
        return
    lifted = ranking_of(*values[:place], climb.value, *values[place + 1 :]).row_of(unit).rank
    assert lifted == climb.rank <= max(rank - places, 1)
    # A hundredth less is what somebody who stands there has: at best a tie with them.
    assert as_printed(climb.value - 0.01) in {as_printed(value) for value in values}


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(1, 500)), min_size=1, max_size=6), st.floats(0, 1))
@settings(max_examples=100, deadline=None)
def test_the_lift_is_the_same_for_all_who_have_room_and_makes_the_target(drawn: list[tuple[float, int]], part: float):
    shares = {str(place): DimensionShare(value, weight) for place, (value, weight) in enumerate(drawn)}
    total = sum(weight for _, weight in drawn)
    mean = sum(value * weight for value, weight in drawn) / total
    target = min(mean + part * (100 - mean), 100.0)
    lifted = equal_lift(shares, max(target, mean))
    assert sum(lifted[code] * share.weight for code, share in shares.items()) / total == pytest.approx(target, abs=1e-6)
    lifts = [lifted[code] - share.value for code, share in shares.items() if lifted[code] < 100 - 1e-6]
    assert max(lifts, default=0) == pytest.approx(min(lifts, default=0), abs=1e-6)
    assert all(lifted[code] - share.value + 1e-9 >= 0 for code, share in shares.items())
