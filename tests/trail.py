"""The audit trail as tests look at it: the lines in the order they were written, worded as people read them."""

from survey.operations.keeping.deeds import detail_in_words
from survey.store.engine import Store
from survey.store.staff.audit import Deed, TrailQuery, read_all


def deeds_of(store: Store, *acts: str) -> list[Deed]:
    """Return the lines of some acts, or of all, the oldest first."""
    with store.reading() as connection:
        found = list(read_all(connection, TrailQuery()))
    return [one for one in reversed(found) if not acts or one.act in acts]


def told_of(store: Store, *acts: str) -> list[str]:
    """Return what those lines say besides who did what."""
    return [detail_in_words(one) for one in deeds_of(store, *acts)]
