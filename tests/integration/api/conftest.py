"""A published round, and a program that reads everything of it."""

import pytest

from survey.operations.publishing.publishing import publish_run
from tests.integration.api.program import SAID, TODAY, add_responses, with_key


@pytest.fixture
def published(store, round_of_2023_form):
    """Publish what SAID says, as the round r1, and return the run."""
    add_responses(store, SAID)
    return publish_run(store, "r1", today=TODAY)


@pytest.fixture
def program(client, store):
    """Return a program with a key that reads everything."""
    return with_key(client, store)
