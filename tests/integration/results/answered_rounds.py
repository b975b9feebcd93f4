"""Responses of chance at the service points of the sample registry, for publications to be made of."""

import secrets
from datetime import date, timedelta
from random import Random

from survey.instrument import load_instrument
from survey.responses import AnswerRecord, HalfDay, Mode, SubmissionKey
from survey.store.collecting.responses import NewResponse, insert_responses
from survey.store.registry.agencies import find_round
from survey.store.registry.points import list_points
from survey.store.subjects import ADDED

SIPAS = load_instrument("sipas-2023")
ITEMS = [question.code for question in SIPAS.questions if question.kind == "item"]


def add_responses(store, number, *, seed, points=None, code="r1"):
    random = Random(seed)
    with store.writing(ADDED) as connection:
        round_id, survey_round = find_round(connection, code)
        ids = [one.id for one in list_points(connection)][:points]
        insert_responses(
            connection,
            [
                NewResponse(
                    SubmissionKey(secrets.token_bytes(16)).row,
                    round_id,
                    random.choice(ids),
                    Mode.QR,
                    survey_round.opens + timedelta(random.randrange(7)),
                    HalfDay.MORNING,
                    AnswerRecord.pack(SIPAS, {code: random.choice("2344555") for code in ITEMS}),
                )
                for _ in range(number)
            ],
        )


def sealed_day(store) -> date:
    with store.reading() as connection:
        return find_round(connection, "r1")[1].seals + timedelta(days=1)
