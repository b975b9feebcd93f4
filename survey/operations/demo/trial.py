"""Make an empty instance ready to try: the sample registry, an open round, and simulated responses if wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from survey.errors import RoundError
from survey.fieldwork import RoundState, SurveyRound
from survey.operations.demo.simulation import Simulation, save_in_batches, simulate_responses
from survey.operations.publishing.publishing import publish_run
from survey.operations.registry.csv_import import import_registry
from survey.operations.results.standing import PublishedRuns
from survey.operations.rounds.rounds import NewRound, open_round
from survey.operations.staff.accounts import add_staff, reset_staff
from survey.operations.staff.rights import Role
from survey.store.collecting.blocks import count_by_service_point
from survey.store.collecting.responses import NewResponse
from survey.store.engine import Store
from survey.store.registry.agencies import find_round, list_rounds
from survey.store.registry.points import PlacedPoint, list_points
from survey.store.staff.accounts import find_account

SAMPLE_REGISTRY = Path(__file__).parents[3] / "docs" / "examples" / "lang-son"
DAYS_BACK, DAYS_AHEAD = 30, 60
INSTRUMENT = "sipas-2023"
# Simulated rounds are told apart by number: this is the one that is open.
NOW = 1


@dataclass(frozen=True, slots=True)
class Trial:
    """What was made ready: the open round, a service point to look at, how many responses there are."""

    survey_round: SurveyRound
    placed: PlacedPoint
    responses: int


def prepare_trial(store: Store, *, today: date, simulate: bool) -> Trial:
    """Add only what is missing and return what there is to see.

    Raises RoundError when simulated responses are wanted in an instance that already has a real round.
    """
    if simulate:
        require_simulated(store)
    bring_registry(store)
    round_id, survey_round = open_trial_round(store, today=today, simulate=simulate)
    if simulate:
        fill_round(store, Simulation(round_id, survey_round, last=today, number=NOW), published_on=today)
    return Trial(survey_round, points_on(store, today)[0], count_responses(store, round_id))


def fill_round(store: Store, simulation: Simulation, *, published_on: date) -> None:
    """Give a round its responses and its publication where it has none: what came later is in no publication."""
    own, later = simulation.survey_round, list[NewResponse]()
    if not count_responses(store, simulation.round_id):
        rows = simulate_responses(simulation, points_on(store, simulation.last))
        save_in_batches(store, [row for row in rows if row.day <= published_on])
        later = [row for row in rows if row.day > published_on]
    if PublishedRuns(store).find(own.code) is None:
        publish_run(store, own.code, today=published_on)
    save_in_batches(store, later)


def require_simulated(store: Store) -> None:
    """Raise RoundError when an instance has a real round."""
    with store.reading() as connection:
        real = not all(survey_round.simulated for survey_round in list_rounds(connection).values())
    if real:
        raise RoundError(
            "this instance holds a real round; simulated responses need an instance of their own: --instance DIR"
        )


def bring_registry(store: Store) -> None:
    """Import the sample registry into an instance without service points."""
    with store.reading() as connection:
        empty = not list_points(connection)
    if empty:
        import_registry(store, SAMPLE_REGISTRY)


def open_trial_round(store: Store, *, today: date, simulate: bool) -> tuple[int, SurveyRound]:
    """Return the round that is open, with its row number; without one, open one that is compared with the last."""
    with store.reading() as connection:
        rounds = list_rounds(connection)
    for number, survey_round in rounds.items():
        if survey_round.state_on(today) is RoundState.OPEN:
            return number, survey_round
    new = _simulated_round(list(rounds.values()), today) if simulate else _empty_round(today)
    open_round(store, new)
    with store.reading() as connection:
        return find_round(connection, new.code)


def _empty_round(today: date) -> NewRound:
    closes = today + timedelta(days=DAYS_AHEAD)
    return NewRound(f"thu-{today}", f"Đợt thử từ ngày {today:%d/%m/%Y}", INSTRUMENT, today, closes)


def _simulated_round(earlier: Sequence[SurveyRound], today: date) -> NewRound:
    opens = today - timedelta(days=DAYS_BACK)
    last = max(earlier, key=lambda one: one.closes, default=None)
    # Two rounds cannot run on one day.
    opens = max(opens, last.closes + timedelta(days=1)) if last else opens
    return simulated_round(opens, today + timedelta(days=DAYS_AHEAD), previous=last)


def simulated_round(opens: date, closes: date, *, previous: SurveyRound | None = None) -> NewRound:
    """Return a simulated round, named for the day it opens."""
    return NewRound(
        code=f"mo-phong-{opens}",
        title=f"Đợt mô phỏng từ ngày {opens:%d/%m/%Y}",
        instrument=INSTRUMENT,
        opens=opens,
        closes=closes,
        simulated=True,
        previous_code=previous.code if previous else None,
    )


def points_on(store: Store, day: date) -> list[PlacedPoint]:
    """Return the service points that are answered at on a day."""
    with store.reading() as connection:
        return [placed for placed in list_points(connection) if placed.point.is_valid_on(day)]


def count_responses(store: Store, round_id: int) -> int:
    """Return how many responses a round has, by its row number."""
    with store.reading() as connection:
        return sum(count_by_service_point(connection, round_id).values())


def first_password(store: Store) -> str | None:
    """Return a one-time password for the administrator until one has been chosen, then None."""
    with store.reading() as connection:
        account = find_account(connection, Role.ADMINISTRATOR)
    if account is None:
        return add_staff(store, Role.ADMINISTRATOR)
    return reset_staff(store, Role.ADMINISTRATOR) if account.must_change else None
