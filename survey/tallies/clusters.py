"""Count by clusters: what standard errors rest on when people of one day or one week are alike.

People served at one counter on one day share its queue and its staff, all counters of an agency share its day, and a
counter's week has its own official and its own backlog. Their answers are not as many independent draws. The sums
are integers, and those of different agencies add.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from survey.tallies.layout import Characters, Integers, RecordLayout
from survey.tallies.placing import DayTable
from survey.tallies.tally import added_up, checked_groups

# Where n, y and t begin in a packed number, and the most each of them can hold there.
SHIFTS = (0, 20, 40)
MASKS = (2**20 - 1, 2**20 - 1, 2**23 - 1)
POINTS_AT_ONCE = 48


class ClusterMoment(IntEnum):
    """What is kept of one kind of draw: sums over draws of their n valid answers, y satisfied ones, t points.

    CLUSTERS counts those with at least one valid answer.
    """

    CLUSTERS = 0
    NN = 1
    YY = 2
    YN = 3
    TT = 4
    TN = 5


class Draw(IntEnum):
    """The kinds of draws that are counted, in the order of the last axis of `ClusterSums.moments`.

    A day of a service point, a day of an agency with all its service points, and a service point's ISO week.
    """

    POINT_DAY = 0
    AGENCY_DAY = 1
    POINT_WEEK = 2


# Runs published before agency-days and weeks were counted keep days of service points only.
WIDTH_OF_RULE = {1: len(ClusterMoment), 2: len(ClusterMoment) * len(Draw)}


@dataclass(frozen=True, slots=True, eq=False)
class ClusterSums:
    """Second moments over the draws of each group: integers (groups, parts, 18), `ClusterMoment` for each `Draw`.

    The parts are the dimensions, then all items together, then each item in the order of the record. The days of an
    agency stand at its first service point, so that they are right for whole agencies only; `alone` is for
    the service points themselves. Sums kept by the first rule have the days of service points only: (groups, parts, 6).
    """

    moments: Integers

    @property
    def rule(self) -> int:
        """Return by which rule the draws were counted: 1 only days of service points, 2 all three kinds."""
        return next(rule for rule, width in WIDTH_OF_RULE.items() if width == self.moments.shape[-1])

    def of(self, draw: Draw) -> Integers:
        """Return the moments of one kind of draw (groups, parts, 6)."""
        first = len(ClusterMoment) * draw
        return self.moments[..., first : first + len(ClusterMoment)]

    def alone(self) -> "ClusterSums":
        """Return the sums of each group as if no other group shared its days."""
        days = self.of(Draw.POINT_DAY)
        return ClusterSums(np.concatenate([days, days, self.of(Draw.POINT_WEEK)], axis=-1)) if self.rule > 1 else self

    def by_rule(self, rule: int) -> "ClusterSums":
        """Return the sums as the rule keeps them; to sums without agency-days and weeks single days stand for both."""
        if rule <= self.rule:
            return ClusterSums(self.moments[..., : WIDTH_OF_RULE[rule]])
        return ClusterSums(np.concatenate([self.moments] * len(Draw), axis=-1))

    def __add__(self, other: "ClusterSums") -> "ClusterSums":
        """Return the sums over both sets of clusters, which must be different clusters of the same groups."""
        if self.moments.shape != other.moments.shape:
            raise ValueError("cluster sums add only over the same groups of the same instrument")
        return ClusterSums(self.moments + other.moments)

    def regrouped(self, index: NDArray[np.integer], size: int) -> "ClusterSums":
        """Return the sums of `size` coarser groups; group g goes into group `index[g]`."""
        return ClusterSums(added_up(self.moments, checked_groups(index, size, count=len(self.moments)), size))


class ClusterCounter:
    """Adds up answers per service point and day, then squares them; holds days × items × points numbers of 8 bytes.

    `owners` (points,) numbers the agency of each service point; without it every point is an agency of its own.
    """

    def __init__(
        self, layout: RecordLayout, *, points: int, first: date, last: date, owners: Sequence[int] | None = None
    ) -> None:
        self._days = DayTable(first, last)
        dates = [first + timedelta(days=day) for day in range(self._days.days)]
        self._weeks = np.array([day.toordinal() - day.weekday() for day in dates])
        self._owners = np.arange(points) if owners is None else np.array(owners, np.int64)
        self._layout, self._words = layout, _words(layout)
        self._most = min(MASKS[0], MASKS[2] // max(layout.points_of))
        # No day of a service point has more packed responses than `_bound`.
        self._bound = 0
        self._packed = np.zeros((self._days.days, points), np.int64)
        self._sums = np.zeros((self._days.days, sum(map(len, layout.dimensions)), points), np.int64)
        self._aside: dict[tuple[int, int], Integers] = {}

    def add(self, records: Characters, *, points: Integers, days: Integers) -> None:
        """Count records (n, width) of the service points `points` (n,) on the days `days` (n,), written 20261121.

        Raises ValueError on a day outside the range.
        """
        places = self._days.place_of(days)
        if (places < 0).any():
            raise ValueError(f"a response is dated {days[places < 0][0]}, outside its round")
        for start in range(0, len(records), self._most // 2):
            lot = slice(start, start + self._most // 2)
            self._add(records[lot], points[lot], places[lot])

    def _add(self, records: Characters, points: Integers, places: Integers) -> None:
        _, items, size = self._sums.shape
        self._bound += len(records)
        if self._bound > self._most:
            self._put_aside()
            self._bound = int(self._packed.max()) + len(records)
        np.add.at(self._packed.reshape(-1), places * size + points, 1)
        cells, sums, columns = places * (items * size) + points, self._sums.reshape(-1), records.T.copy()
        for item, position in enumerate(chain.from_iterable(self._layout.dimensions)):
            np.add.at(sums[item * size :], cells, self._words.take(columns[position]))

    def _put_aside(self) -> None:
        """Unpack the sums of days so full that packed numbers might soon not hold them, and begin these anew."""
        for day, point in np.argwhere(self._packed > self._most // 2).tolist():
            self._aside[day, point] = self._aside.get((day, point), 0) + _unpacked(self._sums[day, :, point])
            self._sums[day, :, point] = self._packed[day, point] = 0

    def sums(self) -> ClusterSums:
        """Return the sums of each service point over its days and weeks, and at its first one those of an agency."""
        seen = self._days_seen()
        totals = np.zeros((self._packed.shape[1], count_parts(self._layout), WIDTH_OF_RULE[2]), np.int64)
        for lot in self._lots() if seen.stop else ():
            sums, owners = ClusterSums(totals), self._owners[lot]
            by_point, by_agency, by_week = self._drawn(seen, lot)
            sums.of(Draw.POINT_DAY)[lot] = self._moments_of(by_point)
            sums.of(Draw.POINT_WEEK)[lot] = self._moments_of(by_week)
            sums.of(Draw.AGENCY_DAY)[lot[_firsts(owners)]] = self._moments_of(by_agency)
        return ClusterSums(totals)

    def _drawn(self, days: slice, points: Integers) -> tuple[Integers, Integers, Integers]:
        """Return n, y and t (3, draws, items, points or agencies) of points by day, of agencies by day, by week."""
        firsts, weeks = _firsts(self._owners[points]), _firsts(self._weeks[days])
        # Counters are mostly listed agency by agency, and what stands together need not be copied.
        wanted = slice(points[0], points[-1] + 1) if (np.diff(points) == 1).all() else points
        counts = self._packed[days][:, wanted]
        if not self._aside and max(counts.sum(axis=0).max(), counts.sum(axis=1).max()) <= self._most:
            # What a packed number can hold of all is added while it is packed, in a third of the time.
            words = self._sums[days][:, :, wanted]
            drawn = (words, _added_points(words, firsts), np.add.reduceat(words, weeks, axis=0))
            by_point, by_agency, by_week = map(_unpacked, drawn)
            return by_point, by_agency, by_week
        by_item = self._by_item(days, points)
        return by_item, _added_points(by_item, firsts), np.add.reduceat(by_item, weeks, axis=1)

    def _days_seen(self) -> slice:
        """Return the days from the first to the last that there are responses of."""
        seen = np.unique([*np.flatnonzero(self._packed.any(axis=1)), *(day for day, _ in self._aside)])
        return slice(seen[0], seen[-1] + 1) if len(seen) else slice(0)

    def _lots(self) -> Iterator[Integers]:
        """Yield the service points agency by agency, some whole agencies at a time."""
        order = np.argsort(self._owners, kind="stable")
        ends = np.flatnonzero(np.diff(self._owners[order], append=-1))
        start = 0
        for end, following in pairwise([*(ends + 1).tolist(), len(order) + POINTS_AT_ONCE + 1]):
            if end > start and following - start > POINTS_AT_ONCE:
                yield order[start:end]
                start = end

    def _by_item(self, days: slice, points: Integers) -> Integers:
        """Return n, y and t of some service points: (3, days, items, points)."""
        by_item = _unpacked(self._sums[days][:, :, points])
        place_of = {point: place for place, point in enumerate(points.tolist())} if self._aside else {}
        for (day, point), aside in self._aside.items():
            if point in place_of:
                by_item[:, day - days.start, :, place_of[point]] += aside
        return by_item

    def _moments_of(self, by_item: Integers) -> Integers:
        """Return the moments of all parts (points, parts, 6) over the draws on the second axis."""
        edges = np.cumsum([0, *map(len, self._layout.dimensions)])
        dimensions = [by_item[:, :, start:end].sum(axis=2) for start, end in pairwise(edges)]
        coarse = np.stack([*dimensions, sum(dimensions)], axis=2)
        return np.concatenate([_moments(*coarse), _moments(*by_item)], axis=1)


def _firsts(labels: Integers) -> Integers:
    """Return where each run of equal labels begins."""
    return np.flatnonzero(np.diff(labels, prepend=-1))


def _added_points(parts: Integers, firsts: Integers) -> Integers:
    """Return the sums of neighbouring points on the last axis, from each of `firsts` to the next."""
    sizes = np.diff(firsts, append=parts.shape[-1])
    # Adding the second points, then the third, takes a third of the time of `reduceat` along a last axis.
    added = parts[..., firsts]
    for place in range(1, sizes.max()):
        added[..., sizes > place] += parts[..., firsts[sizes > place] + place]
    return added


def _unpacked(words: Integers) -> Integers:
    # Written in place: what is made only to be copied costs many times the arithmetic.
    found = np.empty((len(SHIFTS), *words.shape), np.int64)
    for part, shift, mask in zip(found, SHIFTS, MASKS, strict=True):
        np.bitwise_and(np.right_shift(words, shift, out=part), mask, out=part)
    return found


def _words(layout: RecordLayout) -> Integers:
    """Return for each character one number that holds, side by side, if it is valid, if satisfied, and its points.

    One addition then counts all three, as long as none grows into the next.
    """
    tables = (layout.valid_of, layout.satisfied_of, layout.points_of)
    valid, satisfied, points = (np.frombuffer(table, np.uint8).astype(np.int64) for table in tables)
    return np.asarray((valid << SHIFTS[0]) + (satisfied << SHIFTS[1]) + (points << SHIFTS[2]))


def _moments(n: Integers, y: Integers, t: Integers) -> Integers:
    """Sum over the draws, the first axis of (draws, parts, points), what `ClusterMoment` names: (points, parts, 6)."""
    products = (np.einsum("dkp,dkp->pk", one, other) for one, other in ((n, n), (y, y), (y, n), (t, t), (t, n)))
    return np.stack([(n > 0).sum(axis=0).T, *products], axis=2)


def count_parts(layout: RecordLayout) -> int:
    """Return how many parts `ClusterSums` has: dimensions, the whole, items."""
    return len(layout.dimensions) + 1 + sum(map(len, layout.dimensions))


def empty_clusters(layout: RecordLayout, groups: int) -> ClusterSums:
    """Return the sums of no response at all."""
    return ClusterSums(np.zeros((groups, count_parts(layout), WIDTH_OF_RULE[2]), np.int64))
