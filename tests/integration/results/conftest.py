"""A round with responses at every service point."""

from tests.beginnings import beginning
from tests.conftest import sample_round
from tests.integration.results.answered_rounds import add_responses


@beginning
def filled(store):
    """Give every service point of the sample registry some responses on a few days."""
    sample_round(store)
    add_responses(store, 600, seed=1)
