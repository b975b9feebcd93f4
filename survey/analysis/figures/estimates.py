"""Figures with their uncertainty, made from sums that add. Formulas and sources: docs/method/uncertainty.md."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from survey.analysis.figures.intervals import agreeing, effective_answers, logit_t, t_quantiles, wilson
from survey.analysis.figures.ratio_sums import RatioSums as RatioSums
from survey.analysis.figures.ratio_sums import Spread, Sums, divided, ratio_variances
from survey.tallies import Integers, Numbers

FEW = 30
LEAST_CLUSTERS = 10
# Below this many draws nothing is ranked, called a fall or a rise, or coloured.
LEAST_DRAWS = 4

Flags: TypeAlias = NDArray[np.bool_]


class ClusterKind(StrEnum):
    """What the variance treats as one independent draw; tables name it.

    Days of an agency, with what is shared in the weeks of a service point, wherever the days are known. Runs
    published before that rule drew days of service points where there were at least `LEAST_CLUSTERS`, else respondents.
    """

    DAY_AND_WEEK = "day_and_week"
    POINT_DAY = "point_day"
    RESPONDENT = "respondent"


class Form(StrEnum):
    """What a figure is: the share of answers that are satisfied, or the level the answers reach on the scale."""

    SHARE = "share"
    LEVEL = "level"


class Caution(StrEnum):
    """Why a figure must be read with care."""

    FEW_RESPONSES = "few_responses"
    FEW_CLUSTERS = "few_clusters"
    LONELY_STRATUM = "lonely_stratum"
    ALL_EQUAL = "all_equal"
    NO_VARIANCE = "no_variance"
    FEW_DRAWS = "few_draws"


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure in per cent (0-100) with its uncertainty.

    `value` is None without a valid answer, `se` (percentage points) where fewer than one degree of freedom is
    left; `low` and `upp` bound the 95% range. `responses` gave at least one valid answer, `answers` counts
    those, `clusters` the independent draws the variance rests on, of which `degrees` vary freely.
    `design_effect` compares with a simple random sample, with replacement, of as many responses; `effective` is
    the size of the simple random sample that would be as precise. Both are None where nothing varies.
    """

    value: float | None
    se: float | None
    low: float | None
    upp: float | None
    responses: int
    answers: int
    clusters: int
    cluster_kind: ClusterKind
    degrees: float
    design_effect: float | None
    effective: float | None
    cautions: tuple[Caution, ...] = ()


def estimate_ratios(
    sums: RatioSums,
    *,
    groups: int,
    most: int,
    form: Form,
    least: int = 0,
    cluster_kind: ClusterKind = ClusterKind.RESPONDENT,
    fraction: Numbers | None = None,
    sampled: Integers | None = None,
    respondents: RatioSums | None = None,
    spread: Callable[[Numbers], Spread] | None = None,
) -> list[Estimate]:
    """Return the estimate of 100·Σy / (most·Σn) for each of `groups` domains.

    An answer adds `least` to `most` to y. `fraction` (strata,) is the share of all draws that was sampled, for
    probability samples only. `sampled` (strata,) counts the draws of the whole sample where a domain meets
    only some of them; those it does not meet count as zeros. `respondents` are the sums with each response as
    a draw, the reference of the design effect; without them the draws themselves, their strata put together,
    are the reference if they are respondents, and there is none if they are not. `spread` returns the variance of the
    ratios it is given, in place of that of the draws. Raises ValueError on sums that no answers can have.

    Source: Taylor linearisation, R's `survey::svyratio` with `lonely.psu = "adjust"`.

    >>> one = np.array([1])  # 100 responses to one question, 85 of them satisfied
    >>> sums = RatioSums(100 * one, 100 * one, 85 * one, 100 * one, 85 * one, 85 * one, 100 * one, 100 * one, 0 * one)
    >>> estimate = estimate_ratios(sums, groups=1, most=1, form=Form.SHARE)[0]
    >>> [round(figure, 2) for figure in (estimate.value, estimate.se, estimate.low, estimate.upp)]
    [85.0, 3.59, 76.55, 90.77]
    """
    _check(sums, groups, fraction)
    total = _totals(sums, groups)
    ratio = divided(total.y, total.n)
    _check_range(ratio, least, most)
    scatter, variance = ratio_variances(sums, ratio, groups=groups, fraction=fraction, sampled=sampled)
    degrees = (total.draws - np.bincount(sums.group, sums.draws > 0, groups)).clip(min=0)
    draws = total.draws
    if spread is not None:
        supplied = spread(ratio)
        scatter, variance, degrees, draws = supplied.variance, supplied.variance, supplied.degrees, supplied.draws
    simple = _simple_variance(sums, ratio, groups, cluster_kind, respondents)
    outside = (
        1 if fraction is None else divided(np.bincount(sums.group, sums.draws * (1 - fraction), groups), total.draws)
    )
    left = np.where(scatter > 0, divided(variance, scatter), outside)
    low, upp = _limits(total, ratio, (scatter, left), degrees=degrees, form=form, scale=(least, most))
    effect = divided(variance, simple)
    alone = (sums.draws if sampled is None else sampled) == 1
    lonely = np.bincount(sums.group, alone & (sums.draws > 0), groups) > 0
    return _estimates(
        (100 * ratio / most, 100 / most * np.where(degrees < 1, np.nan, np.sqrt(variance)), low, upp),
        (total.responses, total.answers, draws),
        (effect, divided(total.responses, effect)),
        kind=cluster_kind,
        degrees=degrees,
        cautions=_cautions(total, (draws, degrees), scatter == 0, lonely),
    )


