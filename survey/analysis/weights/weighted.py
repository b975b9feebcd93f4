"""The index weighted by visits: each service point counts as much as the people it served."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from survey.analysis.figures.domains import DomainSums, sum_by
from survey.analysis.figures.estimates import Estimate
from survey.analysis.figures.indices import compute_rows, parts_of
from survey.analysis.figures.results import Domain, IndexRow, Weighting
from survey.analysis.figures.uncertainty import estimate_part, part_sums, worth_of
from survey.analysis.weights.weighting import base_weights
from survey.errors import WeightingError
from survey.instrument.model import Definition, Instrument
from survey.tallies import Counted, Numbers

SHOWN: tuple[Definition, ...] = ("percent_satisfied", "mean_over_max")


@dataclass(frozen=True, slots=True)
class Visits:
    """People served in the time of a round, by service point code and by agency code, of those counted in full.

    `uncounted` names the service points whose visits nobody counted, or not on all days that the others were counted,
    with the first and the last day that is missing.
    """

    points: Mapping[str, int]
    agencies: Mapping[str, int]
    uncounted: Mapping[str, tuple[date, date]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WeightedRows:
    """The rows of a weighted index, and what the weights did."""

    rows: tuple[IndexRow, ...]
    weighting: Weighting


def weighted_rows(
    counted: Counted, points: Sequence[Domain], visits: Visits, instrument: Instrument, *, by: Collection[str]
) -> WeightedRows:
    """Return the rows `by` asks for, each response counting for the visits it stands for.

    `counted` is group by group that of the service points `points`. A response weighs visits over responses of its
    service point where all service points of its agency with responses were counted in full, else of its agency, if
    that was counted as a whole. Service points are the strata of the standard errors; a design effect is not given,
    the effect of weighting is. Raises WeightingError, by name of the service point, where responses have no visits,
    or where the index is a mean of several ratios. Source: docs/method/weighting.md.
    """
    if instrument.method.aggregation != "pooled_answers":
        raise WeightingError("an index that is a mean of items or of dimensions cannot be weighted by visits")
    weights, weighting = _weights(counted.tally.responses.tolist(), points, visits)
    # Service points differ in weight, so that no agency's days add up.
    apart = replace(counted, clusters=counted.clusters.alone())
    sums = sum_by(apart, points, by=by, strata="service_point")
    estimates = {
        definition: _estimates(sums, weights, definition, instrument, by=by)
        for definition in {*SHOWN, instrument.method.definition}
    }
    rows = compute_rows(sum_by(counted, points, by=by), instrument, by=by)
    return WeightedRows(tuple(refigured(row, estimates, instrument) for row in rows), weighting)


def _weights(responses: Sequence[int], points: Sequence[Domain], visits: Visits) -> tuple[Numbers, Weighting]:
    """Return the weight of each service point's responses, 1 where there are none, and what the weights do."""
    answered = {point.service_point_code: number for point, number in zip(points, responses, strict=True)}
    by_point = {agency: _is_by_point(agency, codes, answered, visits) for agency, codes in _by_agency(points).items()}
    _refuse_uncounted(points, answered, by_point, visits)
    unit_of = [point.service_point_code if by_point[point.agency_code] else point.agency_code for point in points]
    counted: dict[str, int] = dict.fromkeys(unit_of, 0)
    for code, number in zip(unit_of, responses, strict=True):
        counted[code] += number
    base = base_weights({code: visits.points.get(code, visits.agencies.get(code)) for code in counted}, counted)
    of_responses = base.of_responses([code for code, number in counted.items() for _ in range(number)])
    weight_of = {unit.code: unit.weight or 1.0 for unit in base.units}
    silent = tuple(unit.code for unit in base.units if unit.visits and not unit.responses)
    unseen = _unseen({code: codes for code, codes in _by_agency(points).items() if by_point[code]}, visits)
    total = sum(unit.visits or 0 for unit in base.units)
    represented = base.represented and base.represented * total / (total + sum(unseen.values()))
    kish = of_responses.diagnostics
    return (
        np.array([weight_of[code] for code in unit_of]),
        Weighting(kish.effect, kish.effective, represented, silent, tuple(unseen)),
    )


