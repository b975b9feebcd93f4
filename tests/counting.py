"""Count a round as a publication does."""

from survey.operations.counting.counting import CountedRound, count_round
from survey.store.engine import Store


def counted_round(store: Store, code: str = "r1") -> CountedRound:
    """Return all responses of a round counted in a reading of their own."""
    with store.reading() as connection:
        return count_round(connection, code)
