"""Shared tablets at the counter: what their page says, and what the server takes from them."""

import re
from datetime import timedelta

import pytest
from lxml import html
from sqlalchemy import select, update

from survey.forms.form_token import following_key
from survey.operations.clock import today_in_vietnam
from survey.operations.collecting.kiosks import find_by_secret, revoke_kiosk
from survey.responses import Mode
from survey.store import tables
from survey.store.subjects import ADDED
from tests.conftest import open_sample_round
from tests.integration.collecting.kiosks import EVERYWHERE, OTHER, POINT, kiosk_rows, make, rows
from tests.keys import key_in

JSON = {"Accept": "application/json"}


def revoke(store, secret):
    """End a tablet."""
    number = find_by_secret(store, secret).id
    revoke_kiosk(store, number, scope=EVERYWHERE, by="lan", today=today_in_vietnam())


def page_token(client, secret):
    """Return the token the tablet's page carries."""
    return html.fromstring(client.get(f"/kiosk/{secret}").text).xpath("string(//body/@data-token)")


def send(client, secret, token, **more):
    """Send answers as the page's script does."""
    fields = {"token": token, "A1": "4", **more}
    return client.post(f"/kiosk/{secret}", data=fields, headers=JSON)


def test_the_page_knows_the_tablet_and_keeps_no_cookie(client, store, round_of_2023_form):
    secret = make(store)
    answer = client.get(f"/kiosk/{secret}")
    (row,) = kiosk_rows(store)
    said = html.fromstring(answer.text).xpath("//body")[0].attrib
    assert (said["data-salt"], said["data-hash"], said["data-rest"]) == (row.pin_salt, row.pin_hash, "5")
    assert said["data-closes"] == (today_in_vietnam() + timedelta(days=23)).isoformat()
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert "worker-src 'self'; manifest-src 'self'" in answer.headers["Content-Security-Policy"]
    assert client.get(f"/kiosk/{secret}/manifest.json").json["start_url"] == f"/kiosk/{secret}"


def test_everything_the_first_load_brings_weighs_at_most_forty_thousand_bytes(client, store, round_of_2023_form):
    page = f"/kiosk/{make(store)}"
    # The worker, when it begins, fetches the open page once more, and the page of the way out.
    loaded = (page, f"{page}/manifest.json", "/kiosk/worker.js", page, "/kiosk/exited")
    assert sum(len(client.get(path, headers={"Accept-Encoding": "gzip"}).data) for path in loaded) <= 40_000


def test_the_worker_is_never_stale_and_changes_with_the_page(client):
    answer = client.get("/kiosk/worker.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert re.match(r"const VERSION = '[0-9a-f]{12}';\n", answer.text)


def test_answers_of_a_tablet_are_stored_once_as_a_kiosk_s(client, store, round_of_2023_form):
    secret = make(store)
    token = page_token(client, secret)
    first, again = (send(client, secret, token) for _ in range(2))
    assert (
        (first.status_code, first.json) == (again.status_code, again.json) == (201, {"receipt": first.json["receipt"]})
    )
    other = send(client, secret, token, key=following_key(key_in(token), 1).secret.hex())
    assert other.json["receipt"] != first.json["receipt"]
    changed = send(client, secret, token, A1="1")
    assert (changed.status_code, changed.json) == (409, {"error": "replayed"})
    assert rows(store) == [("kiosk", today_in_vietnam())] * 2


def test_queued_answers_count_on_the_day_they_were_given(app, client, store, round_of_2023_form):
    secret, today = make(store), today_in_vietnam()
    issued = today - timedelta(days=4)
    token = app.extensions["hai-long"].tokens.make(POINT, issued, mode=Mode.KIOSK)
    for number, given in enumerate((3, 1, 4, 5, -1)):
        day, key = today - timedelta(days=given), following_key(key_in(token), number)
        assert send(client, secret, token, given=f"{day}am", key=key.secret.hex()).status_code == 201
    # More than three days ago is not believed; before the page was opened, and tomorrow, cannot be: they count today.
    assert [day for _, day in rows(store)] == [today - timedelta(days=3), today - timedelta(days=1), *[today] * 3]


def test_a_token_is_good_for_one_mode_and_one_service_point(app, client, store, round_of_2023_form):
    secret, tokens = make(store), app.extensions["hai-long"].tokens
    token = page_token(client, secret)
    wrong = (
        "",
        token[:-5] + ("AAAAA" if token[-5:] != "AAAAA" else "BBBBB"),
        tokens.make(POINT, today_in_vietnam()),
        tokens.make(OTHER, today_in_vietnam(), mode=Mode.KIOSK),
        tokens.make(POINT, today_in_vietnam(), mode=Mode.ASSISTED),
    )
    for one in wrong:
        answer = send(client, secret, one)
        assert (answer.status_code, answer.json) == (403, {"error": "token"})
    # Nor does the tablet's token open the way of the posters.
    assert client.post(f"/K/{POINT}", data={"token": token, "A1": "4"}, headers=JSON).status_code == 403
    assert rows(store) == []


def test_a_revoked_tablet_gets_no_token_and_its_queue_is_refused(client, store, round_of_2023_form):
    secret = make(store)
    token = page_token(client, secret)
    revoke(store, secret)
    page = client.get(f"/kiosk/{secret}")
    assert page.status_code == 410
    assert "Máy này đã được thu hồi" in page.text
    assert "data-token" not in page.text
    answer = send(client, secret, token)
    assert (answer.status_code, answer.json) == (410, {"error": "revoked"})
    assert rows(store) == []


@pytest.mark.parametrize("secret", ["nobody", "x" * 500, "worker.jsx", "%00", "é"])
def test_an_unknown_secret_gets_no_form_and_stores_nothing(client, store, round_of_2023_form, secret):
    assert client.get(f"/kiosk/{secret}").status_code == 404
    assert client.post(f"/kiosk/{secret}", data={"A1": "4"}, headers=JSON).status_code == 404
    assert rows(store) == []


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [({"A1": "9"}, 400, "answers"), ({"A1": ""}, 400, "answers"), ({"comment": "x" * 2001}, 400, "answers")],
)
def test_answers_no_form_of_ours_sends_are_refused(client, store, round_of_2023_form, fields, status, error):
    secret = make(store)
    answer = send(client, secret, page_token(client, secret), **fields)
    assert (answer.status_code, answer.json) == (status, {"error": error})
    assert rows(store) == []


