"""How many letters and looks at receipts come through at once, and that what was typed comes back from a refusal."""

import pytest

from survey.operations.collecting.flood import WINDOW_SECONDS, Pace
from survey.operations.feedback import receipts
from survey.operations.turns import Turns
from tests.integration.feedback.letters import AGENCY, OTHER, TEXT, followed, letter, post, sent
from tests.turns import wait_for_room


@pytest.fixture
def database_url(sqlite_url):
    """Ask one kind of database: what is tried lies before it."""
    return sqlite_url


def test_an_agency_gets_no_more_in_an_hour_however_many_networks_send(app):
    client, pace = app.test_client(), app.extensions["hai-long"].desk_pace
    # 10 a minute from one network, so 60 an hour from all of them; 58 came before.
    for _ in range(58):
        assert pace.wait_seconds(AGENCY) == 0
    assert [post(client, letter(client)).status_code for _ in range(3)] == [201, 201, 429]
    busy = post(client, {**letter(client), "text": f"{TEXT} Lần nữa."})
    assert busy.status_code == 429
    assert 1 <= int(busy.headers["Retry-After"]) <= 60
    assert f"{TEXT} Lần nữa." in busy.text
    assert post(client, letter(client, OTHER)).status_code == 201


def test_the_pace_lets_an_hour_through_at_once_and_then_one_a_step():
    pace = Pace(60)
    assert [pace.wait_seconds("A", now=0.0) for _ in range(61)] == [0] * 60 + [60]
    assert pace.wait_seconds("A", now=59.0) == 1
    assert pace.wait_seconds("A", now=60.0) == 0
    assert pace.wait_seconds("A", now=60.0) == 60
    # After an hour of silence all 60 are there again.
    assert [pace.wait_seconds("A", now=3720.0) for _ in range(61)] == [0] * 60 + [60]


def test_who_finds_no_turn_at_a_receipt_is_told_to_come_back(client, monkeypatch):
    code, secret = sent(client)
    turns = Turns(1, seconds=0.01)
    monkeypatch.setattr(receipts, "_SLOW", turns)
    with turns.one_turn():
        busy = followed(client, code, secret)
        refused = post(client, letter(client))
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "1")
    assert "thử lại sau ít giây" in busy.text
    assert code in busy.text
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
    assert TEXT in refused.text
    assert followed(client, code, secret).status_code == 200


def test_addresses_of_one_line_share_what_one_agency_gets_from_a_network(client):
    forms, codes = [letter(client) for _ in range(11)], []
    wait_for_room(20, within=WINDOW_SECONDS)
    for number, form in enumerate(forms, 1):
        at = {"REMOTE_ADDR": f"2001:db8:1:2::{number:x}"}
        codes.append(client.post("/feedback", data=form, environ_base=at).status_code)
    assert codes == [201] * 10 + [429]


def test_a_receipt_is_short_and_a_complaint_that_is_too_long_comes_back(client):
    assert post(client, {"code": "x" * 9_000, "secret": "y"}, "/feedback/follow").status_code == 413
    # 9,000 letters of nine characters each, as a browser sends them: 81,000 of 131,072.
    long = post(client, {**letter(client), "text": "ấ" * 9_000})
    assert long.status_code == 400
    assert "ấ" * 9_000 in long.text
