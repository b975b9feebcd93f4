"""The nightly work beside everything else: what comes in stays, whoever reads for long is waited for briefly."""

import secrets
import threading
import time
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import func, select, text

from survey.app import create_app
from survey.errors import RefusedRoundError, StoreError
from survey.operations.clock import today_in_vietnam
from survey.operations.publishing.publishing import publish_run
from survey.operations.registry.csv_import import import_registry
from survey.operations.results.runs import read_sums
from survey.responses import HalfDay, Mode, SubmissionKey
from survey.store import tables
from survey.store.collecting.responses import NewComment, NewResponse, save_responses
from survey.store.collecting.settling import TABLE_SECONDS, Settled, settle
from survey.store.engine import open_store
from survey.store.registry.agencies import find_round
from survey.store.registry.points import list_points
from survey.store.results.runs import runs_of
from tests.conftest import EXAMPLES, open_sample_round
from tests.trail import told_of

pytestmark = pytest.mark.slow
ANSWERS = "5" * 16 + "." * 8
# A citizen waits behind whoever waits for the table, and for a busy machine.
LONGEST_WAIT = TABLE_SECONDS + 5.0


def answer(store, place: int, *, words: str = "") -> NewResponse:
    """Store an answer of one person at the counter with this place in the registry."""
    with store.reading() as connection:
        round_id, _ = find_round(connection, "r1")
        placed = list_points(connection)[place]
    key, day = SubmissionKey(secrets.token_bytes(16)), today_in_vietnam() - timedelta(days=1)
    said = NewComment(key.comment, round_id, placed.agency_id, words) if words else None
    new = NewResponse(key.row, round_id, placed.id, Mode.QR, day, HalfDay.MORNING, ANSWERS, said)
    assert save_responses(store, [new]) == [None]
    return new


def count(store, table) -> int:
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table))


@pytest.mark.usefixtures("round_of_2023_form")
def test_words_that_come_in_while_the_night_works_are_there_once(store) -> None:
    before = [answer(store, 0, words=f"Trước {number}") for number in range(200)]
    sent, over = [], threading.Event()

    def send() -> None:
        while not over.is_set():
            sent.append(answer(store, 0, words=f"Trong đêm {len(sent)}"))
            save_responses(store, [sent[len(sent) // 2], before[len(sent) % 200]])

    thread = threading.Thread(target=send)
    thread.start()
    for _ in range(5):
        assert settle(store, (today_in_vietnam(), HalfDay.MORNING)).left == ()
    over.set()
    thread.join()
    settle(store, (today_in_vietnam(), HalfDay.MORNING))
    with store.reading() as connection:
        kept = connection.execute(select(tables.comment.c.key, tables.comment.c.text)).all()
    assert sorted(text for _, text in kept) == sorted(one.comment.text for one in (*before, *sent))
    assert count(store, tables.comment_inbox) == 0
    assert count(store, tables.response) == len(before) + len(sent)


@pytest.mark.postgresql
def test_a_night_that_meets_a_dump_lets_citizens_through_and_says_what_it_left(
    round_on_postgresql, app_on_postgresql
) -> None:
    store = round_on_postgresql
    for _ in range(20):
        answer(store, 0)
    waits, over = [], threading.Event()

    def send() -> None:
        while not over.is_set():
            began = time.monotonic()
            answer(store, 0)
            waits.append(time.monotonic() - began)

    with store.writer.connect() as dump, dump.begin():
        dump.execute(text("SELECT count(*) FROM response"))
        thread = threading.Thread(target=send)
        thread.start()
        result = app_on_postgresql.test_cli_runner().invoke(args=("db", "settle"))
        over.set()
        thread.join()
    assert result.exit_code == 1
    assert "could not be written anew: response;" in result.stderr
    assert "run db settle again" in result.stderr
    assert max(waits) < LONGEST_WAIT
    settle(store, (today_in_vietnam(), HalfDay.MORNING)).require_whole()


@pytest.fixture
def round_on_postgresql(postgresql_url):
    """Yield a store on PostgreSQL with an open round."""
    store = open_store(postgresql_url)
    import_registry(store, EXAMPLES)
    open_sample_round(store, "r1", "sipas-2023")
    yield store
    store.close()


@pytest.fixture
def app_on_postgresql(postgresql_url, tmp_path):
    """Yield the application on the same database."""
    settings = {"HAI_LONG_INSTANCE": str(tmp_path / "instance"), "DATABASE_URL": postgresql_url, "PUBLIC_URL": ""}
    made = create_app(settings)
    yield made
    made.extensions["hai-long"].store.close()


@pytest.mark.usefixtures("round_of_2023_form")
def test_of_several_publications_at_once_one_comes_out_and_none_are_a_few_answers_apart(store) -> None:
    for place in range(3):
        for _ in range(12):
            answer(store, place)
    outcomes = [one for press in range(3) for one in pressed_four_times(store, press)]
    with store.reading() as connection:
        runs = runs_of(connection, "r1")
    numbers = sorted(one for one in outcomes if isinstance(one, int))
    assert numbers == [one.number for one in runs] == list(range(1, len(runs) + 1))
    words = {one for one in outcomes if isinstance(one, str)}
    assert all("being published by somebody else" in one or "more responses since" in one for one in words)
    told = [f"đợt r1; lần công bố: {one.number}; mã kết quả: {one.id}" for one in runs]
    assert told_of(store, "publication") == told
    gained = [
        read_sums(later.sums).tally.responses - read_sums(one.sums).tally.responses for one, later in pairwise(runs)
    ]
    assert [more for some in gained for more in some.tolist() if 0 < more < 10] == []


def pressed_four_times(store, press: int) -> list[int | str]:
    """Publish four times at once while answers come in; return the number of each, or why there is none."""
    outcomes: list[int | str] = []

    def publish() -> None:
        try:
            outcomes.append(publish_run(store, "r1", today=today_in_vietnam()).number)
        except RefusedRoundError as refused:
            outcomes.append(str(refused))

    threads = [threading.Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for place in range(3):
        for _ in range(4 + 3 * place + press):
            answer(store, place)
    for thread in threads:
        thread.join()
    assert len(outcomes) == 4
    return outcomes


def test_what_was_left_is_a_sentence() -> None:
    with pytest.raises(StoreError, match="run db settle again"):
        Settled(("response",)).require_whole()
