"""A round that was answered, to make packs of."""

import pytest

from tests.integration.exports.packs import POINTS, answer


@pytest.fixture
def answered(store, round_of_2023_form):
    """Answer at two counters often enough to be shown, and at a third not."""
    for times, point in zip((60, 25, 4), POINTS, strict=True):
        answer(store, point, times=times, seed=times)
    return store
