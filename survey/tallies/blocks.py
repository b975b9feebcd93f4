"""Count what a database hands over: blocks of lines without separators."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Self

import numpy as np

from survey.tallies.clusters import WIDTH_OF_RULE, ClusterCounter, ClusterSums, empty_clusters
from survey.tallies.layout import Characters, Integers, Layout
from survey.tallies.tally import Tally, lines_of, tally

DAY_WIDTH = len("2026-11-21")


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """All that is counted of a round: group g of both is the same service point."""

    tally: Tally
    clusters: ClusterSums

    def to_bytes(self) -> bytes:
        """Return the canonical form, the same for equal sums: JSON of plain integers in ASCII."""
        rule = {"rule": self.clusters.rule} if self.clusters.rule > 1 else {}
        clusters = {**rule, "shape": self.clusters.moments.shape, "sums": self.clusters.moments.ravel().tolist()}
        return b"\n".join((self.tally.to_bytes(), json.dumps(clusters, separators=(",", ":")).encode("ascii")))

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Return the sums that `to_bytes` wrote; raises ValueError on those of a rule that is not known here."""
        tally, clusters = stored.split(b"\n")
        found = json.loads(clusters)
        rule = found.get("rule", 1)
        if WIDTH_OF_RULE.get(rule) != found["shape"][-1]:
            raise ValueError(f"draws counted by rule {rule} cannot be read by this version")
        sums = np.array(found["sums"], np.int64).reshape(found["shape"])
        return cls(Tally.from_bytes(tally), ClusterSums(sums))


def count_blocks(
    blocks: Iterable[bytes],
    layout: Layout,
    *,
    service_points: Sequence[int],
    point_digits: int,
    days: tuple[date, date],
    owners: Sequence[int] | None = None,
) -> Counted:
    """Return the tally and the cluster sums of blocks of lines: service point id, ISO date, record.

    Group g is the service point with id `service_points[g]`; `days` are the first and the last day there may be,
    `owners` the number of each service point's agency, whose counters share its days; all of them must be listed.
    One block at a time is held. Raises as `tally` does, and ValueError on a service point that is not
    listed and on a day outside.
    """
    size, group_of = len(service_points), _group_table(service_points)
    counter = ClusterCounter(layout, points=size, first=days[0], last=days[1], owners=owners)
    found = Tally.empty(layout, size)
    for block in blocks:
        ids, dates, records = parse_dated(block, layout, point_digits=point_digits)
        groups = _numbered(ids, group_of)
        found += tally(records, layout, groups=groups, size=size)
        counter.add(records, points=groups, days=dates)
    return Counted(found, counter.sums())


def joined(parts: Sequence[Counted], layout: Layout) -> Counted:
    """Return what was counted of different agencies as one, group after group."""
    first = Counted(Tally.empty(layout, 0), empty_clusters(layout, 0))
    tallies, clusters = [one.tally for one in (first, *parts)], [one.clusters.moments for one in (first, *parts)]
    arrays = zip(*((one.responses, one.counts, one.moments) for one in tallies), strict=True)
    return Counted(Tally(*map(np.concatenate, arrays)), ClusterSums(np.concatenate(clusters)))


def parse_dated(block: bytes, layout: Layout, *, point_digits: int) -> tuple[Integers, Integers, Characters]:
    """Return service point ids (n,), days (n,), written 20261121, and records (n, width) of a block of dated lines."""
    lines = lines_of(block, point_digits + DAY_WIDTH + layout.width)
    dates = lines[:, point_digits : point_digits + DAY_WIDTH]
    days = _whole_numbers(dates[:, [0, 1, 2, 3, 5, 6, 8, 9]])
    return _whole_numbers(lines[:, :point_digits]), days, lines[:, point_digits + DAY_WIDTH :]


def _whole_numbers(figures: Characters) -> Integers:
    """Return what decimal digits (n, digits) say; raises ValueError on anything else."""
    digits = figures - ord("0")
    if (digits > 9).any():
        raise ValueError("each line must begin with a service point id, and a date where one is due, in decimal digits")
    return reduce(lambda found, digit: found * 10 + digit, digits.T, np.zeros(len(figures), np.int64))


def _group_table(service_points: Sequence[int]) -> Integers:
    """Return the group of each id up to the largest, -1 for those not listed, and a last -1 for all beyond."""
    group_of = np.full(max(service_points, default=-1) + 2, -1)
    group_of[list(service_points)] = np.arange(len(service_points))
    return group_of


def _numbered(ids: Integers, group_of: Integers) -> Integers:
    """Turn ids into group numbers; the last entry of `group_of` stands for every id beyond the table."""
    groups = group_of[np.minimum(ids, len(group_of) - 1)]
    if (groups < 0).any():
        raise ValueError(f"a response names the service point {ids[groups < 0][0]}, which is not among those counted")
    return groups
