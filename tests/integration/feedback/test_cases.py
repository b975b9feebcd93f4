"""Feedback: sent without a name, followed with a receipt, handled at the desk, published after a person read it."""

import json
import re
import secrets
from datetime import date, timedelta

import pytest
from lxml import html
from sqlalchemy import select, update

from survey.app import create_app
from survey.errors import ChangedMeanwhileError, HolidayDataError
from survey.operations.clock import today_in_vietnam
from survey.operations.feedback import desk as cases
from survey.operations.feedback.desk import FeedbackDesk
from survey.operations.feedback.figures import (
    CaseFigures,
    SatisfactionPoints,
    case_figures,
    figures_of,
    published_cases,
    satisfaction_points,
)
from survey.operations.feedback.receipts import (
    CaseDesk,
    LetterKind,
    Message,
    Receipt,
    follow_case,
    rate_answer,
    receipt_of,
    send_case,
)
from survey.operations.feedback.reminders import remind
from survey.operations.feedback.working_days import load_working_days
from survey.operations.staff.rights import Role, Scope
from survey.store import tables
from survey.store.feedback.tables import case_event, feedback_case
from survey.store.staff.tables import staff
from survey.store.subjects import ADDED
from tests.holding import at_every_statement
from tests.sign_in import admit, token_of
from tests.turns import wait_for_room

# One agency with another above it, and one without.
AGENCY, PARENT, OTHER = "TTPVHCC", "VPUBND", "SCT"
PARENT_NAME = "Văn phòng Ủy ban nhân dân tỉnh Lạng Sơn"
TEXT = "Quầy số 3 mở cửa muộn 40 phút."
HOME = "/staff/cases"
DAYS = load_working_days()
KEY = bytes(32)
LONG_AGO = date(2026, 3, 2)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def registry(sample_registry):
    """Bring in the sample registry."""


def letter(client, agency=AGENCY):
    """Return what the form of an agency sends when somebody fills it in."""
    page = client.get(f"/feedback?agency={agency}").text
    token = re.search(r'name=token value="([^"]+)"', page)[1]
    return {"agency": agency, "kind": "complaint", "text": TEXT, "contact": "", "token": token}


def post(client, fields, path="/feedback"):
    """Send a form from a network of its own."""
    address = ".".join(str(part) for part in secrets.token_bytes(4))
    return client.post(path, data=fields, environ_base={"REMOTE_ADDR": address})


def receipt_on(page):
    """Return code and secret as the page shows them."""
    return re.findall(r"<p class=code>([^<]+)</p>", page)


def sent(client, **changed):
    """Send a message through the form and return code and secret."""
    answer = post(client, {**letter(client, changed.pop("agency", AGENCY)), **changed})
    assert answer.status_code == 201, answer.text
    code, secret = receipt_on(answer.text)
    return code, secret


def sent_yesterday(client, store, **changed):
    """Send a message through the form, as if it had been the day before, and return code and secret."""
    code, secret = sent(client, **changed)
    with store.writing(ADDED) as connection:
        mine = update(feedback_case).where(feedback_case.c.code == code)
        connection.execute(mine.values(received_on=today_in_vietnam() - DAY))
    return code, secret


def followed(client, code, secret):
    """Return the page of a case."""
    return post(client, {"code": code, "secret": secret}, "/feedback/follow")


def rated(client, code, secret, satisfied):
    """Rate the answer that the page of a case shows."""
    mark = answer_mark_on(followed(client, code, secret).text)
    return post(client, {"code": code, "secret": secret, "satisfied": satisfied, "answer": mark}, "/feedback/rate")


def answer_mark_on(page):
    """Return what a page carries of the answer it shows."""
    found = re.search(r'name=answer value="([0-9a-f]*)"', page)
    return found[1] if found else ""


def rate(store, receipt, *, satisfied, today):
    """Rate the answer of a case as it stands."""
    found = follow_case(store, receipt.code, receipt.secret, today=today)
    return rate_answer(store, receipt, read=found.answer_mark, satisfied=satisfied, today=today)


def put_in(store, *, today, agency=AGENCY, text=TEXT):
    """Keep a case as if it had come on a day, and return its receipt."""
    desk = CaseDesk(store, KEY, DAYS, 15)
    message = Message(agency, LetterKind.COMPLAINT, text, "")
    return send_case(desk, message, key=secrets.token_bytes(16), today=today).receipt


def desk_of(store, *, today=None, agencies=None):
    """Return the desk of somebody who may touch some agencies, or all."""
    scope = Scope(None if agencies is None else frozenset(agencies))
    return FeedbackDesk(store, scope, "lan", today or today_in_vietnam(), DAYS)


def row_of(store, code):
    """Return the row of a case."""
    with store.reading() as connection:
        return connection.execute(select(feedback_case).where(feedback_case.c.code == code)).one()


