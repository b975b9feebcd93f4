"""Put standard errors and ranges to the figures of domains, from the sums kept with a run."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from survey.analysis.figures.domains import Strata
from survey.analysis.figures.estimates import LEAST_CLUSTERS, ClusterKind, Estimate, Form, RatioSums, estimate_ratios
from survey.analysis.figures.two_way import Likeness, likeness_of, two_way_spread
from survey.instrument.model import Definition, Scale
from survey.tallies import (
    SYMBOLS,
    ClusterMoment,
    ClusterSums,
    Counted,
    Draw,
    Integers,
    Moment,
    Numbers,
    Tally,
)


@dataclass(frozen=True, slots=True)
class Worth:
    """What an answer adds to the numerator: for a share 1 where it is satisfied, for a level its points less `floor`.

    `least` and `most` are the least and the most an answer can add.
    """

    form: Form
    least: int
    most: int
    floor: int = 0


@dataclass(frozen=True, slots=True)
class SumPlace:
    """Where the sums of a part stand: its row in `ClusterSums`, and the record position if it is a single item."""

    row: int
    item: int | None = None


def worth_of(definition: Definition, scale: Scale) -> Worth:
    """Return what an answer adds under an index definition (H1, L1 and L2 of docs/methodology.md)."""
    lowest = min(option.points or 0 for option in scale.options)
    match definition:
        case "percent_satisfied":
            return Worth(Form.SHARE, 0, 1)
        case "mean_over_max":
            return Worth(Form.LEVEL, lowest, scale.highest)
        case "mean_rescaled":
            return Worth(Form.LEVEL, 0, scale.highest - lowest, floor=lowest)


@dataclass(frozen=True, slots=True, eq=False)
class PartSums:
    """The sums of one part, stratum by stratum, with respondents and with each kind of draw that was counted.

    `likeness` is how alike answers of one draw are in the province; None where only days of service points were
    counted, by the rule of runs published earlier.
    """

    respondents: RatioSums
    ways: Mapping[Draw, RatioSums]
    likeness: Likeness | None

    def weighted(self, weights: Numbers) -> "PartSums":
        """Return the sums with every response of stratum s counting `weights[s]` times."""
        ways = {draw: _weighted(sums, weights) for draw, sums in self.ways.items()}
        return replace(self, respondents=_weighted(self.respondents, weights), ways=ways)


def _weighted(sums: RatioSums, weights: Numbers) -> RatioSums:
    squared = {name: getattr(sums, name) * weights**2 for name in ("nn", "yy", "yn")}
    return replace(sums, n=sums.n * weights, y=sums.y * weights, **squared)


def part_sums(strata: Strata, place: SumPlace, worth: Worth, scale: Scale) -> PartSums:
    """Return the sums of one part whose answers are pooled."""
    respondents, ways = _summed(strata.sums, strata.group, place, worth, scale)
    if strata.sums.clusters.rule == 1:
        return PartSums(respondents, ways, None)
    province = strata.sums if strata.province is None else strata.province
    everybody = _summed(province, np.arange(len(province.tally.responses)), place, worth, scale)
    return PartSums(respondents, ways, likeness_of(*everybody))


def estimate_part(sums: PartSums, worth: Worth, *, groups: int) -> list[Estimate]:
    """Return the estimate of one part for each of `groups` domains.

    Days and weeks are the draws wherever days are known, respondents where nobody knows the days.
    Source: docs/method/uncertainty.md.
    """
    estimate = partial(estimate_ratios, groups=groups, most=worth.most, least=worth.least, form=worth.form)
    dated = np.bincount(sums.respondents.group, sums.ways[Draw.POINT_DAY].draws, groups)
    if sums.likeness is None:
        enough = dated >= LEAST_CLUSTERS
        many = estimate(sums.ways[Draw.POINT_DAY], cluster_kind=ClusterKind.POINT_DAY, respondents=sums.respondents)
    else:
        enough = (dated > 0) | (np.bincount(sums.respondents.group, sums.respondents.draws, groups) == 0)
        spread = partial(two_way_spread, sums.respondents, sums.ways, sums.likeness, groups=groups)
        many = estimate(
            sums.ways[Draw.POINT_DAY],
            cluster_kind=ClusterKind.DAY_AND_WEEK,
            respondents=sums.respondents,
            spread=spread,
        )
    if enough.all():
        return many
    few = estimate(sums.respondents, cluster_kind=ClusterKind.RESPONDENT)
    return [by_draw if days else by_person for by_draw, by_person, days in zip(many, few, enough, strict=True)]


def _summed(
    sums: Counted, group: Integers, place: SumPlace, worth: Worth, scale: Scale
) -> tuple[RatioSums, dict[Draw, RatioSums]]:
    """Return the sums of one part over respondents, and over each kind of draw."""
    moments = _respondent_moments(sums.tally, place, scale)
    clusters = ClusterSums(sums.clusters.moments[:, place.row])
    kinds = Draw if clusters.rule > 1 else (Draw.POINT_DAY,)
    ways = {draw: _ratio_sums(_by_draws(moments, clusters.of(draw)), moments, group, worth) for draw in kinds}
    return _ratio_sums(moments, moments, group, worth), ways


def _respondent_moments(tally: Tally, place: SumPlace, scale: Scale) -> Integers:
    """Return the moments of each stratum over its respondents (strata, 9), in the order of `Moment`."""
    if place.item is None:
        return tally.moments[:, place.row]
    # Nobody answers one item twice, so its moments follow from the counts of its options.
    chosen = tally.counts[:, place.item, [SYMBOLS.index(option.symbol) for option in scale.options]]
    points = np.array([option.points or 0 for option in scale.options])
    n, y = chosen.sum(axis=1), chosen @ (points >= scale.satisfied_from)
    t, tt = chosen @ points, chosen @ points**2
    return np.stack([n, n, n, y, y, y, t, tt, t], axis=1)


def _by_draws(moments: Integers, clusters: Integers) -> Integers:
    """Return the moments over draws: the totals are the same, the squares are those of the draws."""
    found = moments.copy()
    found[:, Moment.RESPONSES] = clusters[:, ClusterMoment.CLUSTERS]
    for square in (Moment.NN, Moment.YY, Moment.YN, Moment.TT, Moment.TN):
        found[:, square] = clusters[:, ClusterMoment[square.name]]
    return found


def _ratio_sums(moments: Integers, of_respondents: Integers, group: Integers, worth: Worth) -> RatioSums:
    column = {moment: moments[:, moment] for moment in Moment}
    n, nn = column[Moment.N], column[Moment.NN]
    if worth.form is Form.SHARE:
        y, yy, yn = column[Moment.Y], column[Moment.YY], column[Moment.YN]
    else:
        t, tt, tn, floor = column[Moment.T], column[Moment.TT], column[Moment.TN], worth.floor
        y, yy, yn = t - floor * n, tt - 2 * floor * tn + floor**2 * nn, tn - floor * nn
    return RatioSums(
        draws=column[Moment.RESPONSES],
        n=n,
        y=y,
        nn=nn,
        yy=yy,
        yn=yn,
        responses=of_respondents[:, Moment.RESPONSES],
        answers=of_respondents[:, Moment.N],
        group=group,
    )
