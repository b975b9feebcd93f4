"""Fit weights to known totals: post-stratification, raking, trimming, and ratios with such weights.

All of them give the weights w = d·Πf that lie as near as possible to d (in Σ w log(w/d) - w + d) while every
margin adds up to its totals, and, when limits are set, no weight leaves them (Deville and Särndal 1992,
Calibration estimators in survey sampling, JASA 87, 376-382: the multiplicative case and its truncation).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from survey import wording
from survey.analysis.sampling.margins import Margin, Side, category_error, require_same_sum, sides_of
from survey.analysis.weights.weighting import TOLERANCE, Step, StepKind, Weights, diagnose
from survey.errors import WeightingError
from survey.tallies import Numbers
from survey.wording import phrase

MOST_ROUNDS = 1000


@dataclass(frozen=True, slots=True)
class Limits:
    """The smallest and the largest weight allowed; raises WeightingError unless 0 <= lower < upper."""

    lower: float
    upper: float

    def __post_init__(self) -> None:
        """Refuse limits that leave no room."""
        if not 0 <= self.lower < self.upper:
            raise WeightingError(phrase(wording.NO_ROOM, lower=self.lower, upper=self.upper))

    def clip(self, values: Numbers) -> Numbers:
        """Return `values` (n,) put on the limit they lie beyond."""
        return np.clip(values, self.lower, self.upper)


@dataclass(frozen=True, slots=True, eq=False)
class FittedMargins:
    """Margins that weights add up to; `inverse` is that of the cross-tables of their categories, made once."""

    sides: tuple[Side, ...]
    inverse: Numbers


def median_limits(weights: Weights, *, lower: float, upper: float) -> Limits:
    """Return the limits `lower` and `upper` times the median of the weights above 0.

    >>> from survey.analysis.weights.weighting import start_weights
    >>> median_limits(start_weights([1, 2, 9]), lower=0.25, upper=3)
    Limits(lower=0.5, upper=6.0)
    """
    median = weights.diagnostics.median
    return Limits(lower * median, upper * median)


def post_stratify(weights: Weights, margin: Margin) -> Weights:
    """Return the weights scaled so that each category adds up to its total (R: `postStratify`).

    Raises as `rake` does.

    >>> from survey.analysis.weights.weighting import start_weights
    >>> post_stratify(start_weights([1, 1, 1]), Margin("sex", ["f", "m", "m"], {"f": 50, "m": 50})).values
    array([50., 25., 25.])
    """
    return _calibrated(weights, [margin], None, kind=StepKind.POST_STRATIFIED)


def rake(weights: Weights, margins: Sequence[Margin]) -> Weights:
    """Return the weights scaled margin by margin until every total holds to 1e-10 of itself (R: `rake`).

    Iterative proportional fitting (Deming and Stephan 1940, Annals of Mathematical Statistics 11, 427-444), over
    any number of margins. Raises WeightingError, naming the margin, when a total is negative or no number, a
    category has responses but no total or a total but no responses, the margins do not add up to the same, or
    the rounds do not come to an end because no weights fit all totals at once.
    """
    return _calibrated(weights, margins, None, kind=StepKind.RAKED)


def trim(weights: Weights, margins: Sequence[Margin], *, limits: Limits) -> Weights:
    """Return weights within `limits` for which every total holds still (R: `calibrate` with constant bounds).

    What is cut off goes to the responses of the same categories, in proportion to their weights, not once but
    until nothing is left to cut: trimming and raking at the same time. Without margins the sum is kept. Raises as
    `rake` does, and WeightingError naming the margin and category that cannot reach its total within the limits.
    """
    everybody = Margin("everybody", ["everybody"] * len(weights.values), {"everybody": float(weights.values.sum())})
    return _calibrated(weights, margins or [everybody], limits, kind=StepKind.TRIMMED)


def ratio_scores(
    numerator: ArrayLike, denominator: ArrayLike, weights: Weights, fitted: FittedMargins
) -> tuple[float | None, Numbers]:
    """Return Σwy / Σwn, None without anything to divide by, and the contribution of each response (n,) to its error.

    The linearised variable y - R·n is replaced by its residual on the margins, regressed with the base weights
    (Deville and Särndal 1992; R: `svyratio` after `postStratify` or `calibrate`): so `fitted`, which `fitted_margins`
    gives once for many ratios, must be all that these weights were ever fitted to, together. y and n are (n,) and 0
    outside a domain; contributions hold the weights and add up over any clusters. Raises WeightingError when a number
    is missing.
    """
    used = weights.values > 0
    y, n = (_each(values, len(used)) for values in (numerator, denominator))
    base, scores = float(weights.values @ n), np.zeros(len(used))
    if not base:
        return None, scores
    ratio = float(weights.values @ y) / base
    residual = _residuals((y - ratio * n)[used], weights.base[used], fitted)
    scores[used] = weights.values[used] * residual / base
    return ratio, scores


def fitted_margins(weights: Weights, margins: Sequence[Margin]) -> FittedMargins:
    """Return margins over the responses with a weight; raises WeightingError when the weights do not add up to one.

    The normal equations are made of cross-tables of the sides, so no matrix of responses × categories is needed;
    they are singular, as categories of each side add up to one, and any of their solutions gives the same residual.
    """
    used = weights.values > 0
    sides = sides_of(margins, used)
    for side in sides:
        if side.errors(weights.values[used]).max() > TOLERANCE:
            raise WeightingError(f"margin {side.name}: the weights do not add up to its totals; fit them to it first")
    base = weights.base[used]
    products = np.block([[row.crossed(column, base) for column in sides] for row in sides])
    least = len(products) * float(np.finfo(np.float64).eps)
    return FittedMargins(tuple(sides), np.linalg.pinv(products, rcond=least, hermitian=True))


def _calibrated(weights: Weights, margins: Sequence[Margin], limits: Limits | None, *, kind: StepKind) -> Weights:
    used = weights.values > 0
    sides = sides_of(margins, used)
    require_same_sum(sides)
    start = weights.values[used]
    if limits:
        _require_room(sides, limits)
    reached, rounds = _fit(start, sides, limits)
    fitted = limits.clip(reached) if limits else reached
    values = np.zeros(len(used))
    values[used] = fitted
    diagnostics = diagnose(
        fitted,
        trimmed=int((fitted != reached).sum()),
        moved=[shift for side in sides for shift in side.shifts(start, fitted)],
        iterations=rounds,
        error=max(float(side.errors(fitted).max()) for side in sides),
    )
    return weights.then(values, Step(kind, diagnostics))


def _require_room(sides: Sequence[Side], limits: Limits) -> None:
    for side in sides:
        counts = side.counts
        room = (counts * limits.lower <= side.totals) & (side.totals <= counts * limits.upper)
        for place in np.flatnonzero(~room)[:1]:
            values = {"count": counts[place], "lower": limits.lower, "upper": limits.upper}
            reason = phrase(wording.BEYOND_LIMITS, **values, total=side.totals[place])
            raise category_error(side.name, side.categories[place], reason)


def _fit(start: Numbers, sides: Sequence[Side], limits: Limits | None) -> tuple[Numbers, int]:
    """Scale margin by margin until all totals hold; return the values, not yet clipped, and the rounds it took.

    With limits this is coordinate ascent on the dual problem: each category's factor is the one for which its
    clipped weights add up, while the unclipped weights are carried on.
    """
    reached, errors = start, [np.inf] * len(sides)
    with np.errstate(all="ignore"):  # Totals that contradict each other drive weights to 0 or out of range.
        for number in range(1, MOST_ROUNDS + 1):
            for side in sides:
                reached = _scaled_within(reached, side, limits) if limits else side.scale(reached)
            if not np.isfinite(reached).all():
                break
            fitted = limits.clip(reached) if limits else reached
            errors = [float(side.errors(fitted).max()) for side in sides]
            if max(errors) <= TOLERANCE:
                return reached, number
    worst = sides[int(np.argmax(errors))]
    message = wording.NEVER_FITS_WITHIN if limits else wording.NEVER_FITS
    raise WeightingError(phrase(message, margin=worst.name, rounds=number, error=max(errors)))


def _scaled_within(values: Numbers, side: Side, limits: Limits) -> Numbers:
    order = np.argsort(side.index, kind="stable")
    members = np.split(order, np.cumsum(side.counts)[:-1])
    factors = [_factor(values[own], total, limits) for own, total in zip(members, side.totals.tolist(), strict=True)]
    scaled: Numbers = values * np.array(factors)[side.index]
    return scaled


def _factor(values: Numbers, total: float, limits: Limits) -> float:
    """Return the f for which Σ clip(f · values) is `total`.

    The sum is a broken line in f: it rises by v from lower / v to upper / v. No weight can exceed the total, so an
    infinite upper limit is no different from the total.
    """
    turns = np.concatenate([limits.lower / values, min(limits.upper, total) / values])
    order = np.argsort(turns)
    slopes = np.cumsum(np.concatenate([values, -values])[order])
    rises = np.cumsum(slopes[:-1] * np.diff(turns[order]))
    sums = limits.lower * len(values) + np.concatenate([[0.0], rises])
    return float(np.interp(total, sums, turns[order]))


def _each(values: ArrayLike, size: int) -> Numbers:
    numbers = np.asarray(values, np.float64)
    if numbers.shape != (size,) or not np.isfinite(numbers).all():
        raise WeightingError(f"a ratio needs a finite number for each of the {size} responses")
    return numbers


def _residuals(values: Numbers, base: Numbers, margins: FittedMargins) -> Numbers:
    """Return what is left of `values` (n,) after regression, with weights `base`, on the categories of all sides."""
    sides = margins.sides
    right = np.concatenate([side.sums(base * values) for side in sides])
    parts = np.split(margins.inverse @ right, np.cumsum([len(side.totals) for side in sides])[:-1])
    fitted: Numbers = np.stack([part[side.index] for part, side in zip(parts, sides, strict=True)]).sum(axis=0)
    return values - fitted
