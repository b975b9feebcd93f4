"""Codes, addresses and methods that nobody offered, floods of them, and what every reply is protected by."""

import re

import pytest

from survey.app import create_app
from tests.conftest import open_sample_round
from tests.integration.citizen.counters import MISTYPED, OTHER, PAGE, POINT, RETIRED, SCRIPT, TOKEN, UNKNOWN, Counter
from tests.turns import wait_for_room


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
    key, client = {"token": counter.token()}, counter.client
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
    key = {"token": counter.token()}
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
