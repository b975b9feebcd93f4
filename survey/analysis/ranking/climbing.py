"""Work out what figure a unit would need to climb in its block while all others stay (docs/method/ranking.md)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from survey.analysis.ranking.ranking import Ranking, RankRow, as_printed
from survey.errors import RankingError

STEP = Decimal("0.01")
TOP = Decimal(100)
# Dimensions that do not bring the overall figure back, to what is printed, belong to another figure.
SAME = 0.005


class ClimbAnswer(StrEnum):
    """What can be said to a unit that wants to climb."""

    NEEDS = "needs"
    ALREADY_FIRST = "already_first"
    OUT_OF_REACH = "out_of_reach"
    NOT_RANKED = "not_ranked"


@dataclass(frozen=True, slots=True)
class DimensionShare:
    """A dimension's figure, per cent, and its weight in the overall one: its valid answers where these are pooled."""

    value: float
    weight: float


@dataclass(frozen=True, slots=True)
class Climb:
    """What a unit needs to climb.

    `value` is the least printed figure that brings it to `rank`, `gap` the points from its own printed figure;
    both are None, and `rank` is the present one, unless the answer is NEEDS. `within_range` warns that the
    figure lies within the unit's present 95% range, so that chance alone may do it. `dimensions` holds, where
    asked for, the figure of each dimension after the same lift for all, as far as 100 allows.
    """

    unit: str
    answer: ClimbAnswer
    rank: int | None
    value: float | None = None
    gap: float | None = None
    within_range: bool = False
    dimensions: Mapping[str, float] | None = None


def needed_to_climb(
    ranking: Ranking, unit: str, places: int, *, dimensions: Mapping[str, DimensionShare] | None = None
) -> Climb:
    """Return the figure with which `unit` would stand at least `places` higher, everything else unchanged.

    It must be printed strictly above the unit that stands there now, so 0.01 more; passing tied units may
    bring it higher still. More places than there are above means the first. Raises RankingError on fewer
    than one place or on dimensions that do not make the unit's figure, UnknownCodeError on a unit of another block.

    >>> from survey.analysis.figures.estimates import ClusterKind, Estimate
    >>> from survey.analysis.ranking.ranking import rank_block
    >>> def of(value):
    ...     return Estimate(value, 1.0, value - 2, value + 2, 99, 99, 99, ClusterKind.RESPONDENT, 98.0, 1.0, 99.0)
    >>> climb = needed_to_climb(rank_block("Sở", {"STC": of(82.66), "SYT": of(90.1), "SXD": of(84.0)}), "STC", 1)
    >>> climb.rank, climb.value, climb.gap
    (2, 84.01, 1.35)
    """
    row = ranking.row_of(unit)
    if places < 1:
        raise RankingError(f"a unit climbs one place or more, not {places}")
    if row.rank is None:
        return Climb(unit, ClimbAnswer.NOT_RANKED, None)
    if row.rank == 1:
        return Climb(unit, ClimbAnswer.ALREADY_FIRST, 1)
    others = [_printed(other) for other in ranking.ranked if other.unit != unit]
    value = others[max(row.rank - places, 1) - 1] + STEP
    if value > TOP:
        return Climb(unit, ClimbAnswer.OUT_OF_REACH, row.rank)
    rank = 1 + sum(other > value for other in others)
    return _climb(row, value, rank, dimensions)


def equal_lift(dimensions: Mapping[str, DimensionShare], target: float) -> Mapping[str, float]:
    """Return each dimension's figure after one and the same lift that brings their weighted mean to `target`.

    A dimension that reaches 100 stays there and the others take over its part, so the lift solves
    Σ w·min(100, v + lift) = target·Σ w; it is piecewise linear and found piece by piece, from the best dimension
    down. Raises RankingError without a positive weight, on a figure outside 0-100, or on a target below the
    present mean or above 100.

    >>> shares = {"access": DimensionShare(99.0, 1), "officials": DimensionShare(81.0, 1)}
    >>> dict(equal_lift(shares, 92.0))
    {'access': 100.0, 'officials': 84.0}
    """
    total = _total_weight(dimensions)
    if not _mean(dimensions) <= target <= TOP:
        raise RankingError(f"no lift brings these dimensions to {target}")
    left, weight, lift = (target - _mean(dimensions)) * total, total, 0.0
    for share in sorted(dimensions.values(), key=lambda share: -share.value):
        room = 100 - share.value
        if weight * (room - lift) >= left:
            break
        # This dimension fills up first: all that are not yet full rise as far as it does.
        left -= weight * (room - lift)
        weight, lift = weight - share.weight, room
    lift += left / weight if weight > 0 else 0.0
    return {code: min(100.0, share.value + lift) for code, share in dimensions.items()}


def _climb(row: RankRow, value: Decimal, rank: int, dimensions: Mapping[str, DimensionShare] | None) -> Climb:
    if dimensions is not None and not abs(_mean(dimensions) - (row.estimate.value or 0)) <= SAME:
        raise RankingError(f"the dimensions given do not make the figure of {row.unit}")
    return Climb(
        row.unit,
        ClimbAnswer.NEEDS,
        rank,
        float(value),
        float(value - _printed(row)),
        within_range=float(value) <= (row.estimate.upp or 0),
        dimensions=None if dimensions is None else equal_lift(dimensions, float(value)),
    )


def _printed(row: RankRow) -> Decimal:
    return as_printed(row.estimate.value or 0)


def _mean(dimensions: Mapping[str, DimensionShare]) -> float:
    return sum(share.weight * share.value for share in dimensions.values()) / _total_weight(dimensions)


def _total_weight(dimensions: Mapping[str, DimensionShare]) -> float:
    total = math.fsum(share.weight for share in dimensions.values())
    sound = all(share.weight >= 0 and 0 <= share.value <= 100 for share in dimensions.values())
    if not sound or not 0 < total < math.inf:
        raise RankingError("dimensions need figures from 0 to 100 and weights of at least zero, one of them above")
    return total
