"""Answers by helping hand: the citizen's form with another voice, the same checks, and no trace of the person."""

import re
import secrets
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select, update

from survey.operations.clock import VIETNAM, today_in_vietnam
from survey.operations.collecting.assisted import tell_of_help
from survey.operations.collecting.pace import TURN_SECONDS
from survey.operations.keeping.deeds import detail_in_words
from survey.operations.staff.rights import Role
from survey.responses import RECEIPT_PATTERN
from survey.store import tables
from survey.store.collecting.tables import assisted_count
from survey.store.subjects import ADDED
from survey.web.staff.collecting.assisted import WORDS
from tests.scans import forget_scans
from tests.sign_in import admit, token_of
from tests.trail import deeds_of

POINT, AGENCY, OTHER_POINT = "P2MCN3E", "P-DONGKINH", "UED34VN"
PAGE = f"/staff/entry/assisted/{POINT}"
RECORD = "4" + "." * 23


@pytest.fixture
def clerk(client, store, round_of_2023_form):
    """Return a client signed in as a clerk of ward Đông Kinh."""
    admit(client, store, "hoa", Role.CLERK, AGENCY)
    return client


def hidden(page, name):
    (found,) = re.findall(rf'name={name}[^>]* value="([^"]+)"', page)
    return found


def answer(client, page=None, **fields):
    page = page or client.get(PAGE).text
    return client.post(PAGE, data={"token": hidden(page, "token"), "session": hidden(page, "session"), **fields})


def rows(store):
    columns = [tables.response.c[name] for name in ("mode", "day", "half", "answers")]
    with store.reading() as connection:
        return [tuple(row) for row in connection.execute(select(*columns))]


def comments(store):
    with store.reading() as connection:
        return list(connection.scalars(select(tables.comment_inbox.c.text)))


def lines(store):
    return [(one.staff, detail_in_words(one)) for one in deeds_of(store, "assisted_entry")]


def test_from_the_choice_of_the_point_to_the_next_person(clerk, store) -> None:
    assert POINT in clerk.get("/staff/entry/assisted").text
    assert clerk.get(f"/staff/entry/assisted?point={POINT.lower()}").location == PAGE
    page = clerk.get(PAGE).text
    assert "không gợi ý câu trả lời" in page
    sent = answer(clerk, page, A1="4", comment="Gọi 0912 345 678 cho tôi")
    assert sent.status_code == 303
    assert re.fullmatch(rf"{PAGE}/thanks\?receipt={RECEIPT_PATTERN}", sent.location)
    thanks = clerk.get(sent.location).text
    assert sent.location[-14:] in thanks
    assert f'href="{PAGE}"' in thanks
    ((mode, day, half, record),) = rows(store)
    assert (mode, day, record) == ("assisted", today_in_vietnam(), RECORD)
    assert half in ("am", "pm")
    assert comments(store) == ["Gọi [số đã ẩn] cho tôi"]


def test_the_same_page_sent_twice_is_one_response_and_other_answers_are_refused(clerk, store) -> None:
    page = clerk.get(PAGE).text
    first, again = (answer(clerk, page, A1="4") for _ in range(2))
    assert first.location == again.location
    assert answer(clerk, page, A1="1").status_code == 409
    assert [record for *_, record in rows(store)] == [RECORD]


def test_what_is_wrong_is_said_and_what_was_chosen_stays(clerk, store) -> None:
    nothing = answer(clerk)
    assert nothing.status_code == 400
    assert "ít nhất một câu hỏi" in nothing.text
    wrong = answer(clerk, A1="9", B1="4", comment="Cảm ơn <b>")
    assert wrong.status_code == 400
    assert "Cảm ơn &lt;b&gt;" in wrong.text
    assert re.search(r"name=B1 value=4 checked", wrong.text)
    long = answer(clerk, A1="4", comment="a bc " * 10_000)
    assert long.status_code == 400
    assert rows(store) == []


def test_a_form_of_another_session_or_point_stores_nothing_and_loses_nothing(clerk, store) -> None:
    page = clerk.get(PAGE).text
    fields = {"token": hidden(page, "token"), "session": hidden(page, "session"), "A1": "4"}
    for wrong in ({"session": "x"}, {"session": ""}, {"token": "x"}):
        refused = clerk.post(PAGE, data={**fields, **wrong})
        assert refused.status_code == 403
        assert re.search(r"name=A1 value=4 checked", refused.text)
    clerk.post("/staff/sign-out", data={"token": token_of(clerk, "/staff/password")})
    away = clerk.post(PAGE, data=fields)
    assert away.status_code == 403
    assert "Đăng nhập" in away.text
    assert rows(store) == []


