"""A block of agencies: its figure in two readings, and the plain mean of its agencies."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import special

from survey.analysis.comparing.comparison import NOISE, UPPER_TAIL, is_figure, satterthwaite
from survey.analysis.figures.estimates import Estimate


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
