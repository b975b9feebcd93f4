"""Ranks, ties, groups and who is left out, against hand counts and published ranks."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.analysis.figures.estimates import ClusterKind, Estimate
from survey.analysis.ranking.rank_sets import QUANTILE
from survey.analysis.ranking.ranking import Ranking, Unranked, as_printed, rank_block, rank_change
from survey.errors import RankingError, UnknownCodeError
from survey.reports.words import ORDER_WARNING, UNRANKED_WORDS, word_rank_change


def estimate(value: float | None, arm: float = 2.0, *, responses: int = 99, degrees: float = 98.0) -> Estimate:
    low, upp = (None, None) if value is None else (max(value - arm, 0), min(value + arm, 100))
    se = None if value is None else arm / QUANTILE
    return Estimate(value, se, low, upp, responses, responses, responses, ClusterKind.RESPONDENT, degrees, 1.0, None)


def ranking_of(*values: float | None, arm: float = 2.0) -> Ranking:
    """Return the ranking of units A, B, C … with these figures."""
    return rank_block("Sở", {chr(65 + place): estimate(value, arm) for place, value in enumerate(values)}, draws=999)


def ranks_of(ranking: Ranking) -> dict[str, int | None]:
    return {row.unit: row.rank for row in ranking.rows}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([90.0, 85.0, 80.0], [1, 2, 3]),
        ([90.0, 85.0, 85.0, 80.0], [1, 2, 2, 4]),
        ([85.0, 85.0, 80.0], [1, 1, 3]),
        ([80.0, 80.0, 80.0], [1, 1, 1]),
        # 82.664 and 82.661 are both printed 82.66, 82.665 is printed 82.67 (half up).
        ([82.661, 82.664, 82.665], [2, 2, 1]),
        # 0.0001 apart on either side of the half: not a tie, because people see two figures.
        ([82.6649, 82.6650], [2, 1]),
    ],
)
def test_equal_at_two_decimals_is_a_tie_and_the_next_rank_is_skipped(values: list[float], expected: list[int]):
    ranking = ranking_of(*values)
    assert [ranking.row_of(chr(65 + place)).rank for place in range(len(values))] == expected
    assert [row.tied for row in ranking.rows] == [expected.count(row.rank) > 1 for row in ranking.rows]


def test_rounding_is_half_up_on_the_figure_a_person_would_see():
    # 82.665 lies below its decimal value in binary; banker's rounding would give 82.66 as well.
    assert (as_printed(82.665), as_printed(2.675), as_printed(100.0)) == tuple(
        map(Decimal, ("82.67", "2.68", "100.00"))
    )


def test_tied_units_stand_by_code_so_that_none_seems_better():
    ranking = rank_block("Sở", {"Z": estimate(82.664), "A": estimate(82.661), "M": estimate(90.0)}, draws=999)
    assert [row.unit for row in ranking.rows] == ["M", "A", "Z"]


def test_published_order_of_2023():
    # Quảng Ninh 90.61, Thái Nguyên 90.29 and Hải Dương 90.23 led the provinces in 2023, in this order.
    ranking = rank_block("Tỉnh", {"HD": estimate(90.23), "QN": estimate(90.61), "TN": estimate(90.29)}, draws=999)
    assert ranks_of(ranking) == {"QN": 1, "TN": 2, "HD": 3}
    # They lie within 0.38 points, each within ± 2: none can be told from another.
    assert ranking.groups == (("QN", "TN", "HD"),)


@pytest.mark.parametrize(
    ("left_out", "reason"),
    [
        (estimate(95.0, responses=29), Unranked.FEW_RESPONSES),
        (estimate(None, responses=0), Unranked.NO_FIGURE),
        (estimate(float("nan")), Unranked.NO_FIGURE),
        (estimate(95.0, arm=0.0), Unranked.NO_RANGE),  # all agree and nothing else is known: not known exactly
        (estimate(95.0, degrees=0.0), Unranked.NO_RANGE),
        (Estimate(95.0, None, None, None, 40, 40, 1, ClusterKind.POINT_DAY, 0.0, None, None), Unranked.NO_RANGE),
        (Estimate(95.0, 1.0, float("nan"), 97.0, 40, 40, 40, ClusterKind.RESPONDENT, 39.0, 1.0, 40), Unranked.NO_RANGE),
    ],
)
def test_who_cannot_be_ranked_comes_last_with_the_reason_and_takes_nobodys_place(left_out: Estimate, reason: Unranked):
    ranking = rank_block("Sở", {"A": left_out, "B": estimate(80.0), "C": estimate(90.0)}, draws=999)
    assert [(row.unit, row.rank) for row in ranking.rows] == [("C", 1), ("B", 2), ("A", None)]
    last = ranking.rows[-1]
    assert last.unranked is reason
    assert (last.rank_low, last.rank_upp, last.joint_low, last.joint_upp, last.groups) == (None, None, None, None, ())
    assert [row.unit for row in ranking.ranked] == ["C", "B"]
    assert "chưa xếp hạng" in UNRANKED_WORDS[reason]


def test_thirty_responses_are_enough():
    assert rank_block("Sở", {"A": estimate(80.0, responses=30)}).rows[0].rank == 1


def test_a_unit_whose_answers_all_agree_is_ranked_by_its_range_and_not_taken_for_exact():
    # 30 of 30 satisfied: no standard error, but Wilson's range begins at 30 / (30 + 1.96²) = 88.65.
    agreed = Estimate(100.0, 0.0, 88.65, 100.0, 30, 30, 30, ClusterKind.RESPONDENT, 29.0, None, None)
    ranking = rank_block("Sở", {"A": agreed, "B": estimate(93.0), "C": estimate(70.0)}, draws=999)
    assert [(row.unit, row.rank, row.rank_low, row.rank_upp) for row in ranking.rows] == [
        ("A", 1, 1, 2),
        ("B", 2, 1, 2),
        ("C", 3, 3, 3),
    ]


def test_fewer_responses_than_the_official_formula_asks_are_named():
    # N = 1,000 transactions ask for 286 responses, N = 50 for 45 (table of the ministry's guidance).
    estimates = {"A": estimate(80.0), "B": estimate(85.0), "C": estimate(90.0, responses=12)}
    ranking = rank_block("Sở", estimates, official_sizes={"A": 286, "B": 45, "C": 286, "elsewhere": 45}, draws=999)
    assert {row.unit: row.below_official for row in ranking.rows} == {"A": True, "B": False, "C": True}


def test_groups_are_runs_of_neighbours_that_may_overlap():
    # ± 2 each and five units (studentised range 3.858): apart from 3.858/√2 / 1.96 · √(2² + 2²) = 3.9 points on.
    ranking = ranking_of(90.0, 87.0, 84.0, 83.5, 70.0)
    assert ranking.groups == (("A", "B"), ("B", "C", "D"), ("E",))
    assert [row.groups for row in ranking.rows] == [(1,), (1, 2), (2,), (2,), (3,)]


def test_a_run_ends_where_any_two_inside_would_differ():
    # B is so uncertain that it differs from nobody, yet A and C do: no run holds all three.
    estimates = {"A": estimate(90.0), "B": estimate(87.0, 30.0), "C": estimate(84.0)}
    assert rank_block("Sở", estimates, draws=999).groups == (("A", "B"), ("B", "C"))


def test_the_pair_that_differs_need_not_hold_the_first_of_the_run():
    # A is so uncertain that it differs from nobody; B and C, within ± 1, are 4 points apart.
    estimates = {"A": estimate(90.0, 30.0), "B": estimate(88.0, 1.0), "C": estimate(84.0, 1.0)}
    assert rank_block("Sở", estimates, draws=999).groups == (("A", "B"), ("C",))


def test_a_unit_that_differs_from_nobody_may_have_any_rank():
    estimates = {"A": estimate(90.0), "B": estimate(87.0, 30.0), "C": estimate(84.0)}
    row = rank_block("Sở", estimates, draws=999).row_of("B")
    assert (row.joint_low, row.joint_upp) == (1, 3)


def test_an_empty_block_one_unit_and_equal_units():
    empty = rank_block("Sở", {})
    assert (empty.rows, empty.groups) == ((), ())
    assert rank_block("Sở", {"A": estimate(80.0)}).groups == (("A",),)
    alike = ranking_of(80.0, 80.0, 80.0)
    assert alike.groups == (("A", "B", "C"),)
    assert {(row.rank, row.rank_low, row.rank_upp) for row in alike.rows} == {(1, 1, 3)}


def test_nobody_with_enough_responses_is_a_ranking_without_ranks():
    ranking = rank_block("Sở", {"A": estimate(80.0, responses=3), "B": estimate(None, responses=0)})
    assert (ranking.ranked, ranking.groups) == ((), ())


def test_two_units_far_apart_have_one_rank_each():
    assert [(row.rank_low, row.rank_upp) for row in ranking_of(90.0, 70.0).rows] == [(1, 1), (2, 2)]


def test_a_figure_outside_its_range_is_refused():
    wrong = Estimate(95.0, 1.0, 80.0, 90.0, 99, 99, 99, ClusterKind.RESPONDENT, 98.0, 1.0, None)
    with pytest.raises(RankingError, match="outside"):
        rank_block("Sở", {"A": wrong})


def test_a_unit_of_another_block_is_named():
    with pytest.raises(UnknownCodeError, match="XYZ"):
        ranking_of(80.0).row_of("XYZ")


def test_the_warning_of_a_plain_order_says_what_it_is_not_for():
    assert "không dùng riêng thứ tự này" in ORDER_WARNING


@pytest.mark.parametrize(
    ("before", "after", "change", "words"),
    # 21 → 11 is printed “tăng 10 bậc”; Sơn La went from 6 to 17 in 2022.
    [(21, 11, 10, "tăng 10 bậc"), (6, 17, -11, "giảm 11 bậc"), (4, 4, 0, "giữ nguyên thứ hạng")],
)
def test_a_rise_is_counted_in_places(before: int, after: int, change: int, words: str):
    assert rank_change(before, after) == change
    assert word_rank_change(change, "vi") == words


@pytest.mark.parametrize(("before", "after"), [(None, 3), (3, None), (None, None)])
def test_without_two_ranks_there_is_no_change(before: int | None, after: int | None):
    assert rank_change(before, after) is None


CENTS = st.lists(st.integers(0, 10_000), min_size=1, max_size=15)


@given(st.data(), CENTS)
@settings(max_examples=40, deadline=None)
def test_ranks_and_ties_survive_every_increasing_relabelling(data: st.DataObject, cents: list[int]):
    old = sorted(set(cents))
    new = sorted(data.draw(st.sets(st.integers(0, 10_000), min_size=len(old), max_size=len(old))))
    relabelled = [new[old.index(cent)] for cent in cents]
    before, after = (ranking_of(*(cent / 100 for cent in each)) for each in (cents, relabelled))
    assert ranks_of(before) == ranks_of(after)
    assert [row.tied for row in before.rows] == [row.tied for row in after.rows]


@given(CENTS, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_in_which_units_are_given_changes_nothing(cents: list[int], random):
    units = [(f"{place:02}", estimate(cent / 100)) for place, cent in enumerate(cents)]
    shuffled = random.sample(units, len(units))
    assert rank_block("Sở", dict(units), draws=199) == rank_block("Sở", dict(shuffled), draws=199)


@given(CENTS)
@settings(max_examples=40, deadline=None)
def test_ranks_count_who_is_printed_higher_and_lie_in_their_sets(cents: list[int]):
    for row in ranking_of(*(cent / 100 for cent in cents)).rows:
        own = cents[ord(row.unit) - 65]
        assert row.rank == 1 + sum(cent > own for cent in cents)
        assert row.joint_low <= row.rank_low <= row.rank <= row.rank_upp <= row.joint_upp


@given(CENTS)
@settings(max_examples=40, deadline=None)
def test_groups_are_runs_none_of_which_lies_in_another_and_everybody_is_in_one(cents: list[int]):
    ranking = ranking_of(*(cent / 100 for cent in cents))
    order = [row.unit for row in ranking.rows]
    starts = [order.index(group[0]) for group in ranking.groups]
    ends = [order.index(group[-1]) for group in ranking.groups]
    assert [tuple(order[start : end + 1]) for start, end in zip(starts, ends, strict=True)] == list(ranking.groups)
    assert starts == sorted(set(starts))
    assert ends == sorted(set(ends))
    assert set(order) == {unit for group in ranking.groups for unit in group}
