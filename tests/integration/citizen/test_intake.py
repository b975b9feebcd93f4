"""The way in for the usual answers, and how everything else gets to Flask untouched."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from survey.operations.clock import today_in_vietnam
from survey.store import tables

POINT = "L4E3SZF"
FLASK = "Flask was asked"


@pytest.fixture
def watched(app, round_of_2023_form, monkeypatch):
    """Return the application; whatever reaches Flask is told so."""
    monkeypatch.setattr(app, "full_dispatch_request", lambda: app.response_class(FLASK))
    return app


def fields(app, **more):
    token = app.extensions["hai-long"].tokens.make(POINT, today_in_vietnam())
    return {"token": token, "A1": "5", **more}


def rows(store):
    with store.reading() as connection:
        return connection.execute(select(func.count()).select_from(tables.response)).scalar_one()


@pytest.mark.parametrize(("query", "ending"), [("?send", ""), ("?send&lang=en", "&lang=en")])
def test_the_usual_answer_is_stored_without_flask(watched, store, query, ending):
    reply = watched.test_client().post(f"/K/{POINT}{query}", data=fields(watched))
    assert reply.status_code == 303
    assert reply.location.startswith(f"/K/{POINT}/thanks?receipt=")
    assert reply.location.endswith(ending)
    assert "Content-Security-Policy" in reply.headers
    assert "Set-Cookie" not in reply.headers
    assert rows(store) == 1


def test_the_pages_script_gets_the_receipt_as_json(watched, store):
    sent, headers = fields(watched), {"Accept": "application/json"}
    first, again = (watched.test_client().post(f"/K/{POINT}", data=sent, headers=headers) for _ in range(2))
    assert (first.status_code, first.mimetype) == (201, "application/json")
    assert first.json["receipt"] in first.json["thanks"]
    assert first.json == again.json
    assert rows(store) == 1


@pytest.mark.parametrize(
    ("change", "options"),
    [
        ({"token": "wrong"}, {}),
        ({"A1": "9"}, {}),
        ({"A1": ""}, {}),
        ({"comment": "x" * 2001}, {}),
        ({}, {"content_type": "multipart/form-data"}),
    ],
    ids=["token", "option", "nothing", "long comment", "another kind of body"],
)
def test_the_unusual_is_left_to_flask_and_nothing_is_stored(watched, store, change, options):
    assert watched.test_client().post(f"/K/{POINT}", data=fields(watched, **change), **options).text == FLASK
    assert rows(store) == 0


def test_flask_reads_the_body_again_and_keeps_what_was_chosen(app, round_of_2023_form):
    page = app.test_client().post(f"/K/{POINT}", data=fields(app, token="wrong", comment="Cảm ơn các anh chị"))
    assert page.status_code == 403
    assert "Cảm ơn các anh chị" in page.text
    assert "checked" in page.text


def test_trouble_with_the_database_is_met_again_in_flask(app, store, round_of_2023_form, monkeypatch):
    def fail(*_arguments, **_options):
        raise OperationalError("INSERT", {}, Exception("gone"))

    monkeypatch.setattr(app.extensions["hai-long"].recorder, "record", fail)
    reply = app.test_client().post(f"/K/{POINT}", data=fields(app))
    assert reply.status_code >= 500
    assert rows(store) == 0
