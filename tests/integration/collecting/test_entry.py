"""Paper by keyboard: from the new batch to the stored responses, of the own agency, with every wrong key named."""

import re
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import update

from survey.fieldwork import asked_questions
from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.collecting import entry
from survey.operations.staff.rights import Role
from survey.store import tables
from survey.store.collecting.entry import KeyedSheet
from survey.store.registry.agencies import find_round
from survey.store.subjects import ADDED
from survey.typed.keying import key_groups
from tests.integration.collecting.keying import (
    OTHER_POINT,
    POINT,
    RECORD,
    SHEET,
    acts,
    batch_row,
    key,
    open_batch,
    send,
    sheets_of,
    stored,
    typed,
)
from tests.sign_in import admit, token_of

# ---- From the new batch to the stored responses.


def test_a_batch_from_its_opening_to_its_responses(clerk, store) -> None:
    day = today_in_vietnam() - timedelta(days=2)
    fields = {"round": "r1", "point": POINT, "day": day.isoformat(), "times": "single"}
    opened = send(clerk, "/staff/entry/new", fields)
    batch = int(re.findall(r"/staff/entry/(\d+)$", opened.location)[0])
    assert key(clerk, batch, 1).location == f"/staff/entry/{batch}?after=1"
    page = clerk.get(f"/staff/entry/{batch}?after=1").text
    assert 'name="number" value="2"' in page
    assert all(f"<code>{keys}</code>" in page for keys in SHEET)
    assert key(clerk, batch, 2, ("000", "0000", "000", "000", "000", "01")).status_code == 303
    assert "2 phiếu" in clerk.get(f"/staff/entry/{batch}/store").text
    assert send(clerk, f"/staff/entry/{batch}/store").location == "/staff/entry?done=stored"
    empty = "." * 17 + "1" + "." * 6
    assert stored(store) == [("paper", day, None, empty), ("paper", day, None, RECORD)]
    assert sheets_of(store, batch) == []
    assert batch_row(store, batch).responses == 2
    named = f"tập phiếu số {batch}; mã đợt: r1; mã điểm phục vụ: {POINT}; ngày: {day:%d/%m/%Y}"
    assert acts(store) == [("paper_batch_opened", named), ("paper_batch_stored", f"{named}; số phiếu: 2")]


def test_the_day_may_be_written_as_people_write_it(clerk, store) -> None:
    day = today_in_vietnam()
    fields = {"round": "r1", "point": f" {POINT.lower()} ", "day": f"{day:%d/%m/%Y}", "times": "checked"}
    assert send(clerk, "/staff/entry/new", fields).status_code == 303
    assert batch_row(store, 1).day == day
    assert batch_row(store, 1).checked


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"day": "hôm qua"}, "Hãy ghi ngày"),
        ({"day": ""}, "Hãy ghi ngày"),
        ({"day": "2020-01-01"}, "nằm ngoài đợt khảo sát"),
        ({"day": f"{today_in_vietnam() + timedelta(days=3)}"}, "chưa đến"),
        ({"round": "không có"}, "không nhận phiếu"),
        ({"round": ""}, "Hãy điền ô này"),
        ({"point": ""}, "Hãy điền ô này"),
    ],
)
def test_a_batch_that_cannot_be_is_refused_and_nothing_typed_is_lost(clerk, store, change, said) -> None:
    right = {"round": "r1", "point": POINT, "day": f"{today_in_vietnam()}", "times": "checked"}
    page = send(clerk, "/staff/entry/new", {**right, **change})
    assert page.status_code == 400
    assert said in page.text
    assert 'value="checked" checked' in page.text
    assert change.get("day", right["day"]) in page.text
    assert acts(store) == []


def test_a_sealed_round_takes_no_new_batch_and_no_more_sheets(clerk, store) -> None:
    batch = open_batch(store)
    key(clerk, batch, 1)
    past = today_in_vietnam() - timedelta(days=1)
    with store.writing(ADDED) as connection:
        connection.execute(update(tables.survey_round).values(closes=past, seals=past))
    assert "khóa sổ" in clerk.get(f"/staff/entry/{batch}").text
    assert key(clerk, batch, 2).status_code == 409
    assert send(clerk, f"/staff/entry/{batch}/store").status_code == 409
    fields = {"round": "r1", "point": POINT, "day": f"{past}", "times": "single"}
    assert send(clerk, "/staff/entry/new", fields).status_code in (400, 404)
    assert stored(store) == []
    # What cannot be stored any more can still be cleared away.
    assert send(clerk, f"/staff/entry/{batch}/discard").status_code == 303


# ---- Another agency's batch does not exist.


@pytest.mark.parametrize("page", ["", "/sheets", "/delete?sheet=1", "/store", "/discard", "/second", "/differences"])
def test_a_batch_of_another_agency_is_not_there_and_stays_as_it_is(clerk, store, page) -> None:
    batch = open_batch(store, checked=True, point=OTHER_POINT)
    record = KeyedSheet(1, 1, RECORD, "mai")
    entry.key_sheet(store, batch, record, seen="", today=today_in_vietnam())
    assert clerk.get(f"/staff/entry/{batch}{page}").status_code == 404
    token = token_of(clerk, "/staff/password")
    if page != "/sheets":
        assert clerk.post(f"/staff/entry/{batch}{page}", data=typed(1, token=token)).status_code == 404
    assert sheets_of(store, batch) == [(1, 1, RECORD)]
    assert batch_row(store, batch).stored_on is None


