"""Shares that are unusual: one way in, one half-day or the very same answers, among the latest responses of a point.

Only sums that can be counted of stored responses are compared, of the last week that is counted: with the share at the
same point before, or with the share everywhere else. Pure: counts only.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

# Fewer responses tell nothing.
LEAST_ALIKE = 20
# So many times what is usual, and so many standard deviations of a binomial share above it: with a normal
# distribution by chance once in three million times.
TIMES, DEVIATIONS = 2.0, 5.0
# What nobody else has is no less usual than this.
LEAST_USUAL = 0.05
# A working week has ten half-days.
HALF_DAYS_OF_A_WEEK = 10


class ShareKind(StrEnum):
    """What so many responses have in common."""

    MODE = "mode"
    HALF_DAY = "half-day"
    ANSWERS = "answers"


@dataclass(frozen=True, slots=True)
class UnusualShare:
    """So many of a point's latest responses are alike, where a share of `usual` would be; `which` says in what."""

    kind: ShareKind
    alike: int
    responses: int
    usual: float
    which: str = ""


@dataclass(frozen=True, slots=True)
class Alike:
    """Responses of a point (row number) that have something in common."""

    point: int
    which: str
    responses: int


def is_unusual(alike: int, responses: int, usual: float) -> bool:
    """Tell whether so many responses are alike that neither the usual share nor chance explains it.

    >>> is_unusual(30, 40, 0.3), is_unusual(23, 40, 0.3)  # usual: 12 of 40, with a standard deviation of 2.9
    (True, False)
    >>> is_unusual(19, 19, 0.05)  # too few to tell
    False
    """
    expected = responses * usual
    deviation = sqrt(expected * (1 - usual))
    return alike >= LEAST_ALIKE and alike > max(TIMES * expected, expected + DEVIATIONS * deviation)


def find_shares(week: Mapping[ShareKind, Sequence[Alike]], before: Sequence[Alike]) -> dict[int, UnusualShare]:
    """Return an unusual share of each point that has one; `before` has the modes of the days before the week."""
    shares: dict[int, UnusualShare] = {}
    responses = _by_point(week[ShareKind.MODE])
    for kind, some in week.items():
        usual_of = _Usual(kind, responses, _by_which(some), before)
        for alike in some:
            here, usual = responses.get(alike.point, 0), usual_of.share(alike)
            if is_unusual(alike.responses, here, usual):
                shares.setdefault(alike.point, UnusualShare(kind, alike.responses, here, usual, alike.which))
    return shares


class _Usual:
    """The share that is usual: of a half-day a week's, of a mode the point's own of before, else that of all others."""

    def __init__(
        self, kind: ShareKind, responses: Mapping[int, int], everywhere: Mapping[str, int], before: Sequence[Alike]
    ) -> None:
        self._kind, self._responses, self._everywhere = kind, responses, everywhere
        self._all, self._before = sum(responses.values()), _by_point(before)
        self._modes = {(alike.point, alike.which): alike.responses for alike in before}

    def share(self, alike: Alike) -> float:
        """Return the usual share, from `LEAST_USUAL` to 1; 1 where nobody else can tell."""
        if self._kind is ShareKind.HALF_DAY:
            return 1 / HALF_DAYS_OF_A_WEEK
        earlier = self._before.get(alike.point, 0)
        if self._kind is ShareKind.MODE and earlier >= LEAST_ALIKE:
            return max(LEAST_USUAL, self._modes.get((alike.point, alike.which), 0) / earlier)
        others = self._all - self._responses.get(alike.point, 0)
        if others < LEAST_ALIKE:
            return 1.0
        return max(LEAST_USUAL, (self._everywhere[alike.which] - alike.responses) / others)


def _by_point(some: Sequence[Alike]) -> Counter[int]:
    sums = Counter[int]()
    for alike in some:
        sums[alike.point] += alike.responses
    return sums


def _by_which(some: Sequence[Alike]) -> Counter[str]:
    sums = Counter[str]()
    for alike in some:
        sums[alike.which] += alike.responses
    return sums
