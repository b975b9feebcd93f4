"""Comments of a sealed round, and the form on which a person decides about each."""

import re
import secrets
from datetime import timedelta

from sqlalchemy import select

from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.rounds.rounds import NewRound, open_round
from survey.responses import AnswerRecord, HalfDay, Mode, SubmissionKey
from survey.store.collecting.responses import NewComment, NewResponse, save_responses
from survey.store.collecting.settling import settle
from survey.store.feedback.tables import comment_screening
from survey.store.registry.agencies import find_round
from survey.store.registry.points import list_points
from tests.sign_in import token_of

TODAY = today_in_vietnam()
CLOSES = TODAY - timedelta(days=8)  # sealed since yesterday
# Half are satisfied: a small group that agrees about everything would not be shown.
ANSWERS = [AnswerRecord.pack(load_instrument("sipas-2023"), {"A1": one, "B1": one}) for one in ("5", "2")]
PAGE = "/staff/rounds/r1/comments"


def make_round(store, code, closes):
    open_round(store, NewRound(code, f"Đợt {code}", "sipas-2023", closes - timedelta(days=20), closes))
    return code


def answer(store, code, texts, *, agency="SCT", settled=True):
    """Store one response with each comment, one after the other, and return the keys of the comments."""
    with store.reading() as connection:
        round_id, survey_round = find_round(connection, code)
        placed = next(one for one in list_points(connection) if one.point.agency_code == agency)
    keys = [SubmissionKey(secrets.token_bytes(16)) for _ in texts]
    for place, (key, said) in enumerate(zip(keys, texts, strict=True)):
        comment = NewComment(key.comment, round_id, placed.agency_id, said)
        day, given = survey_round.closes, ANSWERS[place % 2]
        save_responses(store, [NewResponse(key.row, round_id, placed.id, Mode.QR, day, None, given, comment)])
    if settled:
        settle(store, (TODAY, HalfDay.MORNING))
    return [key.comment for key in keys]


def choices(client, page=PAGE):
    """Return the fields of the form on a page as a browser sends them, nothing chosen yet."""
    body = client.get(page).text
    keys = re.findall(r'name="s\.([0-9a-f]{32})" value="([0-9a-f]*)"', body)
    typed = re.findall(r"<textarea[^>]*>([^<]*)</textarea>", body)
    fields = {"token": token_of(client, "/staff/password")}
    for (key, seen), words in zip(keys, typed, strict=True):
        fields |= {f"s.{key}": seen, f"t.{key}": words}
    return fields


def send(client, chosen, page=PAGE, **more):
    """Choose for some comments (key → choice) on a page, and send the form."""
    fields = choices(client, page) | {f"d.{key.hex()}": choice for key, choice in chosen.items()}
    return client.post(page, data=fields | more)


def kept(store):
    with store.reading() as connection:
        found = connection.execute(select(comment_screening.c.comment_key, comment_screening.c.text))
        return {bytes(row.comment_key): row.text for row in found}