@pytest.mark.parametrize("code", [OTHER_POINT, "AAAAAAA", "x", "%00"])
def test_a_service_point_of_another_agency_is_not_there(clerk, store, code) -> None:
    page = clerk.get(PAGE).text
    fields = {"token": hidden(page, "token"), "session": hidden(page, "session"), "A1": "4"}
    address = f"/staff/entry/assisted/{code}"
    assert clerk.get(address).status_code == 404
    assert clerk.post(address, data=fields).status_code == 404
    assert clerk.get(f"{address}/thanks?receipt=9EZB-ECQL-YRVA").status_code == 404
    # What no page sends, a NUL among the words, is refused before anybody looks.
    assert clerk.get(f"/staff/entry/assisted?point={code}").status_code == 404
    assert rows(store) == []


@pytest.fixture
def clock():
    """Let it be nine in the morning, and stay so until the test moves the clock."""
    with time_machine.travel(datetime.combine(today_in_vietnam(), time(9), VIETNAM), tick=False) as moved:
        yield moved


def test_the_trail_knows_the_day_and_the_place_and_nothing_of_the_answers(clock, clerk, store) -> None:
    day = today_in_vietnam()
    clerk.get(PAGE)
    assert lines(store) == [], "nobody is helped by a page that is only looked at"
    for _ in range(12):
        assert answer(clerk, A1="4").status_code == 303
        clock.shift(TURN_SECONDS)
    # The first and the tenth at once, and all of them in the night: a line for each would tell when it was given.
    told = f"mã {POINT}; ngày: {day:%d/%m/%Y}; số phiếu: "
    assert lines(store) == [("hoa", f"{told}{number}") for number in (1, 10)]
    tell_of_help(store, before=day + timedelta(days=1))
    tell_of_help(store, before=day + timedelta(days=1))
    assert lines(store) == [("hoa", f"{told}{number}") for number in (1, 10, 12)]
    with store.reading() as connection:
        assert connection.execute(select(assisted_count)).all() == []


def test_one_page_is_one_answer_and_the_next_takes_its_time(clock, clerk, store) -> None:
    pages = [clerk.get(PAGE).text for _ in range(150)]
    assert answer(clerk, pages[0], A1="4").status_code == 303
    drawn = answer(clerk, pages[0], A1="5", key=secrets.token_hex(16))
    assert drawn.status_code == 403, "the page takes its own key and no other"
    clock.shift(1)
    refused = [answer(clerk, page, A1="1", comment="Chờ lâu") for page in pages[1:]]
    assert {one.status_code for one in refused} == {429}
    assert refused[0].headers["Retry-After"] == str(TURN_SECONDS - 1)
    assert f"sau {TURN_SECONDS - 1} giây" in refused[0].text
    assert "name=A1 value=1 checked" in refused[0].text
    assert "Chờ lâu</textarea>" in refused[0].text
    assert answer(clerk, pages[0], A1="4").status_code == 303, "what is stored has its receipt at once"
    clock.shift(TURN_SECONDS - 1)
    assert answer(clerk, refused[0].text, A1="1").status_code == 303
    assert [record[0] for *_, record in sorted(rows(store), key=str)] == ["1", "4"]


def test_without_an_open_round_the_page_says_why(clerk, store) -> None:
    page = clerk.get(PAGE).text
    closed = today_in_vietnam() - timedelta(days=2)
    with store.writing(ADDED) as connection:
        connection.execute(update(tables.survey_round).values(closes=closed, seals=closed))
    forget_scans(clerk.application)
    assert clerk.get(PAGE).status_code == 409
    assert "Không có đợt khảo sát nào đang mở" in clerk.get(PAGE).text
    assert answer(clerk, page, A1="4").status_code == 409
    assert rows(store) == []


def test_the_page_promises_nothing_that_is_untrue_where_a_clerk_holds_the_pen(clerk) -> None:
    templates = Path(__file__).parents[3] / "templates" / "respond"
    said_to_citizens = (templates / "form.html").read_text("utf-8") + (templates / "thanks.html").read_text("utf-8")
    assert [text for text in WORDS if text not in said_to_citizens] == []
    pages = clerk.get(PAGE).text + clerk.get(f"{PAGE}/thanks?receipt=9EZB-ECQL-YRVA").text
    assert [text for text in WORDS if text in pages] == []
