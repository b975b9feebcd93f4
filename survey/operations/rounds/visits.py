"""How many people were served in the time of a round, and what follows from it: goals, rates, weights."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import or_

from sqlalchemy import Connection

from survey.analysis.weights.sample_size import SampleGoal, official_size, sample_goals
from survey.analysis.weights.weighted import Visits
from survey.analysis.weights.weighting import ServedUnit
from survey.fieldwork import Agency, ServicePoint, SurveyRound, VisitCount
from survey.operations.rounds.rounds import taking_part
from survey.reports.sheets import Sheet, sheet_bytes, two_places
from survey.reports.workbooks import Cell
from survey.store.collecting.blocks import count_by_service_point
from survey.store.engine import Store
from survey.store.registry.agencies import list_agencies
from survey.store.registry.points import list_points
from survey.store.rounds.rounds import find_held
from survey.store.rounds.visits import list_visits
from survey.wording import mark

COLUMNS = ("agency_code", "agency", "visits", "responses", "rate", "official", "correct", "still_needed", "cautions")


@dataclass(frozen=True, slots=True)
class Denominator:
    """What an agency was served by and what it needs: visits and responses, and the sample size to aim at."""

    agency: Agency
    unit: ServedUnit
    goal: SampleGoal


def visits_of(connection: Connection, survey_round: SurveyRound) -> Visits:
    """Return the visits in periods that lie within the round, of those who were counted on every day that counts.

    These are the days of the round on which anybody was counted. A service point or an agency that was there on
    one of them but was not counted then has no number, because the uncounted visits are not none; nor has
    the sum of an agency's service points when one of these has none. Of an agency the count of the whole
    stands before that sum. `Visits.uncounted` names the service points of agencies that take part.
    """
    agencies = list_agencies(connection)
    taking = taking_part(agencies, find_held(connection, survey_round.code))
    points = [placed.point for placed in list_points(connection)]
    inside = [count for count in list_visits(connection) if _is_within(count, survey_round)]
    days = _Days(survey_round)
    every = reduce(or_, (days.between(count.from_day, count.to_day) for count in inside), 0)
    of_points = days.of([count for count in inside if count.service_point_code])
    of_agencies = days.of([count for count in inside if count.agency_code])
    uncounted = {
        point.code: days.ends(missing)
        for point in points
        if (missing := every & days.between(point.valid_from, point.valid_to) & ~of_points.get(point.code, 0))
    }
    partly = {
        agency.code
        for agency in agencies.values()
        if every & days.between(agency.valid_from, agency.valid_to) & ~of_agencies.get(agency.code, 0)
    }
    whole = _added((count.agency_code, count.visits) for count in inside if count.agency_code not in {"", *partly})
    counted = _added((count.service_point_code, count.visits) for count in inside if count.service_point_code)
    known = {code: number for code, number in counted.items() if code not in uncounted}
    part = {agency.code for agency in taking.values()}
    return Visits(
        known,
        {**_summed(points, known, uncounted), **whole},
        {
            point.code: uncounted[point.code]
            for point in points
            if point.code in uncounted and point.agency_code in part
        },
    )


def _summed(points: Iterable[ServicePoint], known: Mapping[str, int], uncounted: Collection[str]) -> dict[str, int]:
    """Return the sums of the agencies all of whose service points were counted."""
    placed = list(points)
    short = {one.agency_code for one in placed if one.code in uncounted}
    counted = (one for one in placed if one.code in known and one.agency_code not in short)
    return _added((one.agency_code, known[one.code]) for one in counted)


class _Days:
    """Sets of the days of a round, as the bits of whole numbers: those of thousands of counters stay small."""

    def __init__(self, survey_round: SurveyRound) -> None:
        self._first, self._last = survey_round.opens, survey_round.closes

    def between(self, first: date | None, last: date | None) -> int:
        """Return the days from one to the other that lie in the round; open ends reach to its own."""
        begins, ends = max(first or self._first, self._first), min(last or self._last, self._last)
        length = (ends - begins).days + 1
        return ((1 << length) - 1) << (begins - self._first).days if length > 0 else 0

    def of(self, counts: Iterable[VisitCount]) -> dict[str, int]:
        """Return the days on which each unit was counted."""
        found: dict[str, int] = {}
        for one in counts:
            code = one.service_point_code or one.agency_code
            found[code] = found.get(code, 0) | self.between(one.from_day, one.to_day)
        return found

    def ends(self, days: int) -> tuple[date, date]:
        """Return the first and the last of some days."""
        first = (days & -days).bit_length() - 1
        return self._first + timedelta(first), self._first + timedelta(days.bit_length() - 1)


def list_denominators(store: Store, round_code: str) -> tuple[Denominator, ...]:
    """Return every agency that takes part and has service points, in the order of these; raises UnknownCodeError."""
    with store.reading() as connection:
        held = find_held(connection, round_code)
        known = list_agencies(connection)
        taking = taking_part(known, held) if held.goals else known
        placed = [place for place in list_points(connection) if place.agency_id in taking]
        counts = count_by_service_point(connection, held.id)
        visits = dict(visits_of(connection, held.survey_round).agencies)
    responses = _added((place.point.agency_code, counts.get(place.id, 0)) for place in placed)
    goals = {goal.agency_code: goal for goal in sample_goals({code: visits.get(code) for code in responses}, responses)}
    return tuple(_denominators({agency.code: agency for agency in known.values()}, responses, visits, goals))


def denominators_file(rows: Iterable[Denominator], *, layout: str = "csv") -> bytes:
    """Return denominators as one of `SHEET_LAYOUTS`; what is unknown stays empty."""
    return sheet_bytes(Sheet(mark("Mẫu số"), COLUMNS, map(_cells, rows), {"rate": 2}), layout)


def _cells(row: Denominator) -> Sequence[Cell]:
    own, sizes = row.unit, (row.goal.official, row.goal.correct, row.goal.still_needed)
    cautions = " ".join(caution.value for caution in own.cautions)
    return row.agency.code, row.agency.name, own.visits, own.responses, two_places(own.rate), *sizes, cautions


def official_sizes(connection: Connection, survey_round: SurveyRound) -> dict[str, int]:
    """Return the official sample size of each agency whose visits in the round's time are known."""
    return {code: official_size(number) for code, number in visits_of(connection, survey_round).agencies.items()}


def _denominators(
    agencies: dict[str, Agency], responses: dict[str, int], visits: dict[str, int], goals: dict[str, SampleGoal]
) -> Iterator[Denominator]:
    for code, number in responses.items():
        yield Denominator(agencies[code], ServedUnit(code, visits.get(code), number), goals[code])


def _is_within(one: VisitCount, survey_round: SurveyRound) -> bool:
    return survey_round.opens <= one.from_day and one.to_day <= survey_round.closes


def _added(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for code, number in pairs:
        found[code] += number
    return dict(found)