def desk_post(client, path, **fields):
    """Send a form of the desk with the version its page shows."""
    page = client.get(path).text if "/assign" not in path and "/answer" not in path and "/note" not in path else ""
    page = page or client.get(path.rsplit("/", 1)[0]).text
    version = re.search(r'name="version"[^>]* value="(\d+)"', page)
    token = re.findall(r'name="token" value="([^"]+)"', page)[0]
    seen = {"version": version[1]} if version else {}
    return client.post(path, data={"token": token, **seen, **fields})


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


def test_the_pages_stay_small_and_carry_no_script(client):
    code, secret = sent(client)
    pages = [client.get(path) for path in (f"/feedback?agency={AGENCY}", "/feedback?q=s", "/feedback/follow")]
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


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_rating_counts_for_the_words_that_were_read(client, store, language):
    code, secret = sent_yesterday(client, store)
    cases.answer(desk_of(store), code, "Đã nhắc nhở.", seen=1)
    mark = answer_mark_on(followed(client, code, secret).text)
    cases.answer(desk_of(store), code, "Đã nhắc nhở và xin lỗi.", seen=2)
    said = {"code": code, "secret": secret, "satisfied": "no", "answer": mark, "language": language}
    late = post(client, said, "/feedback/rate")
    assert late.status_code == 409
    assert "Đã nhắc nhở và xin lỗi." in late.text
    assert {"vi": "Lựa chọn “Không hài lòng” của ông/bà chưa được ghi", "en": "“Dissatisfied”"}[language] in late.text
    assert row_of(store, code).satisfied is None
    # The page that says so carries the corrected answer: the same buttons count now.
    again = post(client, {**said, "answer": answer_mark_on(late.text)}, "/feedback/rate")
    assert (again.status_code, row_of(store, code).satisfied) == (200, False)


@pytest.mark.parametrize("mark", ["", "0" * 16, "é", "\x00", "a" * 5_000])
def test_a_rating_of_no_answer_that_was_shown_does_not_count(client, store, mark):
    code, secret = sent_yesterday(client, store)
    said = {"code": code, "secret": secret, "satisfied": "yes", "answer": mark}
    assert post(client, said, "/feedback/rate").status_code == 409, "there is no answer yet"
    cases.answer(desk_of(store), code, "Xong.", seen=1)
    assert post(client, said, "/feedback/rate").status_code == 409
    assert row_of(store, code).satisfied is None


def test_publishing_an_answer_leaves_the_words_a_citizen_reads_and_the_rating_counts(client, store):
    code, secret = sent_yesterday(client, store)
    cases.answer(desk_of(store), code, "Xong.", seen=1)
    mark = answer_mark_on(followed(client, code, secret).text)
    cases.publish(desk_of(store), code, TEXT, "Xong.", seen=2)
    said = {"code": code, "secret": secret, "satisfied": "yes", "answer": mark}
    assert post(client, said, "/feedback/rate").status_code == 200
    assert row_of(store, code).satisfied is True


def test_an_answer_is_corrected_or_rated_whichever_comes_first_at_every_statement_of_a_rating(store):
    receipts = {}

    def prepare(place):
        receipt = receipts[place] = put_in(store, today=today_in_vietnam() - DAY)
        cases.answer(desk_of(store), receipt.code, "Cũ.", seen=1)
        read = follow_case(store, receipt.code, receipt.secret, today=today_in_vietnam()).answer_mark

        def held():
            return rate_answer(store, receipt, read=read, satisfied=True, today=today_in_vietnam())

        return held, lambda: cases.answer(desk_of(store), receipt.code, "Mới.", seen=2)

    places = 0
    for place, rating, corrected in at_every_statement(prepare):
        kept, places = row_of(store, receipts[place].code), places + 1
        assert (kept.answer, kept.satisfied) in (("Cũ.", True), ("Mới.", None)), "rated words nobody read"
        assert rating.counted is (kept.satisfied is True)
        assert isinstance(corrected, ChangedMeanwhileError) is (kept.answer == "Cũ.")
    assert places >= 5


def test_an_answer_the_citizen_judged_stands(client, store):
    code, secret = sent_yesterday(client, store)
    cases.answer(desk_of(store), code, "Xong.", seen=1)
    assert rate(store, Receipt(code, secret), satisfied=True, today=today_in_vietnam()).counted
    with pytest.raises(cases.CaseError, match="đã được trả lời"):
        cases.answer(desk_of(store), code, "Khác.", seen=row_of(store, code).version)


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


def test_reminders_do_not_name_a_case_that_came_today(store):
    # With a limit of 15 working days and a reminder 20 before the last one, every open case is due soon.
    today = today_in_vietnam()
    old, _ = put_in(store, today=today - DAY), put_in(store, today=today)
    (reminder,) = remind(store, DAYS, today=today, days=20)
    assert reminder.due_soon == [old.code]


