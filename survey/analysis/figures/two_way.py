"""The variance of a figure whose answers are alike within an agency's day and within a service point's week.

Two-way clustered, and steadied by how alike answers are in the whole province, because a young counter has too few
days and weeks to tell. Formulas, sources and how often the ranges hold the truth: docs/method/uncertainty.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from survey.analysis.figures.ratio_sums import RatioSums, Spread, ratio_variances, spreads
from survey.tallies import Draw, Integers, Numbers

# How many degrees of freedom the province's correlations count for beside a domain's own days and weeks.
PRIOR_DEGREES = 5
# An agency below this is withheld; what leaves the house must not rest on it.
LEAST_POOLED = 10
# Coarse enough that no sum can be worked back from a correlation, fine enough to change no range one can see.
STEP = 0.005

Ways = Mapping[Draw, RatioSums]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two people of a province answer who share a draw: correlations from 0 to 1, in steps of 0.005.

    `degrees` is how many days of agencies, less one for each agency, they were estimated from.
    """

    correlations: Mapping[Draw, float]
    degrees: int


def likeness_of(respondents: RatioSums, ways: Ways) -> Likeness:
    """Return the correlations pooled over all strata, each around its own ratio, by moments.

    For draws c and people i of strata with two draws or more: ρ = Σ (m/(m-1) Σ z_c² - Σ z_i²) / Σ (pairs · σ²) with
    pairs · σ² = (Σ n_c² - Σ n_i²) · Σ z_i² / Σ n_i², which for one answer each is Σ h(h-1) · σ². Strata of
    fewer than 10 people take no part.
    """
    ratio = _divided(respondents.y, respondents.n)
    counted = respondents.responses >= LEAST_POOLED
    people = _squares(respondents, ratio)
    each = _divided(people, respondents.nn)

    def correlation(draws: RatioSums) -> float:
        used = counted & (draws.draws > 1)
        between = _squares(draws, ratio) * _divided(draws.draws, draws.draws - 1)
        common = float((between - people)[used].sum())
        most = float(((draws.nn - respondents.nn) * each)[used].sum())
        return round(min(max(common / most, 0.0), 1.0) / STEP) * STEP if most > 0 else 0.0

    days = ways[Draw.AGENCY_DAY].draws
    return Likeness(
        {draw: correlation(sums) for draw, sums in ways.items()},
        int((days - 1)[counted & (days > 1)].sum()),
    )


def two_way_spread(respondents: RatioSums, ways: Ways, likeness: Likeness, ratio: Numbers, *, groups: int) -> Spread:
    """Return the moderated variance of each domain's Σy / Σn (groups,) and its degrees of freedom.

    V = max(V_pd, V_day + V_pw - V_pd) with d = min(days, weeks) - strata degrees, and from the province
    Vp = V_people · (1 + Σ ± (n̄ - 1) ρ), n̄ = Σ n_c² / Σ n_i², never less than its days of service points alone;
    then V* = (d V + p Vp) / (d + p), degrees d + p, where p is 5 or what the province has beyond the domain.
    Source: Cameron, Gelbach and Miller (2011), Journal of Business & Economic Statistics 29, 238-249, for
    V; Smyth (2004), Statistical Applications in Genetics and Molecular Biology 3(1), for the moderation.
    """
    own, degrees = own_variance(ways, ratio, groups=groups)
    squared = np.bincount(respondents.group, respondents.n, groups) ** 2
    expected = spreads(respondents, ratio) * inflation(respondents, ways, likeness)
    prior = _divided(np.bincount(respondents.group, expected, groups), squared)
    weight = prior_degrees(likeness, degrees)
    total_degrees = degrees + weight
    variance = np.where(total_degrees > 0, _divided(degrees * own + weight * prior, total_degrees), own)
    return Spread(variance, total_degrees.astype(np.float64), _total(ways[Draw.AGENCY_DAY], groups))


def own_variance(ways: Ways, ratio: Numbers, *, groups: int) -> tuple[Numbers, Integers]:
    """Return the variance of each domain's ratio that its own days and weeks tell (groups,), and its degrees."""
    seen = {draw: ratio_variances(sums, ratio, groups=groups)[0] for draw, sums in ways.items()}
    return np.fmax(seen[Draw.POINT_DAY], _both_ways(seen)), _degrees(ways, groups)


def prior_degrees(likeness: Likeness, degrees: Integers) -> Integers:
    """Return how many degrees the province counts for beside a domain's own."""
    return np.clip(likeness.degrees - degrees, 0, PRIOR_DEGREES)


def inflation(respondents: RatioSums, ways: Ways, likeness: Likeness) -> Numbers:
    """Return, stratum by stratum, how many times the variance of people the province leads one to expect."""
    pairs = {
        draw: np.nan_to_num(_divided(sums.nn, respondents.nn) - 1) * likeness.correlations[draw]
        for draw, sums in ways.items()
    }
    return 1 + np.fmax(pairs[Draw.POINT_DAY], _both_ways(pairs))


def _both_ways(found: Mapping[Draw, Numbers]) -> Numbers:
    """Return what is shared by days plus what is shared by weeks, less what both count."""
    return found[Draw.AGENCY_DAY] + found[Draw.POINT_WEEK] - found[Draw.POINT_DAY]


def _degrees(ways: Ways, groups: int) -> Integers:
    days = ways[Draw.AGENCY_DAY]
    strata = np.bincount(days.group, days.draws > 0, groups).astype(np.int64)
    fewest = np.minimum(_total(days, groups), _total(ways[Draw.POINT_WEEK], groups))
    return (fewest - strata).clip(min=0)


def _total(sums: RatioSums, groups: int) -> Integers:
    return np.bincount(sums.group, sums.draws, groups).astype(np.int64)


def _squares(sums: RatioSums, ratio: Numbers) -> Numbers:
    """Return Σ z² of each stratum around `ratio`; what rounding leaves of nothing is nothing."""
    squares = sums.yy - 2 * ratio * sums.yn + ratio**2 * sums.nn
    return np.where(squares > 1e-12 * (sums.yy + ratio**2 * sums.nn), squares, 0.0)


def _divided(numerator: Numbers | Integers, denominator: Numbers | Integers) -> Numbers:
    found = np.zeros(np.shape(denominator))
    return np.divide(numerator, denominator, out=found, where=np.asarray(denominator) > 0)
