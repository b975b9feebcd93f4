"""Feedback: sent without a name, followed with a receipt, and what of its sender is kept and for how long."""

import re
import secrets
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from survey.operations.clock import today_in_vietnam
from survey.operations.feedback import desk as cases
from survey.operations.feedback.receipts import CaseDesk, LetterKind, Message, receipt_of, send_case
from survey.store.feedback.tables import feedback_case
from survey.store.subjects import ADDED
from tests.integration.feedback.letters import (
    AGENCY,
    DAY,
    DAYS,
    HOME,
    KEY,
    LONG_AGO,
    OTHER,
    TEXT,
    desk_of,
    desk_post,
    followed,
    letter,
    post,
    receipt_on,
    row_of,
    sent,
    sent_yesterday,
)
from tests.sign_in import admit
from tests.turns import wait_for_room

# ---- Sending.


def test_a_message_goes_from_the_form_to_the_receipt_page_and_back(client, store):
    code, secret = sent(client)
    page = followed(client, code, secret).text
    assert "Đang chờ trả lời" in page
    assert TEXT in page
    due = DAYS.after(today_in_vietnam(), 15)
    assert f"{due:%d/%m/%Y}" in page
    assert followed(client, f"{code[:4]} {code[4:].lower()}", secret.replace("-", " ").lower()).status_code == 200


def test_a_wrong_secret_or_code_opens_nothing_and_says_the_same(client):
    code, secret = sent(client)
    wrong = [
        (code, "AAAA-AAAA-AAAA"),
        ("AAAAAAAA", secret),
        (code, ""),
        ("", ""),
        (code[:-1], secret),
        ("x" * 5_000, "y"),
        ("\x00" * 8, "\x00"),
        ("đ" * 8, "đ"),
    ]
    for other_code, other_secret in wrong:
        answer = followed(client, other_code, other_secret)
        assert answer.status_code == 404
        assert "Mã phản ánh hoặc mã bí mật chưa đúng" in answer.text
        assert TEXT not in answer.text


def test_the_receipt_is_on_no_address_in_no_cookie_and_in_no_row(client, store):
    code, secret = sent(client, contact="Lan, 0912 345 678")
    row = row_of(store, code)
    for found in (secret, secret.replace("-", ""), "0912", "Lan"):
        assert not any(found.encode() in bytes(str(value), "utf-8") for value in row), found
    # What Fernet makes begins with a version byte and 8 bytes of the time: ours are zero.
    assert bytes(row.contact).startswith(b"gAAAAAAAAAAA")
    answer = followed(client, code, secret)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert not re.findall(rf'(?:href|action)="[^"]*{secret}', answer.text)
    assert client.get(f"/feedback/{code}").text.count(code) >= 1


