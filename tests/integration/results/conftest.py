"""A round with responses at every service point."""

import pytest

from tests.integration.results.answered_rounds import add_responses


@pytest.fixture
def filled(store, round_of_2023_form):
    """Give every service point of the sample registry some responses on a few days."""
    add_responses(store, 600, seed=1)
    return store
