"""Feedback on the agencies of the sample registry, and a round whose comments may be read."""

import pytest

from tests.integration.feedback.comments import CLOSES, make_round


@pytest.fixture(autouse=True)
def registry(sample_registry):
    """Bring in the sample registry."""


@pytest.fixture
def sealed(store, sample_registry):
    """Make a round that was sealed yesterday."""
    return make_round(store, "r1", CLOSES)
