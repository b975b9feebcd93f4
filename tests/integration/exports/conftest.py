"""A round that was answered, to make packs of."""

from tests.beginnings import beginning
from tests.conftest import sample_round
from tests.integration.exports.packs import POINTS, answer


@beginning
def answered(store):
    """Answer at two counters often enough to be shown, and at a third not."""
    sample_round(store)
    for times, point in zip((60, 25, 4), POINTS, strict=True):
        answer(store, point, times=times, seed=times)
