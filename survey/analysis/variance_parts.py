"""What the range of a figure rests on beside the responses themselves, for whoever wants to make it again.

Days and service points of responses leave no house, and the variance of a figure needs them. These few numbers of each
figure are all that is needed of them (docs/decisions/0007-ranges-again-without-days.md).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from survey.analysis.comparing.comparison import Key
from survey.analysis.figures.domains import DomainSums
from survey.analysis.figures.estimates import FEW, LEAST_CLUSTERS
from survey.analysis.figures.indices import bundles_of, parts_of
from survey.analysis.figures.ratio_sums import RatioSums, Sums, divided, ratio_variances
from survey.analysis.figures.two_way import inflation, own_variance, prior_degrees, two_way_spread
from survey.analysis.figures.uncertainty import PartSums, part_sums, worth_of
from survey.instrument.model import Instrument
from survey.tallies import Draw, Numbers


@dataclass(frozen=True, slots=True)
class VarianceParts:
    """What days and weeks say of one figure; docs/method/uncertainty.md, sections 2.1 and 3.

    `own` is the variance they tell, in squared units of an answer's worth, with `degrees`; the province tells one of
    people `inflation` times, with `prior_degrees`. `draws` are days of service points, as many as `even_draws` of
    equal size; `clusters` are the days of the agency. Of an agency below 30 responses `own` is the
    variance as it is published, with all its degrees, so that these parts tell nothing that the range does not.
    """

    own: float
    degrees: int
    inflation: float
    prior_degrees: int
    draws: int
    even_draws: float
    clusters: int


def variance_parts(sums: DomainSums, instrument: Instrument, *, by: Collection[str]) -> Mapping[Key, VarianceParts]:
    """Return what the ranges of agencies rest on, by agency and part; nothing of a mean of several ratios.

    Every agency is one stratum, as in the sums of a run.
    """
    method, codes = instrument.method, [domain.agency_code for domain in sums.domains]
    worths = worth_of(method.definition, instrument.scale)
    by_key: dict[Key, VarianceParts] = {}
    for part in parts_of(instrument, by=by):
        if len(bundles_of(part, method.aggregation)) == 1:
            parts = _of_part(part_sums(sums.strata, part.place, worths, instrument.scale))
            by_key |= {Key(codes[group], part.code): own for group, own in zip(sums.strata.group, parts, strict=True)}
    return by_key


def _of_part(sums: PartSums) -> list[VarianceParts]:
    """Return the parts of each stratum, which is a domain of its own."""
    people = _apart(sums.respondents)
    ways = {draw: _apart(own) for draw, own in sums.ways.items()}
    groups, ratio = len(people.n), divided(people.y, people.n)
    if sums.likeness is None:
        return _by_first_rule(people, ways[Draw.POINT_DAY], ratio)
    own, degrees = own_variance(ways, ratio, groups=groups)
    grown, prior = inflation(people, ways, sums.likeness), prior_degrees(sums.likeness, degrees)
    moderated, few = two_way_spread(people, ways, sums.likeness, ratio, groups=groups), people.responses < FEW
    own, degrees = np.where(few, moderated.variance, own), np.where(few, moderated.degrees, degrees)
    grown, prior = np.where(few, 1.0, grown), np.where(few, 0, prior)
    # Where no standard error is told, nothing of it is.
    own = np.where(degrees + prior < 1, 0.0, own)
    return _listed(ways[Draw.POINT_DAY], ways[Draw.AGENCY_DAY], (own, degrees, grown, prior))


def _by_first_rule(people: RatioSums, days: RatioSums, ratio: Numbers) -> list[VarianceParts]:
    """Return the parts in a run of before: days of service points where there are ten, else respondents."""
    many, groups = days.draws >= LEAST_CLUSTERS, len(days.n)
    nothing = np.ones(groups), np.zeros(groups)
    both = [
        _listed(sums, sums, (ratio_variances(sums, ratio, groups=groups)[0], (sums.draws - 1).clip(0), *nothing))
        for sums in (days, people)
    ]
    return [by_day if enough else by_person for enough, by_day, by_person in zip(many, *both, strict=True)]


def _listed(points: RatioSums, agencies: RatioSums, figures: tuple[Sums, ...]) -> list[VarianceParts]:
    own, degrees, grown, prior = (figure.tolist() for figure in figures)
    even = divided(points.n**2, points.nn).tolist()
    counted = zip(points.draws.tolist(), even, agencies.draws.tolist(), strict=True)
    return [
        VarianceParts(variance, int(free), times, int(more), *counts)
        for variance, free, times, more, counts in zip(own, degrees, grown, prior, counted, strict=True)
    ]


def _apart(sums: RatioSums) -> RatioSums:
    """Return the sums with every stratum a domain of its own."""
    return replace(sums, group=np.arange(len(sums.n)))
