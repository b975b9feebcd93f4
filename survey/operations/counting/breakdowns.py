"""Take the responses of a round apart by mode, month, service point and profile, for publication."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import numpy as np
from sqlalchemy import Connection

from survey.analysis.disclosure.breakdowns import AxisKind, Breakdown, Group
from survey.analysis.figures.results import Domain
from survey.fieldwork import SurveyRound, asked_questions
from survey.instrument.model import NO_ANSWER, Instrument, Question
from survey.responses import Mode
from survey.store.collecting.blocks import POINT_DIGITS, iter_blocks
from survey.store.collecting.responses import modes_of
from survey.store.results.runs import StoredBreakdown
from survey.tallies import Characters, Integers, Places, Tally, layout_of, tally

# The lines of one block: their service points (by place), days, mode and records.
Lines: TypeAlias = "tuple[Integers, Integers, str, Characters]"


@dataclass(frozen=True, slots=True, eq=False)
class BreakdownAxis:
    """One way to take responses apart: its code (a question's, or the kind), and the category of each line of a block.

    `fine` has a group for every service point instead of one for every category of an agency.
    """

    code: str
    kind: AxisKind
    categories: tuple[str, ...]
    place_of: Callable[[Lines], Integers]
    fine: bool = False


def count_breakdowns(
    connection: Connection, round_id: int, survey_round: SurveyRound, instrument: Instrument, points: dict[int, Domain]
) -> dict[str, Breakdown]:
    """Return the breakdowns of all responses of a round by axis; `points` says what each id belongs to."""
    counter = _Counter(survey_round, instrument, points)
    for mode in sorted({*modes_of(connection, round_id)} & {*Mode}):
        for block in iter_blocks(connection, round_id, width=instrument.width, mode=mode):
            counter.add(block, mode)
    return counter.breakdowns()


def _axes(survey_round: SurveyRound, instrument: Instrument) -> tuple[BreakdownAxis, ...]:
    months, modes = _months(survey_round.opens, survey_round.closes), tuple(mode.value for mode in Mode)
    profile = (
        question
        for question in asked_questions(survey_round, instrument)
        if question.kind == "profile" and not question.multiple
    )
    return (
        BreakdownAxis("mode", AxisKind.MODE, modes, lambda lines: np.full(len(lines[0]), modes.index(lines[2]))),
        BreakdownAxis(
            "month", AxisKind.PERIOD, tuple(map(str, months)), lambda lines: np.searchsorted(months, lines[1] // 100)
        ),
        BreakdownAxis(
            "service_point", AxisKind.SERVICE_POINT, ("",), lambda lines: np.zeros(len(lines[0]), np.int64), fine=True
        ),
        *(_profile_axis(question) for question in profile),
    )


def _profile_axis(question: Question) -> BreakdownAxis:
    """Return the axis of a question about the respondent; those who did not say are a category of their own."""
    symbols = (NO_ANSWER, *question.symbols)
    place = np.zeros(256, np.int64)
    place[[ord(symbol) for symbol in symbols]] = range(len(symbols))
    (position,) = question.positions
    return BreakdownAxis(question.code, AxisKind.PROFILE, symbols, lambda lines: place[lines[3][:, position]])


def _months(first: date, last: date) -> list[int]:
    """Return the months of a round, written 202611."""
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [number // 12 * 100 + number % 12 + 1 for number in numbers]


class _Counter:
    """Adds up the tallies of every axis, block by block."""

    def __init__(self, survey_round: SurveyRound, instrument: Instrument, points: dict[int, Domain]) -> None:
        self._layout, self._axes = layout_of(instrument), _axes(survey_round, instrument)
        days = survey_round.opens, survey_round.closes
        self._places = Places(self._layout, service_points=list(points), point_digits=POINT_DIGITS, days=days)
        self._domains = list(points.values())
        self._agencies = list(dict.fromkeys((domain.block, domain.agency_code) for domain in self._domains))
        self._agency_of = np.array(
            [self._agencies.index((domain.block, domain.agency_code)) for domain in self._domains]
        )
        self._tallies = [Tally.empty(self._layout, self._units(axis) * len(axis.categories)) for axis in self._axes]

    def add(self, block: bytes, mode: str) -> None:
        """Count what has a place; what has none is told of where the index is counted."""
        placed = self._places.of(block).readable(self._layout)
        lines = (placed.groups, placed.days, mode, placed.records)
        for number, axis in enumerate(self._axes):
            units = lines[0] if axis.fine else self._agency_of[lines[0]]
            groups = units * len(axis.categories) + axis.place_of(lines)
            size = self._units(axis) * len(axis.categories)
            self._tallies[number] += tally(placed.records, self._layout, groups=groups, size=size)

    def breakdowns(self) -> dict[str, Breakdown]:
        return {
            axis.code: kept_of(Breakdown(axis.kind, self._groups(axis), found))
            for axis, found in zip(self._axes, self._tallies, strict=True)
        }

    def _units(self, axis: BreakdownAxis) -> int:
        return len(self._domains if axis.fine else self._agencies)

    def _groups(self, axis: BreakdownAxis) -> tuple[Group, ...]:
        if axis.fine:
            return tuple(
                Group(domain.block, domain.agency_code, axis.code, domain.service_point_code)
                for domain in self._domains
            )
        return tuple(
            Group(block, agency, axis.code, category)
            for block, agency in self._agencies
            for category in axis.categories
        )


def kept_of(breakdown: Breakdown) -> Breakdown:
    """Return a breakdown without the groups nobody is in."""
    return select_groups(breakdown, np.flatnonzero(breakdown.tally.responses))


def select_groups(breakdown: Breakdown, places: Integers) -> Breakdown:
    """Return a breakdown with some of its groups."""
    tallied = breakdown.tally
    arrays = (array[places] for array in (tallied.responses, tallied.counts, tallied.moments))
    return Breakdown(breakdown.kind, tuple(breakdown.groups[place] for place in places), Tally(*arrays))


def without_agencies(breakdown: Breakdown, codes: Collection[str]) -> Breakdown:
    """Return a breakdown without some agencies."""
    kept = [number for number, group in enumerate(breakdown.groups) if group.agency_code not in codes]
    return select_groups(breakdown, np.array(kept, np.int64))


def write_breakdown(axis: str, breakdown: Breakdown) -> StoredBreakdown:
    """Return a breakdown as it is kept."""
    groups = [[group.block, group.agency_code, group.axis, group.category] for group in breakdown.groups]
    sums = breakdown.tally.to_bytes().decode("ascii")
    return StoredBreakdown(axis, breakdown.kind.value, json.dumps(groups, ensure_ascii=False), sums)


def read_breakdown(stored: StoredBreakdown) -> Breakdown:
    """Return the breakdown that `write_breakdown` wrote."""
    groups = tuple(Group(*one) for one in json.loads(stored.groups))
    return Breakdown(AxisKind(stored.kind), groups, Tally.from_bytes(stored.sums.encode("ascii")))
