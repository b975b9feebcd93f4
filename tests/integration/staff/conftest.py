"""Accounts as somebody makes them: one with a one-time password, and one with a second factor."""

import pytest

from survey.operations.staff.accounts import add_staff
from survey.operations.staff.rights import Role
from tests.integration.staff.door import sign_in
from tests.integration.staff.second_lock import change
from tests.sign_in import PASSWORD, set_up_second_factor


@pytest.fixture
def one_time(store, sample_registry) -> str:
    """Make the account `lan`, of a clerk, who needs no second factor, and return its one-time password."""
    return add_staff(store, "lan", role=Role.CLERK, agency_code="SNV")


@pytest.fixture
def secret(client, store) -> str:
    """Sign the client in as the administrator `lan`, and return the secret of the second factor."""
    one_time = add_staff(store, "lan")
    sign_in(client, one_time)
    change(client, one_time)
    return set_up_second_factor(client)


@pytest.fixture
def at_the_code(app, secret):
    """Return another client of `lan` that has given the password only."""
    other = app.test_client()
    sign_in(other, PASSWORD)
    return other
