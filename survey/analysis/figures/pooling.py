"""Figures above agencies, made so that the withheld agencies of a sum show only in what they have together.

A block's standard error adds up the scatter of its agencies, the withheld ones too, and whoever knows the shown ones
could take these away and look at the days of the others. So, part by part, the withheld agencies of a sum are one
stratum before anything is estimated, and nobody looks at their days: what is known of their scatter is that
of their respondents, all in one bag. How much more the days of an agency differ than its respondents do is
taken from the shown agencies of the same sum (docs/method/disclosure.md, section 5).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from survey.analysis.figures.domains import Strata
from survey.analysis.figures.estimates import Flags
from survey.analysis.figures.ratio_sums import RatioSums, Sums
from survey.analysis.figures.uncertainty import PartSums
from survey.tallies import Counted, Integers, Numbers

# The codes of the agencies whose figure is withheld, by part of the questionnaire.
Withheld: TypeAlias = Mapping[str, frozenset[str]]
NOTHING: Withheld = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """Strata of which those marked in `pools` (strata,) hold all withheld agencies of a domain."""

    strata: Strata
    pools: Flags


def withheld_by_part(pairs: Iterable[tuple[str, str]]) -> Withheld:
    """Return withheld agencies by part, from pairs of an agency's code and a part."""
    found: dict[str, set[str]] = {}
    for code, part in pairs:
        found.setdefault(part, set()).add(code)
    return MappingProxyType({part: frozenset(codes) for part, codes in found.items()})


def pooled_by_part(strata: Strata, agencies: Sequence[str], withheld: Withheld) -> Mapping[str, Pooled]:
    """Return the strata of every part with a withheld agency; `agencies` (strata,) are the codes of the strata."""
    made = {codes: pooled(strata, agencies, codes) for codes in set(withheld.values())}
    return MappingProxyType({part: made[codes] for part, codes in withheld.items()})


def pooled(strata: Strata, agencies: Sequence[str], withheld: Collection[str]) -> Pooled:
    """Return the strata with the withheld agencies of each domain put together as one."""
    hidden = np.array([code in withheld for code in agencies], np.bool_)
    keys = [(domain, "" if hide else code) for domain, hide, code in zip(strata.group, hidden, agencies, strict=True)]
    number = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    index = np.array([number[key] for key in keys], np.int64)
    group, pools = np.zeros(len(number), np.int64), np.zeros(len(number), np.bool_)
    group[index], pools[index] = strata.group, hidden
    tally, clusters = strata.sums.tally, strata.sums.clusters
    sums = Counted(tally.regrouped(index, len(number)), clusters.regrouped(index, len(number)))
    return Pooled(Strata(group, sums, strata.province), pools)


def without_days(sums: PartSums, pooled: Pooled | None) -> PartSums:
    """Return the sums of a part with the days of the pools taken out, whatever a day is drawn as.

    A pool keeps its answers and its scatter over respondents, times the ratio of the scatter over days to that over
    respondents among the shown agencies of its domain, at least 1. It adds no draw, so neither draws nor degrees
    of freedom say anything of withheld agencies; where no agency is shown, there are none.
    """
    if pooled is None or not pooled.pools.any():
        return sums
    ways = {draw: _without_days(own, sums.respondents, pooled.pools) for draw, own in sums.ways.items()}
    return replace(sums, ways=ways)


def _without_days(days: RatioSums, respondents: RatioSums, pools: Flags) -> RatioSums:
    """Return the sums over days with those of the pools made of respondents' alone.

    A stratum without draws is not centred, so its squares are its scatter: with Σyn = R Σn² and
    Σy² = scatter + R² Σn², the residuals y - R n have this scatter and the draws of the domain their size.
    """
    groups = int(days.group.max(initial=-1)) + 1
    ratio = _ratio(np.bincount(days.group, days.y, groups), np.bincount(days.group, days.n, groups))[days.group]
    by_day, by_person = (_scatter(sums, ratio) for sums in (days, respondents))
    effect = np.maximum(_among_shown(by_day, by_person, days.group, pools), 1)
    size = np.maximum(_among_shown(days.nn, respondents.nn, days.group, pools), 1)
    nn = np.where(pools, respondents.nn * size, days.nn)
    return replace(
        days,
        draws=np.where(pools, 0, days.draws),
        nn=nn,
        yy=np.where(pools, by_person * effect + ratio**2 * nn, days.yy),
        yn=np.where(pools, ratio * nn, days.yn),
    )


def _scatter(sums: RatioSums, ratio: Numbers) -> Numbers:
    """Return m / (m - 1) · Σ(z - z̄)² of each stratum, z = y - R n; 0 of a single draw."""
    draws = np.maximum(sums.draws, 1)
    squares = sums.yy - 2 * ratio * sums.yn + ratio**2 * sums.nn - (sums.y - ratio * sums.n) ** 2 / draws
    return np.asarray(np.where(sums.draws > 1, squares.clip(0) * draws / np.maximum(draws - 1, 1), 0.0))


def _among_shown(over: Sums, under: Sums, group: Integers, pools: Flags) -> Numbers:
    """Return the ratio of two sums over the shown strata of each stratum's domain, 1 where there is none."""
    groups = int(group.max(initial=-1)) + 1
    above, below = (np.bincount(group, np.where(pools, 0.0, one), groups) for one in (over, under))
    return _ratio(above, below)[group]


def _ratio(above: Sums, below: Sums) -> Numbers:
    return np.divide(above, below, out=np.ones(np.shape(above)), where=below > 0)
