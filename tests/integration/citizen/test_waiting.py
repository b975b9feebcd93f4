"""An answer waits for the database as long as it may, not longer, and is told to come again."""

import threading

import pytest
from sqlalchemy import text

from survey.operations.clock import today_in_vietnam
from survey.store.engine import open_store
from tests.watched import POINT, rows

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]


@pytest.fixture
def database_url(postgresql_url):
    """A table can be held by somebody on a server alone."""
    return postgresql_url


def test_answers_behind_a_table_that_is_held_hear_503_and_are_stored_afterwards(app, store, round_of_2023_form):
    tokens, replies = app.extensions["hai-long"].tokens, {}
    forms = [{"token": tokens.make(POINT, today_in_vietnam()), "A1": "5"} for _ in range(6)]

    def send(number):
        reply = app.test_client().post(f"/K/{POINT}", data=forms[number], headers={"Accept": "application/json"})
        replies[number] = reply.status_code, reply.headers.get("Retry-After")

    def send_all():
        threads = [threading.Thread(target=send, args=(number,)) for number in range(len(forms))]
        for thread in threads:
            thread.start()
        return threads

    holder = open_store(app.extensions["hai-long"].settings.database_url)
    with holder.writer.connect() as connection, connection.begin():
        connection.execute(text("LOCK TABLE response IN ACCESS EXCLUSIVE MODE"))
        waiting = send_all()
        # Whoever reads a form is served meanwhile.
        assert app.test_client().get(f"/K/{POINT}").status_code == 200
        for thread in waiting:
            thread.join()
        assert set(replies.values()) == {(503, "15")}
    holder.close()
    for thread in send_all():
        thread.join()
    assert {status for status, _ in replies.values()} == {201}
    assert rows(store) == len(forms)
