"""How many people were served in the time of a round, and what follows from it: goals, rates, weights."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from survey.analysis.sample_size import SampleGoal, official_size, sample_goals
from survey.analysis.weighted import Visits
from survey.analysis.weighting import Unit
from survey.fieldwork import Agency, SurveyRound, VisitCount
from survey.formatting import spreadsheet_safe, to_nfc
from survey.operations.rounds import taking_part
from survey.store.engine import Store
from survey.store.fieldwork import list_agencies, list_service_points
from survey.store.responses import count_by_service_point
from survey.store.rounds import find_held
from survey.store.visits import list_visits

BYTE_ORDER_MARK = "\ufeff"
COLUMNS = ("agency_code", "agency", "visits", "responses", "rate", "official", "correct", "still_needed", "cautions")


@dataclass(frozen=True, slots=True)
class Denominator:
    """What an agency was served by and what it needs: visits and responses, and the sample size to aim at."""

    agency: Agency
    unit: Unit
    goal: SampleGoal


def visits_of(store: Store, survey_round: SurveyRound) -> Visits:
    """Return the visits in periods that lie within the round.

    Of an agency the count of the whole stands before the sum of its service points.
    """
    with store.reading() as connection:
        agency_of = {one.point.code: one.point.agency_code for one in list_service_points(connection)}
        inside = [one for one in list_visits(connection) if _is_within(one, survey_round)]
    points = _added((one.service_point_code, one.visits) for one in inside if one.service_point_code)
    whole = _added((one.agency_code, one.visits) for one in inside if one.agency_code)
    of_points = _added((agency_of[code], visits) for code, visits in points.items())
    return Visits(points, {**of_points, **whole})


def list_denominators(store: Store, round_code: str) -> tuple[Denominator, ...]:
    """Return every agency that takes part and has service points, in the order of these; raises UnknownCodeError."""
    with store.reading() as connection:
        held = find_held(connection, round_code)
        known = list_agencies(connection)
        taking = taking_part(known, held) if held.goals else known
        placed = [one for one in list_service_points(connection) if one.agency_id in taking]
        counts = count_by_service_point(connection, held.id)
    responses = _added((one.point.agency_code, counts.get(one.id, 0)) for one in placed)
    visits = dict(visits_of(store, held.survey_round).agencies)
    goals = {one.agency_code: one for one in sample_goals({code: visits.get(code) for code in responses}, responses)}
    return tuple(_denominators({one.code: one for one in known.values()}, responses, visits, goals))


def denominators_csv(rows: Iterable[Denominator]) -> bytes:
    """Return denominators as a CSV file; what is unknown stays empty."""
    stream = io.StringIO(newline="")
    stream.write(BYTE_ORDER_MARK)
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for row in rows:
        rate = "" if row.unit.rate is None else f"{row.unit.rate:.2f}"
        visits = "" if row.unit.visits is None else row.unit.visits
        sizes = (row.goal.official, row.goal.correct, row.goal.still_needed)
        cautions = " ".join(caution.value for caution in row.unit.cautions)
        name = spreadsheet_safe(to_nfc(row.agency.name))
        writer.writerow((row.agency.code, name, visits, row.unit.responses, rate, *sizes, cautions))
    return stream.getvalue().encode()


def official_sizes(store: Store, survey_round: SurveyRound) -> dict[str, int]:
    """Return the official sample size of each agency whose visits in the round's time are known."""
    return {code: official_size(number) for code, number in visits_of(store, survey_round).agencies.items()}


def _denominators(
    agencies: dict[str, Agency], responses: dict[str, int], visits: dict[str, int], goals: dict[str, SampleGoal]
) -> Iterator[Denominator]:
    for code, number in responses.items():
        yield Denominator(agencies[code], Unit(code, visits.get(code), number), goals[code])


def _is_within(one: VisitCount, survey_round: SurveyRound) -> bool:
    return survey_round.opens <= one.from_day and one.to_day <= survey_round.closes


def _added(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for code, number in pairs:
        found[code] += number
    return dict(found)
