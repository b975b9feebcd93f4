"""Who may do what: every staff route, asked for real as every role with things of the own and of another agency."""

import pytest

from survey.operations.staff.rights import PERMISSIONS, Role
from tests.guards.rights_matrix import ASKERS, COLUMNS, MATRIX, NOT_MADE, SIGN_IN, read_matrix, sample_matrix

ADD = "python -m tests.guards.rights_matrix --write, then read the new lines"


@pytest.fixture(scope="module")
def matrix(tmp_path_factory):
    """Make an application to be asked."""
    with sample_matrix(tmp_path_factory.mktemp("rights")) as made:
        yield made


def test_every_staff_route_has_a_line_and_every_line_a_route(matrix) -> None:
    listed, answered = set(read_matrix()), set(matrix.routes())
    assert sorted(answered - listed) == [], f"routes without a line in {MATRIX.name}: {ADD}"
    assert sorted(listed - answered) == [], f"lines of {MATRIX.name} without a route: take them out"


def test_every_line_has_every_column() -> None:
    wrong = {route: line for route, line in read_matrix().items() if tuple(line) != COLUMNS or not all(line.values())}
    assert wrong == {}


def test_the_application_answers_as_the_matrix_says(matrix) -> None:
    wrong = []
    for route, expected in read_matrix().items():
        if route in matrix.routes():
            answered = matrix.line(route)
            wrong += [
                (route, name, expected[name], answered[name]) for name in COLUMNS if expected[name] != answered[name]
            ]
    assert wrong == [], "route, column, expected, answered"


def test_the_matrix_says_what_the_roles_say(matrix) -> None:
    """A role without the permission a route declares is refused, and only such a role; strangers sign in first."""
    wrong = []
    for route, line in read_matrix().items():
        if route not in matrix.routes():
            continue
        permission = matrix.permission(route)
        for asker in ASKERS:
            allowed = asker.role is not None and permission in PERMISSIONS[asker.role]
            # The front page of others leads an auditor to the trail.
            led_home = (route, asker.role) == ("GET /staff/", Role.AUDITOR)
            refused = {True: "403", False: SIGN_IN}[asker.role is not None]
            if not led_home and (line[asker.column] in ("403", SIGN_IN)) is allowed:
                wrong.append((route, asker.column, line[asker.column], "allowed" if allowed else refused))
    assert wrong == [], "route, column, the matrix says, the roles say"


def test_what_is_asked_for_exists_so_that_a_404_means_out_of_reach() -> None:
    missing = {route for route, line in read_matrix().items() if line["administrator"] != "ok"}
    assert missing == NOT_MADE, "an administrator reaches everything; make the things of the route in rights_things.py"


def test_nobody_reaches_more_of_another_agency_than_of_the_own_one() -> None:
    order = {"ok": 1, "404": 0, "403": 0, SIGN_IN: 0}
    wrong = [
        (route, role)
        for route, line in read_matrix().items()
        for role in ("manager", "clerk")
        if order[line[f"{role}_other"]] > order[line[f"{role}_own"]]
    ]
    assert wrong == []
