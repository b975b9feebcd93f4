"""What people, phones and programs send that no form of ours asks for, through the whole application."""

import re
import unicodedata
from datetime import date, datetime
from pathlib import Path
from random import Random

import pytest

from survey.fieldwork import SurveyRound
from survey.forms import messages
from survey.forms.form_token import FormTokens
from survey.operations.clock import VIETNAM, half_of, now_in_vietnam, today_in_vietnam
from survey.operations.collecting.responses import Submission, half_day_of
from survey.responses import HalfDay, SubmissionKey
from tests.conftest import open_sample_round
from tests.integration.citizen.counters import DAY, OTHER, POINT, SCRIPT, TOKEN, Counter


def around(app, store, sample_registry, *, opened_days_ago, days):
    """Return a service point in a round that lies elsewhere in time."""
    open_sample_round(store, "r1", "sipas-2023", opened_days_ago=opened_days_ago, days=days)
    return Counter(app, store)


@pytest.fixture
def closed(app, store, sample_registry):
    """The round ran from ten days ago to the day before yesterday; it is sealed in five days."""
    return around(app, store, sample_registry, opened_days_ago=10, days=8)


@pytest.fixture
def sealed(app, store, sample_registry):
    """The round closed ten days ago and was sealed three days ago."""
    return around(app, store, sample_registry, opened_days_ago=20, days=10)


def record(**answers):
    """Return the record of a form on which only items of dimension A were answered."""
    return "".join(answers.get(item, ".") for item in ("A1", "A2", "A3")) + "." * 21


@pytest.mark.parametrize(
    ("code", "sent", "message"),
    [
        ("A1", "9", messages.NOT_OFFERED),
        ("A1", "0", messages.NOT_OFFERED),
        ("A1", "N", messages.NOT_OFFERED),
        ("A1", "55", messages.NOT_OFFERED),
        ("A1", " 5", messages.NOT_OFFERED),
        ("A1", "5\x00", messages.NOT_OFFERED),
        ("A1", "5\u200b", messages.NOT_OFFERED),
        ("A1", "５", messages.NOT_OFFERED),
        ("harassment", "5", messages.NOT_OFFERED),
        ("A1", ["4", "5"], messages.CHOOSE_ONE_ONLY),
        ("A1", ["5", "9"], messages.NOT_OFFERED),
    ],
)
def test_an_answer_that_is_not_offered_is_named_and_the_others_stay_chosen(counter, code, sent, message):
    page = counter.send({code: sent, "B1": "4", "comment": "Chờ lâu"})
    assert page.status_code == 400
    assert message in page.text
    assert f'href="#{code}"' in page.text
    assert re.search(r"name=B1 value=4 checked", page.text)
    assert "Chờ lâu</textarea>" in page.text
    reply = counter.send({code: sent, "B1": "4"}, headers=SCRIPT)
    assert (reply.status_code, reply.json["error"], reply.json["faults"]) == (400, "answers", {code: message})
    assert counter.rows() == counter.comments() == []


@pytest.mark.parametrize("fields", [{}, {"A1": ""}, {"Z9": "5"}, {"a1": "5"}, {"gender": "1"}])
def test_a_form_without_an_answer_to_what_was_asked_is_refused(counter, fields):
    # The round does not ask the respondent's profile, so an answer to it is no answer.
    page = counter.send({**fields, "comment": "Chỉ có ý kiến"})
    assert page.status_code == 400
    assert messages.CHOOSE_ONE_AT_LEAST in page.text
    assert "Chỉ có ý kiến</textarea>" in page.text
    assert counter.send(fields, headers=SCRIPT).json["faults"] == {"answers": messages.CHOOSE_ONE_AT_LEAST}
    assert counter.rows() == counter.comments() == []


def test_a_comment_longer_than_2000_characters_is_refused_whole(counter):
    assert counter.send({"A1": "5", "comment": "ạ" * 2_001}).status_code == 400
    assert counter.rows() == []
    assert counter.send({"A1": "5", "comment": "ạ" * 2_000}).status_code == 303
    assert counter.comments() == ["ạ" * 2_000]


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_body_of_70_kilobytes_gets_a_page_of_ours(counter, kind):
    sent = {"A1": "5", "comment": "a" * 70_000}
    page = counter.send(sent, content_type=kind)
    assert page.status_code == 413
    assert "<h1>Ý kiến quá dài, chưa gửi được</h1>" in page.text
    assert "<style>" in page.text
    assert counter.send(sent, headers=SCRIPT, content_type=kind).json["error"] == "large"
    assert counter.rows() == []


