"""Say which ranks each unit may really have, from all pairwise comparisons (docs/method/ranking.md).

The procedure is that of Mogstad, Romano, Shaikh and Wilhelm (2024), Inference for Ranks with Applications to
Mobility across Neighbourhoods and Academic Achievement across Countries, Review of Economic Studies 91(1),
doi:10.1093/restud/rdad006: compare the units two by two, with a critical value that holds for all these
comparisons together, and count who is above and who is below beyond chance. A rank here is 1 + the number of
units truly better.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from survey.errors import RankingError
from survey.tallies import Integers, Numbers

Flags: TypeAlias = NDArray[np.bool_]

CONFIDENCE = 0.95
DRAWS = 9_999
SEED = 91_476
QUANTILE = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
# So many draws at a time that the differences of one unit to all others stay in the processor's cache.
CHUNK = 512


@dataclass(frozen=True, slots=True, eq=False)
class Ranges:
    """What is known of each unit; every array is (units,).

    `low` and `upp` bound the 95 % range around `value`, in the unit of the figure; `degrees` are those of its
    variance, infinite where the variance is known. `printed` is the figure as people see it: units printed alike
    are never told apart. Raises RankingError where something is not a number, where a range has no width (no
    unit is known exactly), does not hold its value, or rests on less than one degree of freedom.
    """

    value: Numbers
    low: Numbers
    upp: Numbers
    degrees: Numbers
    printed: Numbers

    def __post_init__(self) -> None:
        known = np.isfinite(self.value) & np.isfinite(self.low) & np.isfinite(self.upp) & np.isfinite(self.printed)
        if not known.all():
            raise RankingError("a figure to be ranked, or its range, is not a number")
        if not ((self.low <= self.value) & (self.value <= self.upp) & (self.low < self.upp)).all():
            raise RankingError("a figure to be ranked has a range without width, or stands outside its range")
        if not (self.degrees >= 1).all():
            raise RankingError("a figure to be ranked rests on less than one degree of freedom")

    @property
    def errors(self) -> Numbers:
        """Standard errors (units,) the ranges imply: half of the range over the normal quantile."""
        return (self.upp - self.low) / (2 * QUANTILE)


@dataclass(frozen=True, slots=True, eq=False)
class CriticalValues:
    """How many standard errors two units must be apart: for statements on unit i alone, and on all units at once."""

    single: Numbers
    joint: float


@dataclass(frozen=True, slots=True, eq=False)
class RankBounds:
    """The best (`low`) and the worst (`upp`) rank each unit may really have; both (units,)."""

    low: Integers
    upp: Integers


@dataclass(frozen=True, slots=True, eq=False)
class RankSets:
    """Confidence sets for the ranks.

    A set of `marginal` holds the true rank of its unit with 95 % confidence, those of `joint` hold all true ranks
    at once. `above` (units, units) tells, for the joint statement, that the row's unit is above the column's.
    """

    marginal: RankBounds
    joint: RankBounds
    above: Flags


def rank_sets(ranges: Ranges, *, draws: int = DRAWS, seed: int = SEED) -> RankSets:
    """Return the marginal and the simultaneous 95 % confidence sets for the ranks; rank 1 is the highest value.

    Single-step, two-sided version of the article's procedure. The order of the units decides which random number
    meets which unit: give them in an order of their own for the same sets every time.

    >>> far = np.array([90.0, 80.0, 79.5])
    >>> sets = rank_sets(Ranges(far, far - 2, far + 2, np.full(3, 99.0), far))
    >>> sets.joint.low.tolist(), sets.joint.upp.tolist()
    ([1, 2, 2], [1, 3, 3])
    """
    critical = critical_values(ranges.errors, ranges.degrees, draws=draws, seed=seed)
    above = beyond_chance(ranges, np.asarray(critical.joint))
    # A set for one unit compares everybody with this unit by its own critical value.
    over = beyond_chance(ranges, critical.single[None, :])
    under = beyond_chance(ranges, critical.single[:, None])
    return RankSets(rank_bounds(over, under), rank_bounds(above, above), above)


def critical_values(errors: Numbers, degrees: Numbers, *, draws: int = DRAWS, seed: int = SEED) -> CriticalValues:
    """Return the 95 % quantiles of the largest studentised difference, by simulation.

    Each draw gives every unit an independent normal error of the given size and a variance estimated with its
    degrees of freedom (chi-square), so that the quantile widens as Student's t does; where the degrees are
    infinite this is the article's parametric bootstrap with independent estimates. The quantile is the
    ⌈0.95·(draws + 1)⌉-th smallest draw, which keeps the level for any number of draws (Dufour 2006,
    Journal of Econometrics 133(2), 443-477). One unit has nobody to differ from: 0.

    >>> critical = critical_values(np.ones(2), np.full(2, np.inf))
    >>> round(critical.joint, 1), round(QUANTILE, 1)
    (2.0, 2.0)
    """
    largest = _largest_squares(errors, degrees, draws=draws, seed=seed)
    place = math.ceil(CONFIDENCE * (draws + 1)) - 1
    if place >= draws:
        raise RankingError(f"{draws} draws cannot tell a {CONFIDENCE:.0%} quantile; at least 19 are needed")
    single = np.partition(largest, place, axis=1)[:, place]
    joint = np.partition(largest.max(axis=0, initial=0), place)[place]
    return CriticalValues(np.sqrt(single).astype(np.float64), math.sqrt(joint))


def beyond_chance(ranges: Ranges, critical: Numbers) -> Flags:
    """Tell for each pair whether the row's unit is above the column's beyond chance, (units, units).

    The range of a difference reaches, towards zero, √(below² + above²) · critical / 1.96, with the lower arm of
    the higher unit's 95 % range and the upper arm of the lower unit's (square-and-add: Newcombe 1998, Statistics
    in Medicine 17, 873-890, method 10; Zou and Donner 2008, Statistics in Medicine 27, 1693-1702). With symmetric
    ranges this is the studentised difference. `critical` is broadcast over the pairs.
    """
    gap = ranges.value[:, None] - ranges.value[None, :]
    reach = np.hypot((ranges.value - ranges.low)[:, None], (ranges.upp - ranges.value)[None, :])
    return (ranges.printed[:, None] > ranges.printed[None, :]) & (gap > critical / QUANTILE * reach)


def rank_bounds(over: Flags, under: Flags) -> RankBounds:
    """Return 1 + the number of units above each (columns of `over`), and units − the number below (rows of `under`).

    >>> beats = np.array([[False, True], [False, False]])
    >>> rank_bounds(beats, beats).low.tolist()
    [1, 2]
    """
    return RankBounds(1 + over.sum(axis=0), len(under) - under.sum(axis=1))


def _largest_squares(errors: Numbers, degrees: Numbers, *, draws: int, seed: int) -> NDArray[np.float32]:
    """Return the largest squared studentised difference of each unit to any other, (units, draws)."""
    random = np.random.default_rng(seed)
    largest = np.zeros((len(errors), draws), np.float32)
    for start in range(0, draws, CHUNK):
        chunk = largest[:, start : start + CHUNK]
        values, variances = _draw(random, errors, degrees, draws=chunk.shape[1])
        _take_largest(values, variances, into=chunk)
    return largest


def _draw(
    random: np.random.Generator, errors: Numbers, degrees: Numbers, *, draws: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return estimates of zero and of their variances, both (units, draws)."""
    shape, sizes = (len(errors), draws), errors.astype(np.float32)[:, None]
    values = sizes * random.standard_normal(shape, dtype=np.float32)
    variances = np.broadcast_to(sizes**2, shape).copy()
    finite = np.isfinite(degrees)
    half = (degrees[finite] / 2).astype(np.float32)[:, None]
    halved_chi_squares = random.standard_gamma(half, (len(half), draws), dtype=np.float32)
    variances[finite] = variances[finite] * halved_chi_squares / half
    return values, variances


def _take_largest(values: NDArray[np.float32], variances: NDArray[np.float32], *, into: NDArray[np.float32]) -> None:
    """Raise `into` to the squared studentised differences; each pair is looked at once, for both its units."""
    for unit in range(len(values) - 1):
        squares = values[unit + 1 :] - values[unit]
        squares *= squares
        squares /= variances[unit + 1 :] + variances[unit]
        np.maximum(into[unit], squares.max(axis=0), out=into[unit])
        np.maximum(into[unit + 1 :], squares, out=into[unit + 1 :])
