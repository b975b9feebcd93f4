"""Figures with weights fitted to known totals, beside those without. Formulas: docs/method/weighting.md, section 8."""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from survey import wording
from survey.analysis.figures.estimates import ClusterKind, Estimate
from survey.analysis.figures.indices import Part, parts_of
from survey.analysis.figures.ratio_sums import Spread
from survey.analysis.figures.results import Domain, IndexRow
from survey.analysis.figures.uncertainty import Worth, worth_of
from survey.analysis.sampling.calibration import (
    FittedMargins,
    fitted_margins,
    median_limits,
    post_stratify,
    rake,
    ratio_scores,
    trim,
)
from survey.analysis.sampling.design import SampleDesign
from survey.analysis.sampling.margins import Margin
from survey.analysis.sampling.respondents import Respondents
from survey.analysis.weights.weighting import Step, Weights, start_weights
from survey.errors import WeightingError
from survey.fieldwork import SurveyRound
from survey.instrument.model import Instrument, LocalText
from survey.tallies import Integers, Numbers
from survey.wording import Phrase

# What rounding leaves of a variance where all agree is nothing.
NOISE = 1e-12


@dataclass(frozen=True, slots=True)
class FittedRow:
    """The index of a part in a domain with the fitted weights, and with every response counting once."""

    row: IndexRow
    unweighted: float | None


@dataclass(frozen=True, slots=True)
class Weighed:
    """The index with fitted weights beside the one without, and what the weights cost.

    `responses` are in the round, `used` of them were weighed; `left_out` tells, by question, how many did not answer
    it. `file` and `design` are the SHA-256 of the margins and of the design file the weights start from; without a
    design every response starts with 1. `words` has every category by margin and code, `titles` the margins; `steps`
    are those of `Weights.history`. `withheld` rows of too few responses are left out.
    """

    survey_round: SurveyRound
    instrument: Instrument
    file: str
    responses: int
    used: int
    left_out: Mapping[str, int]
    design: str | None
    by: tuple[str, ...]
    words: Mapping[tuple[str, str], LocalText]
    titles: Mapping[str, LocalText]
    steps: tuple[Step, ...]
    rows: tuple[FittedRow, ...]
    withheld: int


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """What the variance treats as independent: one design, or the days and weeks that answers share.

    `ways` are designs over the same responses, of which those in `used` are weighed: the others were drawn all the
    same, and count as zeros (R's `subset` of a design). With three ways the variance is two-way: days of service
    points, days of agencies, weeks of service points, every agency a stratum.
    """

    ways: tuple[SampleDesign, ...]
    variances: tuple[Callable[[Numbers], float], ...]
    used: NDArray[np.bool_]

    @classmethod
    def of(cls, *ways: SampleDesign, used: NDArray[np.bool_]) -> "Draws":
        """Return the draws of some designs."""
        return cls(ways, tuple(one.variances() for one in ways), used)

    def variance(self, scores: Numbers) -> float:
        """Return the variance of the sum of contributions of those who are weighed (n,), weights included.

        Two-way it is max(V_pd, V_day + V_pw - V_pd): Cameron, Gelbach and Miller (2011), Journal of Business &
        Economic Statistics 29, 238-249.
        """
        every = np.zeros(len(self.used))
        every[self.used] = scores
        first, *others = (of(every) for of in self.variances)
        return max(first, sum(others) - first) if others else first

    def degrees(self, answered: Numbers) -> tuple[int, float]:
        """Return the draws with an answer and what of them varies freely, the fewest of the ways."""
        rows = np.flatnonzero(self.used)[answered > 0]
        told, *others = (_draws_of(one, rows) for one in (self.ways[1:] or self.ways))
        return told[0], float(min(number - strata for number, strata in (told, *others)))


def declared_draws(design: SampleDesign, used: NDArray[np.bool_]) -> Draws:
    """Return the draws of a declared design, of whose responses some are weighed."""
    names, strata = np.unique(design.strata, return_inverse=True)
    size: dict[Hashable, float] = {place: (design.population or {})[name] for place, name in enumerate(names.tolist())}
    return Draws.of(replace(design, strata=strata, population=size), used=used)


def days_and_weeks(respondents: Respondents) -> Draws:
    """Return the draws where nobody was drawn: answers are alike within an agency's day and a counter's week."""
    strata, ones = np.unique(respondents.units("agency"), return_inverse=True)[1], np.ones(len(respondents))
    ways = respondents.point_days, respondents.agency_days, respondents.point_weeks
    designs = (SampleDesign(strata, way, ones, cluster_kind=ClusterKind.DAY_AND_WEEK) for way in ways)
    return Draws.of(*designs, used=np.ones(len(respondents), np.bool_))


