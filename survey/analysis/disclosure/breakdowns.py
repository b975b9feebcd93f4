"""What a breakdown table is: agencies, their blocks and everybody, taken apart by one axis at a time.

The axes are the service point, the mode, the period, and the questions about the visit and the respondent, each
with “not said” as a category of its own, so that the categories of every axis add up to the agency. A
multiple choice is as many axes as it has options, each ticked or not. What is published of a cell are the
figures of the parts of the questionnaire: dimensions and overall, and items where they are asked for.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from survey.analysis.disclosure.tables import DisclosureTable, Name, SumColumn, Total, Worths, make_table
from survey.analysis.figures.indices import Part, parts_of
from survey.analysis.figures.results import OVERALL
from survey.errors import DisclosureError
from survey.instrument.model import Instrument, Scale
from survey.tallies import SYMBOLS, Integers, Moment, Tally

WHOLE = ""  # The axis and the category of a cell that is not taken apart.


class AxisKind(StrEnum):
    """What an axis tells apart. FIELD and PROFILE tell something about people, so their empty categories do too."""

    SERVICE_POINT = "service_point"
    FIELD = "field"
    MODE = "mode"
    PERIOD = "period"
    PROFILE = "profile"


ABOUT_PEOPLE = frozenset({AxisKind.FIELD, AxisKind.PROFILE})


class Group(NamedTuple):
    """Whose responses: an agency's, a block's (no agency) or everybody's (neither), all or those of one category.

    `axis` is a kind of axis or a question's code; it and `category` are empty for all responses.
    """

    block: str | None = None
    agency_code: str | None = None
    axis: str = WHOLE
    category: str = WHOLE


class BreakdownCell(NamedTuple):
    """One cell of a breakdown: what a group says on a part of the questionnaire."""

    group: Group
    part: str


@dataclass(frozen=True, slots=True, eq=False)
class Breakdown:
    """All responses of a round taken apart by one axis: group g of `tally` is `groups[g]`, a category of an agency."""

    kind: AxisKind
    groups: tuple[Group, ...]
    tally: Tally


def breakdown_table(breakdowns: Iterable[Breakdown], instrument: Instrument, *, by: Collection[str]) -> DisclosureTable:
    """Return the cells (`BreakdownCell`) of a round's breakdowns and the sums that bind them, for `disclosure.decide`.

    `by` names the parts as `compute_rows` takes it ("dimension", "item"). Each agency, each block and everybody
    have a whole and the categories of every axis, service points only within their agency. Raises
    DisclosureError without any breakdown, and when two axes do not give an agency the same sums.
    """
    parts = parts_of(instrument, by=by)
    sums: dict[Group, Integers] = {}
    about_people: set[str] = set()
    for breakdown in breakdowns:
        grouped = _grouped(breakdown, part_sums(breakdown.tally, parts, instrument.scale))
        _check_wholes(sums, grouped)
        sums |= grouped
        if breakdown.kind in ABOUT_PEOPLE:
            about_people |= {group.axis for group in breakdown.groups}
    inner = _inner_parts(parts)
    return make_table(
        {BreakdownCell(group, part.code): row for group, matrix in sums.items() for part, row in _rows(parts, matrix)},
        [*_group_totals(sums, parts), *_part_totals(sums, inner)],
        within=_within(sums, inner),
        items={BreakdownCell(group, part.code): items_in(part) for group in sums for part in parts},
        whole=_wholes(sums, parts, about_people),
        worths=worths_of(instrument.scale),
    )


def part_sums(tally: Tally, parts: Sequence[Part], scale: Scale) -> Integers:
    """Return the sums of every group and part in the order of `SumColumn`: (groups, parts, 5)."""
    return np.stack([_sums_of(part, tally, scale) for part in parts], axis=1)


def items_in(part: Part) -> int:
    """Return how many items a part has: the most answers one response can hold."""
    return sum(map(len, part.dimensions))


def worths_of(scale: Scale) -> Worths:
    """Return what answers can be worth, those that are not satisfied and those that are.

    >>> from survey.instrument import load_instrument
    >>> worths_of(load_instrument("sipas-2023").scale)
    Worths(low=1, under=3, good=4, high=5, bad=2, middle=3)
    """
    points = [option.points or 0 for option in scale.options]
    good = [worth for worth in points if worth >= scale.satisfied_from]
    under = [worth for worth in points if worth < scale.satisfied_from]
    bad = [worth for worth in points if worth <= _dissatisfied_to(scale)]
    middle = [worth for worth in under if worth not in bad]
    return Worths(min(under), max(under), min(good), max(good), max(bad), min(middle, default=max(under)))


def _dissatisfied_to(scale: Scale) -> int:
    """Return the most points an answer gives that is dissatisfied: it mirrors the satisfied ones (`indices.worth`)."""
    points = [option.points or 0 for option in scale.options]
    return min(points) + max(points) - scale.satisfied_from


def _sums_of(part: Part, tally: Tally, scale: Scale) -> Integers:
    options = [SYMBOLS.index(option.symbol) for option in scale.options]
    points = np.array([option.points or 0 for option in scale.options])
    held = tally.counts[:, list(chain.from_iterable(part.dimensions))][:, :, options].sum(axis=1)
    satisfied, dissatisfied = (held[:, some].sum(axis=1) for some in _sides(points, scale))
    answers = held.sum(axis=1)
    responses = answers if part.place.item is not None else tally.moments[:, part.place.row, Moment.RESPONSES]
    return np.stack([responses, answers, satisfied, held @ points, dissatisfied], axis=1)


def _sides(points: Integers, scale: Scale) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    return points >= scale.satisfied_from, points <= _dissatisfied_to(scale)


def _grouped(breakdown: Breakdown, sums: Integers) -> dict[Group, Integers]:
    """Return the sums (parts, 4) of each group and of all groups it is added up to."""
    found: dict[Group, Integers] = {}
    for group, own in zip(breakdown.groups, sums, strict=True):
        for coarser in _coarser(group):
            found[coarser] = found[coarser] + own if coarser in found else own
    return found


def _coarser(group: Group) -> Iterator[Group]:
    """Yield a category of an agency, then all responses of the agency, of its block and of everybody."""
    whole = group._replace(axis=WHOLE, category=WHOLE)
    yield from (group, whole, whole._replace(agency_code=None), whole._replace(agency_code=None, block=None))


def _check_wholes(known: Mapping[Group, Integers], grouped: Mapping[Group, Integers]) -> None:
    if not known:
        return
    axis = next((group.axis for group in grouped if group.axis), WHOLE)
    for group in (group for group in (*known, *grouped) if not group.axis and group.agency_code is not None):
        if not np.array_equal(known.get(group, 0), grouped.get(group, 0)):
            raise DisclosureError(f"the categories of {axis} do not add up to what agency {group.agency_code} has")


def _rows(parts: Sequence[Part], sums: Integers) -> Iterator[tuple[Part, list[int]]]:
    return zip(parts, sums.tolist(), strict=True)


def _group_totals(sums: Mapping[Group, Integers], parts: Sequence[Part]) -> Iterator[Total]:
    """Yield whole = Σ categories of each axis, block = Σ agencies and everybody = Σ blocks, in every part."""
    under: defaultdict[tuple[Group, str], list[Group]] = defaultdict(list)
    for group in sums:
        if group.axis:
            under[group._replace(axis=WHOLE, category=WHOLE), group.axis].append(group)
        if group.agency_code is not None:
            under[group._replace(agency_code=None), "agencies"].append(group)
        elif group.block is not None:
            under[group._replace(block=None), "blocks"].append(group)
    for (total, _), groups in under.items():
        if total in sums:
            yield from (
                Total(BreakdownCell(total, part.code), tuple(BreakdownCell(member, part.code) for member in groups))
                for part in parts
            )


def _inner_parts(parts: Sequence[Part]) -> dict[str, tuple[str, ...]]:
    """Return, for a part, the next smaller ones it is made of: dimensions of overall, items of a dimension."""
    held = {part.code: frozenset([*chain.from_iterable(part.dimensions), *_levels(part)]) for part in parts}
    inside = {code: [other for other in held if held[other] < held[code]] for code in held}
    direct = {
        code: tuple(inner for inner in smaller if not any(held[inner] < held[other] for other in smaller))
        for code, smaller in inside.items()
    }
    return {code: smaller for code, smaller in direct.items() if smaller}


def _levels(part: Part) -> tuple[str, ...]:
    """Tell a dimension of one item from that item, and an instrument of one dimension from that dimension."""
    if part.code == OVERALL:
        return ("dimension", OVERALL)
    return ("dimension",) if part.place.item is None else ()


def _part_totals(sums: Iterable[Group], inner: Mapping[str, tuple[str, ...]]) -> Iterator[Total]:
    for group in sums:
        for code, smaller in inner.items():
            yield Total(
                BreakdownCell(group, code), tuple(BreakdownCell(group, one) for one in smaller), over_parts=True
            )


def _within(
    sums: Iterable[Group], inner: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[BreakdownCell, BreakdownCell]]:
    """Yield the pairs of cells of which the first has people of the second only."""
    for group in sums:
        for code, smaller in inner.items():
            yield from ((BreakdownCell(group, one), BreakdownCell(group, code)) for one in smaller)


def _wholes(sums: Mapping[Group, Integers], parts: Sequence[Part], axes: Collection[str]) -> dict[Name, Name]:
    """Return, for the cells of empty categories that tell something about people, all people they are missing among.

    A category is judged once for all parts, by the part most people answered: where nobody of it answered
    anything, saying so of one part says it of all. Nobody's answer to one part alone tells nothing about people.
    """
    empty = (group for group, matrix in sums.items() if group.axis in axes and not matrix.any())
    wholes = ((group, group._replace(axis=WHOLE, category=WHOLE)) for group in empty)
    return {
        BreakdownCell(group, part.code): BreakdownCell(
            whole, parts[int(np.argmax(sums[whole][:, SumColumn.RESPONSES]))].code
        )
        for group, whole in wholes
        for part in parts
    }
