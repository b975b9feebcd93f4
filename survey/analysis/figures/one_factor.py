"""Fit one common factor to a covariance matrix by maximum likelihood (docs/method/drivers.md, section 3).

The model is Σ = λλ′ + Ψ with Ψ diagonal. It is fitted to correlations, which changes nothing but the unit of the
loadings. Source: Lawley and Maxwell (1971), Factor Analysis as a Statistical Method, chapters 4 and 7, after Jöreskog
(1967), Psychometrika 32(4), 443-482.
"""

from dataclasses import dataclass

import numpy as np

from survey.tallies import Numbers

STEPS, TOLERANCE = 500, 1e-10
# Below this share of its variance an item would have no error of its own: R's factanal() stops there as well.
LEAST_UNIQUENESS, VANISHED = 0.005, 1e-6
HALVINGS, ROUNDING = 40, 1e-13
MOST_CONDITION = 1e8


@dataclass(frozen=True, slots=True, eq=False)
class OneFactor:
    """Loadings and error variances of the items, both (items,), in the units of the covariances."""

    loadings: Numbers
    errors: Numbers

    @property
    def omega(self) -> float:
        """The share of the variance of the items' sum that the factor makes: (Σλ)² / ((Σλ)² + Σψ)."""
        common = self.loadings.sum() ** 2
        return float(common / (common + self.errors.sum()))


def fit_one_factor(covariance: Numbers) -> OneFactor | None:
    """Return the factor of three items or more, from their covariances (items, items), each item varying.

    None where an item is left without an error of its own (a Heywood case) or no fit is found, as where items follow
    from one another.
    """
    spread = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(spread, spread)
    unique = _start(correlation)
    if unique is None:
        return None
    unique = _improved(correlation, unique)
    if unique is None:
        return None
    values, vectors = _eigen(correlation, unique)
    if values[-1] < 1 + MOST_CONDITION**-1:
        return None
    loadings = np.sqrt(unique * (values[-1] - 1)) * vectors[:, -1] * spread
    return OneFactor(loadings if loadings.sum() >= 0 else -loadings, unique * spread**2)


def _start(correlation: Numbers) -> Numbers | None:
    """Return half of what the other items do not tell of each, None where one follows from the others."""
    if np.linalg.cond(correlation) > MOST_CONDITION:
        return None
    items = len(correlation)
    return np.asarray((1 - 0.5 / items) / np.diag(np.linalg.inv(correlation)))


def _improved(correlation: Numbers, unique: Numbers) -> Numbers | None:
    """Return the error variances of the best fit, by Newton's method on their logarithms with halved steps."""
    for _ in range(STEPS):
        misfit, slope, curve = _derivatives(correlation, unique)
        if np.abs(slope).max() < TOLERANCE:
            # Where the misfit stays the same along some way, as of items with nothing in common, many would fit.
            is_only_one = np.linalg.eigvalsh(curve)[0] > 10 / MOST_CONDITION
            return unique if is_only_one and unique.min() >= LEAST_UNIQUENESS else None
        step = np.linalg.solve(curve, slope)
        step /= max(1.0, np.abs(step).max())
        for _ in range(HALVINGS):
            if _derivatives(correlation, unique * np.exp(-step))[0] <= misfit + ROUNDING:
                break
            step /= 2
        unique = unique * np.exp(-step)
        if unique.min() < VANISHED:
            return None
    return None


def _derivatives(correlation: Numbers, unique: Numbers) -> tuple[float, Numbers, Numbers]:
    """Return the misfit Σ(θ − log θ − 1), θ being all but the largest eigenvalue of Ψ^−½ R Ψ^−½, with its derivatives.

    Those are by log ψ (items,), and the second ones (items, items); where these would not lead downhill, their part
    that always does. Source: Clarke (1970), British Journal of Mathematical and Statistical Psychology 23, 43-52.
    """
    values, vectors = _eigen(correlation, unique)
    rest, others = values[:-1], vectors[:, :-1]
    slope = (others**2) @ (1 - rest)
    downhill = (others @ others.T) * ((others * rest) @ others.T)
    apart = np.maximum(values[-1] - rest, MOST_CONDITION**-1)
    mixed = (others * ((1 - rest) * (values[-1] + rest) / apart)) @ others.T
    curve = downhill + np.outer(vectors[:, -1], vectors[:, -1]) * mixed
    steady = np.linalg.eigvalsh(curve)[0] > MOST_CONDITION**-1
    floor = MOST_CONDITION**-1 * np.eye(len(unique))
    return float((rest - np.log(rest) - 1).sum()), slope, curve if steady else downhill + floor


def _eigen(correlation: Numbers, unique: Numbers) -> tuple[Numbers, Numbers]:
    scale = np.sqrt(unique)
    values, vectors = np.linalg.eigh(correlation / np.outer(scale, scale))
    return np.maximum(values, np.finfo(float).tiny), vectors
