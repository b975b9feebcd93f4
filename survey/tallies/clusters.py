"""Count by clusters, the service points' days: what standard errors rest on when people of one day are alike.

People served at one counter on one day share its queue and its staff, so their answers are not as many
independent draws. The sums are integers, and those of different service points add.
"""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from survey.tallies.layout import Characters, Integers, Layout
from survey.tallies.placing import DayTable
from survey.tallies.tally import added_up, checked_groups

# Where n, y and t begin in a packed number, and the most each of them can hold there.
SHIFTS = (0, 20, 40)
MASKS = (2**20 - 1, 2**20 - 1, 2**23 - 1)
POINTS_AT_ONCE = 100


class ClusterMoment(IntEnum):
    """The last axis of `ClusterSums.moments`: sums over clusters of their n valid answers, y satisfied ones, t points.

    CLUSTERS counts those with at least one valid answer.
    """

    CLUSTERS = 0
    NN = 1
    YY = 2
    YN = 3
    TT = 4
    TN = 5


@dataclass(frozen=True, slots=True, eq=False)
class ClusterSums:
    """Second moments over the clusters of each group: integers (groups, parts, 6).

    The parts are the dimensions, then all items together, then each item in the order of the record.
    """

    moments: Integers

    def __add__(self, other: "ClusterSums") -> "ClusterSums":
        """Return the sums over both sets of clusters, which must be different clusters of the same groups."""
        if self.moments.shape != other.moments.shape:
            raise ValueError("cluster sums add only over the same groups of the same instrument")
        return ClusterSums(self.moments + other.moments)

    def regrouped(self, index: NDArray[np.integer], size: int) -> "ClusterSums":
        """Return the sums of `size` coarser groups; group g goes into group `index[g]`."""
        return ClusterSums(added_up(self.moments, checked_groups(index, size, count=len(self.moments)), size))


class ClusterCounter:
    """Adds up answers per service point and day, then squares them; holds days × items × points numbers of 8 bytes."""

    def __init__(self, layout: Layout, *, points: int, first: date, last: date) -> None:
        self._days = DayTable(first, last)
        self._layout, self._words = layout, _words(layout)
        self._responses = np.zeros((self._days.days, points), np.int64)
        self._sums = np.zeros((self._days.days, sum(map(len, layout.dimensions)), points), np.int64)

    def add(self, records: Characters, *, points: Integers, days: Integers) -> None:
        """Count records (n, width) of the service points `points` (n,) on the days `days` (n,), written 20261121.

        Raises ValueError on a day outside the range.
        """
        places = self._days.place_of(days)
        if (places < 0).any():
            raise ValueError(f"a response is dated {days[places < 0][0]}, outside its round")
        _, items, size = self._sums.shape
        np.add.at(self._responses.reshape(-1), places * size + points, 1)
        cells, sums, columns = places * (items * size) + points, self._sums.reshape(-1), records.T.copy()
        for item, position in enumerate(chain.from_iterable(self._layout.dimensions)):
            np.add.at(sums[item * size :], cells, self._words.take(columns[position]))

    def sums(self) -> ClusterSums:
        """Return the sums of each service point over its days.

        Raises ValueError when a service point has more responses on one day than the packed numbers can hold.
        """
        most = min(MASKS[0], MASKS[2] // max(self._layout.points_of))
        if self._responses.max(initial=0) > most:
            raise ValueError(f"a service point has more than {most} responses on one day")
        days, points = self._days_seen(), self._responses.shape[1]
        lots = (self._sums[days, :, start : start + POINTS_AT_ONCE] for start in range(0, points, POINTS_AT_ONCE))
        return ClusterSums(np.concatenate([empty_clusters(self._layout, 0).moments, *map(self._squared, lots)]))

    def _days_seen(self) -> slice:
        """Return the days from the first to the last that there are responses of."""
        seen = np.flatnonzero(self._responses.any(axis=1))
        return slice(seen[0], seen[-1] + 1) if len(seen) else slice(0)

    def _squared(self, words: Integers) -> Integers:
        """Return the moments of some points (points, parts, 6) from their packed sums (days, items, points)."""
        by_item = np.stack([words >> shift & mask for shift, mask in zip(SHIFTS, MASKS, strict=True)])
        edges = np.cumsum([0, *map(len, self._layout.dimensions)])
        dimensions = [by_item[:, :, start:end].sum(axis=2) for start, end in pairwise(edges)]
        parts = (*dimensions, np.sum(dimensions, axis=0), *by_item.transpose(2, 0, 1, 3))
        return np.stack([_moments(*part) for part in parts], axis=1)


def _words(layout: Layout) -> Integers:
    """Return for each character one number that holds, side by side, if it is valid, if satisfied, and its points.

    One addition then counts all three, as long as none grows into the next.
    """
    tables = (layout.valid_of, layout.satisfied_of, layout.points_of)
    valid, satisfied, points = (np.frombuffer(table, np.uint8).astype(np.int64) for table in tables)
    return np.asarray((valid << SHIFTS[0]) + (satisfied << SHIFTS[1]) + (points << SHIFTS[2]))


def _moments(n: Integers, y: Integers, t: Integers) -> Integers:
    """Sum over the days what `ClusterMoment` names: (points, 6)."""
    products = (np.einsum("dp,dp->p", one, other) for one, other in ((n, n), (y, y), (y, n), (t, t), (t, n)))
    return np.stack([(n > 0).sum(axis=0), *products], axis=1)


def count_parts(layout: Layout) -> int:
    """Return how many parts `ClusterSums` has: dimensions, the whole, items."""
    return len(layout.dimensions) + 1 + sum(map(len, layout.dimensions))


def empty_clusters(layout: Layout, groups: int) -> ClusterSums:
    """Return the sums of no response at all."""
    return ClusterSums(np.zeros((groups, count_parts(layout), len(ClusterMoment)), np.int64))
