"""Estimate from single responses under a declared sampling design: strata, clusters, weights, finite population.

The same formulas as from sums (`survey.analysis.figures.estimates`), to which every ratio is brought; the reference is
R's package `survey`. Sources: docs/method/uncertainty.md.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from survey.analysis.figures.estimates import ClusterKind, Estimate, Form, RatioSums, estimate_ratios
from survey.analysis.figures.intervals import t_quantiles
from survey.analysis.figures.ratio_sums import Spread
from survey.errors import DesignError
from survey.fieldwork import SamplingBasis
from survey.tallies import Integers, Numbers

Labels: TypeAlias = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A figure in its own unit, not in per cent: a total or a mean.

    `se`, `low` and `upp` are None where fewer than one degree of freedom is left; the 95% range is a plain t
    interval. `clusters` and `degrees` are as in `Estimate`.
    """

    value: float | None
    se: float | None
    low: float | None
    upp: float | None
    clusters: int
    degrees: float


@dataclass(frozen=True, slots=True, eq=False)
class SampleDesign:
    """How the responses were drawn: one entry of each array per response.

    `strata` and `clusters` are labels; equal labels in different strata are different clusters. `weights` are
    positive or zero, a response of weight zero is no draw. `population` tells, for probability samples only, how many
    clusters each stratum has in all. Raises DesignError on what cannot be.
    """

    strata: Labels
    clusters: Labels
    weights: Numbers
    population: Mapping[Hashable, float] | None = None
    basis: SamplingBasis = SamplingBasis.SELF_SELECTED
    cluster_kind: ClusterKind = ClusterKind.POINT_DAY

    def __post_init__(self) -> None:
        """Refuse arrays of different lengths, impossible weights and a population that cannot be."""
        if not len(self.strata) == len(self.clusters) == len(self.weights):
            raise DesignError("strata, clusters and weights must have one entry per response")
        if not (np.isfinite(self.weights) & (self.weights >= 0)).all():
            raise DesignError("a weight must be a number, zero or more")
        if self.population is not None and self.basis is not SamplingBasis.PROBABILITY:
            raise DesignError("only a probability sample has a finite-population correction: leave `population` out")

    @classmethod
    def simple(cls, size: int, *, basis: SamplingBasis = SamplingBasis.SELF_SELECTED) -> "SampleDesign":
        """Return the design of `size` responses drawn one by one from everybody."""
        return cls(np.zeros(size, np.int64), np.arange(size), np.ones(size), None, basis, ClusterKind.RESPONDENT)

    def ratio(
        self,
        y: ArrayLike,
        n: ArrayLike,
        *,
        most: int,
        form: Form,
        least: int = 0,
        by: ArrayLike | None = None,
        spread: Callable[[Numbers], Spread] | None = None,
        cluster_kind: ClusterKind | None = None,
    ) -> dict[Hashable, Estimate]:
        """Return 100·Σwy / (most·Σwn) of each domain `by` names, in sorted order; without it one, under None.

        y (responses,) sums what the valid answers of a response are worth, n counts them; NaN in either is no
        valid answer. The strata stay those of the whole sample: draws outside a domain count as zeros (R's
        `svyratio` of a `subset`). `spread` gives the variance of fitted weights in place of the design's, and
        `cluster_kind` what its draws are called. Raises DesignError unless there is one number per
        response, and ValueError as `estimate_ratios` does.

        >>> design = SampleDesign.simple(4)
        >>> design.ratio([1, 1, 0, 1], [1, 1, 1, 1], most=1, form=Form.SHARE)[None].value
        75.0
        """
        draws = self._draws()
        worth, valid = (self._finite(part)[draws.rows] for part in (y, n))
        given = ~(np.isnan(worth) | np.isnan(valid))
        names, domain = self._domains(by)
        rows = _Rows(np.where(given, worth, 0.0), np.where(given, valid, 0.0), domain[draws.rows], len(names))
        sums, stratum = _sums(draws, rows)
        estimates = estimate_ratios(
            sums,
            groups=rows.domains,
            most=most,
            least=least,
            form=form,
            cluster_kind=cluster_kind or self.cluster_kind,
            fraction=draws.fraction[stratum],
            sampled=draws.sampled[stratum],
            respondents=_reference(draws, rows),
            spread=spread,
        )
        return dict(zip(names, estimates, strict=True))

    def variances(self) -> Callable[[Numbers], float]:
        """Return what gives the variance of Σ parts (n,), weights included, between draws within strata."""
        draws = self._draws()
        return lambda parts: _variance(draws, parts[draws.rows])

    def total(self, y: ArrayLike) -> Quantity:
        """Return Σwy (R's `svytotal`); NaN counts as nothing."""
        draws = self._draws()
        worth = np.nan_to_num(self._finite(y), nan=0.0)[draws.rows]
        return _quantity(draws, worth * draws.weights, float(draws.weights @ worth))

    def mean(self, y: ArrayLike) -> Quantity:
        """Return Σwy / Σw over the responses that have a y, in the unit of y (R's `svymean` with `na.rm`)."""
        draws = self._draws()
        given = self._finite(y)[draws.rows]
        weights = np.where(np.isnan(given), 0.0, draws.weights)
        worth, size = np.nan_to_num(given, nan=0.0), float(weights.sum())
        if not size:
            return Quantity(None, None, None, None, 0, 0.0)
        mean = float(weights @ worth) / size
        return _quantity(draws, weights * (worth - mean) / size, mean)

    def _domains(self, by: ArrayLike | None) -> tuple[list[Hashable], Integers]:
        """Return the names of the domains and the number of each response's."""
        if by is None:
            return [None], np.zeros(len(self.weights), np.int64)
        if np.shape(by) != self.weights.shape:
            raise DesignError("there must be one domain per response")
        names, domain = _coded(np.asarray(by))
        return names.tolist(), domain

    def _finite(self, values: ArrayLike) -> Numbers:
        array = np.asarray(values, float)
        if array.shape != self.weights.shape or np.isinf(array).any():
            raise DesignError("there must be one number per response")
        return array

    def _draws(self) -> "_Draws":
        rows = np.flatnonzero(self.weights > 0)
        names, strata = _coded(self.strata[rows])
        _, clusters = _coded(self.clusters[rows])
        # A cluster is numbered together with its stratum, so that equal labels in two strata stay apart.
        _, draw = np.unique(strata * (clusters.max(initial=0) + 1) + clusters, return_inverse=True)
        stratum = np.zeros(draw.max(initial=-1) + 1, np.int64)
        stratum[draw] = strata
        sampled = np.bincount(stratum, minlength=len(names))
        return _Draws(rows, self.weights[rows], draw, stratum, sampled, self._fractions(names, sampled))

    def _fractions(self, names: Labels, sampled: Integers) -> Numbers:
        """Return the share of its draws each stratum was sampled to; nothing of an unknown population."""
        if self.population is None:
            return np.zeros(len(names))
        unknown = [name for name in names.tolist() if name not in self.population]
        if unknown:
            raise DesignError(f"the population of stratum {unknown[0]!r} is missing")
        population = np.array([self.population[name] for name in names.tolist()], float)
        if not (population >= sampled).all():
            raise DesignError("a stratum cannot have fewer clusters in the population than in the sample")
        return np.asarray(sampled / population, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Draws:
    """The responses of positive weight (`rows`), the draw of each, and the stratum of each draw."""

    rows: Integers
    weights: Numbers
    draw: Integers
    stratum: Integers
    sampled: Integers
    fraction: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """What the responses of positive weight answered: their worth, their valid answers, the domain of each."""

    worth: Numbers
    valid: Numbers
    domain: Integers
    domains: int


def _coded(labels: Labels) -> tuple[Labels, Integers]:
    names, codes = np.unique(labels, return_inverse=True)
    return names, codes.astype(np.int64)


def _sums(draws: _Draws, rows: _Rows) -> tuple[RatioSums, Integers]:
    """Return the sums of every domain in every stratum, and the number of the stratum each belongs to."""
    strata, count = len(draws.sampled), max(len(draws.stratum), 1)
    met, place = np.unique(rows.domain * count + draws.draw, return_inverse=True)
    y, n = (np.bincount(place, draws.weights * part, len(met)) for part in (rows.worth, rows.valid))
    cell = met // count * strata + draws.stratum[met % count]
    answering = rows.domain * strata + draws.stratum[draws.draw]
    add = partial(np.bincount, minlength=rows.domains * strata)
    sums = RatioSums(
        draws=add(cell[n > 0]),
        n=add(cell, n),
        y=add(cell, y),
        nn=add(cell, n * n),
        yy=add(cell, y * y),
        yn=add(cell, y * n),
        responses=add(answering[rows.valid > 0]),
        answers=add(answering, rows.valid).astype(np.int64),
        group=np.repeat(np.arange(rows.domains), strata),
    )
    return sums, np.tile(np.arange(strata), rows.domains)


def _reference(draws: _Draws, rows: _Rows) -> RatioSums:
    """Return the sums whose variance is that of as many responses drawn simply at random, with replacement.

    The spread of the population is estimated with the weights: Σw · Σw z² / (m - 1), as in R's
    `svytotal(deff = "replace")`.
    """
    answered = rows.valid > 0
    add = partial(np.bincount, rows.domain, minlength=rows.domains)
    people = np.bincount(rows.domain[answered], minlength=rows.domains)
    y, n, w = rows.worth, rows.valid, draws.weights
    weight = add(w * answered) / np.maximum(people, 1)
    nn, yy, yn = (weight * add(w * part) for part in (n * n, y * y, y * n))
    return RatioSums(people, add(w * n), add(w * y), nn, yy, yn, people, people, np.arange(rows.domains))


def _quantity(draws: _Draws, parts: Numbers, value: float) -> Quantity:
    """Return the figure whose share of each response is `parts`, with the variance between draws within strata."""
    count = len(draws.stratum)
    degrees = float(count - len(draws.sampled))
    if degrees < 1:
        return Quantity(value, None, None, None, count, degrees)
    error = float(np.sqrt(_variance(draws, parts)))
    half = error * float(t_quantiles(np.array([degrees]))[0])
    return Quantity(value, error, value - half, value + half, count, degrees)


def _variance(draws: _Draws, parts: Numbers) -> float:
    """Return Σ_h (1 - f_h) m_h / (m_h - 1) Σ(z - z̄_h)² with z the sum of the parts of a draw."""
    z = np.bincount(draws.draw, parts, len(draws.stratum))
    sampled = draws.sampled
    mean = np.bincount(draws.stratum, z, len(sampled)) / sampled
    centre = np.where(sampled > 1, mean, 0.0)[draws.stratum]
    spread = np.bincount(draws.stratum, (z - centre) ** 2, len(sampled))
    factor = np.where(sampled > 1, sampled / np.maximum(sampled - 1, 1), 1) * (1 - draws.fraction)
    return float(factor @ spread)