def test_numbers_and_addresses_of_people_are_masked_before_they_are_kept(client, store):
    code, _ = sent(client, text="Gọi 0912 345 678, CCCD 001099012345, thư lan@vd.vn")
    assert row_of(store, code).text == "Gọi [số đã ẩn], CCCD [số đã ẩn], thư [thư điện tử đã ẩn]"


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"text": ""}, "Xin ông/bà viết nội dung."),
        ({"text": " \u200b\n\t "}, "Xin ông/bà viết nội dung."),
        ({"text": "ệ" * 10_000}, "Nội dung dài quá 5.000 ký tự"),
        ({"text": "a@b.c " * 800}, "Nội dung dài quá 5.000 ký tự"),
        ({"kind": "praise"}, "Xin ông/bà chọn: phản ánh hay kiến nghị."),
        ({"kind": ""}, "Xin ông/bà chọn: phản ánh hay kiến nghị."),
        ({"contact": "x" * 201}, "Phần liên hệ dài quá 200 ký tự"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_shown_again(client, store, changed, fault):
    answer = post(client, {**letter(client), **changed})
    assert answer.status_code == 400
    assert fault in answer.text
    if changed.get("text", "x").startswith("ệ"):
        assert "ệ" * 10_000 in answer.text
    with store.reading() as connection:
        assert connection.execute(select(feedback_case)).all() == []


def test_markup_and_formulas_are_text_everywhere(client, store):
    evil = '=HYPERLINK("x") <script>alert(1)</script>'
    code, secret = sent_yesterday(client, store, text=evil)
    admit(client, store)
    desk_post(client, f"{HOME}/{code}/answer", answer=evil)
    desk_post(client, f"{HOME}/{code}/publish", text=evil, answer=evil, read="y")
    pages = [followed(client, code, secret).text, client.get(f"{HOME}/{code}").text]
    pages.append(client.get(f"/results/feedback/{AGENCY}").text)
    for page in pages:
        assert "&lt;script&gt;alert" in page
        assert "<script>alert" not in page


def test_the_same_form_counts_once_and_another_message_under_it_is_refused(client, store):
    fields = letter(client)
    first, again = post(client, fields), post(client, fields)
    assert receipt_on(first.text) == receipt_on(again.text) != []
    for changed in ({"text": "Một việc khác"}, {"kind": "suggestion"}, {"contact": "Tổ 5"}, {"agency": OTHER}):
        assert post(client, {**fields, **changed}).status_code == 409, changed
    with store.reading() as connection:
        assert connection.execute(select(feedback_case.c.text)).scalars().all() == [TEXT]


def test_a_contact_that_was_changed_or_left_out_is_not_the_same_message(client):
    fields = {**letter(client), "contact": "Tổ 5"}
    first = post(client, fields)
    assert post(client, {**fields, "contact": "Tổ 6"}).status_code == 409
    assert post(client, {**fields, "contact": ""}).status_code == 409
    assert receipt_on(post(client, fields).text) == receipt_on(first.text)


def test_the_same_form_after_the_case_was_sent_on_finds_it_where_it_is_with_its_last_day(store):
    desk, key = CaseDesk(store, KEY, DAYS, 15), secrets.token_bytes(16)
    message = Message(AGENCY, LetterKind.COMPLAINT, TEXT, "Tổ 5")
    first = send_case(desk, message, key=key, today=LONG_AGO)
    tomorrow = LONG_AGO + DAY
    cases.send_on(desk_of(store, today=tomorrow), first.receipt.code, OTHER, "Việc của sở", seen=1)
    again = send_case(desk, message, key=key, today=tomorrow)
    assert (first.agency.code, again.agency.code) == (AGENCY, OTHER)
    assert (again.receipt, again.due_on) == (first.receipt, DAYS.after(LONG_AGO, 15))


def test_a_form_without_our_token_is_shown_again_with_its_text(client):
    for token in ("", "x.y.z", letter(client)["token"][:-2]):
        answer = post(client, {**letter(client), "token": token})
        assert answer.status_code == 403
        assert TEXT in answer.text


def test_too_many_messages_from_one_network_have_to_wait_and_lose_nothing(client):
    wait_for_room(10, within=60)
    answers = [client.post("/feedback", data=letter(client)) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [201] * 10 + [429]
    assert TEXT in answers[-1].text
    assert int(answers[-1].headers["Retry-After"]) <= 60


def test_guessing_secrets_is_slowed_down(client):
    wait_for_room(10, within=60)
    guesses = [client.post("/feedback/follow", data={"code": "A", "secret": "B"}).status_code for _ in range(11)]
    assert guesses == [404] * 10 + [429]


def test_agencies_are_found_without_marks_and_unknown_ones_are_not(client):
    page = client.get("/feedback?q=trung+tam+phuc+vu").text
    assert f'href="/feedback?agency={AGENCY}"' in page
    assert "Không tìm thấy cơ quan nào" in client.get("/feedback?q=khong-co").text
    assert client.get("/feedback?agency=khong-co").status_code == 404
    assert post(client, {**letter(client), "agency": "khong-co"}).status_code == 404


def test_the_page_one_types_on_stays_small_and_its_script_knows_nothing_of_the_survey(client):
    answer = client.get(f"/feedback?agency={AGENCY}", headers={"Accept-Encoding": "gzip"})
    assert len(answer.data) <= 10_240
    page = client.get(f"/feedback?agency={AGENCY}").text
    assert "outbox" not in page
    assert "hai-long letter" in page


def test_the_other_pages_stay_small_and_carry_no_script(client):
    code, secret = sent(client)
    pages = [client.get(path) for path in ("/feedback?q=s", "/feedback/follow")]
    for page in (*pages, followed(client, code, secret)):
        assert len(page.data) <= 10_240
        assert b"<script></script>" in page.data


def test_the_thanks_page_leads_here_with_the_agency_and_nothing_else(client, round_of_2023_form):
    page = client.get("/K/L4E3SZF/thanks?receipt=9EZB-ECQL-YRVA").text
    links = re.findall(r'href="(/feedback[^"]*)"', page)
    assert len(links) == 1
    assert re.fullmatch(r"/feedback\?agency=[A-Z-]+", links[0])
    assert client.get(links[0]).status_code == 200


def test_what_is_sent_to_a_dissolved_agency_goes_to_its_successor(client, store):
    assert "Sở Tài chính" in client.get("/feedback?agency=SKHDT").text
    code, _ = sent_yesterday(client, store, agency="SKHDT")
    assert cases.find_case(desk_of(store), code).line.agency.code == "STC"


# ---- What is forgotten, and what must be there.


def test_contacts_go_after_their_days_and_the_case_stays(app, client, store):
    code, _ = sent_yesterday(client, store, contact="Lan, tổ 5")
    cases.answer(desk_of(store), code, "Xong.", seen=1)
    runner = app.test_cli_runner()
    assert "nothing is overdue" in runner.invoke(args=["retention", "apply"]).output
    with store.writing(ADDED) as connection:
        before = today_in_vietnam() - timedelta(days=91)
        values = {"answered_on": before, "received_on": before, "due_on": before}
        connection.execute(update(feedback_case).values(values))
    assert "1 contacts of feedback cases" in runner.invoke(args=["doctor"]).output
    assert "1 contacts removed" in runner.invoke(args=["retention", "apply"]).output
    admit(client, store)
    assert "Xóa thông tin liên hệ hết hạn lưu giữ" in client.get("/staff/audit").text
    assert row_of(store, code).contact is None
    assert row_of(store, code).text == TEXT
    assert "nothing is overdue" in runner.invoke(args=["retention", "apply"]).output


def test_a_contact_under_another_key_is_said_to_be_unreadable(app, client, store):
    code, _ = sent_yesterday(client, store, contact="Tổ 5")
    with store.writing(ADDED) as connection:
        connection.execute(update(feedback_case).values(contact=b"of another key"))
    admit(client, store)
    assert "không giải mã được" in client.get(f"{HOME}/{code}").text


def test_a_receipt_is_two_digests_of_which_neither_leads_to_the_other():
    receipts = [receipt_of(number.to_bytes(16)) for number in range(2_000)]
    assert len({receipt.code for receipt in receipts}) == 2_000
    # Chance agrees in one place of 32: 8 · 2,000 / 32 = 500, standard deviation 22.
    agreeing = sum(a == b for one in receipts for a, b in zip(one.code, one.secret, strict=False) if b != "-")
    assert agreeing < 600