def test_a_comment_is_stored_composed_and_without_what_cannot_be_seen(counter):
    written = "Thủ tục nhanh gọn, cán bộ hướng dẫn tận tình"
    hostile = "\u202e" + unicodedata.normalize("NFD", written).replace(" ", "\u200b \x00") + "\ufeff"
    assert counter.send({"A1": "5", "comment": hostile}).status_code == 303
    assert counter.comments() == [written]


def test_markup_in_a_comment_is_kept_as_text_and_shown_as_text(counter):
    hostile = "</textarea><script>alert(1)</script>"
    page = counter.send({"comment": hostile})
    assert hostile not in page.text
    assert "&lt;/textarea&gt;&lt;script&gt;" in page.text


@pytest.mark.parametrize("wrong", ["garbage", "", "of another point", "of another server"])
def test_a_wrong_token_loses_nothing_and_the_page_can_be_sent_again(counter, wrong):
    made = {
        "of another point": counter.token(code=OTHER),
        "of another server": FormTokens(b"x" * 64).make(POINT, today_in_vietnam()),
    }
    fields = {"A1": "2", "E3": "N", "comment": "Chờ lâu", "token": made.get(wrong, wrong)}
    page = counter.send(fields)
    assert page.status_code == 403
    assert messages.PAGE_EXPIRED in page.text
    assert re.findall(r"name=(\w+) value=(\w) checked", page.text) == [("A1", "2"), ("E3", "N")]
    assert "Chờ lâu</textarea>" in page.text
    reply = counter.send(fields, headers=SCRIPT)
    assert (reply.status_code, reply.json["error"]) == (403, "token")
    assert counter.rows() == []
    assert counter.send({**fields, "token": TOKEN.search(page.text)[1]}).status_code == 303


def test_a_key_sent_again_is_the_same_answering_or_none(counter):
    key = SubmissionKey(bytes.fromhex("ab" * 16))
    first = {"A1": "5", "comment": "Tốt", "key": "ab" * 16, "token": counter.token(key=key)}
    receipt = key.receipt
    assert [counter.send(first, headers=SCRIPT).json["receipt"] for _ in range(2)] == [receipt, receipt]
    assert counter.send(first).location == f"/K/{POINT}/thanks?receipt={receipt}"
    for other in ({"A1": "1"}, {"comment": "Kém"}, {"A2": "5"}):
        assert "<h1>Phiếu này đã được lưu trước đó</h1>" in counter.send({**first, **other}).text
        reply = counter.send({**first, **other}, headers=SCRIPT)
        assert (reply.status_code, reply.json["error"]) == (409, "replayed")
    assert [answers for _, _, answers in counter.rows()] == [record(A1="5")]
    assert counter.comments() == ["Tốt"]


def test_without_script_the_key_of_the_token_makes_a_form_count_once(counter):
    form = {"A1": "5", "key": "", "token": counter.token()}
    assert counter.send(form).location == counter.send(form).location
    assert len(counter.rows()) == 1


def test_a_phone_that_sends_after_the_round_closed_counts_on_the_day_it_names(closed):
    given = today_in_vietnam() - 3 * DAY
    sent = {"A1": "5", "given": f"{given}am", "token": closed.token(days_ago=5)}
    assert closed.send(sent, headers=SCRIPT).status_code == 201
    assert closed.rows() == [(given, "am", record(A1="5"))]


@pytest.mark.parametrize("days_ago", [None, 0, 1])
def test_a_late_answer_that_names_no_day_of_the_round_counts_on_the_last_one(closed, days_ago):
    given = "" if days_ago is None else f"{today_in_vietnam() - days_ago * DAY}am"
    assert closed.send({"A1": "5", "given": given, "token": closed.token(days_ago=5)}).status_code == 303
    assert closed.rows() == [(today_in_vietnam() - 2 * DAY, None, record(A1="5"))]


