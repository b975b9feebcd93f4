"""Make the indices of a round from tallies, by the formulas of docs/methodology.md.

Each formula has an identifier that tables print. What an answer is worth: H1 satisfied, H2 dissatisfied,
L1 its points, L2 its points above the lowest. How items come together: P1 pooled answers, P2 mean of
items, P3 mean of dimensions. No answer and not applicable leave the base. Nothing is rounded here.
"""

import hashlib
import json
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np

from survey.analysis.figures.domains import DomainSums, in_order
from survey.analysis.figures.estimates import Estimate
from survey.analysis.figures.pooling import Pooled, without_days
from survey.analysis.figures.results import OVERALL, IndexRow, RoundResults
from survey.analysis.figures.uncertainty import SumPlace, estimate_part, part_sums, worth_of
from survey.fieldwork import SurveyRound
from survey.instrument.model import (
    NO_ANSWER,
    NOT_APPLICABLE,
    OVERALL_LABEL,
    Aggregation,
    Definition,
    IndexMethod,
    Instrument,
    LocalText,
    Scale,
)
from survey.tallies import SYMBOLS, Integers, Moment, Numbers, Tally, layout_of

Formula: TypeAlias = Literal["H1", "H2", "L1", "L2"]
Bundles: TypeAlias = tuple[tuple[int, ...], ...]