def _check(sums: RatioSums, groups: int, fraction: Numbers | None) -> None:
    arrays = [getattr(sums, field.name) for field in fields(sums)]
    if any(array.shape != sums.group.shape or not np.isfinite(array).all() for array in arrays):
        raise ValueError("sums must be finite, one of each kind for every stratum")
    if any((array < 0).any() for array in arrays) or (sums.group >= groups).any():
        raise ValueError(f"no sum may be negative, and groups go from 0 to {groups - 1}")
    if fraction is not None and not ((fraction >= 0) & (fraction <= 1)).all():
        raise ValueError("a sampling fraction lies between 0 and 1")


def _check_range(ratio: Numbers, least: int, most: int) -> None:
    if ((ratio < least - 1e-9) | (ratio > most + 1e-9)).any():
        raise ValueError(f"the mean of an answer must lie between {least} and {most}")


def _totals(sums: RatioSums, groups: int) -> RatioSums:
    """Add the strata of each domain up."""
    named = {field.name: np.bincount(sums.group, getattr(sums, field.name), groups) for field in fields(sums)}
    return RatioSums(**(named | {"group": np.arange(groups)}))


def _simple_variance(
    sums: RatioSums, ratio: Numbers, groups: int, kind: ClusterKind, respondents: RatioSums | None
) -> Numbers:
    """Return the variance that a simple random sample of as many responses would have; NaN where it is unknown."""
    if respondents is None and kind is not ClusterKind.RESPONDENT:
        return np.full(groups, np.nan)
    reference = _totals(sums if respondents is None else respondents, groups)
    return ratio_variances(reference, ratio, groups=groups)[0]


def _limits(
    total: RatioSums,
    ratio: Numbers,
    spread: tuple[Numbers, Numbers],
    *,
    degrees: Numbers,
    form: Form,
    scale: tuple[int, int],
) -> tuple[Numbers, Numbers]:
    """Return the limits in per cent; the whole scale where nothing can be said.

    `spread` is the variance with replacement and what part of it a finite population leaves.
    """
    least, most = scale
    place = np.clip((ratio - least) / (most - least), 0, 1)
    scatter, left = spread
    even = divided(total.n**2, total.nn)
    heads = divided(total.responses * even, total.draws)
    quantile = t_quantiles(degrees)
    certain = effective_answers(place, scatter / (most - least) ** 2, draws=even, responses=heads)
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = (wilson if form is Form.SHARE else logit_t)(place, certain / left, quantile)
        agreed = agreeing(place, even / left, quantile)
    both = (np.where(scatter > 0, drawn_end, agreed_end) for drawn_end, agreed_end in zip(drawn, agreed, strict=True))
    known, nothing = degrees >= 1, (np.zeros_like(place), np.ones_like(place))
    ends = (np.where(known, each, end) for each, end in zip(both, nothing, strict=True))
    low, upp = (np.where(np.isnan(ratio), np.nan, 100 * (least + (most - least) * end) / most) for end in ends)
    return np.fmin(low, 100 * ratio / most), np.fmax(upp, 100 * ratio / most)


def _cautions(total: RatioSums, drawn: tuple[Sums, Numbers], agree: Flags, lonely: Flags) -> list[tuple[Caution, ...]]:
    draws, degrees = drawn
    some, known = total.n > 0, degrees >= 1
    few = total.responses < FEW, draws < LEAST_CLUSTERS
    flags = (*few, lonely, known & agree, ~known, draws < LEAST_DRAWS)
    # Thousands of figures share few combinations, so each is made once and looked up by number.
    ways = [tuple(caution for bit, caution in enumerate(Caution) if way >> bit & 1) for way in range(2 ** len(Caution))]
    numbers = sum((some & flag) * 2**place for place, flag in enumerate(flags))
    return [ways[number] for number in np.asarray(numbers).tolist()]


def _estimates(
    figures: tuple[Numbers, ...],
    counts: tuple[Sums, ...],
    effects: tuple[Numbers, ...],
    *,
    kind: ClusterKind,
    degrees: Numbers,
    cautions: list[tuple[Caution, ...]],
) -> list[Estimate]:
    value, se, low, upp, effect, effective = (_optional(array) for array in (*figures, *effects))
    responses, answers, clusters = (array.astype(np.int64).tolist() for array in counts)
    columns = (value, se, low, upp, responses, answers, clusters, degrees.tolist(), effect, effective, cautions)
    return [
        Estimate(figure, error, below, above, people, given, draws, kind, free, deff, worth, reasons)
        for figure, error, below, above, people, given, draws, free, deff, worth, reasons in zip(*columns, strict=True)
    ]


def _optional(array: Numbers) -> list[float | None]:
    return [None if figure != figure else figure for figure in array.tolist()]
