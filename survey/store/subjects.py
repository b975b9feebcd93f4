"""What acts decide about, and the order in which it is held.

Whoever reads, decides and writes names the subject of the decision and holds it from the first read to the commit.
PostgreSQL has advisory locks for that, two numbers each: the place of the kind in the order below, and 0 for all of
the kind or a digest of one's key. Two keys with the same digest only wait for each other without need. On SQLite one
transaction writes at a time, so nothing more is held.
"""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select

# How long an act waits for its subjects, and for any other lock, before it is refused.
WAIT_SECONDS = 5.0
ALL = 0


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind of things that is decided about, or one of them; `place` is its place in the order of holding.

    `is_read` holds it against changes without keeping other readers out; `is_held` tells that it is held already.
    """

    place: int
    name: str
    key: str = ""
    is_read: bool = False
    is_held: bool = False

    def of(self, key: object) -> "Subject":
        """Return one thing of this kind; who holds all of the kind holds it too."""
        return replace(self, key=str(key))

    def read(self) -> "Subject":
        """Return the subject as a decision rests on it that does not change it."""
        return replace(self, is_read=True)

    def held(self) -> "Subject":
        """Return the subject for whoever holds it across several transactions."""
        return replace(self, is_held=True)

    def __str__(self) -> str:
        return f"{self.name} {self.key}".rstrip()


# What is only added, resting on nothing that was read: a line of the trail, a failure, a chart. Nothing is held for it.
ADDED = Subject(0, "additions", is_held=True)
# Held across several transactions, before anything else.
PUBLICATION = Subject(1, "publication of round")
SETTLING = Subject(2, "nightly work")
# Held inside one transaction, in this order.
REGISTRY = Subject(3, "registry")
ROUNDS = Subject(4, "rounds")
VISITS = Subject(5, "visits")
ACCOUNTS = Subject(6, "account")
API_KEYS = Subject(7, "API keys")
KIOSKS = Subject(8, "tablets")
PAPER = Subject(9, "paper batch")
SCREENING = Subject(10, "screening of round")
CASES = Subject(11, "feedback case")
PLANS = Subject(12, "improvement plan")
RUNS = Subject(13, "published runs")
JOBS = Subject(14, "background work")
GIVEN = Subject(15, "rows given out")


class Lock(NamedTuple):
    """One advisory lock; they are taken in the order of their numbers."""

    place: int
    number: int
    is_shared: bool


def locks_of(subjects: Iterable[Subject]) -> list[Lock]:
    """Return the locks that hold some subjects, each once, in the order in which everybody takes them.

    >>> locks_of([PLANS.of(7), REGISTRY.read()])
    [Lock(place=3, number=0, is_shared=True), Lock(place=12, number=0, is_shared=True), \
Lock(place=12, number=1790921346, is_shared=False)]
    """
    shared: dict[tuple[int, int], bool] = {}
    for subject in subjects:
        if not subject.is_held:
            for place, number, is_shared in _locks(subject):
                shared[place, number] = shared.get((place, number), True) and is_shared
    return [Lock(*key, is_shared) for key, is_shared in sorted(shared.items())]


def hold(connection: Connection, subjects: Iterable[Subject], *, seconds: float = WAIT_SECONDS) -> None:
    """Hold subjects until the transaction of a PostgreSQL connection ends; every wait in it has a limit from now on."""
    take = {True: func.pg_advisory_xact_lock_shared, False: func.pg_advisory_xact_lock}
    limit = func.set_config("lock_timeout", bindparam("limit", f"{int(1000 * seconds)}ms"), True)
    locks = (take[one.is_shared](one.place, one.number) for one in locks_of(subjects))
    connection.execute(select(limit, *locks))


def _locks(one: Subject) -> tuple[Lock, ...]:
    if not one.key:
        return (Lock(one.place, ALL, one.is_read),)
    return Lock(one.place, ALL, True), Lock(one.place, number_of(one.key), one.is_read)


def number_of(key: str) -> int:
    """Return a digest of a key as PostgreSQL's locks take it: 31 bits, never that of ALL."""
    return zlib.crc32(key.encode()) & 0x7FFFFFFF or 1
