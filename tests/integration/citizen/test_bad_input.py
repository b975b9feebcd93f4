"""What people, phones and programs send that no form of ours asks for, through the whole application."""

import re
import secrets
import unicodedata
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from survey.app import create_app
from survey.fieldwork import SurveyRound
from survey.forms import messages
from survey.forms.form_token import FormTokens
from survey.operations.clock import VIETNAM, half_of, now_in_vietnam, today_in_vietnam
from survey.operations.collecting.responses import Submission, half_day_of
from survey.responses import HalfDay, SubmissionKey
from survey.store import tables
from tests.conftest import open_sample_round
from tests.turns import wait_for_room

POINT, OTHER, RETIRED, UNKNOWN, MISTYPED = "L4E3SZF", "KNH72ZA", "LSVUDKY", "2222222", "L4E3SZG"
PAGE, SCRIPT = {}, {"Accept": "application/json"}
TOKEN = re.compile(r'name=token[^>]* value="([^"]+)"')
DAY = timedelta(days=1)


class Counter:
    """A service point, its phones, and what the database holds."""

    def __init__(self, app, store):
        self.client, self.store, self.tokens = app.test_client(), store, app.extensions["hai-long"].tokens

    def token(self, days_ago=0, code=POINT):
        return self.tokens.make(code, today_in_vietnam() - days_ago * DAY)

    def send(self, fields, *, code=POINT, headers=PAGE, query="", **more):
        key = secrets.token_hex(16)
        return self.client.post(
            f"/K/{code}{query}", data={"token": self.token(code=code), "key": key, **fields}, headers=headers, **more
        )

    def rows(self):
        with self.store.reading() as connection:
            found = connection.execute(select(tables.response.c.day, tables.response.c.half, tables.response.c.answers))
            return [tuple(row) for row in found]

    def comments(self):
        with self.store.reading() as connection:
            return list(connection.scalars(select(tables.comment_inbox.c.text)))


@pytest.fixture
def counter(app, store, round_of_2023_form):
    """Return a service point in an open round that began a week ago."""
    return Counter(app, store)


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
    first = {"A1": "5", "comment": "Tốt", "key": "ab" * 16, "token": counter.token()}
    receipt = SubmissionKey(bytes.fromhex("ab" * 16)).receipt
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


@pytest.mark.parametrize(
    ("opened_days_ago", "days", "code", "status", "title"),
    [
        (10, 8, POINT, 200, "Hiện chưa có đợt khảo sát"),
        (20, 10, POINT, 200, "Hiện chưa có đợt khảo sát"),
        (-5, 30, POINT, 200, "Chưa đến ngày khảo sát"),
        (7, 30, RETIRED, 200, "Mã này không còn dùng"),
        (7, 30, UNKNOWN, 404, "Không tìm thấy mã này"),
        (7, 30, MISTYPED, 404, "Không tìm thấy mã này"),
    ],
)
@pytest.mark.usefixtures("sample_registry")
def test_a_code_that_leads_to_no_form_leads_to_a_page_that_helps(
    client, store, opened_days_ago, days, code, status, title
):
    open_sample_round(store, "r1", "sipas-2023", opened_days_ago=opened_days_ago, days=days)
    page = client.get(f"/K/{code}")
    assert (page.status_code, f"<h1>{title}</h1>" in page.text, "<html lang=vi>" in page.text) == (status, True, True)
    assert client.head(f"/K/{code}").status_code == status
    script = client.get(f"/K/{code}", headers=SCRIPT)
    assert (script.status_code, title in script.json["message"]) == (status, True)


@pytest.mark.parametrize("typed", [POINT, "l4e3szf", "L4E-3SZF", "l4e 3szf", "L4E\u20113SZF"])
def test_a_code_leads_to_its_form_however_it_is_typed(counter, typed):
    assert TOKEN.search(counter.client.get(f"/K/{typed}", follow_redirects=True).text)
    assert TOKEN.search(counter.client.get("/K", query_string={"code": typed}, follow_redirects=True).text)
    assert counter.send({"A1": "5", "token": counter.token()}, code=typed).status_code == 303


@pytest.mark.parametrize(
    "path", ["/K/{}/", "/k/{}/", "/K/{}.", "/K/{})", "/K/({})", "/K/{},", "/K/“{}”", "/{}", "/{}/", "/{}.", "/%20{}"]
)
@pytest.mark.parametrize("typed", [POINT, POINT.lower()])
def test_signs_around_a_code_and_a_code_right_behind_the_host_lead_on(counter, path, typed):
    assert TOKEN.search(counter.client.get(path.format(typed), follow_redirects=True).text)


@pytest.mark.parametrize("path", ["/robots.txt", "/wp-login.php", "/abc", f"/{MISTYPED}", "/k7m2q4", "/ắế"])
def test_what_is_no_code_behind_the_host_is_no_page(counter, path):
    assert counter.client.get(path).status_code == 404


@pytest.mark.parametrize("code", [UNKNOWN, MISTYPED])
def test_answers_for_a_code_nobody_has_are_not_taken(counter, code):
    assert counter.send({"A1": "5"}, code=code).status_code == 404
    assert counter.send({"A1": "5"}, code=code, headers=SCRIPT).json["error"] == "unknown"
    assert counter.rows() == []


