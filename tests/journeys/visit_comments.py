"""The page on which comments are read and decided about, in each of its states."""

import re
import secrets
from datetime import timedelta

from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.feedback.screening import decide
from survey.operations.rounds.rounds import NewRound, open_round
from survey.responses import AnswerRecord, HalfDay, Mode, SubmissionKey
from survey.store.collecting.responses import NewComment, NewResponse, save_responses
from survey.store.collecting.settling import settle
from survey.store.engine import Store
from survey.store.registry.agencies import find_round
from survey.store.registry.points import list_points
from tests.journeys.visits import AGENCY, Visitor

CODE = "y-kien"
COMMENTS = (
    "Cán bộ hướng dẫn rất tận tình, tôi chỉ phải đến một lần.",
    "Ông Nam ở quầy 3 giải thích dễ hiểu. Nhờ chuyển lời cảm ơn, hồ sơ số 123456.",
    "Chờ lâu quá, lấy số từ 8 giờ mà gần 11 giờ mới đến lượt.\n\nGhế ngồi ít, người già phải đứng.",
    "Nhà để xe không có mái che.",
    "Biểu mẫu khó hiểu, nên có mẫu điền sẵn.",
)


def visit(visitor: Visitor, store: Store) -> None:
    """Visit a round whose comments cannot be read yet, then one that is over, before and after deciding."""
    visitor.get("comments, too early", f"/staff/rounds/{visitor.published_round()}/comments")
    home = f"/staff/rounds/{_make_round(store)}/comments"
    visitor.get("comments, none", home)
    _answer(store)
    visitor.get("comments before the night", home)
    settle(store, (today_in_vietnam(), HalfDay.MORNING))
    visitor.get("comments", home)
    keys = re.findall(r'name="s\.([0-9a-f]{32})"', visitor.visits[-1].body.decode())
    fields = {"token": visitor.token("/staff/password")}
    for place, key in enumerate(keys):
        fields |= {f"s.{key}": "", f"t.{key}": COMMENTS[0], f"d.{key}": "hide" if place else "show"}
    wrong = fields | {f"t.{keys[0]}": "Lời thêm vào"}
    visitor.post("comments with faults", home, wrong, status=400)
    fields |= {f"d.{keys[0]}": "hide"}
    other = bytes.fromhex(keys[1])
    decide(store, CODE, {other: COMMENTS[1]}, seen={}, today=today_in_vietnam(), by="minh")
    visitor.post("comments, changed meanwhile", home, fields, status=409)
    decide(store, CODE, {other: ""}, seen=_seen(visitor, home), today=today_in_vietnam(), by="minh")
    visitor.client.post(home, data=fields)
    visitor.get("comments after a deed", f"{home}?shown=0&hidden={len(keys)}")
    visitor.get("comments not to be shown", f"{home}?decision=hidden&agency={AGENCY}&q=cho")
    visitor.get("comments of nothing", "/staff/rounds/nowhere/comments", status=404)


def _seen(visitor: Visitor, home: str) -> dict[bytes, str]:
    """Return the marks of what is decided of every comment, as the page shows it."""
    text = visitor.client.get(f"{home}?decision=all").text
    return {bytes.fromhex(key): mark for key, mark in re.findall(r'name="s\.([0-9a-f]{32})" value="([0-9a-f]*)"', text)}


def _make_round(store: Store) -> str:
    closes = today_in_vietnam() - timedelta(days=200)
    title = "Đợt đã khóa sổ, có ý kiến"
    open_round(store, NewRound(CODE, title, "sipas-2023", closes - timedelta(days=20), closes))
    return CODE


def _answer(store: Store) -> None:
    """Store a response with each comment."""
    record = AnswerRecord.pack(load_instrument("sipas-2023"), {"A1": "4"})
    with store.reading() as connection:
        number, survey_round = find_round(connection, CODE)
        placed = [one for one in list_points(connection) if one.point.agency_code in (AGENCY, "SNV")]
    for text, place in zip(COMMENTS, (placed[0], placed[0], placed[0], placed[-1], placed[-1]), strict=True):
        key = SubmissionKey(secrets.token_bytes(16))
        said = NewComment(key.comment, number, place.agency_id, text)
        day = survey_round.closes
        save_responses(store, [NewResponse(key.row, number, place.id, Mode.QR, day, None, record, said)])
