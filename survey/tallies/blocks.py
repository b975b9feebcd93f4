"""Count what a database hands over: blocks of lines without separators."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Self

import numpy as np

from survey.errors import AnswerError
from survey.tallies.clusters import WIDTH_OF_RULE, ClusterCounter, ClusterSums, empty_clusters
from survey.tallies.layout import RecordLayout
from survey.tallies.placing import Lines, Misfits, Places
from survey.tallies.tally import Tally, tally


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """All that is counted of a round: group g of both is the same service point.

    `misfits` are the responses that were passed by, because they have no place.
    """

    tally: Tally
    clusters: ClusterSums
    misfits: Misfits = field(default_factory=Counter)

    def to_bytes(self) -> bytes:
        """Return the canonical form, the same for equal sums: JSON of plain integers in ASCII."""
        rule = {"rule": self.clusters.rule} if self.clusters.rule > 1 else {}
        clusters = {**rule, "shape": self.clusters.moments.shape, "sums": self.clusters.moments.ravel().tolist()}
        return b"\n".join((self.tally.to_bytes(), json.dumps(clusters, separators=(",", ":")).encode("ascii")))

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Return the sums that `to_bytes` wrote; raises ValueError on those of a rule that is not known here."""
        tally, clusters = stored.split(b"\n")
        content = json.loads(clusters)
        rule = content.get("rule", 1)
        if WIDTH_OF_RULE.get(rule) != content["shape"][-1]:
            raise ValueError(f"draws counted by rule {rule} cannot be read by this version")
        sums = np.array(content["sums"], np.int64).reshape(content["shape"])
        return cls(Tally.from_bytes(tally), ClusterSums(sums))


def count_blocks(
    blocks: Iterable[bytes],
    layout: RecordLayout,
    *,
    service_points: Sequence[int],
    point_digits: int,
    days: tuple[date, date],
    owners: Sequence[int] | None = None,
) -> Counted:
    """Return the tally and the cluster sums of blocks of lines: service point id, ISO date, record.

    Group g is the service point with id `service_points[g]`; `days` are the first and the last day there may be,
    `owners` the number of each service point's agency, whose counters share its days; all of them must be listed.
    One block at a time is held. A response of a service point that is not listed, of a day outside, or with a record
    that is none of the instrument is passed by. Raises ValueError on a block that does not divide into lines.
    """
    size, places = (
        len(service_points),
        Places(layout, service_points=service_points, point_digits=point_digits, days=days),
    )
    counter = ClusterCounter(layout, points=size, first=days[0], last=days[1], owners=owners)
    total, misfits = Tally.empty(layout, size), Misfits()
    for block in blocks:
        lines, counted = _tallied(places.of(block), layout, size)
        total += counted
        counter.add(lines.records, points=lines.groups, days=lines.days)
        misfits += lines.misfits
    return Counted(total, counter.sums(), misfits)


def _tallied(lines: Lines, layout: RecordLayout, size: int) -> tuple[Lines, Tally]:
    """Return the tally of lines, and those that are in it. Records are looked at one by one only when one is wrong."""
    try:
        return lines, tally(lines.records, layout, groups=lines.groups, size=size)
    except AnswerError:
        kept = lines.readable(layout)
        return kept, tally(kept.records, layout, groups=kept.groups, size=size)


def joined(parts: Sequence[Counted], layout: RecordLayout) -> Counted:
    """Return what was counted of different agencies as one, group after group."""
    first = Counted(Tally.empty(layout, 0), empty_clusters(layout, 0))
    tallies, clusters = [one.tally for one in (first, *parts)], [one.clusters.moments for one in (first, *parts)]
    arrays = zip(*((one.responses, one.counts, one.moments) for one in tallies), strict=True)
    misfits = sum((one.misfits for one in parts), Misfits())
    return Counted(Tally(*map(np.concatenate, arrays)), ClusterSums(np.concatenate(clusters)), misfits)
