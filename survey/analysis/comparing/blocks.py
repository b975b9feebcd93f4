"""A block of agencies: its own figure in two readings, and what is left of it without one agency."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

import numpy as np
from scipy import special

from survey.analysis.comparing.comparison import NOISE, UPPER_TAIL, is_figure, satterthwaite
from survey.analysis.figures.estimates import Estimate, RatioSums
from survey.tallies import Integers


@dataclass(frozen=True, slots=True)
class AgencyMean:
    """The plain mean of agencies, each weighing the same; `left_out` of them have no figure."""

    value: float | None
    se: float | None
    low: float | None
    upp: float | None
    degrees: float
    agencies: int
    left_out: int


@dataclass(frozen=True, slots=True)
class BlockFigure:
    """A block in two readings that differ when agencies differ in size: never shown without their labels."""

    pooled: Estimate
    mean_of_agencies: AgencyMean


def rest_of_block(sums: RatioSums, block_of: Integers) -> RatioSums:
    """Return the sums of everybody else: group g of the answer holds the block of agency g without agency g.

    `block_of` (agencies,) numbers the block of each group of `sums`. A stratum belongs to one agency, so
    taking an agency's sums from its block's is leaving its strata out. An agency alone in its block gets
    no stratum. Work one part at a time: the answer has strata × agencies of a block entries.
    """
    same_block = block_of[:, None] == block_of[sums.group]
    agency, stratum = np.nonzero(same_block & (np.arange(len(block_of))[:, None] != sums.group))
    others = {field.name: getattr(sums, field.name)[stratum] for field in fields(sums)}
    return RatioSums(**(others | {"group": agency}))


def block_sums(sums: RatioSums, block_of: Integers) -> RatioSums:
    """Return the same strata grouped by block: what the pooled figure of each block is estimated from."""
    return replace(sums, group=block_of[sums.group])


def block_figure(pooled: Estimate, agencies: Iterable[Estimate]) -> BlockFigure:
    """Return both readings of a block from its pooled estimate and its agencies'."""
    return BlockFigure(pooled, mean_of_agencies(agencies))


def mean_of_agencies(agencies: Iterable[Estimate]) -> AgencyMean:
    """Return the plain mean of the agencies that have a figure, with its standard error √(Σ se²) / k.

    The agencies are the whole block, not a sample of agencies, so only their own uncertainty counts. Where
    all answers of an agency agree, its range stands in for the standard error it lacks; without a range
    either, the mean has none. Degrees of freedom by Satterthwaite.

    >>> from survey.analysis.figures.estimates import ClusterKind
    >>> of = lambda value, se: Estimate(value, se, None, None, 40, 40, 40, ClusterKind.RESPONDENT, 39, None, None)
    >>> found = mean_of_agencies([of(80.0, 3.0), of(90.0, 4.0)])
    >>> found.value, found.se, found.agencies
    (85.0, 2.5, 2)
    """
    listed = list(agencies)
    with_figure = [agency for agency in listed if is_figure(agency.value)]
    count, left_out = len(with_figure), len(listed) - len(with_figure)
    if not count:
        return AgencyMean(None, None, None, None, 0.0, 0, left_out)
    value = math.fsum(agency.value or 0.0 for agency in with_figure) / count
    variances = np.square([_spread(agency) for agency in with_figure])
    se = float(np.sqrt(variances.sum())) / count
    if not is_figure(se):
        return AgencyMean(value, None, None, None, 0.0, count, left_out)
    degrees = float(satterthwaite(variances, np.array([agency.degrees for agency in with_figure])))
    reach = float(special.stdtrit(degrees, UPPER_TAIL)) * se
    return AgencyMean(value, se, max(0.0, value - reach), min(100.0, value + reach), degrees, count, left_out)


def _spread(agency: Estimate) -> float:
    """Return the standard error, or the one its range implies where all answers agree; NaN without either."""
    if agency.se is not None and agency.se > NOISE:
        return agency.se
    if agency.low is None or agency.upp is None or agency.degrees <= 0:
        return math.nan
    return (agency.upp - agency.low) / 2 / float(special.stdtrit(agency.degrees, UPPER_TAIL))