DEFINITIONS: Mapping[Definition, Formula] = MappingProxyType(
    {"percent_satisfied": "H1", "mean_over_max": "L1", "mean_rescaled": "L2"}
)
AGGREGATIONS: Mapping[Aggregation, str] = MappingProxyType(
    {"pooled_answers": "P1", "mean_of_items": "P2", "mean_of_dimensions": "P3"}
)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the questionnaire with an index of its own.

    `dimensions` holds the record positions of its items, dimension by dimension; `place` says where its sums
    stand, in `Tally.moments` too unless it is a single item.
    """

    code: str
    label: LocalText
    dimensions: Bundles
    place: SumPlace


def formulas_of(method: IndexMethod) -> tuple[str, ...]:
    """Return the identifiers of the index: what an answer is worth, then how items come together."""
    return DEFINITIONS[method.definition], AGGREGATIONS[method.aggregation]


def worth(formula: Formula, scale: Scale) -> tuple[tuple[int, ...], int]:
    """Return what each option of the scale is worth, in its order, and the most an answer can be worth.

    H1, H2: methodology section 2.1; L1, L2: section 2.2. Dissatisfied mirrors satisfied on the scale.

    >>> from survey.instrument import load_instrument
    >>> worth("L1", load_instrument("sipas-2023").scale)
    ((1, 2, 3, 4, 5), 5)
    """
    points = [option.points or 0 for option in scale.options]
    low, high = min(points), scale.highest
    match formula:
        case "H1":
            return tuple(int(point >= scale.satisfied_from) for point in points), 1
        case "H2":
            return tuple(int(point <= low + high - scale.satisfied_from) for point in points), 1
        case "L1":
            return tuple(points), high
        case "L2":
            return tuple(point - low for point in points), high - low


def percent(formula: Formula, counts: Integers, *, scale: Scale, bundles: Bundles) -> Numbers:
    """Return 100 × worth over most worth per group: pooled within a bundle of positions, then the mean of bundles.

    `counts` is (groups, positions, symbols) as in `Tally`. A bundle without a valid answer leaves the
    mean; a group without any gets NaN.
    """
    worths, most = worth(formula, scale)
    answers = counts[:, :, _options(scale)]
    pooled = np.stack([answers[:, list(bundle)].sum(axis=1) for bundle in bundles], axis=1)
    of_bundles = _ratio(100 * (pooled @ np.array(worths)), most * pooled.sum(axis=2))
    return _ratio(np.nansum(of_bundles, axis=1), np.isfinite(of_bundles).sum(axis=1))


def bundles_of(part: Part, aggregation: Aggregation) -> Bundles:
    """Return the positions of `part` as they are pooled before the mean is taken (P1, P2, P3: section 2.3)."""
    positions = tuple(chain.from_iterable(part.dimensions))
    match aggregation:
        case "pooled_answers":
            return (positions,)
        case "mean_of_items":
            return tuple((position,) for position in positions)
        case "mean_of_dimensions":
            return part.dimensions


def compute_results(
    sums: DomainSums,
    instrument: Instrument,
    survey_round: SurveyRound,
    *,
    by: Collection[str],
    filters: Mapping[str, str] | None = None,
    final: bool = False,
) -> RoundResults:
    """Return every row `by` asks for, domain by domain, with the identity of the run.

    `sums` comes from `sum_by` with the same `by`, or from a stored run. `filters` tell what the counted
    responses were limited to, `final` that this is the last word on a sealed round. Raises UnknownCodeError
    on an axis that is not in `AXES`.
    """
    axes, limits = in_order(by), tuple(sorted((filters or {}).items()))
    return RoundResults(
        run=run_id(sums, instrument, survey_round, by=axes, filters=dict(limits), final=final),
        round_code=survey_round.code,
        round_title=survey_round.title,
        instrument_code=instrument.code,
        instrument_title=instrument.title,
        method=instrument.method,
        formulas=formulas_of(instrument.method),
        basis=survey_round.basis,
        simulated=survey_round.simulated,
        verified=instrument.verified,
        responses=int(sums.tally.responses.sum()),
        by=axes,
        rows=compute_rows(sums, instrument, by=axes),
        filters=limits,
        note=instrument.note,
    )


def compute_rows(
    sums: DomainSums,
    instrument: Instrument,
    *,
    by: Collection[str],
    pooled: Mapping[str, Pooled] = MappingProxyType({}),
) -> tuple[IndexRow, ...]:
    """Return the rows of each domain: dimensions and overall, items, all of these, or overall alone.

    `pooled` has, by part, the strata in place of those of `sums` where some of them are withheld.
    """
    columns = [_rows_of(part, sums, instrument, pooled.get(part.code)) for part in parts_of(instrument, by=by)]
    return tuple(chain.from_iterable(zip(*columns, strict=True)))


def parts_of(instrument: Instrument, *, by: Collection[str]) -> tuple[Part, ...]:
    """Return the parts that get a row: each dimension, its items as asked for, and last the whole."""
    dimensions = layout_of(instrument).dimensions
    inner = (_inner_parts(instrument, row, dimensions, by) for row in range(len(dimensions)))
    whole = Part(OVERALL, OVERALL_LABEL, dimensions, SumPlace(len(dimensions)))
    return (*chain.from_iterable(inner), *([whole] if "dimension" in by or "item" not in by else []))


def run_id(
    sums: DomainSums,
    instrument: Instrument,
    survey_round: SurveyRound,
    *,
    by: Collection[str],
    filters: Mapping[str, str],
    final: bool = False,
) -> str:
    """Return the SHA-256, in hexadecimal, of all that the figures follow from; equal inputs give equal identities."""
    inputs = {
        "round": survey_round.code,
        "instrument": instrument.digest,
        "method": asdict(instrument.method),
        "by": in_order(by),
        "filters": dict(filters),
        "final": final,
        "domains": [(domain.block, domain.agency_code, domain.service_point_code) for domain in sums.domains],
    }
    head = json.dumps(inputs, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(head.encode("ascii") + b"\n" + sums.strata.sums.to_bytes()).hexdigest()


def _inner_parts(instrument: Instrument, row: int, dimensions: Bundles, by: Collection[str]) -> Iterator[Part]:
    dimension, positions = instrument.dimensions[row], dimensions[row]
    if "dimension" in by:
        yield Part(dimension.code, dimension.label, (positions,), SumPlace(row))
    if "item" in by:
        first = len(dimensions) + 1 + sum(map(len, dimensions[:row]))
        for number, (item, position) in enumerate(zip(dimension.items, positions, strict=True), first):
            yield Part(item.code, item.short, ((position,),), SumPlace(number, position))


def _rows_of(part: Part, sums: DomainSums, instrument: Instrument, pooled: Pooled | None) -> list[IndexRow]:
    """Return the row of `part` for each domain."""
    figures = zip(*_figures(part, sums.tally, instrument), strict=True)
    bases = zip(*_bases(part, sums.tally, instrument.scale), strict=True)
    return [
        IndexRow(
            domain,
            part.code,
            part.label,
            index,
            satisfied,
            level,
            responses,
            answers,
            missing,
            aside,
            dissatisfied,
            estimate,
        )
        for domain, (index, satisfied, level, dissatisfied), (responses, answers, missing, aside), estimate in zip(
            sums.domains, figures, bases, _estimates(part, sums, instrument, pooled), strict=True
        )
    ]


def _estimates(
    part: Part, sums: DomainSums, instrument: Instrument, pooled: Pooled | None
) -> Sequence[Estimate | None]:
    """Return the estimate of the index per domain; a mean of several ratios has none, since no sums are kept for it."""
    method = instrument.method
    if len(bundles_of(part, method.aggregation)) > 1:
        return [None] * len(sums.domains)
    worths = worth_of(method.definition, instrument.scale)
    strata = pooled.strata if pooled else sums.strata
    kept = without_days(part_sums(strata, part.place, worths, instrument.scale), pooled)
    return estimate_part(kept, worths, groups=len(sums.domains))


def _figures(part: Part, tally: Tally, instrument: Instrument) -> Iterator[list[float | None]]:
    """Yield the index, percent satisfied, level and percent dissatisfied of each group."""
    bundles = bundles_of(part, instrument.method.aggregation)
    formulas: tuple[Formula, ...] = (DEFINITIONS[instrument.method.definition], "H1", "L1", "H2")
    for formula in formulas:
        values = percent(formula, tally.counts, scale=instrument.scale, bundles=bundles)
        yield [None if math.isnan(value) else value for value in values.tolist()]


def _bases(part: Part, tally: Tally, scale: Scale) -> Iterator[list[int]]:
    """Yield responses, answers, missing and not applicable of each group."""
    held = tally.counts[:, list(chain.from_iterable(part.dimensions))].sum(axis=1)
    answers = held[:, _options(scale)].sum(axis=1)
    single = part.place.item is not None
    yield (answers if single else tally.moments[:, part.place.row, Moment.RESPONSES]).tolist()
    yield answers.tolist()
    yield held[:, SYMBOLS.index(NO_ANSWER)].tolist()
    yield held[:, SYMBOLS.index(NOT_APPLICABLE)].tolist()


def _options(scale: Scale) -> list[int]:
    """Return the places of the scale's options on the symbol axis."""
    return [SYMBOLS.index(option.symbol) for option in scale.options]


def _ratio(numerator: Integers | Numbers, denominator: Integers) -> Numbers:
    """Divide; NaN where there is nothing to divide by."""
    ratio = np.full(denominator.shape, np.nan)
    np.divide(numerator, denominator, out=ratio, where=denominator > 0)
    return ratio