def test_a_late_form_that_is_refused_can_still_be_mended_and_sent(closed):
    page = closed.send({"A1": "9", "token": closed.token(days_ago=5)})
    assert page.status_code == 400
    assert closed.send({"A1": "5", "token": TOKEN.search(page.text)[1]}).status_code == 303
    assert len(closed.rows()) == 1


def test_after_sealing_nothing_is_taken(sealed):
    sent = {"A1": "5", "given": f"{today_in_vietnam() - 12 * DAY}am", "token": sealed.token(days_ago=15)}
    page, reply = sealed.send(sent), sealed.send(sent, headers=SCRIPT)
    assert "<h1>Đợt khảo sát đã kết thúc</h1>" in page.text
    assert (page.status_code, reply.status_code, reply.json["error"]) == (410, 410, "sealed")
    assert sealed.rows() == []


@pytest.mark.parametrize("given", ["tomorrow", "before", "2026-02-30am", "2026-01-01", "am", "\x00", "9999-12-31pm"])
def test_a_day_that_cannot_be_is_not_believed(counter, given):
    days = {"tomorrow": today_in_vietnam() + DAY, "before": today_in_vietnam() - 4 * DAY}
    sent = f"{days[given]}am" if given in days else given
    before = now_in_vietnam()
    assert counter.send({"A1": "5", "given": sent, "token": counter.token(days_ago=3)}).status_code == 303
    ((day, half, _),) = counter.rows()
    assert (day, half) in {(moment.date(), half_of(moment)) for moment in (before, now_in_vietnam())}


def test_this_afternoon_is_not_believed_in_the_morning():
    day = date(2026, 11, 20)
    survey_round = SurveyRound("r", "r", "sipas-2023", "", day, day, day)
    sent = Submission(SubmissionKey(bytes(16)), day, (day, HalfDay.AFTERNOON), {}, "")
    now = datetime(2026, 11, 20, 9, tzinfo=VIETNAM)
    assert half_day_of(sent, survey_round.closes, now) == (day, HalfDay.MORNING)


def written_by_people(random):
    """Return a telephone or identity number or an address, as people here write them."""
    d = "".join(random.choices("0123456789", k=12))
    m = f"0{random.choice('35789')}{d[:8]}"
    s = random.choice((" ", ".", "-"))
    mobile = (m, s.join((m[:4], m[4:7], m[7:])), s.join((m[:3], m[3:6], m[6:])), s.join((m[:4], m[4:6], m[6:8], m[8:])))
    abroad = (f"+84{m[1:]}", f"+84 {m[1:4]} {m[4:7]} {m[7:]}", f"(+84) {m[1:]}", f"84{m[1:]}")
    home = (f"0205{s}{d[:4]}{s}{d[4:7]}", f"(024) {d[:4]} {d[4:8]}", f"024{d[:8]}", f"(0205)3{d[:6]}")
    identity = (d, f"{d[:3]} {d[3:6]} {d[6:9]} {d[9:]}", d[:9], f"{d[:3]}{s}{d[3:6]}{s}{d[6:9]}")
    address = (f"nguyen.{d[:3]}@example.vn", f"lan_{d[:4]}@mail.example.com", f"{d[:5]}ha@example.edu.vn")
    return random.choice(random.choice((mobile, abroad, home, identity, address)))


def test_telephone_and_identity_numbers_and_addresses_never_reach_the_database(counter):
    random = Random(1)
    written = [written_by_people(random) for _ in range(1_000)]
    for start in range(0, 1_000, 10):
        comment = "; ".join(f"liên hệ {one} trước 17h30" for one in written[start : start + 10])
        assert counter.send({"A1": "5", "comment": comment}).status_code == 303
    kept = [one for comment in counter.comments() for one in comment.split("; ")]
    assert len(kept) == 1_000
    # What is hidden must be hidden whole: the end of a number tells as much as the number.
    hidden = re.compile(r"liên hệ \(?\[(số|thư điện tử) đã ẩn\] trước 17h30")
    assert [one for one in kept if not hidden.fullmatch(one)][10:] == []
    if counter.store.is_sqlite:
        path = Path(counter.store.engine.url.database)
        data = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
        assert kept[0].encode() in data, "the search must look where the comments are"
        spellings = {*written, *(re.sub(r"\D", "", one) for one in written if "@" not in one)}
        assert [one for one in spellings if one.encode() in data] == []
