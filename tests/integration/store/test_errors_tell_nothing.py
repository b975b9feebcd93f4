"""An insert that fails leaves neither a key nor a word in the log: the phone sends the same key again."""

import re
import secrets
from contextlib import redirect_stderr
from io import StringIO

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from survey.operations.clock import today_in_vietnam
from survey.responses import SubmissionKey
from survey.store.feedback.tables import feedback_case
from survey.store.subjects import ADDED
from survey.watching.process import PROCESS
from tests.integration.citizen.counters import POINT, Counter
from tests.integration.feedback.letters import letter

WORDS, SENT = "Hàng chờ quá lâu ở quầy số ba", "5"
FOR_EVER = 10**9


def refuse_rows(store, table):
    """Let every insert into a table fail as a full disk does, in the words of the database."""
    with store.writing(ADDED) as connection:
        if store.is_sqlite:
            connection.execute(
                text(f"CREATE TRIGGER full_{table} BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'full'); END")
            )
        else:
            # PostgreSQL shows the whole row in the second line of what it says of a failing check.
            connection.execute(text(f"ALTER TABLE {table} ADD CONSTRAINT disk_is_full CHECK (false) NOT VALID"))


@pytest.fixture
def log(monkeypatch):
    """Return what does something and gives back all that was logged meanwhile, what waits for its time included."""
    monkeypatch.setattr(PROCESS.handler, "_said", set())

    def logged(act):
        with redirect_stderr(StringIO()) as written:
            act()
            PROCESS.handler.let_go(FOR_EVER, at=0.0)
        return written.getvalue()

    return logged


def shown(key):
    """Return how a key may stand in a log: in bytes of Python, in hexadecimal digits."""
    return key.hex(), repr(key)[2:-1]


@pytest.mark.parametrize("table", ["response", "comment_inbox"])
def test_an_answer_or_comment_that_cannot_be_stored_leaves_no_trace(app, store, round_of_2023_form, log, table):
    counter, key = Counter(app, store), SubmissionKey(secrets.token_bytes(16))
    refuse_rows(store, table)
    replies = []
    written = log(lambda: replies.append(counter.send({"A1": SENT, "comment": WORDS, "token": counter.token(key=key)})))
    assert replies[0].status_code == 500
    assert "DBAPI" in written or "Error" in written
    assert not [trace for trace in (*shown(key.secret), *shown(key.row), WORDS, "quầy", POINT) if trace in written]


def test_a_complaint_that_cannot_be_stored_leaves_no_trace(app, store, sample_registry, log):
    client = app.test_client()
    form = {**letter(client), "text": WORDS, "contact": "Tổ 5"}
    refuse_rows(store, "feedback_case")
    replies = []
    written = log(lambda: replies.append(client.post("/feedback", data=form)))
    assert replies[0].status_code == 500
    assert "Error" in written
    assert not [trace for trace in (WORDS, "quầy", "Tổ 5", form["token"][:20]) if trace in written]


def test_what_an_error_says_holds_no_value_whoever_logs_it(store, sample_registry):
    refuse_rows(store, "feedback_case")
    values = {
        "code": "ABCD2345",
        "secret_digest": "0" * 64,
        "agency_id": 1,
        "kind": "complaint",
        "state": "received",
        "text": WORDS,
    }
    today = today_in_vietnam()
    with pytest.raises(DBAPIError) as refused, store.writing(ADDED) as connection:
        connection.execute(insert(feedback_case).values(**values, received_on=today, due_on=today))
    said = f"{refused.value} {refused.value.orig}"
    assert re.search("full", said)
    assert not [trace for trace in (WORDS, "ABCD2345", "complaint") if trace in said.replace("feedback_case", "")]
