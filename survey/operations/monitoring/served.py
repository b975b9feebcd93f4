"""How many people were served in the time of a round, and how many of them answered."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from survey.analysis.weights.weighting import response_rate
from survey.fieldwork import SurveyRound
from survey.operations.cache import Kept
from survey.operations.monitoring.live_counts import DayCounts
from survey.store.monitoring.monitoring import CountedVisits, list_visits_within, mark_of_visits

MOST_KEPT = 3


@dataclass(frozen=True, slots=True)
class Served:
    """People served on the days somebody counted them, None when nobody did, and the responses of those very days."""

    visits: int | None = None
    responses: int = 0

    @property
    def rate(self) -> float | None:
        """Response rate in per cent, None without visits or with more responses than visits."""
        return response_rate(self.responses, self.visits)

    def __add__(self, other: "Served") -> "Served":
        known = [one.visits for one in (self, other) if one.visits is not None]
        return Served(sum(known) if known else None, self.responses + other.responses)


@dataclass(frozen=True, slots=True)
class ServedPeople:
    """Who was served, by service point and, where the whole was counted, by agency (row numbers)."""

    points: Mapping[int, Served]
    agencies: Mapping[int, Served]


class KeptServed:
    """Who was served in the rounds people look at, read again when visits or responses were counted anew."""

    def __init__(self) -> None:
        self._kept = Kept[tuple[object, ...], ServedPeople](MOST_KEPT)

    def of(self, connection: Connection, survey_round: SurveyRound, counts: DayCounts) -> ServedPeople:
        """Return who was served in the time of a round; `counts` are its responses."""
        days = survey_round.opens, survey_round.closes
        key = (survey_round.code, *days, counts.counted_at, mark_of_visits(connection, *days))
        return self._kept.get(key, lambda: add_up_served(list_visits_within(connection, *days), counts))


def add_up_served(visits: Sequence[CountedVisits], counts: DayCounts) -> ServedPeople:
    """Return what the periods of each unit add up to.

    The visits are set beside the responses of the same days, so that a count that ends last month is not compared with
    the responses of this one.
    """
    rows = {number: (row,) for number, row in counts.rows.items()}
    of_points = [(one.service_point_id, one) for one in visits if one.service_point_id]
    of_agencies = [(one.agency_id, one) for one in visits if one.agency_id]
    return ServedPeople(_added(of_points, rows, counts), _added(of_agencies, counts.agencies, counts))


def _added(
    visits: Sequence[tuple[int, CountedVisits]], rows_of: Mapping[int, Sequence[int]], counts: DayCounts
) -> dict[int, Served]:
    """Return the sums by unit; `rows_of` has the rows of its service points in the counts."""
    # Everybody counts by the same few months.
    answered = {
        period: counts.between(*period) for period in {(counted.from_day, counted.to_day) for _, counted in visits}
    }
    people, responses = Counter[int](), Counter[int]()
    for unit, counted in visits:
        collected = answered[counted.from_day, counted.to_day]
        people[unit] += counted.visits
        responses[unit] += sum(collected[row] for row in rows_of.get(unit, ()))
    return {unit: Served(number, responses[unit]) for unit, number in people.items()}
