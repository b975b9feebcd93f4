"""What a scanned or typed code leads to."""

from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from sqlalchemy import Connection

from survey.fieldwork import Agency, RoundState, ServicePoint, SurveyRound, codes_typed
from survey.operations.cache import Kept
from survey.store.engine import Store
from survey.store.registry.agencies import find_agencies, list_rounds
from survey.store.registry.points import PlacedPoint, find_known, find_point
from survey.store.registry.succession import find_line
from survey.store.rounds.rounds import rounds_without

KEPT_SECONDS = 2.0
MOST_KEPT = 10_000


class Reception(Enum):
    """How a code is received on a day."""

    OPEN = auto()
    UPCOMING = auto()
    CLOSED = auto()
    LEFT_OUT = auto()
    EARLY = auto()
    RETIRED = auto()


@dataclass(frozen=True, slots=True)
class Invitation:
    """A service point, its agency, the agency that took over, and the rounds there are (row number → round).

    `line` holds the other service points of the same counter: the codes it had before, and has after. `without` are
    the rounds in which the agency does not take part; they are not among `rounds`.
    """

    placed: PlacedPoint
    agency: Agency
    successor: Agency | None
    rounds: tuple[tuple[int, SurveyRound], ...]
    line: tuple[ServicePoint, ...] = ()
    without: tuple[SurveyRound, ...] = ()

    def leads_to(self, day: date) -> str:
        """Return the code this counter has on `day` instead of this one, nothing while this one is in use.

        What it leads to is in use itself and leads nowhere, so that nobody is ever sent in a circle.
        """
        if self.placed.point.is_valid_on(day):
            return ""
        return next((one.code for one in reversed(self.line) if one.is_valid_on(day)), "")

    def last_day_in(self, survey_round: SurveyRound, opened_on: date) -> date:
        """Return the last day on which answers to a form opened on `opened_on` can count for this service point."""
        ended = self.placed.point.valid_to or survey_round.closes
        return min(survey_round.closes, max(opened_on, ended))

    def reception_on(self, day: date) -> Reception:
        """Tell how the code is received on `day`."""
        if self.placed.point.valid_from and day < self.placed.point.valid_from:
            return Reception.EARLY
        if not self.placed.point.is_valid_on(day) or (self.agency.valid_to and day > self.agency.valid_to):
            return Reception.RETIRED
        if self.round_on(day):
            return Reception.OPEN
        if any(survey_round.state_on(day) is RoundState.OPEN for survey_round in self.without):
            return Reception.LEFT_OUT
        return Reception.UPCOMING if self.next_round(day) else Reception.CLOSED

    def round_on(self, day: date) -> tuple[int, SurveyRound] | None:
        """Return the round that is open on `day`."""
        return next(((number, one) for number, one in self.rounds if one.state_on(day) is RoundState.OPEN), None)

    def closed_before(self, day: date) -> tuple[int, SurveyRound] | None:
        """Return the round that closed before `day` and is not sealed on it."""
        return next(((number, one) for number, one in self.rounds if one.state_on(day) is RoundState.CLOSED), None)

    def next_round(self, day: date) -> SurveyRound | None:
        """Return the first round that opens after `day`."""
        return min((one for _, one in self.rounds if one.opens > day), key=lambda one: one.opens, default=None)

    def last_round(self, day: date) -> SurveyRound | None:
        """Return the latest round that closed before `day`."""
        return max((one for _, one in self.rounds if one.closes < day), key=lambda one: one.closes, default=None)


def read_invitation(connection: Connection, code: str) -> Invitation:
    """Return what the code leads to, at one moment of an act that decides on it; raises UnknownCodeError."""
    placed = find_point(connection, code)
    rounds = list_rounds(connection)
    dated = placed.point.valid_from or placed.point.valid_to
    line = find_line(connection, placed.id) if dated else ()
    before = {point.agency_code for point in line}
    agencies = find_agencies(connection, placed.agency_id, before)
    numbers = {number for number, known in agencies.items() if number == placed.agency_id or known.code in before}
    without = rounds_without(connection, numbers)
    agency = agencies[placed.agency_id]
    successor = next((other for other in agencies.values() if other.code == agency.successor_code), None)
    taken = tuple((number, survey_round) for number, survey_round in rounds.items() if number not in without)
    return Invitation(placed, agency, successor, taken, line, tuple(rounds[number] for number in sorted(without)))


class Invitations:
    """Invitations kept for two seconds, so that a busy hall does not ask the database at every scan."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept = Kept[frozenset[str], Invitation | None](MOST_KEPT, seconds=KEPT_SECONDS)

    def find(self, text: str) -> Invitation | None:
        """Return what a code leads to, however it was typed, or None when nothing has it."""
        codes = codes_typed(text)
        return self._kept.get(codes, lambda: self._read(codes)) if codes else None

    def _read(self, codes: frozenset[str]) -> Invitation | None:
        with self._store.reading() as connection:
            code = find_known(connection, codes)
            return read_invitation(connection, code) if code else None
