"""Feedback at the desk: handled, sent on, refused, published after a person read it; and by whom, and from when."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from survey.operations.clock import today_in_vietnam
from survey.operations.feedback import desk as cases
from survey.operations.feedback.figures import CaseFigures, case_figures, figures_of
from survey.operations.feedback.receipts import follow_case
from survey.operations.staff.rights import Role
from survey.store import tables
from survey.store.feedback.tables import case_event
from survey.store.subjects import ADDED
from tests.integration.feedback.letters import (
    AGENCY,
    DAY,
    HOME,
    OTHER,
    TEXT,
    answer_mark_on,
    desk_of,
    desk_post,
    followed,
    post,
    put_in,
    row_of,
    sent,
    sent_yesterday,
)
from tests.sign_in import admit, token_of


def rated(client, code, secret, satisfied):
    """Rate the answer that the page of a case shows."""
    mark = answer_mark_on(followed(client, code, secret).text)
    return post(client, {"code": code, "secret": secret, "satisfied": satisfied, "answer": mark}, "/feedback/rate")


# ---- The desk.


def test_a_case_goes_from_received_to_published_and_is_rated(client, app, store):
    code, secret = sent_yesterday(client, store, contact="Tổ 5")
    clerk = app.test_client()
    admit(clerk, store, username="mai", role=Role.CLERK, agency=AGENCY)
    assert code in clerk.get(HOME).text
    assert "Tổ 5" in clerk.get(f"{HOME}/{code}").text
    number = re.search(r'<option value="(\d+)">mai', clerk.get(f"{HOME}/{code}").text)[1]
    assert desk_post(clerk, f"{HOME}/{code}/assign", to=number).status_code == 303
    assert "Cơ quan đã phân công người xử lý" in followed(client, code, secret).text
    assert desk_post(clerk, f"{HOME}/{code}/note", note="Hỏi quầy 3").status_code == 303
    assert desk_post(clerk, f"{HOME}/{code}/answer", answer="Đã nhắc nhở.").status_code == 303
    page = followed(client, code, secret).text
    assert "Đã nhắc nhở." in page
    assert "Hỏi quầy 3" not in page
    assert TEXT not in client.get(f"/results/feedback/{AGENCY}").text, "nobody screened it yet"
    assert desk_post(clerk, f"{HOME}/{code}/publish", text=TEXT, answer="Đã nhắc.").status_code == 400, "asks once"
    public = "Một quầy mở muộn. 0912345678"
    assert desk_post(clerk, f"{HOME}/{code}/publish", text=public, answer="Đã nhắc.", read="y").status_code == 303
    page = client.get(f"/results/feedback/{AGENCY}").text
    assert "Một quầy mở muộn. [số đã ẩn]" in page
    assert TEXT not in page
    assert code not in page
    assert "Ông/bà đã chọn: Không hài lòng." in rated(client, code, secret, "no").text
    assert post(client, {"code": code, "secret": "A", "satisfied": "yes"}, "/feedback/rate").status_code == 404
    assert desk_post(clerk, f"{HOME}/{code}/withdraw").status_code == 303
    assert "Một quầy mở muộn" not in client.get(f"/results/feedback/{AGENCY}").text
    with store.reading() as connection:
        done = connection.execute(select(case_event.c.what, case_event.c.staff).order_by(case_event.c.id)).all()
    assert done == [(what, "mai") for what in ("assigned", "noted", "answered", "published", "withdrawn")]


def test_nothing_is_written_down_when_a_case_arrives_or_is_rated(client, store):
    code, secret = sent_yesterday(client, store)
    cases.answer(desk_of(store), code, "Xong.", seen=1)
    assert "Ông/bà đã chọn: Hài lòng." in rated(client, code, secret, "yes").text
    with store.reading() as connection:
        assert connection.execute(select(case_event.c.what)).scalars().all() == ["answered"]


@pytest.mark.parametrize("code", ["AAAAAAAA", "a", "%00%00%00%00%00%00%00%00", "x" * 3_000, "é"])
def test_a_code_nobody_has_leads_nowhere(client, store, code):
    admit(client, store)
    assert client.get(f"{HOME}/{code}").status_code == 404
    assert client.get(f"/feedback/{code}").status_code == 200


def test_two_answers_at_once_give_the_second_person_both_texts(client, store):
    code, _ = sent_yesterday(client, store)
    admit(client, store)
    page = client.get(f"{HOME}/{code}").text
    old = {
        "token": token_of(client, f"{HOME}/{code}"),
        "version": re.search(r'name="version"[^>]* value="(\d+)"', page)[1],
    }
    assert client.post(f"{HOME}/{code}/answer", data={**old, "answer": "Của người thứ nhất"}).status_code == 303
    second = client.post(f"{HOME}/{code}/answer", data={**old, "answer": "Của người thứ hai"})
    assert second.status_code == 409
    assert "Của người thứ nhất" in second.text
    assert "Của người thứ hai" in second.text
    assert row_of(store, code).answer == "Của người thứ nhất"
    seen = re.search(r'name="version"[^>]* value="(\d+)"', second.text)[1]
    again = client.post(f"{HOME}/{code}/answer", data={**old, "version": seen, "answer": "Của người thứ hai"})
    assert again.status_code == 303
    assert row_of(store, code).answer == "Của người thứ hai"
    assert "Trả lời trước khi sửa: Của người thứ nhất" in client.get(f"{HOME}/{code}").text


@pytest.mark.parametrize("role", [Role.CLERK, Role.MANAGER])
def test_a_case_of_another_agency_is_not_there(client, app, store, role):
    code, _ = sent_yesterday(client, store)
    stranger = app.test_client()
    admit(stranger, store, username="hoa", role=role, agency=OTHER)
    assert code not in stranger.get(f"{HOME}?state=all").text
    token = token_of(stranger, "/staff/account")
    for path in ("", "/publish", "/send-on", "/refuse", "/withdraw"):
        assert stranger.get(f"{HOME}/{code}{path}").status_code == 404
    for path in ("/answer", "/assign", "/note", "/publish", "/send-on", "/refuse", "/withdraw"):
        data = {"token": token, "version": "1", "answer": "x", "note": "x", "to": "1", "reason": "x", "agency": OTHER}
        assert stranger.post(f"{HOME}/{code}{path}", data=data).status_code == 404
    assert row_of(store, code).version == 1


def test_a_case_is_sent_on_with_its_reason_and_keeps_its_last_day(client, store):
    code, secret = sent_yesterday(client, store)
    admit(client, store)
    due = row_of(store, code).due_on
    assert desk_post(client, f"{HOME}/{code}/send-on", agency=AGENCY, reason="x").status_code == 400
    assert desk_post(client, f"{HOME}/{code}/send-on", agency=OTHER, reason="").status_code == 400
    assert desk_post(client, f"{HOME}/{code}/send-on", agency=OTHER, reason="Việc của sở").status_code == 303
    found = cases.find_case(desk_of(store, agencies={OTHER}), code)
    assert (found.line.agency.code, found.case.due_on, found.case.state) == (OTHER, due, "received")
    assert "Việc của sở" in found.events[-1].detail
    assert "Sở Công Thương" in followed(client, code, secret).text


def test_a_refusal_tells_the_citizen_why_and_counts_in_no_share(client, store):
    code, secret = sent_yesterday(client, store)
    admit(client, store)
    assert desk_post(client, f"{HOME}/{code}/refuse", reason="Việc của tòa án.").status_code == 303
    page = followed(client, code, secret).text
    assert "Việc của tòa án." in page
    assert "hài lòng với trả lời này" not in page
    assert figures_of(store, AGENCY) == CaseFigures(received=1, refused=1)
    assert desk_post(client, f"{HOME}/{code}/publish", text="x", answer="x", read="y").status_code == 400


def test_an_agency_dissolved_while_a_case_is_open_hands_it_to_its_successor(store):
    receipt = put_in(store, today=today_in_vietnam() - DAY, agency=OTHER)
    with store.writing(ADDED) as connection:
        heir = connection.scalar(select(tables.agency.c.id).where(tables.agency.c.code == "STC"))
        yesterday = today_in_vietnam() - timedelta(days=1)
        gone = update(tables.agency).where(tables.agency.c.code == OTHER)
        connection.execute(gone.values(valid_to=yesterday, successor_id=heir))
    assert cases.list_cases(desk_of(store, agencies={OTHER}), ["received"]) == []
    desk = desk_of(store, agencies={"STC"})
    assert [line.case.code for line in cases.list_cases(desk, ["received"])] == [receipt.code]
    assert figures_of(store, "STC").open == 1
    cases.answer(desk, receipt.code, "Đã xử lý.", seen=1)
    assert figures_of(store, "STC") == CaseFigures(received=1, answered=1, on_time=1)
    followed_case = follow_case(store, receipt.code, receipt.secret, today=today_in_vietnam())
    assert followed_case.agency.code == "STC"


# ---- What is sent today shows tomorrow.


def test_the_desk_learns_of_a_case_on_the_day_after_it_came(client, app, store):
    code, secret = sent(client)
    clerk = app.test_client()
    admit(clerk, store, username="mai", role=Role.CLERK, agency=AGENCY)
    page = clerk.get(f"{HOME}?state=all").text
    assert code not in page
    assert "Phản ánh gửi hôm nay sẽ có trong danh sách từ ngày mai, để không ai đoán được người gửi." in page
    token = token_of(clerk, "/staff/account")
    data = {"token": token, "version": "1", "answer": "x", "note": "x", "to": "1", "reason": "x", "agency": OTHER}
    assert clerk.get(f"{HOME}/{code}").status_code == 404
    for path in ("/answer", "/assign", "/note", "/publish", "/send-on", "/refuse", "/withdraw"):
        assert clerk.post(f"{HOME}/{code}{path}", data=data).status_code == 404
    assert "Đang chờ xử lý" not in clerk.get("/staff/").text
    assert "Đang chờ trả lời" in followed(client, code, secret).text, "its sender need not wait"
    tomorrow = desk_of(store, today=today_in_vietnam() + DAY)
    assert [line.case.code for line in cases.list_cases(tomorrow, ["received"])] == [code]
    assert cases.find_case(tomorrow, code).case.text == TEXT


def test_nobody_can_tell_from_the_figures_that_a_case_came_today(client, app, store):
    today = today_in_vietnam()
    put_in(store, today=today - DAY)
    paths = ("/results/feedback", f"/results/feedback/{AGENCY}", f"/a/{AGENCY}")
    before = [client.get(path).text for path in paths]
    put_in(store, today=today)
    put_in(store, today=today, agency=OTHER)
    assert [client.get(path).text for path in paths] == before
    assert case_figures(store, today=today) == {AGENCY: CaseFigures(received=1, open=1)}
    assert case_figures(store, today=today, received=(today, today)) == {}
    assert figures_of(store, OTHER) == CaseFigures()
    assert case_figures(store, today=today + DAY).keys() == {AGENCY, OTHER}
