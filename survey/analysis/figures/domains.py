"""Domains of estimation: the sums of service points added up to what a figure is about."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from survey.analysis.figures.results import Domain
from survey.errors import UnknownCodeError
from survey.fieldwork import Agency, ServicePoint
from survey.tallies import ClusterSums, Counted, Integers, Tally

AXES = ("block", "agency", "service_point", "dimension", "item")


@dataclass(frozen=True, slots=True, eq=False)
class Strata:
    """The sums that standard errors rest on, stratum by stratum; stratum s belongs to domain `group[s]`.

    Agencies are not drawn, all of them are asked, so each is a stratum of its own; a service point is one
    where figures are about service points. `province` holds the strata that tell how alike answers of one day
    and week are, where the domains are only some of them.
    """

    group: Integers
    sums: Counted
    province: Counted | None = None

    def some(self, places: Integers, group: Integers) -> "Strata":
        """Return some of the strata under other numbers of their domains; the province stays what it was."""
        tally, clusters = self.sums.tally, self.sums.clusters
        arrays = (array[places] for array in (tally.responses, tally.counts, tally.moments))
        sums = Counted(Tally(*arrays), ClusterSums(clusters.moments[places]))
        return Strata(group, sums, self.province or self.sums)


@dataclass(frozen=True, slots=True, eq=False)
class DomainSums:
    """The sums every figure of a run is computed from; group g of `tally` is `domains[g]`."""

    domains: tuple[Domain, ...]
    tally: Tally
    strata: Strata


def point_domains(points: Iterable[ServicePoint], agencies: Mapping[str, Agency]) -> tuple[Domain, ...]:
    """Return the domain of each service point; raises KeyError when its agency is not among `agencies`."""
    owned = ((point, agencies[point.agency_code]) for point in points)
    return tuple(Domain(agency.block, agency.code, agency.name, point.code, point.name) for point, agency in owned)


def sum_by(counted: Counted, points: Sequence[Domain], *, by: Collection[str], strata: str = "agency") -> DomainSums:
    """Add the sums of service points, in the order of `points`, up to the domains `by` asks for.

    The finest of service_point, agency and block counts; without any, everything is one domain. Domains
    come in the order of their first service point. The sums of a stored run, agency by agency, will do too.
    `strata` is the axis whose units are the strata. Raises UnknownCodeError on an axis that is not in `AXES`.
    """
    axes = in_order(by)
    domains, group = _numbered([coarsened(point, axes) for point in points])
    units, stratum = _numbered([coarsened(point, {*axes, strata}) for point in points])
    group_of = np.zeros(len(units), np.int64)
    group_of[stratum] = group
    # The days of an agency are no service point's own.
    clusters = counted.clusters.alone() if "service_point" in axes else counted.clusters
    sums = Counted(counted.tally.regrouped(stratum, len(units)), clusters.regrouped(stratum, len(units)))
    return DomainSums(domains, counted.tally.regrouped(group, len(domains)), Strata(group_of, sums))


def _numbered(wanted: Sequence[Domain]) -> tuple[tuple[Domain, ...], Integers]:
    """Return the different domains in order of appearance, and the number of each wanted one."""
    number = {domain: place for place, domain in enumerate(dict.fromkeys(wanted))}
    return tuple(number), np.array([number[domain] for domain in wanted], np.int64)


def in_order(by: Collection[str]) -> tuple[str, ...]:
    """Return the axes in the order of `AXES`; raises UnknownCodeError on one that is not among them."""
    unknown = sorted(set(by) - set(AXES))
    if unknown:
        raise UnknownCodeError("breakdown", unknown[0], AXES)
    return tuple(axis for axis in AXES if axis in by)


def coarsened(point: Domain, axes: Collection[str]) -> Domain:
    """Return what a service point is part of: the finest of service point, agency and block among `axes`."""
    if "service_point" in axes:
        return point
    if "agency" in axes:
        return replace(point, service_point_code="", service_point="")
    return Domain(block=point.block) if "block" in axes else Domain()
