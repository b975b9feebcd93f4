"""Say which ranks each unit may really have, from all pairwise comparisons (docs/method/ranking.md).

The procedure is that of Mogstad, Romano, Shaikh and Wilhelm (2024), Inference for Ranks with Applications to
Mobility across Neighbourhoods and Academic Achievement across Countries, Review of Economic Studies 91(1),
doi:10.1093/restud/rdad006: compare the units two by two, with a critical value that holds for all these
comparisons together, and count who is above and who is below beyond chance; then again for what is left to be
compared (step-down: Romano and Wolf 2005, Econometrica 73(4), 1237-1282). A rank here is 1 + the number of units
truly better.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from survey.analysis.ranking.rank_draws import (
    CONFIDENCE,
    Flags,
    RankDraws,
    Signs,
    draws_for,
    joint_square,
    simulate,
    single_squares,
)
from survey.errors import RankingError
from survey.tallies import Integers, Numbers

SEED = 91_476
QUANTILE = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
# So many rows of the table of all pairs are compared at a time.
ROWS = 128


@dataclass(frozen=True, slots=True, eq=False)
class Ranges:
    """What is known of each unit; every array is (units,).

    `low` and `upp` bound the 95% range around `value`, in the unit of the figure; `degrees` are those of its
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
    """How many standard errors two units must be apart: for statements on unit i alone, and on all units at once.

    They are the 95% quantiles of the largest studentised difference, by simulation. Each draw gives every unit an
    independent normal error of the given size and a variance estimated with its degrees of freedom (chi-square), so
    that the quantile widens as Student's t does; where the degrees are infinite this is the article's parametric
    bootstrap with independent estimates. The quantile is the ⌈0.95·(draws + 1)⌉-th smallest draw, which keeps the
    level for any number of draws (Dufour 2006, Journal of Econometrics 133(2), 443-477). One unit has nobody to differ
    from: 0.
    """

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

    A set of `marginal` holds the true rank of its unit with 95% confidence, those of `joint` hold all true ranks
    at once. `above` (units, units) tells, for the joint statement, that the row's unit is above the column's.
    `critical` are the values of the last step: whatever differs by more is told, so that the sets follow from them.
    """

    marginal: RankBounds
    joint: RankBounds
    above: Flags
    critical: CriticalValues


def rank_sets(ranges: Ranges, *, draws: int | None = None, seed: int = SEED, stepwise: bool = True) -> RankSets:
    """Return the marginal and the simultaneous 95% confidence sets for the ranks; rank 1 is the highest value.

    Two-sided; with as many draws as `draws_for` gives, unless told. Steps are repeated until no unit is newly told
    from another; without `stepwise` there is but the first. The draws are the same in every step, so that sets only
    shrink. The order of the units decides which random number meets which unit: give them in an order of their own
    for the same sets every time.

    >>> far = np.array([90.0, 80.0, 79.5])
    >>> sets = rank_sets(Ranges(far, far - 2, far + 2, np.full(3, 99.0), far))
    >>> sets.joint.low.tolist(), sets.joint.upp.tolist()
    ([1, 2, 2], [1, 3, 3])
    """
    drawn = simulate(ranges.errors, ranges.degrees, draws=draws or draws_for(len(ranges.value)), seed=seed)
    first = joint_square(drawn, _nothing(len(ranges.value)))
    above, joint = _joint_statements(ranges, drawn, first, stepwise=stepwise)
    single, squares = _single_statements(ranges, drawn, first, stepwise=stepwise)
    critical = CriticalValues(np.sqrt(squares), math.sqrt(joint))
    return RankSets(rank_bounds(single < 0, (single > 0).T), rank_bounds(above, above), above, critical)


def _joint_statements(ranges: Ranges, drawn: RankDraws, square: float, *, stepwise: bool) -> tuple[Flags, float]:
    """Return who is above whom, (units, units), all being right together with 95% confidence, and the last square.

    `square` is the square of the critical value of the first step.
    """
    above, made = beyond_chance(ranges, np.asarray(math.sqrt(square))), 0
    while stepwise and made < (made := int(above.sum())):
        square = joint_square(drawn, above.T.astype(np.int8) - above, square)
        above = beyond_chance(ranges, np.asarray(math.sqrt(square)))
    return above, square


def _single_statements(ranges: Ranges, drawn: RankDraws, highest: float, *, stepwise: bool) -> tuple[Signs, Numbers]:
    """Return who is told to be above or below whom in the family of each column's unit, and the last squares (units,).

    A family holds the comparisons of everybody with one unit, and takes steps of its own.
    """
    known, families = _nothing(len(ranges.value)), np.arange(len(ranges.value))
    squares = np.full(len(families), highest)
    while len(families):
        squares[families] = single_squares(drawn, known, families, squares[families])
        grew = stepwise & _state(ranges, np.sqrt(squares[families]), families, into=known)
        families = families[grew]
    return known, squares


def _state(ranges: Ranges, critical: Numbers, families: Integers, *, into: Signs) -> Flags:
    """Write down what the families tell at their critical values; return which tell more than before, (families,)."""
    grew = np.zeros(len(families), np.bool_)
    for start in range(0, len(families), ROWS):
        chosen = slice(start, start + ROWS)
        some, values = families[chosen], critical[chosen]
        below = _above(ranges, some, slice(None), values[:, None]).T
        signs = below.astype(np.int8) - _above(ranges, slice(None), some, values[None, :])
        grew[chosen] = (signs != into[:, some]).any(axis=0)
        into[:, some] = signs
    return grew


def beyond_chance(ranges: Ranges, critical: Numbers) -> Flags:
    """Tell for each pair whether the row's unit is above the column's beyond chance, (units, units).

    The range of a difference reaches, towards zero, √(below² + above²) · critical / 1.96, with the lower arm of
    the higher unit's 95% range and the upper arm of the lower unit's (square-and-add: Newcombe 1998, Statistics
    in Medicine 17, 873-890, method 10; Zou and Donner 2008, Statistics in Medicine 27, 1693-1702). With symmetric
    ranges this is the studentised difference. `critical` is broadcast over the pairs.
    """
    units = len(ranges.value)
    above = np.empty((units, units), np.bool_)
    for start in range(0, units, ROWS):
        rows = slice(start, start + ROWS)
        above[rows] = _above(ranges, rows, slice(None), np.broadcast_to(critical, (units, units))[rows])
    return above


def _above(ranges: Ranges, rows: slice | Integers, columns: slice | Integers, critical: Numbers) -> Flags:
    """Return some rows and columns of `beyond_chance`."""
    gap = ranges.value[rows, None] - ranges.value[None, columns]
    reach = np.hypot((ranges.value - ranges.low)[rows, None], (ranges.upp - ranges.value)[None, columns])
    return (ranges.printed[rows, None] > ranges.printed[None, columns]) & (gap > critical / QUANTILE * reach)


def rank_bounds(over: Flags, under: Flags) -> RankBounds:
    """Return 1 + the number of units above each (columns of `over`), and units − the number below (rows of `under`).

    >>> beats = np.array([[False, True], [False, False]])
    >>> rank_bounds(beats, beats).low.tolist()
    [1, 2]
    """
    return RankBounds(1 + over.sum(axis=0), len(under) - under.sum(axis=1))


def _nothing(units: int) -> Signs:
    return np.zeros((units, units), np.int8)
