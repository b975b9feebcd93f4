"""Visit counts as staff give them on pages: whom they may count, what is held, and storing all or nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from survey.errors import ChangedMeanwhileError
from survey.fieldwork import Agency, SurveyRound, VisitCount
from survey.formatting import vietnamese_key
from survey.operations.rounds.rounds import taking_part
from survey.operations.rounds.visit_files import (
    LAYOUT,
    LoadedVisits,
    TemplateRow,
    VisitsHeld,
    clash_faults,
    counts_of,
)
from survey.operations.staff.rights import Scope
from survey.operations.uploads.apart import read_table
from survey.operations.uploads.csv_lines import refusal
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.registry.agencies import list_agencies
from survey.store.registry.points import PlacedPoint, list_points
from survey.store.rounds.rounds import HeldRound, find_held
from survey.store.rounds.visits import delete_visits, list_visits, save_visits
from survey.store.staff.acts import Act, Kind
from survey.store.staff.audit import Facts, save_audit
from survey.store.subjects import REGISTRY, VISITS


@dataclass(frozen=True, slots=True)
class VisitUnit:
    """An agency or a service point visits are counted of; exactly one of the codes is set."""

    service_point_code: str
    agency_code: str
    name: str

    @property
    def code(self) -> str:
        """The code that is set."""
        return self.service_point_code or self.agency_code

    def count(self, period: tuple[date, date], visits: int) -> VisitCount:
        """Return a count of this unit."""
        return VisitCount(self.service_point_code, self.agency_code, *period, visits)


@dataclass(frozen=True, slots=True)
class VisitSheet:
    """The visits of a round for somebody: the agencies and service points in scope, and the counts held of them."""

    held: HeldRound
    agencies: tuple[VisitUnit, ...]
    points: Mapping[str, tuple[VisitUnit, ...]]
    counts: tuple[VisitCount, ...]

    @property
    def survey_round(self) -> SurveyRound:
        """The round."""
        return self.held.survey_round

    @property
    def periods(self) -> tuple[tuple[date, date], ...]:
        """The periods within the round that something is counted of, the latest first."""
        own = self.survey_round
        found = {(one.from_day, one.to_day) for one in self.counts}
        return tuple(sorted((one for one in found if own.opens <= one[0] and one[1] <= own.closes), reverse=True))

    @property
    def without(self) -> tuple[VisitUnit, ...]:
        """The agencies of which nothing is counted in the time of the round."""
        inside = set(self.periods)
        counted = {count.unit for count in self.counts if (count.from_day, count.to_day) in inside}
        return tuple(
            agency
            for agency in self.agencies
            if ("", agency.code) not in counted
            and not any((point.code, "") in counted for point in self.points.get(agency.code, ()))
        )

    def visits(self, units: Iterable[VisitUnit], period: tuple[date, date]) -> dict[str, int]:
        """Return what is held of some units for exactly one period, by code."""
        held = {one.unit: one.visits for one in self.counts if (one.from_day, one.to_day) == period}
        pairs = ((one, held.get((one.service_point_code, one.agency_code))) for one in units)
        return {one.code: visits for one, visits in pairs if visits is not None}

    @property
    def template(self) -> list[TemplateRow]:
        """A line for every service point."""
        every = (one for unit in self.agencies for one in self.points.get(unit.code, ()))
        return [TemplateRow(one.code, "", one.name) for one in every]

    def known(self, counts: Sequence[VisitCount]) -> VisitsHeld:
        """What an uploaded table may name, beside the counts held by now."""
        points = frozenset(one.code for some in self.points.values() for one in some)
        return VisitsHeld(points, frozenset(one.code for one in self.agencies), counts)


def find_visit_sheet(store: Store, code: str, scope: Scope) -> VisitSheet:
    """Return the visits of a round; raises UnknownCodeError."""
    with store.reading() as connection:
        held = find_held(connection, code)
        taking = taking_part(list_agencies(connection), held)
        agencies = {number: agency for number, agency in taking.items() if scope.holds(agency.code)}
        own = held.survey_round
        points = [placed for placed in list_points(connection) if placed.point.is_in_use(own.opens, own.closes)]
        every = list_visits(connection)
    units = [VisitUnit("", agency.code, agency.name) for agency in agencies.values()]
    by_agency = _points_by_agency(agencies, points)
    known = {unit.code for some in by_agency.values() for unit in some} | {agency.code for agency in agencies.values()}
    counts = tuple(count for count in every if (count.service_point_code or count.agency_code) in known)
    return VisitSheet(held, tuple(sorted(units, key=lambda unit: vietnamese_key(unit.name))), by_agency, counts)


def _points_by_agency(
    agencies: Mapping[int, Agency], points: Iterable[PlacedPoint]
) -> dict[str, tuple[VisitUnit, ...]]:
    found: dict[str, list[VisitUnit]] = {}
    for one in points:
        if one.agency_id in agencies:
            found.setdefault(agencies[one.agency_id].code, []).append(VisitUnit(one.code, "", one.name))
    return {code: tuple(some) for code, some in found.items()}


@tried_again
def load_visit_table(store: Store, sheet: VisitSheet, data: bytes, *, name: str, by: str) -> LoadedVisits:
    """Load an uploaded table, all or nothing; raises RefusedDataError with every bad line."""
    table = read_table(data, LAYOUT, name=name)
    with store.writing(REGISTRY.read(), VISITS) as connection:
        counts = counts_of(table, sheet.known(list_visits(connection)))
        replaced = save_visits(connection, counts)
        about, facts = Kind.FILE.named(name[:100]), {"counts": len(counts), "replaced": replaced}
        save_audit(connection, staff=by, act=Act.VISITS_IMPORTED, about=about, after=facts)
    return LoadedVisits(len(counts) - replaced, replaced, ())


@dataclass(frozen=True, slots=True)
class TypedVisits:
    """What was typed for a period: the number of each unit, None where a number was taken out, and what was shown."""

    period: tuple[date, date]
    numbers: Mapping[VisitUnit, int | None]
    shown: Mapping[str, int]


@tried_again
def enter_visits(store: Store, typed: TypedVisits, *, by: str) -> int:
    """Store what was typed, all or nothing, and return how many numbers changed.

    Raises RefusedDataError (line i is the unit i of `numbers`, from 1) when days are counted already in another
    period, ChangedMeanwhileError when somebody else changed one of these numbers since they were shown.
    """
    units = list(typed.numbers)
    with store.writing(REGISTRY.read(), VISITS) as connection:
        held = list_visits(connection)
        now = {count.unit: count.visits for count in held if (count.from_day, count.to_day) == typed.period}
        changed = [unit for unit in units if typed.numbers[unit] != typed.shown.get(unit.code)]
        if any(now.get((unit.service_point_code, unit.agency_code)) != typed.shown.get(unit.code) for unit in changed):
            raise ChangedMeanwhileError("these visits were changed meanwhile")
        new = [(units.index(unit) + 1, unit.count(typed.period, number)) for unit, number in _given(typed, changed)]
        if clashes := list(clash_faults(new, held)):
            raise refusal("visits", clashes)
        delete_visits(connection, [unit.count(typed.period, 0) for unit in changed if typed.numbers[unit] is None])
        save_visits(connection, [count for _, count in new])
        if changed:
            first, last = typed.period
            facts: Facts = {"counts": len(changed), "first_day": first, "last_day": last}
            save_audit(connection, staff=by, act=Act.VISITS_ENTERED, after=facts)
    return len(changed)


def _given(typed: TypedVisits, changed: Sequence[VisitUnit]) -> list[tuple[VisitUnit, int]]:
    return [(one, number) for one in changed if (number := typed.numbers[one]) is not None]
