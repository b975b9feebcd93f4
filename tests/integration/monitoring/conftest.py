"""A round of three weeks, and who looks at it."""

import pytest

from survey.operations.staff.rights import Role
from tests.conftest import open_sample_round
from tests.integration.monitoring.coming_in import WARD
from tests.sign_in import admit


@pytest.fixture
def round_of_three_weeks(store, sample_registry) -> str:
    """Open a round that began 20 days ago and ends in 10."""
    return open_sample_round(store, "r1", "sipas-2023", opened_days_ago=20, days=30)


@pytest.fixture
def admin(client, store):
    """Return a client signed in as an administrator."""
    admit(client, store)
    return client


@pytest.fixture
def clerk(client, store, sample_registry):
    """Return a client signed in as a clerk of the ward."""
    admit(client, store, username="mai", role=Role.CLERK, agency=WARD)
    return client
