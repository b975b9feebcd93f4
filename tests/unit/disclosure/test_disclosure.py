"""The disclosure engine against hand arithmetic: which cells are hidden, why, and that it is always the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.analysis.disclosure.decide import WithheldReason, decide, withheld_rows
from survey.analysis.disclosure.tables import Total, make_table
from survey.analysis.figures.results import OVERALL, Domain, IndexRow
from survey.errors import DisclosureError
from survey.instrument.model import LocalText


def one_total(**counts):
    """Return a table of cells that add up to “all”."""
    cells = {name: [count] for name, count in counts.items()}
    return make_table(cells | {"all": [sum(counts.values())]}, [Total("all", tuple(counts))])


def two_way(rows, *, whole=None):
    """Return a table of rows and columns with their totals; cells are named (row, column), “+” is the sum."""
    width = len(rows[0])
    cells = {(r, c): [row[c]] for r, row in enumerate(rows) for c in range(width)}
    cells |= {(r, "+"): [sum(row)] for r, row in enumerate(rows)}
    cells |= {("+", c): [sum(row[c] for row in rows)] for c in range(width)}
    cells["+", "+"] = [sum(map(sum, rows))]
    lines = [*range(len(rows)), "+"]
    totals = [Total((r, "+"), tuple((r, c) for c in range(width))) for r in lines]
    totals += [Total(("+", c), tuple((r, c) for r in range(len(rows)))) for c in [*range(width), "+"]]
    return make_table(cells, totals, whole=whole)


def test_a_small_cell_takes_the_smallest_other_one_with_it():
    # 49 - 30 = 19 is all that can be said of a and b together, and each of them may be 0 to 19.
    assert decide(one_total(a=4, b=15, c=30)).reasons == {"a": WithheldReason.FEW, "b": WithheldReason.COMPLEMENT}


def test_small_cells_that_are_few_even_together_take_a_third():
    # a + b = 7: alone they would be known to within 7.
    assert decide(one_total(a=4, b=3, c=30, d=20)).reasons == {
        "a": WithheldReason.FEW,
        "b": WithheldReason.FEW,
        "d": WithheldReason.COMPLEMENT,
    }


def test_small_cells_that_are_ten_together_take_nothing():
    assert decide(one_total(a=4, b=6, c=30)).reasons == {"a": WithheldReason.FEW, "b": WithheldReason.FEW}


def test_nothing_is_hidden_where_nothing_is_small():
    decision = decide(one_total(a=10, b=15, c=30))
    assert (decision.reasons, decision.unprotected) == ({}, ())


def test_that_nobody_answered_is_no_secret_and_takes_nothing_with_it():
    decision = decide(one_total(dissolved=0, b=15, c=30))
    assert decision.reasons == {"dissolved": WithheldReason.NO_RESPONSES}
    assert not decision.hides("dissolved")


def test_a_two_way_table_hides_a_rectangle():
    # (0, 0) = 3 needs one more in its row and one in its column, and these need one more where they meet.
    decision = decide(two_way([[3, 20, 40], [12, 25, 50], [30, 35, 60]]))
    assert decision.reasons == {
        (0, 0): WithheldReason.FEW,
        (0, 1): WithheldReason.COMPLEMENT,
        (1, 0): WithheldReason.COMPLEMENT,
        (1, 1): WithheldReason.COMPLEMENT,
    }


def test_a_ring_of_small_cells_that_cannot_move_is_opened():
    # Every row and column has 10 hidden responses, but around the ring one step up for (0, 0) is one step
    # down for (0, 1), up for (1, 1), down for (1, 2), up for (2, 2), down for (2, 0): 1 either way, 2 in all.
    rows = [[1, 9, 40], [50, 9, 1], [9, 60, 9]]
    assert min(rows[0][0], rows[1][1], rows[2][2]) + min(rows[0][1], rows[1][2], rows[2][0]) == 2
    decision = decide(two_way(rows))
    few = {name for name, reason in decision.reasons.items() if reason == WithheldReason.FEW}
    assert few == {(0, 0), (0, 1), (1, 1), (1, 2), (2, 0), (2, 2)}
    assert WithheldReason.COMPLEMENT in decision.reasons.values()
    assert decision.unprotected == ()


@pytest.mark.parametrize(("responses", "shown"), [(29, False), (30, True)])
@pytest.mark.parametrize("satisfied", [0, 1])
def test_all_or_none_satisfied_is_not_shown_below_thirty_responses(responses, shown, satisfied):
    same = (responses, responses, satisfied * responses)
    mixed = (200, 200, 150)
    both = tuple(a + b for a, b in zip(same, mixed, strict=True))
    decision = decide(make_table({"same": same, "mixed": mixed, "all": both}, [Total("all", ("same", "mixed"))]))
    expected = {} if shown else {"same": WithheldReason.EXTREME, "mixed": WithheldReason.COMPLEMENT}
    assert decision.reasons == expected


def test_what_is_left_of_a_total_must_not_say_the_same_of_everybody_either():
    # a and b are few; together they are 14 people who are all satisfied, which 54 - 40 and 44 - 30 tell.
    sums = {"a": (6, 6, 6), "b": (8, 8, 8), "c": (40, 40, 30), "d": (50, 50, 30), "all": (104, 104, 74)}
    decision = decide(make_table(sums, [Total("all", ("a", "b", "c", "d"))]))
    assert decision.reasons == {"a": WithheldReason.FEW, "b": WithheldReason.FEW, "c": WithheldReason.COMPLEMENT}


@pytest.mark.parametrize(("others", "reason"), [(29, WithheldReason.EXTREME), (30, WithheldReason.NO_RESPONSES)])
def test_an_empty_category_of_people_is_a_secret_of_small_groups(others, reason):
    sums = {"young": [0], "old": [others - 12], "middle": [12], "agency": [others]}
    whole = dict.fromkeys(("young", "old", "middle"), "agency")
    decision = decide(make_table(sums, [Total("agency", ("young", "old", "middle"))], whole=whole))
    assert decision.reasons["young"] == reason


def test_a_few_newcomers_are_not_shown_and_cannot_be_worked_out():
    # a gains 3, b 12 and c 20: a's new value would give 3 people away, and so would 120 - b - c.
    first = decide(one_total(a=20, b=25, c=40))
    second = decide(one_total(a=23, b=37, c=60), earlier=[first])
    assert first.reasons == {}
    assert second.reasons == {"a": WithheldReason.DIFFERENCE, "b": WithheldReason.COMPLEMENT}


def test_newcomers_hidden_together_must_be_ten_together():
    # a gains 3 and b 4: known to be 7 together, so that c must go too although each of them has 20 or more.
    first = decide(one_total(a=20, b=25, c=40, d=50))
    second = decide(one_total(a=23, b=29, c=60, d=80), earlier=[first])
    assert second.reasons == {
        "a": WithheldReason.DIFFERENCE,
        "b": WithheldReason.DIFFERENCE,
        "c": WithheldReason.COMPLEMENT,
    }
    assert second.unprotected == ()


def test_a_release_is_compared_with_all_before_it():
    # 20 → (23, hidden) → 26: the third is 6 more than the first, and the second does not show.
    first = decide(one_total(a=20, b=25, c=40))
    second = decide(one_total(a=23, b=37, c=60), earlier=[first])
    third = decide(one_total(a=26, b=60, c=90), earlier=[first, second])
    assert third.reasons["a"] == WithheldReason.DIFFERENCE


def test_newcomers_who_all_say_the_same_are_not_shown():
    first = decide(make_table({"a": (40, 40, 30)}, []))
    agreeing = decide(make_table({"a": (52, 52, 42)}, []), earlier=[first])
    mixed = decide(make_table({"a": (52, 52, 41)}, []), earlier=[first])
    assert (agreeing.reasons, mixed.reasons) == ({"a": WithheldReason.DIFFERENCE}, {})


def test_responses_struck_out_count_like_those_that_came():
    first = decide(one_total(a=20, b=25, c=40))
    second = decide(one_total(a=18, b=25, c=40), earlier=[first])
    assert second.reasons["a"] == WithheldReason.DIFFERENCE
    assert second.unprotected == ()


def test_what_was_published_too_openly_before_is_named():
    # An earlier release without any rule showed a total and one of two parts; nothing can take that back.
    earlier = decide(one_total(a=4, b=30))
    careless = type(earlier)(earlier.table, {"a": WithheldReason.FEW})
    assert decide(one_total(a=40, b=50), earlier=[careless]).unprotected == ("a",)


def test_a_single_cell_and_everything_small():
    assert decide(make_table({"a": [9]}, [])).reasons == {"a": WithheldReason.FEW}
    assert decide(make_table({"a": [10]}, [])).reasons == {}
    assert decide(one_total(a=1, b=2, c=3)).reasons == dict.fromkeys(("a", "b", "c", "all"), WithheldReason.FEW)
    # 12 together may be said: each of the three may then be 0 to 12.
    assert decide(one_total(a=5, b=4, c=3)).reasons == dict.fromkeys(("a", "b", "c"), WithheldReason.FEW)


@pytest.mark.parametrize(
    ("sums", "totals", "said"),
    [
        ({}, [], "at least one cell"),
        ({"a": [1], "b": [2, 2]}, [], "the same measures"),
        ({"a": [-1]}, [], "none of them negative"),
        ({"a": [1.5]}, [], "whole numbers"),
        ({"a": [10], "all": [10]}, [Total("all", ("a", "b"))], "'b'"),
        ({"a": [10], "b": [20], "all": [31]}, [Total("all", ("a", "b"))], "'all' has 31 responses.*30 together"),
        ({"a": (10, 20), "all": (9, 21)}, [Total("all", ("a",), over_parts=True)], "'all' has 21 answers.*20 together"),
    ],
)
def test_what_cannot_be_protected_is_refused_with_a_clear_word(sums, totals, said):
    with pytest.raises(DisclosureError, match=said):
        make_table(sums, totals)


def test_releases_of_different_measures_are_refused():
    with pytest.raises(DisclosureError, match="same measures"):
        decide(make_table({"a": [20]}, []), earlier=[decide(make_table({"a": (20, 20)}, []))])


COUNTS = st.integers(0, 60)
TABLES = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(COUNTS, min_size=width, max_size=width), min_size=2, max_size=4)
)


@settings(max_examples=60, deadline=None)
@given(TABLES)
def test_a_decision_is_stable_and_every_small_cell_is_hidden(rows):
    table = two_way(rows)
    decision = decide(table)
    assert decision.reasons == decide(table).reasons
    assert decision.unprotected == ()
    for name, count in zip(table.names, table.responses.tolist(), strict=True):
        assert decision.hides(name) or count == 0 or count >= 10


def row(agency, part, responses, answers):
    domain, label = Domain("Khối", agency, agency), LocalText(part, part)
    return IndexRow(domain, part, label, 80.0, 80.0, 80.0, responses, answers, 0, 0)


def agency_rows(agency, a, b):
    return [row(agency, "access", a, 3 * a), row(agency, "outcome", b, 3 * b), row(agency, OVERALL, a, 3 * (a + b))]


def test_the_total_gives_way_before_an_agency():
    rows = [*agency_rows("X", 9, 9), *agency_rows("Y", 40, 40), *agency_rows("Z", 60, 60)]
    total = agency_rows("", 109, 109)
    hidden = withheld_rows(rows, total)
    assert hidden == {*rows[:3], *total}


def test_a_dimension_nobody_answered_takes_no_other_with_it():
    rows = [*agency_rows("X", 40, 0), *agency_rows("Y", 50, 60)]
    total = agency_rows("", 90, 60)
    assert withheld_rows(rows, total) == {rows[1]}


def test_without_rows_nothing_is_withheld():
    assert withheld_rows([], []) == frozenset()
