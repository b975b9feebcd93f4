"""Rank the units of a block, and say how little or how much the ranks mean (docs/method/ranking.md)."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import chain
from types import MappingProxyType

import numpy as np

from survey.analysis.figures.estimates import FEW, Caution, Estimate
from survey.analysis.ranking.rank_draws import Flags
from survey.analysis.ranking.rank_sets import CriticalValues, Ranges, RankSets, rank_sets
from survey.errors import RankingError, UnknownCodeError
from survey.formatting import format_percent

Groups = tuple[tuple[str, ...], ...]


class Unranked(StrEnum):
    """Why a unit has no rank."""

    FEW_RESPONSES = "few_responses"
    NO_FIGURE = "no_figure"
    NO_RANGE = "no_range"
    FEW_DRAWS = "few_draws"


@dataclass(frozen=True, slots=True)
class RankRow:
    """One unit of a block.

    `rank` is None where `unranked` says why, and then so are the bounds. `tied` units share their rank. The true
    rank lies from `rank_low` (best) to `rank_upp` (worst) with 95% confidence; `joint_low` and `joint_upp` hold
    for all units at once. `groups` are the places, from 1, of the unit's groups in `Ranking.groups`.
    `below_official` warns that there are fewer responses than the official sample size.
    """

    unit: str
    estimate: Estimate
    rank: int | None = None
    tied: bool = False
    rank_low: int | None = None
    rank_upp: int | None = None
    joint_low: int | None = None
    joint_upp: int | None = None
    groups: tuple[int, ...] = ()
    unranked: Unranked | None = None
    below_official: bool = False


@dataclass(frozen=True, slots=True)
class Ranking:
    """The units of one block: ranked ones from the best on (tied ones by code), then the others by code.

    `groups` are the maximal runs of neighbours in that order of which no two differ beyond chance, all
    comparisons of the block taken together; runs may overlap. A warning must stand with every plain ordered list
    (`survey.reports.words`). `stepwise` tells that the sets come from the step-down procedure; those
    of runs published before it come from its first step and may be wider.
    """

    block: str
    rows: tuple[RankRow, ...]
    groups: Groups
    stepwise: bool = True

    @property
    def ranked(self) -> tuple[RankRow, ...]:
        """The rows that have a rank."""
        return tuple(row for row in self.rows if row.rank is not None)

    def row_of(self, unit: str) -> RankRow:
        """Return the row of a unit; raises UnknownCodeError when it is not in the block."""
        found = next((row for row in self.rows if row.unit == unit), None)
        if found is None:
            raise UnknownCodeError("unit of the block", unit, [row.unit for row in self.rows])
        return found


def rank_block(
    block: str,
    estimates: Mapping[str, Estimate],
    *,
    official_sizes: Mapping[str, int] = MappingProxyType({}),
    draws: int | None = None,
) -> Ranking:
    """Rank the estimates of a block's units, given by unit code; the highest figure has rank 1.

    Figures equal at two decimals, half up, are tied and the next rank is skipped (1-2-2-4; docs/method/ranking.md,
    R's `rank(-x, ties.method = "min")`). A unit needs 30 responses from 4 days, a figure and a range with a width
    to be ranked. `official_sizes` holds the official sample size of units it is known for. Rank sets come from
    `survey.analysis.ranking.rank_sets`, with `draws` draws where told. The order of `estimates` does not matter. Raises
    RankingError where a figure lies outside its range.

    >>> from survey.analysis.figures.estimates import ClusterKind
    >>> def of(value):
    ...     return Estimate(value, 1.0, value - 2, value + 2, 99, 99, 99, ClusterKind.RESPONDENT, 98.0, 1.0, 99.0)
    >>> ranking = rank_block("Sở", {"STC": of(82.664), "SYT": of(90.1), "SXD": of(82.661), "STP": of(70.0)})
    >>> [(row.unit, row.rank, row.tied, row.rank_low, row.rank_upp) for row in ranking.rows]
    [('SYT', 1, False, 1, 1), ('STC', 2, True, 2, 3), ('SXD', 2, True, 2, 3), ('STP', 4, False, 4, 4)]
    """
    reasons = {unit: _reason_against(estimate) for unit, estimate in estimates.items()}
    printed = {unit: as_printed(_known(estimates[unit].value)) for unit, why in reasons.items() if why is None}
    order = sorted(printed, key=lambda unit: (-printed[unit], unit))
    sets = rank_sets(_ranges([estimates[unit] for unit in order], [printed[unit] for unit in order]), draws=draws)
    runs = list(_runs(sets.above))
    below = {unit for unit, size in official_sizes.items() if unit in estimates and estimates[unit].responses < size}
    ranked = _ranked_rows(order, estimates, printed, sets=sets, runs=runs, below=below)
    others = (
        RankRow(unit, estimates[unit], unranked=why, below_official=unit in below)
        for unit, why in sorted(reasons.items())
        if why is not None
    )
    return Ranking(block, tuple(chain(ranked, others)), tuple(tuple(order[run.start : run.stop]) for run in runs))


def critical_of(ranking: Ranking) -> CriticalValues:
    """Return the critical values that the rank sets of a ranking rest on, in the order of its ranked units."""
    estimates = [row.estimate for row in ranking.ranked]
    ranges = _ranges(estimates, [as_printed(_known(one.value)) for one in estimates])
    return rank_sets(ranges, stepwise=ranking.stepwise).critical


def as_printed(value: float) -> Decimal:
    """Return a figure as it is printed: two decimals, half up.

    >>> as_printed(82.665), as_printed(82.664999)
    (Decimal('82.67'), Decimal('82.66'))
    """
    return Decimal(format_percent(value, language="en"))


def rank_change(before: int | None, after: int | None) -> int | None:
    """Return by how many places a unit rose: rank before − rank now, “tăng n bậc”; None without both.

    >>> rank_change(21, 11), rank_change(6, 17), rank_change(None, 3)
    (10, -11, None)
    """
    return None if before is None or after is None else before - after


def _reason_against(estimate: Estimate) -> Unranked | None:
    if estimate.value is None or not math.isfinite(estimate.value):
        return Unranked.NO_FIGURE
    if estimate.responses < FEW:
        return Unranked.FEW_RESPONSES
    if Caution.FEW_DRAWS in estimate.cautions:
        return Unranked.FEW_DRAWS
    return None if _has_range(estimate) else Unranked.NO_RANGE


def _has_range(estimate: Estimate) -> bool:
    """Tell whether the range has a width and a degree of freedom: a unit without is not known exactly but badly."""
    low, upp = estimate.low, estimate.upp
    return low is not None and upp is not None and low < upp and estimate.degrees >= 1


def _known(figure: float | None) -> float:
    if figure is None:
        raise RankingError("a unit without a figure or a range cannot be ranked")
    return figure


def _ranges(estimates: Sequence[Estimate], printed: Sequence[Decimal]) -> Ranges:
    value, low, upp = (
        np.array([_known(getattr(estimate, name)) for estimate in estimates], np.float64)
        for name in ("value", "low", "upp")
    )
    degrees = np.array([estimate.degrees for estimate in estimates], np.float64)
    return Ranges(value, low, upp, degrees, np.array(printed, np.float64))


def _ranked_rows(
    order: Sequence[str],
    estimates: Mapping[str, Estimate],
    printed: Mapping[str, Decimal],
    *,
    sets: RankSets,
    runs: Sequence[range],
    below: set[str],
) -> Iterator[RankRow]:
    figures = [printed[unit] for unit in order]
    bounds = (sets.marginal.low, sets.marginal.upp, sets.joint.low, sets.joint.upp)
    for place, (unit, low, upp, joint_low, joint_upp) in enumerate(zip(order, *bounds, strict=True)):
        yield RankRow(
            unit,
            estimates[unit],
            rank=figures.index(figures[place]) + 1,
            tied=figures.count(figures[place]) > 1,
            rank_low=int(low),
            rank_upp=int(upp),
            joint_low=int(joint_low),
            joint_upp=int(joint_upp),
            groups=tuple(number for number, run in enumerate(runs, start=1) if place in run),
            below_official=unit in below,
        )


def _runs(above: Flags) -> Iterator[range]:
    """Yield the maximal runs of places, in order, inside which no place is above another beyond chance."""
    end = 0
    for start in range(len(above)):
        stop = max(start + 1, end)
        while stop < len(above) and not above[start:stop, stop].any():
            stop += 1
        if stop > end:
            yield range(start, stop)
        end = stop