@pytest.mark.parametrize(
    ("opened_days_ago", "title"), [(-5, "Chưa đến ngày khảo sát"), (60, "Hiện chưa có đợt khảo sát")]
)
def test_outside_a_round_the_tablet_says_so_and_waits(client, store, sample_registry, opened_days_ago, title):
    open_sample_round(store, "r1", "sipas-2023", opened_days_ago=opened_days_ago, days=30)
    page = client.get(f"/kiosk/{make(store)}")
    assert page.status_code == 200
    assert title in page.text
    assert "data-token" not in page.text


def test_what_was_queued_is_taken_until_the_round_is_sealed(app, client, store, sample_registry):
    # It closed two days ago and is sealed in five; it closed twenty days ago and was sealed thirteen days ago.
    open_sample_round(store, "late", "sipas-2023", opened_days_ago=12, days=10)
    open_sample_round(store, "sealed", "sipas-2023", opened_days_ago=50, days=30)
    secret, tokens, today = make(store), app.extensions["hai-long"].tokens, today_in_vietnam()
    given = today - timedelta(days=3)
    late = tokens.make(POINT, today - timedelta(days=8), mode=Mode.KIOSK)
    assert send(client, secret, late, given=f"{given}pm").status_code == 201
    assert rows(store) == [("kiosk", given)]
    answer = send(client, secret, tokens.make(POINT, today - timedelta(days=40), mode=Mode.KIOSK))
    assert (answer.status_code, answer.json) == (410, {"error": "sealed"})


def test_a_tablet_stays_at_its_counter_when_that_gets_another_code(app, client, store, round_of_2023_form):
    secret, today = make(store), today_in_vietnam()
    point = tables.service_point.c
    with store.writing(ADDED) as connection:
        other = connection.scalar(select(point.id).where(point.code == OTHER))
        ended = {"valid_to": today - timedelta(days=1), "successor_id": other}
        connection.execute(update(tables.service_point).where(point.code == POINT).values(**ended))
    assert "Quầy Hộ kinh doanh" in client.get(f"/kiosk/{secret}").text
    assert send(client, secret, page_token(client, secret)).status_code == 201
    # What was queued under the first code counts there.
    queued = app.extensions["hai-long"].tokens.make(POINT, today - timedelta(days=4), mode=Mode.KIOSK)
    assert send(client, secret, queued, given=f"{today - timedelta(days=2)}am").status_code == 201
    with store.reading() as connection:
        found = connection.execute(
            select(point.code, tables.response.c.day).join_from(tables.service_point, tables.response)
        )
        assert set(map(tuple, found)) == {(OTHER, today), (POINT, today - timedelta(days=2))}