def fit_weights(
    start: Numbers, margins: Sequence[Margin], *, lower: float | None = None, upper: float | None = None
) -> Weights:
    """Return weights (n,) fitted to margins: post-stratified to one, raked to several.

    With `lower` or `upper`, multiples of the median of the fitted weights, none leaves them and every total still
    holds. Raises WeightingError as `rake` and `trim` do.
    """
    begun = start_weights(start)
    weights = post_stratify(begun, margins[0]) if len(margins) == 1 else rake(begun, margins)
    if lower is None and upper is None:
        return weights
    limits = median_limits(weights, lower=lower or 0.0, upper=np.inf if upper is None else upper)
    return trim(weights, margins, limits=limits)


def fitted_rows(
    respondents: Respondents, weights: Weights, margins: Sequence[Margin], draws: Draws, *, by: Collection[str]
) -> tuple[FittedRow, ...]:
    """Return the index with and without weights, of every domain with responses and part that `by` asks for.

    `margins` are all that the weights were fitted to, together. Raises WeightingError where the index is a mean of
    several ratios.
    """
    method = respondents.instrument.method
    if method.aggregation != "pooled_answers":
        raise WeightingError(Phrase(wording.NOT_WEIGHTED))
    worth = worth_of(method.definition, respondents.instrument.scale)
    rows_of = partial(_rows_of, respondents, weights, fitted_margins(weights, margins), draws, worth, by)
    parts = parts_of(respondents.instrument, by=by)
    columns = [rows_of(part) for part in parts]
    return tuple(row for rows in zip(*columns, strict=True) for row in rows)


def _rows_of(
    respondents: Respondents,
    weights: Weights,
    fitted: FittedMargins,
    draws: Draws,
    worth: Worth,
    by: Collection[str],
    part: Part,
) -> list[FittedRow]:
    domains, place = respondents.domains(by)
    y, n = respondents.sums(part, worth)
    first = draws.ways[0]
    strata, clusters = (labels[draws.used] for labels in (first.strata, first.clusters))
    design = SampleDesign(strata, clusters, weights.values, first.population, first.basis)

    def spread(_ratio: Numbers) -> Spread:
        spreads = [_spread_of(y * own, n * own, weights, fitted, draws) for own in _indicators(place)]
        variance, degrees, draw_counts = zip(*spreads, strict=True)
        return Spread(np.array(variance), np.array(degrees), np.array(draw_counts, np.int64))

    estimates = design.ratio(
        y,
        n,
        most=worth.most,
        least=worth.least,
        form=worth.form,
        by=place,
        spread=spread,
        cluster_kind=first.cluster_kind,
    )
    return [
        FittedRow(_row(domains[number], part, estimate), _plain(y, n, place == number, worth))
        for number, estimate in ((int(str(name)), value) for name, value in estimates.items())
    ]


def _row(domain: Domain, part: Part, estimate: Estimate) -> IndexRow:
    value, responses, answers = estimate.value, estimate.responses, estimate.answers
    return IndexRow(domain, part.code, part.label, value, None, None, responses, answers, None, None, None, estimate)


def _indicators(place: Integers) -> list[Numbers]:
    return [(place == number).astype(np.float64) for number in np.unique(place)]


def _spread_of(
    y: Numbers, n: Numbers, weights: Weights, fitted: FittedMargins, draws: Draws
) -> tuple[float, float, int]:
    """Return the variance of a domain's ratio, its degrees of freedom, and the draws people are told of."""
    draw_count, degrees = draws.degrees(n)
    ratio, scores = ratio_scores(y, n, weights, fitted)
    if ratio is None:
        return np.nan, 0.0, draw_count
    size = weights.values * (np.abs(y) + ratio * n) / float(weights.values @ n)
    variance = draws.variance(scores)
    return (variance if variance > NOISE * float(size @ size) else 0.0), degrees, draw_count


def _draws_of(design: SampleDesign, rows: Integers) -> tuple[int, int]:
    """Return how many draws, and how many strata, some responses belong to."""
    pairs = {*zip(design.strata[rows].tolist(), design.clusters[rows].tolist(), strict=True)}
    return len(pairs), len({stratum for stratum, _ in pairs})


def _plain(y: Numbers, n: Numbers, own: NDArray[np.bool_], worth: Worth) -> float | None:
    base = float(n @ own)
    return 100 * float(y @ own) / (worth.most * base) if base else None
