"""The months of an agency beside its earlier publications: what came up to one of these is nearly a sum of months.

A preliminary run of 1 November with 44 responses, less an October of 40, is a September of 4. Which responses came in
time for a run is not kept, so what came up to it is no cell of the engine's table. Instead an agency has no months at
all where its months and an earlier run together would tell of fewer than either may (docs/method/disclosure.md).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from survey.analysis.disclosure.breakdowns import Breakdown, BreakdownCell, Group, part_sums
from survey.analysis.disclosure.decide import TableDecision, WithheldReason
from survey.analysis.disclosure.rules import THRESHOLD, are_unanimous
from survey.analysis.disclosure.tables import Name, SumColumn
from survey.analysis.figures.domains import DomainSums
from survey.analysis.figures.indices import Part, parts_of
from survey.instrument.model import Instrument
from survey.tallies import Integers, Tally

AXIS = "month"
# The only category of an agency that is not taken apart by an axis; it is judged as the agency and never shown.
ALL = "all"


def told_by_months(months: Breakdown, earlier: Sequence[TableDecision], instrument: Instrument) -> frozenset[str]:
    """Return the agencies whose months cannot be shown beside their earlier publications.

    Those with a month that must be hidden by itself, those that an earlier run hides, and those of which an earlier
    run and the months up to some month differ, but by fewer than 10 responses or by few that all say the same.
    """
    parts = parts_of(instrument, by=("dimension",))
    sums, released = part_sums(months.tally, parts, instrument.scale), [_by_cell(decision) for decision in earlier]
    return frozenset(
        group.agency_code or ""
        for group, own in _by_agency(months, sums)
        for before in _earlier_sums(released, group, parts)
        if before is None or _tells(own, before)
    )


def hidden_by_months(
    reasons: Mapping[Name, WithheldReason], months: Breakdown, earlier: Sequence[TableDecision], instrument: Instrument
) -> frozenset[str]:
    """Return the agencies of earlier publications of which some month is hidden."""
    parts = parts_of(instrument, by=("dimension",))
    hidden = {
        cell.group.agency_code
        for cell, reason in reasons.items()
        if isinstance(cell, BreakdownCell) and cell.group.axis == AXIS and reason is not WithheldReason.NO_RESPONSES
    }
    groups = {group.agency_code or "": group for group in months.groups if group.agency_code in hidden}
    released = [_by_cell(decision) for decision in earlier]
    return frozenset(code for code, group in groups.items() if list(_earlier_sums(released, group, parts)))


def undivided(months: Breakdown, agencies: Collection[str]) -> Breakdown:
    """Return a breakdown by months in which these agencies have one category only, so that they still add up."""
    wanted = [group._replace(category=ALL) if group.agency_code in agencies else group for group in months.groups]
    number = {group: place for place, group in enumerate(dict.fromkeys(wanted))}
    index = np.array([number[group] for group in wanted], np.int64)
    return Breakdown(months.kind, tuple(number), months.tally.regrouped(index, len(number)))


def with_all(axis: str, breakdown: Breakdown, sums: DomainSums) -> Breakdown:
    """Return a breakdown with the agencies it leaves out as one category each, so that everything is as published."""
    known = {group.agency_code for group in breakdown.groups}
    counted = zip(sums.domains, sums.tally.responses.tolist(), strict=True)
    places = [place for place, (domain, count) in enumerate(counted) if count and domain.agency_code not in known]
    groups = (Group(sums.domains[place].block, sums.domains[place].agency_code, axis, ALL) for place in places)
    taken, whole = breakdown.tally, sums.tally
    tally = Tally(
        np.concatenate([taken.responses, whole.responses[places]]),
        np.concatenate([taken.counts, whole.counts[places]]),
        np.concatenate([taken.moments, whole.moments[places]]),
    )
    return Breakdown(breakdown.kind, (*breakdown.groups, *groups), tally)


def _by_agency(months: Breakdown, sums: Integers) -> Iterator[tuple[Group, Integers]]:
    """Yield a group of each agency and its sums by month (months, parts, measures), the first month first."""
    places: dict[str | None, list[int]] = {}
    for place, group in enumerate(months.groups):
        places.setdefault(group.agency_code, []).append(place)
    for own in places.values():
        yield months.groups[own[0]], sums[sorted(own, key=lambda place: months.groups[place].category)]


def _by_cell(decision: TableDecision) -> dict[Name, Integers | None]:
    """Return the sums of the cells of a release, None for those that it hides."""
    pairs = zip(decision.table.names, decision.table.sums, strict=True)
    return {name: None if decision.hides(name) else sums for name, sums in pairs}


def _earlier_sums(
    released: Sequence[Mapping[Name, Integers | None]], group: Group, parts: Sequence[Part]
) -> Iterator[Integers | None]:
    """Yield the sums of an agency (parts, measures) in each release with responses of it, None where one is hidden."""
    cells = [BreakdownCell(Group(group.block, group.agency_code), part.code) for part in parts]
    for release in released:
        kept = [release[cell] for cell in cells if cell in release]
        shown = [sums for sums in kept if sums is not None]
        if len(shown) < len(kept):
            yield None
        elif np.any(shown):
            yield np.array(shown, np.int64)


def _tells(months: Integers, before: Integers) -> bool:
    """Tell whether some of the months (months, parts, measures) is secret, or their sum too near an earlier run."""
    until = np.concatenate([np.zeros_like(before)[None], months.cumsum(axis=0)])
    apart = np.abs(before[None] - until)
    groups = np.concatenate([months, apart])
    few = groups.any(axis=-1) & (groups[..., SumColumn.RESPONSES] < THRESHOLD)
    return bool((few | are_unanimous(groups)).any())
