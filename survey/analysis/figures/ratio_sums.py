"""Sums over draws that add, and the linearised variance of a ratio of them. Sources: docs/method/uncertainty.md."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from survey.tallies import Integers, Numbers

Sums: TypeAlias = Integers | Numbers


@dataclass(frozen=True, slots=True, eq=False)
class RatioSums:
    """Sums over independent draws of a numerator y and a denominator n, stratum by stratum.

    Every array is (strata,). `draws` counts the draws with n > 0; `n`, `y`, `nn`, `yy`, `yn` hold Σn, Σy, Σn², Σy²,
    Σyn over them, weighted or not; `responses` and `answers` tell, unweighted, what the draws rest on; `group` says
    which domain a stratum belongs to.
    """

    draws: Integers
    n: Sums
    y: Sums
    nn: Sums
    yy: Sums
    yn: Sums
    responses: Integers
    answers: Integers
    group: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """The variance of each domain's Σy / Σn (groups,), its degrees of freedom, and the draws people are told of."""

    variance: Numbers
    degrees: Numbers
    draws: Integers


def ratio_variances(
    sums: RatioSums, ratio: Numbers, *, groups: int, fraction: Numbers | None = None, sampled: Integers | None = None
) -> tuple[Numbers, Numbers]:
    """Return the linearised variance of each domain's Σy / Σn (groups,), with replacement and as sampled.

    Σ_h (1 - f_h) m_h / (m_h - 1) Σ(z - z̄_h)² / (Σn)² with z = y - R·n; the first has every f_h = 0. A stratum with one
    draw is centred at the mean of all strata, which is 0. What is left of rounding when all agree is taken for 0.
    """
    spread = spreads(sums, ratio, sampled=sampled)
    squared = np.bincount(sums.group, sums.n, groups) ** 2
    kept = 1 if fraction is None else 1 - fraction
    first, second = (np.bincount(sums.group, each, groups) for each in (spread, spread * kept))
    return divided(first, squared), divided(second, squared)


def spreads(sums: RatioSums, ratio: Numbers, *, sampled: Integers | None = None) -> Numbers:
    """Return m / (m - 1) Σ(z - z̄)² of each stratum (strata,), as `ratio_variances` has it."""
    within = ratio[sums.group]
    squares = sums.yy - 2 * within * sums.yn + within**2 * sums.nn
    draws = sums.draws if sampled is None else sampled
    centred = squares - np.where(draws > 1, (sums.y - within * sums.n) ** 2 / np.maximum(draws, 1), 0)
    noise = 1e-12 * (sums.yy + within**2 * sums.nn)
    return np.where(centred > noise, centred, 0) * np.where(draws > 1, draws / np.maximum(draws - 1, 1), 1)


def divided(numerator: Sums, denominator: Sums) -> Numbers:
    """Divide; NaN where there is nothing to divide by."""
    found = np.full(np.shape(denominator), np.nan)
    return np.divide(numerator, denominator, out=found, where=denominator > 0)
