"""Make an empty instance ready to try: the sample registry, an open round, and simulated responses if wanted."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from survey.errors import RoundError
from survey.fieldwork import RoundState, SurveyRound
from survey.instrument import Instrument, Question
from survey.operations.accounts import add_staff, reset_staff
from survey.operations.fieldwork import NewRound, import_registry, open_round
from survey.operations.publishing import publish_run
from survey.operations.responses import load_round_instrument
from survey.operations.rights import Role
from survey.operations.runs import published_runs
from survey.responses import KEY_BYTES, HalfDay, Mode
from survey.store.engine import Store
from survey.store.fieldwork import PlacedPoint, find_round, list_rounds, list_service_points
from survey.store.responses import NewResponse, count_by_service_point, save_responses
from survey.store.staff import find_account

SAMPLE_REGISTRY = Path(__file__).parents[2] / "docs" / "examples" / "lang-son"
DAYS_BACK, DAYS_AHEAD = 30, 60
BATCH = 1_000
FEWEST, MOST = 15, 240
NOT_ANSWERED, NOT_APPLICABLE = 0.04, 0.55


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
    with store.reading() as connection:
        empty = not list_service_points(connection)
    if empty:
        import_registry(store, SAMPLE_REGISTRY)
    round_id, survey_round = _open_round(store, today=today, simulate=simulate)
    if simulate and not survey_round.simulated:
        raise RoundError(
            "this instance holds a real round; simulated responses need an instance of their own: --instance DIR"
        )
    with store.reading() as connection:
        points = [placed for placed in list_service_points(connection) if placed.point.is_valid_on(today)]
        responses = sum(count_by_service_point(connection, round_id).values())
    if simulate and not responses:
        responses = _simulate(store, round_id, survey_round, points, today=today)
    if simulate and not published_runs(store):
        publish_run(store, survey_round.code, today=today)
    return Trial(survey_round, points[0], responses)


def _open_round(store: Store, *, today: date, simulate: bool) -> tuple[int, SurveyRound]:
    with store.reading() as connection:
        rounds = list_rounds(connection)
    for number, one in rounds.items():
        if one.state_on(today) is RoundState.OPEN:
            return number, one
    opens = today - timedelta(days=DAYS_BACK) if simulate else today
    code = f"{'mo-phong' if simulate else 'thu'}-{opens:%Y-%m-%d}"
    new = NewRound(
        code=code,
        title=f"Đợt {'mô phỏng' if simulate else 'thử'} từ ngày {opens:%d/%m/%Y}",
        instrument="sipas-2023",
        opens=opens,
        closes=today + timedelta(days=DAYS_AHEAD),
        simulated=simulate,
    )
    open_round(store, new)
    with store.reading() as connection:
        return find_round(connection, code)


def _simulate(store: Store, round_id: int, survey_round: SurveyRound, points: list[PlacedPoint], *, today: date) -> int:
    """Store plausible responses: agencies differ, dimensions differ, people differ, few are unhappy."""
    instrument, chance = load_round_instrument(survey_round), np.random.default_rng(today.toordinal())
    rows = [
        row
        for placed in points
        for row in _simulated_rows(instrument, round_id, placed, survey_round.opens, today, chance)
    ]
    for start in range(0, len(rows), BATCH):
        save_responses(store, rows[start : start + BATCH])
    return len(rows)


def _simulated_rows(
    instrument: Instrument, round_id: int, placed: PlacedPoint, opens: date, today: date, chance: np.random.Generator
) -> Iterator[NewResponse]:
    quality = chance.normal(4.15, 0.22)
    of_dimension = {dimension.code: quality + chance.normal(0, 0.15) for dimension in instrument.dimensions}
    for _ in range(chance.integers(FEWEST, MOST)):
        mood = chance.normal(0, 0.55)
        record = "".join(_simulated_answer(question, of_dimension, mood, chance) for question in instrument.questions)
        day = opens + timedelta(days=int(chance.integers(0, (today - opens).days + 1)))
        half = HalfDay.MORNING if chance.random() < 0.6 else HalfDay.AFTERNOON
        yield NewResponse(secrets.token_bytes(KEY_BYTES), round_id, placed.id, Mode.QR, day, half, record)


def _simulated_answer(
    question: Question, of_dimension: dict[str, float], mood: float, chance: np.random.Generator
) -> str:
    if question.kind == "fact":
        return str(chance.choice([option.symbol for option in question.options[:3]], p=[0.9, 0.09, 0.01]))
    if question.dimension is None or chance.random() < NOT_ANSWERED:
        return "."
    if question.not_applicable and chance.random() < NOT_APPLICABLE:
        return "N"
    points = of_dimension[question.dimension] + mood + chance.normal(0, 0.5)
    return str(int(np.clip(np.rint(points), 1, len(question.options))))


def first_password(store: Store) -> str | None:
    """Return a one-time password for the administrator until one has been chosen, then None."""
    with store.reading() as connection:
        account = find_account(connection, Role.ADMINISTRATOR)
    if account is None:
        return add_staff(store, Role.ADMINISTRATOR)
    return reset_staff(store, Role.ADMINISTRATOR) if account.must_change else None