# ---- The clock, reminders, figures.


def test_reminders_name_what_is_due_and_escalate_each_case_once(app, store, client):
    today = today_in_vietnam()
    late, lone = put_in(store, today=LONG_AGO), put_in(store, today=LONG_AGO, agency=OTHER)
    put_in(store, today=today)
    runner = app.test_cli_runner()
    first = runner.invoke(args=["cases", "remind"])
    assert first.exit_code == 0
    assert f"Phản ánh quá hạn: {late.code}\n  Đã báo cơ quan cấp trên ({PARENT_NAME}): {late.code}" in first.output
    assert f"Phản ánh quá hạn: {lone.code}\n" in first.output
    second = runner.invoke(args=["cases", "remind"])
    assert second.exit_code == 0
    assert "đã báo" not in second.output
    assert row_of(store, late.code).escalated_on == today
    assert row_of(store, lone.code).escalated_on is None
    assert "đã được báo cáo cơ quan cấp trên" in followed(client, late.code, late.secret).text


def test_the_agency_above_sees_a_case_only_once_it_is_overdue(app, store):
    late = put_in(store, today=LONG_AGO)
    above = app.test_client()
    admit(above, store, username="thu", role=Role.CLERK, agency=PARENT)
    assert above.get(f"{HOME}/{late.code}").status_code == 404
    app.test_cli_runner().invoke(args=["cases", "remind"])
    page = above.get(HOME).text
    assert late.code in page
    assert "quá hạn" in page
    assert desk_post(above, f"{HOME}/{late.code}/answer", answer="Cấp trên trả lời.").status_code == 303
    assert figures_of(store, AGENCY) == CaseFigures(received=1, answered=1)


def test_what_is_due_soon_is_named_before_its_last_day(app, store):
    # 12 working days after it came, a case of 15 is due in 3.
    today, came = today_in_vietnam(), today_in_vietnam()
    while DAYS.after(came, 15) > DAYS.after(today, 3):
        came -= timedelta(days=1)
    soon = put_in(store, today=came)
    output = app.test_cli_runner().invoke(args=["cases", "remind"]).output
    assert f"Phản ánh sắp đến hạn: {soon.code}" in output


def test_figures_are_counted_as_on_paper(store):
    start = date(2026, 3, 2)
    receipts = [put_in(store, today=start) for _ in range(6)]
    due = DAYS.after(start, 15)
    for number, receipt in enumerate(receipts[:4]):
        # Three on the last day, one on the day after.
        day = due if number < 3 else due + timedelta(days=1)
        cases.answer(desk_of(store, today=day), receipt.code, "Xong.", seen=1)
    for receipt, satisfied in zip(receipts, (True, True, False), strict=False):
        rate(store, receipt, satisfied=satisfied, today=due)
    cases.refuse(desk_of(store, today=due), receipts[4].code, "Không phải.", seen=1)
    found = case_figures(store, today=due + timedelta(days=1))[AGENCY]
    # One of six is still open and overdue; 3 of 4 + 1 were on time: 60%.
    assert found == CaseFigures(6, open=1, overdue=1, answered=4, on_time=3, refused=1, satisfied=2, unsatisfied=1)
    assert (found.late, found.due, found.share_on_time) == (1, 5, 60.0)
    # 60% of 6 points; 2 of 3 of 6 points.
    assert satisfaction_points(found) == SatisfactionPoints(pytest.approx(3.6), pytest.approx(4.0))
    assert case_figures(store, today=due)[AGENCY].overdue == 0, "the last day itself is in time"
    assert case_figures(store, today=due, received=(start + timedelta(days=1), due)) == {}


def test_the_list_begins_with_the_words_and_is_narrowed_to_what_is_late_or_mine(client, store):
    admit(client, store, username="thu", role=Role.CLERK, agency=AGENCY)
    yesterday = today_in_vietnam() - timedelta(days=1)
    late, new = put_in(store, today=LONG_AGO), put_in(store, today=yesterday)
    page = client.get(HOME).text
    assert page.index(late.code) < page.index(new.code)
    assert TEXT in page
    assert (late.code in (found := client.get(f"{HOME}?state=overdue").text), new.code in found) == (True, False)
    assert "Không có phản ánh nào ở mục “Giao cho tôi”" in client.get(f"{HOME}?state=mine").text
    with store.reading() as connection:
        me = connection.scalar(select(staff.c.id).where(staff.c.username == "thu"))
    cases.assign(desk_of(store), new.code, me, seen=1)
    assert (late.code in (found := client.get(f"{HOME}?state=mine").text), new.code in found) == (False, True)


