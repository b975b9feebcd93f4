"""A published round, and a program that reads everything of it."""

import pytest

from survey.operations.publishing.publishing import publish_run
from tests.beginnings import beginning
from tests.conftest import sample_round
from tests.integration.api.program import SAID, TODAY, add_responses, with_key


@beginning
def published(store):
    """Publish what SAID says, as the round r1, and return the run."""
    sample_round(store)
    add_responses(store, SAID)
    return publish_run(store, "r1", today=TODAY)


@pytest.fixture
def program(client, store):
    """Return a program with a key that reads everything."""
    return with_key(client, store)
