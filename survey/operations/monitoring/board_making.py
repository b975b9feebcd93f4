"""Put together what monitoring shows of a round to somebody."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby

from survey.analysis.weights.sample_size import official_size
from survey.fieldwork import Agency, RoundState, SurveyRound
from survey.formatting import SortKey, vietnamese_key
from survey.operations.monitoring.boards import AgencyOnBoard, Board, Goal, GoalBasis, PointLine
from survey.operations.monitoring.live_counts import Collected, DayCounts, LiveCounts
from survey.operations.monitoring.rules import FIRST_WITHIN, Silence
from survey.operations.monitoring.served import KeptServed, Served
from survey.operations.rounds.rounds import works_within
from survey.operations.staff.rights import Scope
from survey.store.engine import Store
from survey.store.monitoring.monitoring import goals_of_round
from survey.store.registry.agencies import list_agencies
from survey.store.registry.points import PlacedPoint, list_points, of_rows


class Boards:
    """Rounds as they stand now, for whoever looks; what came in is told as of the last midnight."""

    def __init__(self, store: Store) -> None:
        self._store, self._live, self._served = store, LiveCounts(store), KeptServed()

    def counts(self, round_code: str) -> DayCounts:
        """Return what came in where; raises UnknownCodeError."""
        return self._live.of(round_code)

    def read(self, numbered: tuple[int, SurveyRound], *, scope: Scope, today: date) -> Board:
        """Return a round, given with its row number, as it stands for somebody with this scope."""
        round_id, survey_round = numbered
        counts = self._live.of(survey_round.code)
        with self._store.reading() as connection:
            everybody = list_agencies(connection)
            agencies = {number: agency for number, agency in everybody.items() if scope.holds(agency.code)}
            places = list_points(connection, of_rows(None if scope.agencies is None else agencies.keys()))
            served = self._served.of(connection, survey_round, counts)
            goals = goals_of_round(connection, round_id)
        there = {number: agency for number, agency in everybody.items() if works_within(agency, survey_round)}
        participants, lines = _participants(goals, everybody) & there.keys(), []
        for number, some in groupby(places, key=lambda place: place.agency_id):
            points = tuple(_point_lines(some, served.points, counts, survey_round, today))
            collected = _added(points)
            if points and number in agencies and (number in participants or collected.responses):
                people = served.agencies.get(number) or sum((point.served for point in points), Served())
                visits = people.visits if number in served.agencies or _are_counted(points) else None
                goal, silence = _goal(goals.get(number), visits), _whole(number, points, counts)
                lines.append(AgencyOnBoard(number, agencies[number], points, collected, goal, people, silence))
        return Board(survey_round, today, counts, tuple(sorted(lines, key=_order)))


def _participants(goals: Collection[int], agencies: Mapping[int, Agency]) -> set[int]:
    """Return who takes part: everybody unless some are named, then these and whoever took over their work since."""
    numbers = {agency.code: number for number, agency in agencies.items()}
    participants, new = set[int](), set(goals or agencies)
    while new:
        participants |= new
        successors = {agencies[number].successor_code for number in new}
        new = {numbers[code] for code in successors if code} - participants
    return participants


def _whole(agency_id: int, points: Sequence[PointLine], counts: DayCounts) -> Silence | None:
    """Return the silence of an agency as a whole, of one that still serves people."""
    return counts.signals.silent_agencies.get(agency_id) if any(point.is_in_use for point in points) else None


def _order(line: AgencyOnBoard) -> tuple[SortKey, SortKey]:
    return vietnamese_key(line.agency.block), vietnamese_key(line.agency.name)


def _point_lines(
    places: Iterable[PlacedPoint],
    served: Mapping[int, Served],
    counts: DayCounts,
    survey_round: SurveyRound,
    today: date,
) -> Iterator[PointLine]:
    """Yield the service points that could be answered in the round, and those that have responses of it."""
    signals, is_open = counts.signals, survey_round.state_on(today) is RoundState.OPEN
    for place in places:
        collected = counts.of(place.id)
        if collected.responses or place.point.is_in_use(survey_round.opens, survey_round.closes):
            in_use = place.point.is_valid_on(today)
            begins = max(survey_round.opens, place.valid_from or survey_round.opens)
            late = is_open and in_use and (today - begins).days >= FIRST_WITHIN
            silence = signals.silent.get(place.id) if in_use and is_open else None
            yield PointLine(
                place=place,
                is_in_use=in_use,
                collected=collected,
                served=served.get(place.id, Served()),
                silence=silence,
                flood=signals.floods.get(place.id),
                share=counts.shares.get(place.id) if is_open else None,
                is_unheard=late and not collected.responses,
            )


def _added(points: Sequence[PointLine]) -> Collected:
    by_mode = tuple(map(sum, zip(*(point.collected.by_mode for point in points), strict=True)))
    days = [point.collected.last_day for point in points if point.collected.last_day]
    return Collected(by_mode, max(days, default=None))


def _are_counted(points: Iterable[PointLine]) -> bool:
    """Tell whether visits were counted at every service point: the visits of one nobody counted are not none."""
    return all(point.served.visits is not None for point in points)


def _goal(number: int | None, visits: int | None) -> Goal:
    if number is not None:
        return Goal(number, GoalBasis.SET)
    return Goal(official_size(visits), GoalBasis.LARGEST if visits is None else GoalBasis.OFFICIAL)