def test_the_desk_shows_a_quarter_with_its_points_of_the_own_agencies_only(client, app, store):
    start = date(2026, 3, 2)
    receipts = [put_in(store, today=start) for _ in range(4)]
    put_in(store, today=start, agency=OTHER)
    for receipt in receipts[:3]:
        cases.answer(desk_of(store, today=start + DAY), receipt.code, "Xong.", seen=1)
    rate(store, receipts[0], satisfied=True, today=start)
    rate(store, receipts[1], satisfied=False, today=start)
    admit(client, store, username="thu", role=Role.CLERK, agency=AGENCY)
    rows = html.fromstring(client.get(f"{HOME}/figures?year=2026&quarter=1").text).xpath("//tbody/tr")
    (told,) = [[" ".join(cell.text_content().split()) for cell in row.xpath("./td")] for row in rows]
    # 3 of 4 were on time, the fourth is overdue: 75% of 6 points; 1 of 2 is satisfied: 50% of 6.
    assert told == ["4", "3", "1 (quá hạn 1)", "0", "75,00 3/4", "4,50", "50,00 1/2", "3,00"]
    for query in ("year=2026&quarter=2", "year=99999&quarter=x", ""):
        assert "Không có phản ánh, kiến nghị nào trong kỳ này" in client.get(f"{HOME}/figures?{query}").text
    printed = app.test_cli_runner().invoke(args=["cases", "figures", "--from", "2026-01-01", "--to", "2026-03-31"])
    other, own = json.loads(printed.output)
    assert (own["agency_code"], own["received"], own["points_on_time"], own["points_satisfied"]) == (AGENCY, 4, 4.5, 3)
    assert (other["agency_code"], other["points_satisfied"]) == (OTHER, None)


def test_the_overview_reminds_of_what_waits(client, store):
    admit(client, store, username="thu", role=Role.CLERK, agency=AGENCY)
    assert "Đang chờ xử lý" not in client.get("/staff/").text
    put_in(store, today=LONG_AGO)
    put_in(store, today=today_in_vietnam() - DAY)
    put_in(store, today=today_in_vietnam())
    put_in(store, today=LONG_AGO, agency=OTHER)
    page = " ".join(client.get("/staff/").text.split())
    assert "Phản ánh, kiến nghị: 2 chưa trả lời</a>, <b>1 quá hạn</b>" in page


def test_nothing_is_nothing_and_no_hundred_per_cent():
    assert (CaseFigures().share_on_time, CaseFigures().share_satisfied) == (None, None)
    assert satisfaction_points(CaseFigures()) == SatisfactionPoints(None, None)
    assert CaseFigures(received=1, open=1, overdue=1).share_on_time == 0.0


def test_published_cases_hold_screened_words_and_nothing_that_opens_them(store):
    receipt = put_in(store, today=today_in_vietnam() - DAY)
    cases.answer(desk_of(store), receipt.code, "Riêng cho người gửi.", seen=1)
    assert published_cases(store, AGENCY) == ()
    cases.publish(desk_of(store), receipt.code, "Lời đã duyệt.", "Trả lời đã duyệt.", seen=2)
    (shown,) = published_cases(store, AGENCY, limit=5)
    assert (shown.text, shown.answer, shown.on_time) == ("Lời đã duyệt.", "Trả lời đã duyệt.", True)
    told = " ".join(str(getattr(shown, name)) for name in shown.__slots__)
    assert not any(word in told for word in (receipt.code, receipt.secret, TEXT, "Riêng"))
    assert published_cases(store, "khong-co") == ()


def test_public_figures_name_every_agency_with_a_case(client, store):
    put_in(store, today=LONG_AGO)
    page = client.get("/results/feedback").text
    assert "Trung tâm Phục vụ hành chính công" in page
    assert "0,00" in page
    assert client.get("/results/feedback?lang=en").status_code == 200
    assert client.get("/results/feedback/khong-co").status_code == 404


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


def test_the_application_does_not_start_without_the_days_off_of_the_year(tmp_path, database_url):
    path = tmp_path / "old.toml"
    path.write_text("[[year]]\nyear = 2024\nannounced = true\n", encoding="utf-8")
    environment = {"HAI_LONG_INSTANCE": str(tmp_path), "DATABASE_URL": database_url, "HOLIDAYS_FILE": str(path)}
    year = today_in_vietnam().year
    with pytest.raises(HolidayDataError, match=rf"old\.toml: the days off of {year} are missing"):
        create_app(environment)


def test_a_receipt_is_two_digests_of_which_neither_leads_to_the_other():
    receipts = [receipt_of(number.to_bytes(16)) for number in range(2_000)]
    assert len({receipt.code for receipt in receipts}) == 2_000
    # Chance agrees in one place of 32: 8 · 2,000 / 32 = 500, standard deviation 22.
    agreeing = sum(a == b for one in receipts for a, b in zip(one.code, one.secret, strict=False) if b != "-")
    assert agreeing < 600
