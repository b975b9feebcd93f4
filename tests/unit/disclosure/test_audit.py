"""The audit against counting by hand, against all whole-number tables, and against a programme of its own."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from survey.analysis.disclosure.audit import helpful_cells, narrow_cells
from survey.analysis.disclosure.decide import decide
from survey.analysis.disclosure.programme import programme_of
from survey.analysis.disclosure.tables import Total, Worths, make_table
from tests.intervals import intervals

ROWS, COLUMNS = 2, 3


def two_way(cells, measures=None):
    """Return a table of rows and columns with shown totals; `measures` turns a cell into its measures."""
    cells = {place: measures[place] if measures else (count,) for place, count in cells.items()}
    lines, places = sorted({place[0] for place in cells}), sorted({place[1] for place in cells})
    added = {(line, "+"): sums_of(cells[line, place] for place in places) for line in lines}
    added |= {("+", place): sums_of(cells[line, place] for line in lines) for place in places}
    totals = [Total((line, "+"), tuple((line, place) for place in places)) for line in lines]
    totals += [Total(("+", place), tuple((line, place) for line in lines)) for place in places]
    return make_table(cells | added, totals)


def sums_of(cells):
    return tuple(map(sum, zip(*cells, strict=True)))


def hidden_of(table, names):
    return np.array([name in names for name in table.names])


def places_of(table, names):
    return np.array([table.names.index(name) for name in names])


def test_the_rectangle_by_hand():
    # (0, 0) steps up with (1, 1) and down with (0, 1), (1, 0): down by min(3, 25) = 3, up by min(20, 12) = 12.
    table = two_way({(0, 0): 3, (0, 1): 20, (1, 0): 12, (1, 1): 25})
    names = [(0, 0), (0, 1), (1, 0), (1, 1)]
    found = intervals(table, hidden_of(table, names), places_of(table, names))
    assert found.tolist() == pytest.approx(np.array([[0, 15], [8, 23], [0, 15], [22, 37]]))


def test_a_cell_alone_in_a_sum_is_known_and_one_in_no_sum_is_not_bounded():
    table = make_table({"a": [4], "b": [30], "all": [34], "lone": [7]}, [Total("all", ("a", "b"))])
    found = intervals(table, hidden_of(table, ["a", "lone"]), places_of(table, ["a", "lone"]))
    assert found.tolist() == [[4, 4], [0, np.inf]]


def test_satisfied_answers_tell_a_base_that_the_bases_alone_do_not():
    # The first row is all satisfied and the second is not at all, so that the satisfied answers of a column
    # are its people in the first row: 12. By the bases alone (0, 0) may be 12 - 11 to 12 + 15.
    cells = {(0, 0): 12, (0, 1): 15, (1, 0): 20, (1, 1): 11}
    satisfied = {place: (count, count, count if place[0] == 0 else 0) for place, count in cells.items()}
    alone, together = two_way(cells), two_way(cells, satisfied)
    hidden = hidden_of(alone, list(cells))
    assert intervals(alone, hidden, np.array([0])).tolist() == pytest.approx(np.array([[1, 27]]))
    assert intervals(together, hidden, np.array([0])).tolist() == pytest.approx(np.array([[12, 12]]))
    assert len(narrow_cells(alone, hidden, hidden, width=10)) == 0
    assert 0 in narrow_cells(together, hidden, hidden, width=10)


def test_the_base_of_the_whole_bounds_the_base_of_a_part():
    # Of 21 people who answered E, at most 10 are in a and at most 12 in b: a has 9 or 10.
    sums = {"a": [10], "b": [12], "all": [22], "aE": [9], "bE": [12], "allE": [21]}
    totals = [Total("all", ("a", "b")), Total("allE", ("aE", "bE"))]
    table = make_table(sums, totals, within=[("aE", "a"), ("bE", "b")])
    found = intervals(table, hidden_of(table, ["aE", "bE"]), places_of(table, ["aE", "bE"]))
    assert found.tolist() == pytest.approx(np.array([[9, 10], [11, 12]]))


def test_answers_and_points_bound_the_people_who_gave_them():
    # a and b gave 6 + 24 answers, at most 3 each; b and c share no sum with people: a has 6/3 = 2 to 30 people.
    sums = {"a": (3, 6, 6, 30), "b": (9, 24, 0, 24), "both": (11, 30, 6, 54)}
    totals = [Total("both", ("a", "b"), over_parts=True)]
    table = make_table(sums, totals, items={"a": 3, "b": 3, "both": 6}, worths=Worths(1, 3, 4, 5))
    found = intervals(table, hidden_of(table, ["a", "b"]), places_of(table, ["a", "b"]))
    # 6 satisfied answers of 5 points and 24 others of 1 point is the only way to 54 points with 6 satisfied;
    # how they are split between a and b is not bound, so both may have 0 to 30 answers.
    assert found.tolist() == pytest.approx(np.array([[0, 30], [0, 30]]))


def test_helpful_cells_are_those_that_hold_a_narrow_one_back():
    table = two_way({(0, 0): 4, (0, 1): 20, (1, 0): 30, (1, 1): 40})
    (found,) = helpful_cells(table, hidden_of(table, [(0, 0), (0, 1)]), np.array([0]), width=10)
    helpful = {table.names[cell] for cell in found}
    assert helpful <= {(1, 0), (1, 1), ("+", 0), ("+", 1)}
    assert helpful


def all_tables(table, hidden):
    """Return the lowest and highest count of each hidden cell over all whole-number tables with the same totals."""
    size = ROWS * COLUMNS
    true = table.responses[:size].reshape(ROWS, COLUMNS)
    most = np.minimum(true.sum(axis=1)[:, None], true.sum(axis=0)[None, :]).ravel()
    values = [range(most[cell] + 1) if hidden[cell] else [int(true.ravel()[cell])] for cell in range(size)]
    tried = np.array(list(product(*values))).reshape(-1, ROWS, COLUMNS)
    fits = (tried.sum(axis=2) == true.sum(axis=1)).all(axis=1) & (tried.sum(axis=1) == true.sum(axis=0)).all(axis=1)
    found = tried[fits].reshape(-1, size)[:, np.flatnonzero(hidden[:size])]
    return np.stack([found.min(axis=0), found.max(axis=0)], axis=1)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 5), min_size=ROWS * COLUMNS, max_size=ROWS * COLUMNS),
    st.lists(st.booleans(), min_size=ROWS * COLUMNS, max_size=ROWS * COLUMNS).filter(any),
)
def test_intervals_are_those_of_all_whole_number_tables(counts, hides):
    # The sums of a two-way table are totally unimodular, so that whole numbers make no difference.
    table = two_way(dict(zip(product(range(ROWS), range(COLUMNS)), counts, strict=True)))
    hidden = np.array(hides + [False] * (ROWS + COLUMNS))
    found = intervals(table, hidden, np.flatnonzero(hidden))
    assert np.allclose(found, all_tables(table, hidden))
    width = found[:, 1] - found[:, 0]
    open_ = set(narrow_cells(table, hidden, hidden, width=3).tolist())
    assert bool(open_) == bool((width < 3 - 1e-6).any())
    assert set(np.flatnonzero(hidden)[width < 3 - 1e-6].tolist()) <= open_


def whole_number_width(counts, hidden, shown_totals, cell):
    """Return the width of a cell's interval by an integer programme written down here for two-way tables."""
    rows, columns = counts.shape
    size = counts.size
    lines = [np.arange(size).reshape(rows, columns)[row] for row in range(rows)]
    lines += [np.arange(size).reshape(rows, columns)[:, column] for column in range(columns)]
    kept = [line for line, shown in zip(lines, shown_totals, strict=True) if shown]
    matrix = np.array([np.isin(np.arange(size), line) for line in kept], float).reshape(-1, size)
    held = matrix @ counts.ravel()
    low = np.where(hidden, 0, counts.ravel())
    high = np.where(hidden, 1000, counts.ravel())
    weights = (np.arange(size) == cell).astype(float)
    ends = [
        milp(sign * weights, constraints=LinearConstraint(matrix, held, held), bounds=Bounds(low, high), integrality=1)
        for sign in (1, -1)
    ]
    return -ends[1].fun - ends[0].fun


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=2, max_size=3))
def test_what_is_published_leaves_every_hidden_cell_at_least_ten_wide(rows):
    counts = np.array(rows)
    cells = {(r, c): int(counts[r, c]) for r in range(len(rows)) for c in range(3)}
    table = two_way(cells)
    decision = decide(table)
    assert decision.unprotected == ()
    hidden = np.array([decision.hides(place) for place in cells])
    totals = [(r, "+") for r in range(len(rows))] + [("+", c) for c in range(3)]
    shown = [not decision.hides(name) for name in totals]
    for cell in np.flatnonzero(hidden):
        assert whole_number_width(counts, hidden, shown, cell) >= 10


