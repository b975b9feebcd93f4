"""Tell how well the items of a dimension hang together: Cronbach's alpha, McDonald's omega, item-rest correlations.

Complete cases only: a response counts where it answered every item of the part. Answers are taken as equally
spaced points. Formulas, limits and the numbers they were checked against: docs/method/drivers.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from survey.analysis.figures.estimates import FEW
from survey.analysis.figures.frames import RespondentFrames
from survey.analysis.figures.one_factor import fit_one_factor
from survey.analysis.figures.results import OVERALL
from survey.instrument.model import Instrument
from survey.tallies import Numbers


class NoReliability(StrEnum):
    """Why a part has no coefficient at all."""

    FEW_ITEMS = "few_items"
    FEW_CASES = "few_cases"
    NO_VARIANCE = "no_variance"


class NoOmega(StrEnum):
    """Why a part that has an alpha has no omega."""

    FEW_ITEMS = "few_items"
    FEW_CASES = "few_cases"
    CONSTANT_ITEM = "constant_item"
    IMPROPER = "improper"


OMEGA_ITEMS, CASES_AN_ITEM = 3, 5


@dataclass(frozen=True, slots=True)
class ItemReliability:
    """One item against the others of its part.

    `item_rest` is its correlation with their sum, None where either is constant. `alpha_without` is the alpha of
    the others, None where they are fewer than two or their sum is constant.
    """

    code: str
    item_rest: float | None
    alpha_without: float | None


@dataclass(frozen=True, slots=True)
class Reliability:
    """Internal consistency of one part: a dimension's code, or `overall` for all items.

    `cases` answered every item, of `responses` that answered at least one. `alpha` is at most 1 and below 0 where
    items go against each other; `standardised` is that of items brought to the same variance, None where one
    is constant. `omega` is from 0 to 1, None where `no_omega` says why, and in runs published before there was one.
    With a `reason` there is no coefficient and `items` is empty.
    """

    part: str
    responses: int
    cases: int
    alpha: float | None = None
    standardised: float | None = None
    items: tuple[ItemReliability, ...] = ()
    reason: NoReliability | None = None
    omega: float | None = None
    no_omega: NoOmega | None = None


def part_reliabilities(frames: RespondentFrames, instrument: Instrument) -> tuple[Reliability, ...]:
    """Return the reliability of each dimension and, last, of all items together."""
    parts = {dimension.code: [item.code for item in dimension.items] for dimension in instrument.dimensions}
    whole = {OVERALL: [item.code for item in instrument.items]}
    return tuple(reliability_of(frames.items[codes].to_numpy(), part, codes) for part, codes in (parts | whole).items())


def reliability_of(points: Numbers, part: str, codes: Sequence[str]) -> Reliability:
    """Return the reliability of the items `codes` from their points (n, items), NaN without an answer.

    Refused, with the reason, below two items, below 30 complete cases, and where all sums are the same.

    >>> block = np.array([[1, 2], [2, 1], [3, 4], [4, 3]] * 8, float)  # variances 40/31, covariance 24/31
    >>> reliability_of(block, "access", ["A1", "A2"]).alpha
    0.75
    """
    answered = np.isfinite(points)
    complete = points[answered.all(axis=1)]
    head = (part, int(answered.any(axis=1).sum()), len(complete))
    reason = _reason(complete)
    if reason:
        return Reliability(*head, reason=reason)
    omega = mcdonald_omega(complete)
    return Reliability(
        *head,
        cronbach_alpha(complete),
        standardised_alpha(complete),
        _items(complete, codes),
        omega=None if isinstance(omega, NoOmega) else omega,
        no_omega=omega if isinstance(omega, NoOmega) else None,
    )


def cronbach_alpha(points: Numbers) -> float | None:
    """Return k/(k−1) · (1 − Σ variances of items / variance of their sum) of complete points (n, k).

    None below two items or where the sum does not vary. Source: Cronbach (1951), Psychometrika 16(3), 297-334.

    >>> round(cronbach_alpha(np.array([[1.0, 2], [2, 1], [3, 4], [4, 3]])), 12)
    0.75
    """
    items, total = points.shape[1], points.sum(axis=1)
    if items < 2 or _is_constant(total):
        return None
    return float(items / (items - 1) * (1 - points.var(axis=0, ddof=1).sum() / total.var(ddof=1)))


def mcdonald_omega(points: Numbers) -> float | NoOmega:
    """Return (Σλ)² / ((Σλ)² + Σψ) of complete points (n, k), or why there is none.

    λ and ψ are the loadings and the error variances of one factor, fitted to the covariances by maximum likelihood.
    At least three items and five cases for each; this least number goes up to tens, so that the reason says no more
    than the count in tens does. Source: McDonald (1999), Test Theory: A Unified Treatment, chapter 6 (omega of a
    one-factor model, "omega total").

    >>> from itertools import product
    >>> signs = np.array(list(product((-1.0, 1.0), repeat=4)) * 2)
    >>> block = signs[:, :1] + signs[:, 1:]  # three items of one factor, each half of it: 9 / (9 + 3)
    >>> round(mcdonald_omega(block), 9), round(cronbach_alpha(block), 9)
    (0.75, 0.75)
    """
    cases, items = points.shape
    if items < OMEGA_ITEMS:
        return NoOmega.FEW_ITEMS
    if cases < -(-CASES_AN_ITEM * items // 10) * 10:
        return NoOmega.FEW_CASES
    if any(map(_is_constant, points.T)):
        return NoOmega.CONSTANT_ITEM
    factor = fit_one_factor(np.cov(points, rowvar=False))
    return factor.omega if factor else NoOmega.IMPROPER


def standardised_alpha(points: Numbers) -> float | None:
    """Return k·r / (1 + (k−1)·r) of complete points (n, k), r the mean correlation between two items.

    None below two items, where an item does not vary, and where the standardised items cancel out.
    """
    items = points.shape[1]
    if items < 2 or any(map(_is_constant, points.T)):
        return None
    mean = (np.corrcoef(points, rowvar=False).sum() - items) / (items * (items - 1))
    spread = 1 + (items - 1) * mean
    return float(items * mean / spread) if spread > np.finfo(float).eps * items else None


def _reason(complete: Numbers) -> NoReliability | None:
    if complete.shape[1] < 2:
        return NoReliability.FEW_ITEMS
    if len(complete) < FEW:
        return NoReliability.FEW_CASES
    return NoReliability.NO_VARIANCE if _is_constant(complete.sum(axis=1)) else None


def _items(points: Numbers, codes: Sequence[str]) -> tuple[ItemReliability, ...]:
    others = [np.delete(points, place, axis=1) for place in range(len(codes))]
    return tuple(
        ItemReliability(code, _correlation(own, rest.sum(axis=1)), cronbach_alpha(rest))
        for code, own, rest in zip(codes, points.T, others, strict=True)
    )


def _correlation(one: Numbers, other: Numbers) -> float | None:
    if _is_constant(one) or _is_constant(other):
        return None
    return float(np.corrcoef(one, other)[0, 1])


def _is_constant(values: Numbers) -> bool:
    """Tell whether all are the same; exact for points, which are whole numbers."""
    return bool(np.ptp(values) == 0)
