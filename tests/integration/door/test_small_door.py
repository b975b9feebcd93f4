"""The door takes little: small bodies, as many tries as a network has, and numbers that rows can have."""

import ast
from pathlib import Path

import pytest

from survey.operations.staff.accounts import add_staff
from survey.operations.staff.rights import Role
from survey.web.door.kept_form import MOST_ALONE
from tests.integration.staff.door import sign_in

FORMS = Path(__file__).parents[3] / "survey" / "forms"


@pytest.fixture
def one_time(store, sample_registry) -> str:
    """Make the account `lan`, of a clerk, who needs no second factor, and return its one-time password."""
    return add_staff(store, "lan", role=Role.CLERK, agency_code="SNV")


def test_forms_that_cannot_be_right_are_counted_for_their_network(client, one_time) -> None:
    codes = [sign_in(client, "x" * 300, username=f"n{number}").status_code for number in range(31)]
    assert codes == [400] * 30 + [429]
    assert sign_in(client, one_time).status_code == 429


def test_a_port_behind_the_address_is_no_other_network(app, one_time) -> None:
    client = app.test_client()
    codes = []
    for number in range(31):
        form = {"username": f"n{number}", "password": "sai"}
        from_port = {"REMOTE_ADDR": f"203.0.113.7:{40_000 + number}"}
        codes.append(client.post("/staff/sign-in", data=form, environ_base=from_port).status_code)
    assert codes == [403] * 30 + [429]


def test_a_form_of_the_door_is_small_unless_it_carries_another_one(client, one_time) -> None:
    assert sign_in(client, "sai", filler="x" * (MOST_ALONE - 500)).status_code == 403
    assert sign_in(client, "sai", filler="x" * MOST_ALONE).status_code == 413
    carrying = {"username": "lan", "password": "sai", "kept-path": "/staff/rounds", "kept.title": "x" * MOST_ALONE}
    page = client.post("/staff/sign-in?carries=1", data=carrying)
    assert page.status_code == 403
    assert 'action="/staff/sign-in?carries=1"' in page.text


@pytest.mark.parametrize("number", [2**31, 10**19, "9" * 5_000])
@pytest.mark.parametrize("path", ["kiosks/{}/revoke", "posters/batches/{}", "plans/{}", "people/{}", "entry/{}"])
def test_a_number_no_row_has_leads_nowhere(admitted, path, number) -> None:
    assert admitted.get(f"/staff/{path.format(number)}").status_code == 404


def test_every_number_of_a_form_is_one_a_row_can_have() -> None:
    plain = []
    for path in FORMS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            coerced = [ast.unparse(word.value) for word in node.keywords if word.arg == "coerce"] if called else []
            if called == "IntegerField" or "int" in coerced:
                plain.append((path.name, node.lineno))
    assert plain == []
