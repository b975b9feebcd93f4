"""Simulate the estimates of many units without any difference, and how far apart the farthest two of them come.

A critical value is a quantile of the largest studentised difference over many pairs and draws. To look at every pair
in every draw is too much for thousands of units, so only draws of a unit that stands far out are looked at. That
leaves nothing out: by Cauchy and Schwarz (x − y)² ≤ (x²/v + y²/w)·(v + w), so that of two units whose squared
difference is more than τ times the sum of their variances, one at least has x²/v above τ/2.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from survey.errors import RankingError
from survey.tallies import Integers, Numbers

Flags: TypeAlias = NDArray[np.bool_]
Singles: TypeAlias = NDArray[np.float32]
# What is known of pairs, (units, units): 1 in row i and column j where j is above i, −1 where below, 0 while open.
# A statement that was made needs no test any more; its opposite, which may be true, does.
Signs: TypeAlias = NDArray[np.int8]

CONFIDENCE = 0.95
DRAWS, LEAST_DRAWS = 9_999, 999
# Of so many simulated estimates at most two numbers each are held, 32 MB, so that very large blocks have fewer draws.
MOST_ESTIMATES = 4_000_000
# So many draws are made at a time, and so many differences looked at, that they stay in the processor's cache.
CHUNK, MOST_DIFFERENCES = 512, 60_000
# A threshold that turned out too high is lowered by this factor.
LOWERED, JUST_BELOW = 0.75, 0.97
FEW_FAMILIES = 400
# With more units than that there are fewer draws than units, and it is quicker to go through these.
MOST_ONE_BY_ONE = 2_000
# Half, less the rounding of single precision.
NEARLY_HALF = np.float32(0.499999)
LEAST_VARIANCE = np.float32(1e-12)
ZERO, ENDLESS = np.float32(0), np.float32(np.inf)


@dataclass(frozen=True, slots=True, eq=False)
class RankDraws:
    """Estimates of zero and their estimated variances, both (draws, units), in single precision."""

    values: Singles
    variances: Singles

    @property
    def place(self) -> int:
        """The place, from 0 in ascending order, of the 95% quantile: the ⌈0.95·(draws + 1)⌉-th smallest."""
        return math.ceil(CONFIDENCE * (len(self.values) + 1)) - 1


def draws_for(units: int) -> int:
    """Return how many draws a block of so many units gets.

    >>> draws_for(100), draws_for(3_321)
    (9999, 1199)
    """
    return min(DRAWS, max(LEAST_DRAWS, MOST_ESTIMATES // max(units, 1) // 100 * 100 - 1))


def simulate(errors: Numbers, degrees: Numbers, *, draws: int, seed: int) -> RankDraws:
    """Return estimates of zero with these standard errors, and variances estimated with these degrees of freedom.

    Raises RankingError where there are too few draws to tell the quantile.
    """
    drawn = RankDraws(np.empty((draws, len(errors)), np.float32), np.empty((draws, len(errors)), np.float32))
    if drawn.place >= draws:
        raise RankingError(f"{draws} draws cannot tell a {CONFIDENCE:.0%} quantile; at least 19 are needed")
    random, sizes, finite = np.random.default_rng(seed), errors.astype(np.float32), np.isfinite(degrees)
    half = (degrees[finite] / 2).astype(np.float32)[:, None]
    for start in range(0, draws, CHUNK):
        rows = slice(start, min(start + CHUNK, draws))
        count = rows.stop - start
        drawn.values[rows] = random.standard_normal((len(errors), count), dtype=np.float32).T * sizes
        drawn.variances[rows] = sizes**2
        halved_chi_squares = random.standard_gamma(half, (len(half), count), dtype=np.float32)
        drawn.variances[rows, finite] *= np.maximum(halved_chi_squares / half, LEAST_VARIANCE).T
    return drawn


def joint_square(drawn: RankDraws, known: Signs, highest: float = math.inf) -> float:
    """Return the square of the critical value of all comparisons that are still open, known to be at most `highest`."""
    if known.shape[0] < 2:
        return 0.0
    threshold = min(highest, _highest(drawn))
    while True:
        largest = np.zeros(len(drawn.values), np.float32)
        for unit, rows in _far_out(drawn, threshold):
            squares = _squares(drawn, _unit(drawn, unit, rows), rows, known[unit])
            largest[rows] = np.maximum(largest[rows], squares.max(axis=1))
        square = float(np.partition(largest, drawn.place)[drawn.place])
        if square >= threshold:
            return square
        threshold = max(square, LOWERED * threshold)


def single_squares(drawn: RankDraws, known: Signs, families: Integers, highest: Numbers) -> Numbers:
    """Return the squares of the critical values of `families`, each the comparisons of one unit with all others.

    `families` are the places of these units; the values (families,) are known to be at most `highest`.
    """
    squares = np.zeros(len(families))
    waiting = np.arange(len(families) if known.shape[0] > 1 else 0)
    threshold = JUST_BELOW * _some_of(highest) if len(waiting) else 0.0
    while len(waiting):
        look = unit_by_unit if known.shape[0] <= MOST_ONE_BY_ONE else draw_by_draw
        squares[waiting] = _quantiles(look(drawn, known, families[waiting], threshold), drawn.place)
        waiting = waiting[squares[waiting] < threshold]
        # What was found so far is about the value, so that this threshold will do for most families that wait.
        guess = _some_of(squares[waiting]) if len(waiting) else 0.0
        threshold = min(max(guess, LOWERED * threshold), JUST_BELOW * threshold)
    return squares


def _some_of(squares: Numbers) -> float:
    """Return what three of four exceed; of few, what all do."""
    return float(np.quantile(squares, 0.25) if len(squares) > FEW_FAMILIES else squares.min())


def unit_by_unit(drawn: RankDraws, known: Signs, families: Integers, threshold: float) -> Singles:
    """Return the largest square of each family in each draw, (draws, families), exact where above the threshold.

    A unit that is far out is looked at for the families of all others, and for its own.
    """
    own = np.full(known.shape[0], -1)
    own[families] = np.arange(len(families))
    largest = np.zeros((len(drawn.values), len(families)), np.float32)
    whole = len(families) == known.shape[0]
    others = drawn if whole else RankDraws(drawn.values[:, families], drawn.variances[:, families])
    for unit, rows in _far_out(drawn, threshold):
        reference = _unit(drawn, unit, rows)
        largest[rows] = np.maximum(largest[rows], _squares(others, reference, rows, known[unit, families]))
        if own[unit] >= 0:
            squares = _squares(drawn, reference, rows, -known[:, unit])
            largest[rows, own[unit]] = np.maximum(largest[rows, own[unit]], squares.max(axis=1))
    return largest


def draw_by_draw(drawn: RankDraws, known: Signs, families: Integers, threshold: float) -> Singles:
    """Return what `unit_by_unit` does, faster where there are more units than draws.

    Of two units that exceed the threshold one is out by half of it, and the other by a quarter unless the one is out
    by three quarters.
    """
    largest = np.zeros((len(drawn.values), known.shape[0]), np.float32)
    waits = np.zeros(known.shape[0], np.bool_)
    waits[families] = True
    quarter = NEARLY_HALF * np.float32(threshold) / 2
    some_known = known.any()
    for values, variances, maxima in zip(drawn.values, drawn.variances, largest, strict=True):
        out = values**2 / variances
        some = np.flatnonzero(out > quarter)
        half, far = some[out[some] > 2 * quarter], some[out[some] > 3 * quarter]
        pairs = [(some[waits[some]], half), (half[waits[half]], some)]
        pairs += [(families, far), (far[waits[far]], np.arange(len(values)))] if len(far) else []
        for mine, partners in pairs:
            gaps = values[mine] - values[partners, None]
            squares = gaps * gaps / (variances[mine] + variances[partners, None])
            if some_known:
                # What is below the threshold need not be exact, so that few pairs have to be looked up.
                partner, own = np.nonzero(squares > 4 * quarter)
                closed = known[partners[partner], mine[own]] * gaps[partner, own] > 0
                squares[partner[closed], own[closed]] = 0
            maxima[mine] = np.maximum(maxima[mine], squares.max(axis=0, initial=0))
    return largest[:, families]


def _highest(drawn: RankDraws) -> float:
    """Return what no critical value can exceed: two units are never farther apart than √2 times the farthest out."""
    rows = (slice(start, start + CHUNK) for start in range(0, len(drawn.values), CHUNK))
    farthest = np.concatenate([(drawn.values[one] ** 2 / drawn.variances[one]).max(axis=1) for one in rows])
    return 2 * float(np.partition(farthest, drawn.place)[drawn.place])


def _far_out(drawn: RankDraws, threshold: float) -> Iterator[tuple[int, Integers]]:
    """Yield the units and the draws in which each is so far out that a difference may exceed the threshold."""
    most = max(1, MOST_DIFFERENCES // drawn.values.shape[1])
    least = NEARLY_HALF * np.float32(threshold)
    for unit in range(drawn.values.shape[1]):
        rows = np.flatnonzero(drawn.values[:, unit] ** 2 > least * drawn.variances[:, unit])
        for start in range(0, len(rows), most):
            yield unit, rows[start : start + most]


def _unit(drawn: RankDraws, unit: int, rows: Integers) -> tuple[Singles, Singles]:
    """Return the estimates and the variances of one unit in some draws, both (rows, 1)."""
    return drawn.values[rows, unit, None], drawn.variances[rows, unit, None]


def _squares(drawn: RankDraws, reference: tuple[Singles, Singles], rows: Integers, known: Signs) -> Singles:
    """Return the squared studentised differences of every unit of `drawn` from the `reference`, (rows, units).

    They are 0 in the direction that needs no test any more: `known` (units,) is 1 where a unit is known to be above
    the reference, −1 where below.
    """
    gaps = drawn.values[rows]
    gaps -= reference[0]
    if known.any():
        np.clip(gaps, np.where(known < 0, ZERO, -ENDLESS), np.where(known > 0, ZERO, ENDLESS), out=gaps)
    gaps *= gaps
    spread = drawn.variances[rows]
    spread += reference[1]
    gaps /= spread
    return gaps


def _quantiles(largest: Singles, place: int) -> Numbers:
    """Return the value at a place of each column in ascending order."""
    starts = range(0, largest.shape[1], CHUNK)
    found = [np.partition(largest[:, start : start + CHUNK].T, place, axis=1)[:, place] for start in starts]
    return np.concatenate(found).astype(np.float64)