def test_a_retired_code_hands_out_no_form_to_answers_without_a_good_token(counter):
    page = counter.send({"A1": "5", "token": "garbage"}, code=RETIRED)
    assert page.status_code >= 400
    assert "<h1>Mã này không còn dùng</h1>" in page.text
    assert TOKEN.search(page.text) is None
    assert counter.rows() == []


def test_the_head_of_a_page_is_that_of_the_page(counter):
    for path in (f"/K/{POINT}", f"/K/{POINT}/thanks?receipt=9EZB-ECQL-YRVA"):
        head = counter.client.head(path)
        assert (head.status_code, head.text, head.mimetype) == (200, "", "text/html")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
def test_a_method_no_page_has_is_refused_with_a_page(counter, method):
    page = counter.client.open(f"/K/{POINT}", method=method)
    assert (page.status_code, "<h1>Không thực hiện được thao tác này</h1>" in page.text) == (405, True)


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


@pytest.fixture
def limited(app, store, round_of_2023_form, database_url, tmp_path):
    """Return a service point that takes three answers a minute from one network, with no proxy in front."""
    settings = {"HAI_LONG_INSTANCE": str(tmp_path), "DATABASE_URL": database_url, "SURVEY_OWNER": "Sở Nội vụ"}
    made = create_app({**settings, "PUBLIC_URL": "", "FLOOD_PER_MINUTE": "3"})
    wait_for_room(5, within=60)  # The count begins anew with the minute.
    yield Counter(made, store)
    made.extensions["hai-long"].store.close()


def test_a_flood_has_to_wait_and_touches_nobody_else(limited):
    assert [limited.send({"A1": "5"}).status_code for _ in range(4)] == [303, 303, 303, 429]
    page, reply = limited.send({"A1": "5"}), limited.send({"A1": "5"}, headers=SCRIPT)
    assert 1 <= int(page.headers["Retry-After"]) <= 60
    assert f"{page.headers['Retry-After']} giây" in page.text
    assert (reply.status_code, reply.json["error"]) == (429, "busy")
    assert limited.send({"A1": "5"}, code=OTHER).status_code == 303
    assert limited.send({"A1": "5"}, environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 303
    assert len(limited.rows()) == 5


def test_a_flood_is_not_let_through_by_naming_another_sender_or_writing_the_code_otherwise(limited):
    statuses = [limited.send({"A1": "5"}, headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code for n in range(5)]
    assert statuses == [303, 303, 303, 429, 429]
    for typed in ("l4e3szf", "L4e3szf", "L4E-3SZF"):
        assert limited.send({"A1": "5", "token": limited.token()}, code=typed).status_code == 429
    assert len(limited.rows()) == 3


def test_no_citizen_route_sets_a_cookie_and_every_reply_is_protected(counter):
    key, client = {"key": "cd" * 16}, counter.client
    replies = [
        *(
            client.get(path)
            for path in (f"/K/{POINT}", f"/K/{RETIRED}", f"/K/{UNKNOWN}", "/K", "/K/", f"/K/{POINT}/thanks")
        ),
        client.get(f"/K/{POINT}/thanks?receipt=9EZB-ECQL-YRVA"),
        *(client.open(f"/K/{POINT}", method=method) for method in ("HEAD", "PUT", "OPTIONS")),
        *(
            counter.send(fields, headers=headers)
            for headers in (PAGE, SCRIPT)
            for fields in (
                {"A1": "5", **key},
                {"A1": "4", **key},
                {"A1": "9"},
                {"token": "x"},
                {"comment": "a" * 70_000},
            )
        ),
    ]
    assert {reply.status_code for reply in replies} >= {200, 201, 303, 400, 403, 404, 405, 409, 413}
    for reply in replies:
        assert "Set-Cookie" not in reply.headers
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["X-Frame-Options"] == "DENY"
        assert reply.headers["Referrer-Policy"] == "no-referrer"
        assert reply.headers["Cache-Control"] == "private, no-cache"
        assert "default-src 'none'" in reply.headers["Content-Security-Policy"]


def test_english_is_one_word_away_on_every_page(counter):
    key = {"key": "ef" * 16}
    counter.send({"A1": "5", **key})
    pages = [
        counter.client.get(f"/K/{POINT}?lang=en"),
        counter.client.get(f"/K/{POINT}/thanks?receipt=9EZB-ECQL-YRVA&lang=en"),
        *(counter.client.get(f"{path}?lang=en") for path in ("/K/", f"/K/{UNKNOWN}", f"/K/{RETIRED}")),
        *(
            counter.send(fields, query="?lang=en")
            for fields in ({"A1": "4", **key}, {"A1": "9"}, {"token": "x"}, {"comment": "a" * 70_000})
        ),
    ]
    for page in pages:
        assert "<html lang=en>" in page.text
        heading = re.search("<h1>(.*?)</h1>", page.text)[1]
        assert heading.isascii(), heading
    sent = counter.send({"A1": "5", "language": "en"})
    assert sent.location.endswith("&lang=en")