def _is_by_point(agency: str, codes: Sequence[str], answered: Mapping[str, int], visits: Visits) -> bool:
    """Tell whether an agency is weighted service point by service point, not as a whole.

    One without any response is told of by the count of the whole, if its service points were not all counted.
    """
    if any(answered[code] for code in codes):
        return all(code in visits.points for code in codes if answered[code])
    return agency not in visits.agencies or not any(code in visits.uncounted for code in codes)


def _refuse_uncounted(
    points: Sequence[Domain], answered: Mapping[str, int], by_point: Mapping[str, bool], visits: Visits
) -> None:
    """Refuse responses that stand for an unknown number of visits, naming the service points."""
    missing = [
        point.service_point_code
        for point in points
        if answered[point.service_point_code]
        and not by_point[point.agency_code]
        and point.agency_code not in visits.agencies
        and point.service_point_code not in visits.points
    ]
    if missing:
        named = ", ".join(_with_days(code, visits) for code in missing)
        raise WeightingError(
            f"{named}: responses, but no visits counted; enter the visits of the service point or of its whole agency"
        )


def _with_days(code: str, visits: Visits) -> str:
    if code not in visits.uncounted:
        return code
    first, last = visits.uncounted[code]
    return f"{code} ({first:%d/%m/%Y}-{last:%d/%m/%Y})"


def _unseen(by_agency: Mapping[str, Sequence[str]], visits: Visits) -> dict[str, float]:
    """Return the service points without responses and without a count, and how many visits each may have had.

    It is what the count of the whole agency leaves, shared evenly, else the mean of the service points that were
    counted: of those of the agency, or, without any, of all.
    """
    unseen: dict[str, float] = {}
    every = list(visits.points.values())
    for agency, codes in by_agency.items():
        missing = [code for code in codes if code in visits.uncounted]
        counted = [visits.points[code] for code in codes if code in visits.points]
        if missing and agency in visits.agencies:
            each = max(0, visits.agencies[agency] - sum(counted)) / len(missing)
        else:
            each = float(np.mean(counted or every or [0]))
        unseen |= dict.fromkeys(missing, each)
    return unseen


def _by_agency(points: Sequence[Domain]) -> dict[str, list[str]]:
    """Return the codes of the service points of each agency."""
    found: dict[str, list[str]] = {}
    for point in points:
        found.setdefault(point.agency_code, []).append(point.service_point_code)
    return found


def _estimates(
    sums: DomainSums, weights: Numbers, definition: Definition, instrument: Instrument, *, by: Collection[str]
) -> dict[tuple[Domain, str], Estimate]:
    worths = worth_of(definition, instrument.scale)
    return {
        (domain, part.code): replace(estimate, design_effect=None, effective=None)
        for part in parts_of(instrument, by=by)
        for domain, estimate in zip(
            sums.domains,
            estimate_part(
                part_sums(sums.strata, part.place, worths, instrument.scale).weighted(weights),
                worths,
                groups=len(sums.domains),
            ),
            strict=True,
        )
    }


def refigured(
    row: IndexRow, estimates: Mapping[Definition, Mapping[tuple[Domain, str], Estimate]], instrument: Instrument
) -> IndexRow:
    """Return a row with the figures found for it by definition, domain and part; without any where there are none."""
    key = (row.domain, row.part)
    estimate, satisfied, level = (
        estimates[measure].get(key) for measure in (instrument.method.definition, "percent_satisfied", "mean_over_max")
    )
    return replace(
        row,
        index=estimate.value if estimate else None,
        percent_satisfied=satisfied.value if satisfied else None,
        level=level.value if level else None,
        percent_dissatisfied=None,
        estimate=estimate,
    )