def test_dissatisfied_answers_tell_a_base_that_the_other_measures_do_not():
    # Half of the points come from dissatisfied answers of 2 and half from others of 3, all of the first row from the
    # former: the dissatisfied answers of the first column are its people in the first row, 12. Nobody is satisfied,
    # and every row has points of its own, so that levels do not tell the rows apart.
    cells = {(0, 0): 12, (0, 1): 15, (1, 0): 20, (1, 1): 11}
    worth = {(0, 0): 1, (0, 1): 2, (1, 0): 3, (1, 1): 3}
    measures = {place: (count, count, 0, worth[place] * count) for place, count in cells.items()}
    dissatisfied = {place: (*one, one[0] if place[0] == 0 else 0) for place, one in measures.items()}
    worths = Worths(1, 3, 4, 5, bad=2, middle=3)
    known, table = (replace(two_way(cells, one), worths=worths) for one in (measures, dissatisfied))
    hidden = hidden_of(known, list(cells))
    low, upp = intervals(known, hidden, np.array([0]))[0]
    assert upp - low > 1
    assert intervals(table, hidden, np.array([0])).tolist() == pytest.approx(np.array([[12, 12]]))


def test_who_is_neither_satisfied_nor_dissatisfied_gives_the_points_between():
    # a and b together gave 20 answers, 10 satisfied and none dissatisfied, 70 points: 10 answers of 3 and 10 of 4.
    # With b's base unknown, a can have given any of them, but never 2 points or fewer a head: 0 to 20 answers.
    sums = {"a": (12, 12, 6, 42, 0), "b": (8, 8, 4, 28, 0), "both": (20, 20, 10, 70, 0)}
    table = make_table(sums, [Total("both", ("a", "b"))], worths=Worths(1, 3, 4, 5, bad=2, middle=3))
    programme = programme_of(table, hidden_of(table, ["a", "b"]))
    steps = programme.less @ np.array([0, 0, 0, -7, 0, 0, 0, 0, 7, 0], float)
    # a with 35 points of 12 answers, 6 of them satisfied, would be fewer than 6 * 3 + 6 * 4 = 42.
    assert (steps > programme.room + 1e-9).any()
