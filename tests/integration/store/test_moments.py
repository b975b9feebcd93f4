"""What a request reads is of one moment, until it writes."""

import threading

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError

from survey.services import EXTENSION
from survey.store.staff.tables import staff
from survey.store.subjects import ADDED
from tests.sign_in import admit


def names(store) -> list[str]:
    with store.reading() as connection:
        return sorted(connection.scalars(select(staff.c.username)))


def add(store, name: str) -> None:
    with store.writing(ADDED) as connection:
        values = {"username": name, "role": "analyst", "password_hash": "x", "must_change": False, "disabled": False}
        connection.execute(staff.insert().values(**values))


def add_elsewhere(store, name: str) -> None:
    """Add an account as another request does."""
    thread = threading.Thread(target=add, args=(store, name))
    thread.start()
    thread.join()


def test_two_readings_of_a_moment_see_the_same(store):
    with store.one_moment():
        assert names(store) == []
        add_elsewhere(store, "lan")
        assert names(store) == []
    assert names(store) == ["lan"]


def test_what_was_written_is_read_afterwards(store):
    with store.one_moment():
        assert names(store) == []
        add_elsewhere(store, "lan")
        add(store, "minh")
        assert names(store) == ["lan", "minh"]


def test_who_reads_while_something_is_written_goes_on_in_their_moment(store):
    with store.one_moment():
        with store.reading() as connection:
            before = connection.scalar(select(staff.c.username))
            add(store, "lan")
            assert connection.scalar(select(staff.c.username)) == before
        assert names(store) == ["lan"]


def test_a_statement_that_failed_spoils_nothing_after_it(store):
    with store.one_moment():
        with pytest.raises(DBAPIError), store.reading() as connection:
            connection.execute(text("SELECT nothing FROM nowhere"))
        assert names(store) == []


def test_another_thread_has_a_moment_of_its_own(store):
    seen: list[list[str]] = []
    with store.one_moment():
        assert names(store) == []
        add_elsewhere(store, "lan")
        thread = threading.Thread(target=lambda: seen.append(names(store)))
        thread.start()
        thread.join()
        assert (seen, names(store)) == ([["lan"]], [])


@pytest.mark.parametrize(
    "path", ["/staff/", "/staff/agencies", "/staff/rounds", "/staff/plans", "/staff/people", "/results/"]
)
def test_a_page_is_read_in_one_transaction(app, client, path):
    store, found = app.extensions[EXTENSION].store, []
    admit(client, store)
    client.get(path)
    event.listen(store.engine, "begin", lambda connection: found.append(connection))
    assert client.get(path).status_code == 200
    assert len(found) == 1
