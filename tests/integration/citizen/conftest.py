"""A service point in an open round."""

import pytest

from tests.integration.citizen.counters import Counter


@pytest.fixture
def counter(app, store, round_of_2023_form):
    """Return a service point in an open round that began a week ago."""
    return Counter(app, store)
