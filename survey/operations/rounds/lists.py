"""What pages show of survey rounds: the list, and one of them with all that belongs to it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from survey.fieldwork import Agency, RoundState, SurveyRound
from survey.operations.rounds.rounds import taking_part
from survey.operations.staff.rights import Scope
from survey.store.engine import Store
from survey.store.registry.agencies import list_agencies, list_rounds
from survey.store.results.heads import RunHead, RunKind, latest_heads
from survey.store.rounds.rounds import HeldRound, count_by_round, count_participants, find_held


@dataclass(frozen=True, slots=True)
class ListedRound:
    """A round on the list; `taking_part` is the number of its agencies, None when all take part."""

    survey_round: SurveyRound
    state: RoundState
    responses: int
    taking_part: int | None
    run: RunHead | None

    @property
    def is_final(self) -> bool:
        """Tell whether its final results are published."""
        return self.run is not None and self.run.kind == RunKind.FINAL


@dataclass(frozen=True, slots=True)
class RoundSheet:
    """One round: `agencies` take part, `everybody` says that those are all there are."""

    held: HeldRound
    line: ListedRound
    agencies: tuple[Agency, ...]
    everybody: bool

    @property
    def codes(self) -> frozenset[str]:
        """The codes of the agencies that take part."""
        return frozenset(one.code for one in self.agencies)


def has_simulated(store: Store) -> bool:
    """Tell whether an instance holds simulated responses, beside which nothing else may pass for real."""
    with store.reading() as connection:
        return any(one.simulated for one in list_rounds(connection).values())


def list_round_lines(store: Store, scope: Scope, *, today: date) -> tuple[ListedRound, ...]:
    """Return all rounds, the latest first, with the responses of the agencies in scope."""
    with store.reading() as connection:
        rounds = list_rounds(connection)
        counts = count_by_round(connection, scope.agencies)
        participants = count_participants(connection)
        latest = {head.round_code: head for head in latest_heads(connection)}
    return tuple(
        ListedRound(
            survey_round,
            survey_round.state_on(today),
            counts.get(number, 0),
            participants.get(number),
            latest.get(survey_round.code),
        )
        for number, survey_round in rounds.items()
    )


def find_sheet(store: Store, code: str, scope: Scope, *, today: date) -> RoundSheet:
    """Return a round with all that belongs to it; raises UnknownCodeError."""
    with store.reading() as connection:
        held = find_held(connection, code)
        responses = count_by_round(connection, scope.agencies).get(held.id, 0)
        agencies = list_agencies(connection)
        latest = {head.round_code: head for head in latest_heads(connection)}
    own = held.survey_round
    taking = taking_part(agencies, held)
    everybody = not held.goals or set(taking) >= set(_all(agencies, held))
    line = ListedRound(own, own.state_on(today), responses, None if everybody else len(taking), latest.get(code))
    return RoundSheet(held, line, tuple(taking.values()), everybody)


def _all(agencies: Mapping[int, Agency], held: HeldRound) -> Collection[int]:
    return taking_part(agencies, HeldRound(held.id, held.version, held.survey_round, {}))
