"""Tell which dimensions or items go with the answer to the overall question, by relative weights.

Only where the round asked the separate overall question: an index explained by the items it is made of is
circular, and is refused. Everything here is association, never cause. Formulas, limits and the numbers
they were checked against: docs/method/drivers.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from survey.analysis.drivers.driver_places import QUADRANTS, Driver, is_apart, level_margins
from survey.analysis.drivers.relative_weights import ZERO, RelativeWeights, is_associated, weigh
from survey.analysis.figures.estimates import FEW, LEAST_DRAWS, ClusterKind
from survey.analysis.figures.frames import RespondentFrames, dimension_scores, overall_question, unpack_records
from survey.analysis.figures.indices import Part, bundles_of, parts_of, percent
from survey.analysis.figures.results import OVERALL
from survey.fieldwork import SurveyRound
from survey.instrument.model import Instrument
from survey.tallies import Characters, Integers, Numbers, layout_of, tally

LEAST_FOR_DRIVERS = 100
CASES_PER_PREDICTOR = 10
# With fewer answers apart from the commonest one, resampling would keep meeting samples in which all agree.
LEAST_APART = 10
SIGNIFICANCE = 0.05
REPLICATES = 1000
SEED = 2000
# Strong dependence, after Belsley, Kuh and Welsch (1980).
MOST_CONDITION = 30

By: TypeAlias = Literal["dimension", "item"]


class NoDrivers(StrEnum):
    """Why drivers are refused."""

    NOT_ASKED = "not_asked"
    FEW_CASES = "few_cases"
    FEW_PREDICTORS = "few_predictors"
    TOO_ALIKE = "too_alike"
    NO_ASSOCIATION = "no_association"
    WITHHELD = "withheld"
    FEW_DRAWS = "few_draws"


class DriversCaution(StrEnum):
    """Why drivers must be read with care."""

    MANY_INCOMPLETE = "many_incomplete"
    COLLINEAR = "collinear"
    FEW_CLUSTERS = "few_clusters"


@dataclass(frozen=True, slots=True)
class DriversRefusal:
    """No drivers, and why; `cases` complete responses there are, `needed` how many there must be (0: not counted)."""

    reason: NoDrivers
    cases: int = 0
    needed: int = 0


@dataclass(frozen=True, slots=True)
class Drivers:
    """The drivers of one set of responses, in the order of the form.

    `r_squared` (0-1) is how much of the variance of the overall answer goes with the parts. `cases` answered the
    overall question and every part, of `responses` that answered the overall question. The ranges rest on `clusters`
    independent draws resampled `replicates` times from `seed`. `left_out` names the parts that were not answered
    or did not vary.
    """

    rows: tuple[Driver, ...]
    r_squared: float
    mean_importance: float
    mean_performance: float
    responses: int
    cases: int
    clusters: int
    cluster_kind: ClusterKind
    replicates: int
    seed: int
    left_out: tuple[str, ...]
    cautions: tuple[DriversCaution, ...]


def needed_for(predictors: int) -> int:
    """Return how many complete responses drivers need: 10 for each predictor, and 100 at the least.

    >>> needed_for(5), needed_for(16)
    (100, 160)
    """
    return max(LEAST_FOR_DRIVERS, CASES_PER_PREDICTOR * predictors)


def find_drivers(
    records: Characters | bytes,
    instrument: Instrument,
    survey_round: SurveyRound,
    *,
    by: By = "dimension",
    clusters: Integers | None = None,
    levels: Mapping[str, float] | None = None,
    seed: int = SEED,
    replicates: int = REPLICATES,
) -> Drivers | DriversRefusal:
    """Return the drivers of the overall answer among the dimensions or the items, or why there are none.

    `records` are those of `unpack_records`; `clusters` (n,) numbers the service-point day of each, which are
    resampled, 4 of them at the least; without them respondents are. `levels` are the published levels of the
    parts, which performance then is; without them it is made of the records. The order of the responses changes
    nothing. Raises what `unpack_records` does, and ValueError when there are not as many clusters as records.
    """
    overall = overall_question(instrument)
    if overall is None or overall.code not in survey_round.asks:
        return DriversRefusal(NoDrivers.NOT_ASKED)
    cases = _complete(unpack_records(records, instrument), instrument, by)
    if clusters is not None and clusters.shape != cases.rows.shape:
        raise ValueError("there must be one cluster number for each record")
    labels = None if clusters is None else clusters[cases.rows]
    refusal = _refusal(cases, labels)
    if refusal:
        return refusal
    parts = [part for part in parts_of(instrument, by=(by,)) if part.code != OVERALL]
    kept = [parts[place] for place in cases.columns]
    if levels is not None and any(part.code not in levels for part in kept):
        return DriversRefusal(NoDrivers.WITHHELD)
    weights = weigh(cases.values, clusters=labels, seed=seed, replicates=replicates)
    performance = _performance(records, kept, instrument) if levels is None else [levels[part.code] for part in kept]
    margins = level_margins(records, kept, instrument, clusters=clusters)
    rows = _rows(kept, weights, performance, margins)
    return Drivers(
        rows=rows,
        r_squared=weights.r_squared,
        mean_importance=100 / len(rows),
        mean_performance=sum(row.performance for row in rows) / len(rows),
        responses=cases.responses,
        cases=len(cases.values),
        clusters=weights.clusters,
        cluster_kind=weights.cluster_kind,
        replicates=weights.replicates,
        seed=seed,
        left_out=tuple(part.code for place, part in enumerate(parts) if place not in cases.columns),
        cautions=_cautions(cases, weights),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Cases:
    """The complete responses: which `rows`, which parts (`columns`), and the `values` of these and of the overall."""

    rows: NDArray[np.bool_]
    columns: Integers
    values: Numbers
    responses: int
    needed: int


def _complete(frames: RespondentFrames, instrument: Instrument, by: By) -> _Cases:
    """Keep the parts that somebody answered, the responses complete in them, and then the parts that vary."""
    scores = (frames.items if by == "item" else dimension_scores(frames.items, instrument)).to_numpy()
    overall = np.asarray(frames.overall, np.float64)
    has_overall = np.isfinite(overall)
    answered = np.flatnonzero(np.isfinite(scores[has_overall]).any(axis=0))
    rows = has_overall & np.isfinite(scores[:, answered]).all(axis=1)
    columns = np.array([place for place in answered if len(np.unique(scores[rows, place])) > 1], np.int64)
    values = np.column_stack([scores[rows][:, columns], overall[rows]])
    return _Cases(rows, columns, values, int(has_overall.sum()), needed_for(len(answered)))


def _refusal(cases: _Cases, labels: Integers | None) -> DriversRefusal | None:
    count = len(cases.values)
    if count < cases.needed:
        return DriversRefusal(NoDrivers.FEW_CASES, count, cases.needed)
    if count - np.unique(cases.values[:, -1], return_counts=True)[1].max() < LEAST_APART:
        return DriversRefusal(NoDrivers.TOO_ALIKE, count, cases.needed)
    if labels is not None and len(np.unique(labels)) < LEAST_DRAWS:
        return DriversRefusal(NoDrivers.FEW_DRAWS, count, cases.needed)
    if len(cases.columns) < 2:
        return DriversRefusal(NoDrivers.FEW_PREDICTORS, count, cases.needed)
    return (
        None
        if is_associated(cases.values, SIGNIFICANCE)
        else DriversRefusal(NoDrivers.NO_ASSOCIATION, count, cases.needed)
    )


def _performance(records: Characters | bytes, parts: Sequence[Part], instrument: Instrument) -> list[float]:
    """Return the level of each part from all records, complete or not: the figure other tables show."""
    layout = layout_of(instrument)
    count = len(records) // layout.width if isinstance(records, bytes) else len(records)
    counts = tally(records, layout, groups=np.zeros(count, np.int64), size=1).counts
    bundles = [bundles_of(part, instrument.method.aggregation) for part in parts]
    return [float(percent("L1", counts, scale=instrument.scale, bundles=some)[0]) for some in bundles]


def _rows(
    parts: Sequence[Part], weights: RelativeWeights, performance: Sequence[float], margins: Sequence[float]
) -> tuple[Driver, ...]:
    even, level = 100 / len(parts), sum(performance) / len(performance)
    figures = zip(parts, weights.importance, weights.low, weights.upp, performance, margins, strict=True)
    return tuple(
        Driver(
            part=part.code,
            label=part.label,
            importance=float(importance),
            low=float(low),
            upp=float(upp),
            performance=own,
            quadrant=QUADRANTS[bool(importance >= even - ZERO), own >= level - ZERO],
            placed=not low <= even <= upp and is_apart(own, level, margin),
            margin=margin if np.isfinite(margin) else None,
        )
        for part, importance, low, upp, own, margin in figures
    )


def _cautions(cases: _Cases, weights: RelativeWeights) -> tuple[DriversCaution, ...]:
    flags = {
        DriversCaution.MANY_INCOMPLETE: 2 * len(cases.values) < cases.responses,
        DriversCaution.COLLINEAR: weights.condition > MOST_CONDITION,
        DriversCaution.FEW_CLUSTERS: weights.clusters < FEW,
    }
    return tuple(caution for caution, applies in flags.items() if applies)
