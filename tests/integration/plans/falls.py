"""Published rounds in which figures rise and fall."""

import secrets
from datetime import timedelta

from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.publishing.publishing import publish_run
from survey.operations.rounds.rounds import NewRound, open_round
from survey.responses import AnswerRecord, Mode
from survey.store.collecting.responses import NewResponse, save_responses
from survey.store.registry.agencies import find_round
from survey.store.registry.points import find_point


def answer(store, code: str, point: str, **times: int) -> None:
    """Store responses that choose the same option for every item: `four=60` stands for sixty times “4”."""
    with store.reading() as connection:
        round_id, survey_round = find_round(connection, code)
        placed = find_point(connection, point)
    instrument, symbols = load_instrument(survey_round.instrument), {"three": "3", "four": "4", "five": "5"}
    for name, count in times.items():
        record = AnswerRecord.pack(instrument, {item.code: symbols[name] for item in instrument.items})
        # All over the round: a range that rests on few days and weeks calls no fall.
        length = (survey_round.closes - survey_round.opens).days + 1
        days = (survey_round.opens + timedelta(4 * one % length) for one in range(count))
        rows = [NewResponse(secrets.token_bytes(16), round_id, placed.id, Mode.QR, day, None, record) for day in days]
        save_responses(store, rows)


def a_round(
    store, code: str, days_ago: int, *, days: int = 38, previous: str | None = None, instrument: str = "sipas-2023"
) -> None:
    opens = today_in_vietnam() - timedelta(days=days_ago)
    closes = opens + timedelta(days=days)
    open_round(store, NewRound(code, f"Đợt {code}", instrument, opens, closes, previous_code=previous))


def publish(store, code: str) -> None:
    publish_run(store, code, today=today_in_vietnam())
