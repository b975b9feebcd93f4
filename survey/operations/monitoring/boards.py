"""What monitoring shows of a round: every agency and service point in scope, what came in and what is still needed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from survey.analysis.weights.sample_size import still_needed
from survey.fieldwork import Agency, RoundState, SurveyRound
from survey.operations.monitoring.live_counts import MODES, Collected, DayCounts
from survey.operations.monitoring.rules import Flood, Silence
from survey.operations.monitoring.served import Served
from survey.operations.monitoring.shares import UnusualShare
from survey.responses import Mode
from survey.store.registry.points import PlacedPoint


class GoalBasis(StrEnum):
    """Where a goal comes from; `LARGEST` is the official one while nobody counted the visits."""

    SET = "set"
    OFFICIAL = "official"
    LARGEST = "largest"


@dataclass(frozen=True, slots=True)
class Goal:
    """How many responses an agency should have, and why so many."""

    responses: int
    basis: GoalBasis


@dataclass(frozen=True, slots=True)
class PointLine:
    """A service point: what came in there, who was served, and what must be looked at.

    `is_unheard` says that it should have had a first response by now.
    """

    place: PlacedPoint
    is_in_use: bool
    collected: Collected
    served: Served
    silence: Silence | None
    flood: Flood | None
    share: UnusualShare | None
    is_unheard: bool


@dataclass(frozen=True, slots=True)
class AgencyOnBoard:
    """An agency, with its row number and its service points; `silence` is that of the agency as a whole."""

    id: int
    agency: Agency
    points: tuple[PointLine, ...]
    collected: Collected
    goal: Goal
    served: Served
    silence: Silence | None

    @property
    def responses(self) -> int:
        """Responses of all its service points."""
        return self.collected.responses

    @property
    def still_needed(self) -> int:
        """Responses missing to the goal."""
        return still_needed(self.goal.responses, self.responses)

    @property
    def silent(self) -> tuple[PointLine, ...]:
        """The service points that have gone silent."""
        return tuple(point for point in self.points if point.silence)

    @property
    def unheard(self) -> tuple[PointLine, ...]:
        """The service points that never had a response though they should."""
        return tuple(point for point in self.points if point.is_unheard)

    @property
    def in_use(self) -> int:
        """How many of its service points can be answered today."""
        return sum(point.is_in_use for point in self.points)

    @property
    def has_visits_of_points(self) -> bool:
        """Tell whether visits were counted at one of its service points."""
        return any(point.served.visits is not None for point in self.points)

    @property
    def point_ids(self) -> tuple[int, ...]:
        """The row numbers of its service points."""
        return tuple(point.place.id for point in self.points)


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """A round as it stands for somebody: the agencies in scope that take part, by block and name."""

    survey_round: SurveyRound
    today: date
    counts: DayCounts
    agencies: tuple[AgencyOnBoard, ...]

    @property
    def state(self) -> RoundState:
        """The state of the round today."""
        return self.survey_round.state_on(self.today)

    @property
    def counted_to(self) -> date:
        """The last day whose responses are counted."""
        return (self.counts.before or self.today) - timedelta(days=1)

    @property
    def days_left(self) -> int:
        """Days on which the round can still be answered, today among them."""
        return max(0, (self.survey_round.closes - self.today).days + 1)

    @property
    def responses(self) -> int:
        """Responses of all agencies."""
        return sum(line.responses for line in self.agencies)

    @property
    def point_ids(self) -> list[int]:
        """The row numbers of all service points."""
        return [number for line in self.agencies for number in line.point_ids]

    @property
    def modes(self) -> tuple[Mode, ...]:
        """The modes there are responses of."""
        sums = [sum(column) for column in zip(*(line.collected.by_mode for line in self.agencies), strict=True)]
        return tuple(mode for mode, number in zip(MODES, sums, strict=False) if number)

    @property
    def shown_modes(self) -> tuple[Mode, ...]:
        """The modes, where there are several to tell apart."""
        return self.modes if len(self.modes) > 1 else ()


def current_round(rounds: Mapping[int, SurveyRound], today: date) -> int | None:
    """Return the row number of the round that is open, else of the next one, else of the last one."""
    by_state = {number: survey_round.state_on(today) for number, survey_round in rounds.items()}
    for state in (RoundState.OPEN, RoundState.UPCOMING):
        in_state = [number for number in rounds if by_state[number] is state]
        if in_state:
            return min(in_state, key=lambda number: rounds[number].opens)
    return max(rounds, key=lambda number: rounds[number].closes, default=None)
