"""The sample-size goals of a round: the official rule for each agency that takes part, or what somebody set."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from survey.analysis.weights.sample_size import SampleGoal, sample_goals, still_needed
from survey.fieldwork import Agency, RoundState, SurveyRound
from survey.formatting import vietnamese_key
from survey.operations.monitoring.live_counts import DayCounts
from survey.operations.rounds.rounds import taking_part
from survey.operations.rounds.visits import visits_of
from survey.operations.staff.rights import Scope
from survey.store.engine import Store
from survey.store.registry.agencies import list_agencies
from survey.store.registry.points import list_points
from survey.store.rounds.rounds import HeldRound, find_held


@dataclass(frozen=True, slots=True)
class GoalLine:
    """An agency with the goal of the official rule, and the one set for it, if any."""

    agency: Agency
    official: SampleGoal
    set_goal: int | None

    @property
    def goal(self) -> int:
        """The goal that counts."""
        return self.set_goal or self.official.official

    @property
    def still_needed(self) -> int:
        """Responses missing to the goal."""
        return still_needed(self.goal, self.official.collected)


@dataclass(frozen=True, slots=True)
class GoalSheet:
    """The goals of a round, of the agencies in scope that take part, by name."""

    held: HeldRound
    state: RoundState
    lines: tuple[GoalLine, ...]

    @property
    def survey_round(self) -> SurveyRound:
        """The round."""
        return self.held.survey_round


def find_goals(store: Store, counts: DayCounts, code: str, scope: Scope, *, today: date) -> GoalSheet:
    """Return the goals of a round with these responses; raises UnknownCodeError."""
    with store.reading() as connection:
        held = find_held(connection, code)
        agencies = taking_part(list_agencies(connection), held)
        own = {number: agency for number, agency in agencies.items() if scope.holds(agency.code)}
        places = list_points(connection)
        visits = visits_of(connection, held.survey_round).agencies
    collected = {agency.code: 0 for agency in own.values()}
    for place in places:
        if place.agency_id in own:
            collected[own[place.agency_id].code] += counts.of(place.id).responses
    goals = {goal.agency_code: goal for goal in sample_goals({code: visits.get(code) for code in collected}, collected)}
    return GoalSheet(held, held.survey_round.state_on(today), _lines(own, goals, held))


def _lines(agencies: Mapping[int, Agency], goals: Mapping[str, SampleGoal], held: HeldRound) -> tuple[GoalLine, ...]:
    lines = [GoalLine(one, goals[one.code], held.goals.get(number)) for number, one in agencies.items()]
    return tuple(sorted(lines, key=lambda line: vietnamese_key(line.agency.name)))
