"""While the database is away everybody is told so, and nothing that was typed is lost."""

import html
import re
import secrets

import pytest

from survey.operations.clock import today_in_vietnam
from tests.integration.watching.outages import away
from tests.sign_in import admit, token_of
from tests.watched import POINT, rows

WORDS = "Chờ lâu, ghế hỏng.\nXin <sửa> & kê thêm"
SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def gone(app, store):
    """Return what lets the database of the application go away."""
    return lambda: away(store, [app.extensions["hai-long"].store])


def sent(app):
    token = app.extensions["hai-long"].tokens.make(POINT, today_in_vietnam())
    return {"token": token, "key": "0", "A1": "5", "B1": "2", "comment": WORDS, "language": "vi"}


def fields_of(page):
    """Return what a page would send again: hidden fields, and what stands in text areas."""
    hidden = re.findall(r'<input type=hidden name="([^"]*)" value="([^"]*)">', page)
    written = re.findall(r'<textarea [^>]*name="([^"]*)"[^>]*>\n([^<]*)</textarea>', page)
    return {name: html.unescape(value) for name, value in (*hidden, *written)}


def test_a_citizen_without_script_gets_the_typed_form_back_and_sends_it_again(app, store, round_of_2023_form, gone):
    form, client = sent(app), app.test_client()
    with gone():
        reply = client.post(f"/K/{POINT}?send", data=form)
    assert (reply.status_code, reply.mimetype) == (503, "text/html")
    assert int(reply.headers["Retry-After"]) > 0
    assert reply.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in reply.headers
    assert "Chưa kết nối được với hệ thống" in reply.text
    assert "Gửi lại</button>" in reply.text
    assert fields_of(reply.text) == form
    assert f'action="/K/{POINT}?send"' in reply.text
    assert client.post(f"/K/{POINT}?send", data=fields_of(reply.text)).status_code == 303
    assert rows(store) == 1


def test_the_pages_script_and_programs_hear_it_as_json(app, round_of_2023_form, gone):
    client = app.test_client()
    with gone():
        script = client.post(f"/K/{POINT}?send", data=sent(app), headers=SCRIPT)
        program = client.get("/api/v1/rounds", headers={"Authorization": f"Bearer {secrets.token_hex(16)}"})
    assert (script.status_code, script.json["error"]) == (503, "unavailable")
    assert (program.status_code, program.mimetype, program.json["code"]) == (
        503,
        "application/problem+json",
        "unavailable",
    )
    assert int(script.headers["Retry-After"]) == int(program.headers["Retry-After"]) > 0


@pytest.mark.parametrize("path", [f"/K/{POINT}", "/results/", "/feedback", "/a/SYT", "/kiosk/no-such-secret"])
def test_pages_say_that_it_passes_and_how_to_open_them_again(app, round_of_2023_form, gone, path):
    with gone():
        reply = app.test_client().get(f"{path}?lang=en")
    assert reply.status_code == 503
    assert "The system cannot be reached yet" in reply.text
    assert f'href="{path}?lang=en"' in reply.text


def test_what_staff_typed_comes_back_with_its_token_and_is_taken_afterwards(app, store, sample_registry, gone):
    client = app.test_client()
    admit(client, store)
    token = token_of(client, "/staff/registry/agencies/new")
    form = {"code": "MOI", "name": "Sở <Mới> & một", "short_name": "SM", "block": "Sở, ban, ngành", "token": token}
    with gone():
        reply = client.post("/staff/registry/agencies/new", data=form)
    assert reply.status_code == 503
    assert "Chưa kết nối được với cơ sở dữ liệu" in reply.text
    kept = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', reply.text))
    assert {name: html.unescape(value) for name, value in kept.items()} == form
    assert client.post("/staff/registry/agencies/new", data=form).status_code == 303


def test_a_complaint_comes_back_too(app, store, round_of_2023_form, gone):
    client = app.test_client()
    page = client.get("/feedback?agency=SYT").text
    token = re.search(r'name="?token"?[^>]* value="([^"]+)"', page)[1]
    form = {"agency": "SYT", "kind": "complaint", "text": WORDS, "contact": "0912 345 678", "token": token}
    with gone():
        reply = client.post("/feedback?agency=SYT", data=form)
    assert reply.status_code == 503
    assert fields_of(reply.text) == form


def test_health_tells_what_is_away_and_that_it_is_back(app, round_of_2023_form, gone, monkeypatch):
    monkeypatch.setattr(app.extensions["hai-long"].health, "_kept", Fresh())
    client = app.test_client()
    assert (client.get("/healthz").status_code, client.get("/healthz").text) == (200, "ok\n")
    with gone():
        assert (client.get("/healthz").status_code, client.get("/healthz").text) == (503, "database unreachable\n")
    assert client.get("/healthz").status_code == 200


class Fresh:
    """Keeps nothing, so that a test need not wait two seconds."""

    def get(self, _key, make):
        return make()