def test_a_service_point_of_another_agency_is_not_there_to_choose(clerk, store) -> None:
    fields = {"round": "r1", "day": f"{today_in_vietnam()}", "times": "single"}
    for code in (OTHER_POINT, "AAAAAAA", "x" * 50_000):
        assert send(clerk, "/staff/entry/new", {**fields, "point": code}).status_code == 404
    assert OTHER_POINT not in clerk.get("/staff/entry/new").text
    assert acts(store) == []


def test_the_list_shows_the_own_agency_only(clerk, store) -> None:
    open_batch(store)
    open_batch(store, point=OTHER_POINT)
    page = clerk.get("/staff/entry").text
    assert "/staff/entry/1" in page
    assert "/staff/entry/2" not in page


def test_whoever_may_not_enter_responses_gets_nowhere(client, store, round_of_2023_form) -> None:
    admit(client, store, "mai", Role.ANALYST)
    for page in ("", "/new", f"/{open_batch(store)}", "/form", "/assisted", f"/assisted/{POINT}"):
        assert client.get(f"/staff/entry{page}").status_code == 403


# ---- Wrong keys.


@pytest.mark.parametrize("number", ["0", "100000", "-1", "mười", "", "1" * 30, "１²"])
def test_a_sheet_number_that_cannot_be_is_refused(clerk, store, number) -> None:
    batch = open_batch(store)
    page = key(clerk, batch, number)
    assert page.status_code == 400
    assert "từ 1 đến 99.999" in page.text
    assert 'value="4433"' in page.text
    assert sheets_of(store, batch) == []


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("4x33", "Câu B2: chỉ nhận 1–5 hoặc 0, không nhận “x”."),
        ("44333", "Mục B: cần 4 chữ số, đã gõ 5."),
        ("4933", "Câu B2: chỉ nhận 1–5 hoặc 0, không nhận “9”."),
        ("<b>1", "không nhận “&lt;”."),
        ("4" * 50_000, "Mục B: cần 4 chữ số, đã gõ 50000."),
    ],
)
def test_wrong_keys_are_said_place_by_place_and_nothing_typed_is_lost(clerk, store, keys, said) -> None:
    batch = open_batch(store)
    page = key(clerk, batch, 1, ("545", keys, "555", "543", "995", "11"))
    assert page.status_code == 400
    assert said in page.text
    for value in ("545", keys.replace("<", "&lt;").replace(">", "&gt;"), "995"):
        assert f'value="{value}"' in page.text
    assert sheets_of(store, batch) == []


def test_a_sheet_without_any_answer_is_no_response(clerk, store) -> None:
    batch = open_batch(store)
    page = key(clerk, batch, 1, ("000", "0000", "---", "000", "000", "00"))
    assert page.status_code == 400
    assert "không tính là phiếu" in page.text
    assert sheets_of(store, batch) == []


def test_a_session_that_is_over_loses_no_batch_and_a_token_of_another_no_key(clerk, store) -> None:
    batch = open_batch(store)
    page = clerk.post(f"/staff/entry/{batch}", data=typed(3, token="old"))
    assert page.status_code == 403
    assert 'value="4433"' in page.text
    # The page carries a token that is taken.
    (token,) = set(
        re.findall(
            r'<form method="post"[^>]*entry/\d+"[^>]*>\s*<input[^>]*name="token"[^>]* value="([^"]+)"', page.text
        )
    )
    assert clerk.post(f"/staff/entry/{batch}", data=typed(3, token=token)).status_code == 303
    key(clerk, batch, 1)
    send(clerk, "/staff/sign-out")
    away = clerk.post(f"/staff/entry/{batch}", data=typed(2, token="x"))
    # The door asks to sign in and carries along what was typed.
    assert away.status_code == 403
    assert 'value="4433"' in away.text
    assert [number for number, _, _ in sheets_of(store, batch)] == [1, 3]


# ---- The printed form, and keys at random.


def test_the_printed_form_offers_exactly_what_may_be_keyed(clerk, store) -> None:
    page = clerk.get("/staff/entry/form").text
    instrument = load_instrument("sipas-2023")
    with store.reading() as connection:
        _, survey_round = find_round(connection, "r1")
    groups = key_groups(instrument, asked_questions(survey_round, instrument))
    rows = re.findall(r'<tr><th scope="row">(\w+)</th>.*?<td class="circles">(.*?)</td>', page, re.S)
    shown = {sign: re.findall(r"<span>(\w+)</span>", circles) for sign, circles in rows}
    assert shown == {one.sign: list(one.keys) for group in groups for one in group.questions}


def test_random_keys_never_break_the_page(clerk, store) -> None:
    batch, random = open_batch(store), Random(4)
    signs = "0123459x-. ²½<>\"'%\x00\u200bệ"
    for _ in range(40):
        sheet = ["".join(random.choice(signs) for _ in range(random.randrange(6))) for _ in SHEET]
        assert key(clerk, batch, random.randrange(-1, 5), sheet).status_code in (303, 400, 409)
