"""The day of an answer lies inside its round, whatever clocks say, and a stored key has its receipt for ever."""

import secrets
import threading
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from alembic import command
from sqlalchemy import func, insert, select, text, update

from survey.errors import KeyReplayedError, RoundError
from survey.fieldwork import SEAL_AFTER
from survey.instrument import load_instrument
from survey.operations.clock import VIETNAM, today_in_vietnam
from survey.operations.collecting.entry import ChosenBatch, key_sheet, open_batch, store_batch
from survey.operations.collecting.invitations import read_invitation
from survey.operations.collecting.responses import Recorder, Submission
from survey.operations.monitoring.live_counts import count_days
from survey.operations.publishing.publishing import publish_run
from survey.operations.results.runs import compute_index
from survey.operations.rounds.rounds import NewRound, change_round, close_round, open_round
from survey.responses import AnswerRecord, HalfDay, Mode, SubmissionKey
from survey.store import schema, tables
from survey.store.collecting.entry import KeyedSheet
from survey.store.collecting.responses import NewComment, NewResponse, save_responses
from survey.store.collecting.settling import settle
from survey.store.engine import open_store
from survey.store.rounds.rounds import find_held, update_round
from survey.store.subjects import ADDED
from tests.counting import counted_round
from tests.scans import forget_scans

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
OPENS, CLOSES = date(2026, 11, 21), date(2026, 11, 30)
POINT = "L4E3SZF"
ANSWERS = AnswerRecord.pack(load_instrument("sipas-2023"), {"A1": "5", "E3": "N"})


def at(day, hour=0, minute=0, second=0):
    return datetime.combine(day, time(hour, minute, second), VIETNAM)


def answering(issued_on, given=None, *, secret=None, answers=None, comment=""):
    key = SubmissionKey(secret or secrets.token_bytes(16))
    return Submission(key, issued_on, given, answers or {"A1": "5", "B1": "4"}, comment)


@pytest.fixture
def nodes(store, sample_registry, database_url):
    """Return what takes answers in at two nodes on one database, in a round from 21/11 to 30/11/2026."""
    new = NewRound(code="r1", title="Đợt 1", instrument="sipas-2023", opens=OPENS, closes=CLOSES)
    open_round(store, new)
    other = open_store(database_url)
    yield Recorder(store), Recorder(other)
    other.close()


def days(store):
    with store.reading() as connection:
        found = connection.execute(select(tables.response.c.day, tables.response.c.half))
        return sorted(((row.day, row.half) for row in found), key=str)


def invitation(store):
    with store.reading() as connection:
        return read_invitation(connection, POINT)


def assert_counts_agree(store, number):
    """The sum of days is the number of answers, on the staff's pages, in the index and in a publication."""
    assert len(days(store)) == number
    counted = count_days(store, "r1")
    assert int(counted.until[:, -1].sum()) == counted.responses == number
    assert int(counted_round(store).counted.tally.responses.sum()) == number
    assert compute_index(store, "r1", by=("agency", "dimension")).responses == number


@pytest.mark.parametrize("seconds", [-2, -1, 0, 1, 2])
@pytest.mark.parametrize("edge", [OPENS, OPENS + DAY, CLOSES, CLOSES + DAY])
def test_nodes_two_seconds_apart_at_midnight(nodes, store, edge, seconds):
    # The form comes from one node, the answers go to the other, whose clock is up to two seconds off.
    midnight = at(edge)
    for form_at in (midnight - SECOND, midnight, midnight + SECOND):
        sent_at = form_at + timedelta(seconds=seconds)
        if not OPENS <= form_at.date() <= CLOSES:
            continue
        for given in (None, (form_at.date(), HalfDay.MORNING), (sent_at.date(), HalfDay.AFTERNOON)):
            nodes[1].record(invitation(store), answering(form_at.date(), given), now=sent_at)
        found = days(store)
        assert all(max(OPENS, min(form_at, midnight - SECOND).date()) <= day <= CLOSES for day, _ in found)
    if days(store):
        assert_counts_agree(store, len(days(store)))


def test_an_answer_never_counts_before_its_form_was_and_a_day_that_was_moved_has_no_half(nodes, store):
    form = OPENS + 4 * DAY
    said = (form - DAY, HalfDay.MORNING)
    nodes[0].record(invitation(store), answering(form, said), now=at(form - 2 * DAY, 9))
    nodes[0].record(invitation(store), answering(form), now=at(form - DAY, 15))
    assert days(store) == [(form, None)] * 2
    nodes[0].record(invitation(store), answering(form), now=at(form, 15))
    assert days(store)[-1] == (form, None)
    assert (form, HalfDay.AFTERNOON) in days(store)


def test_a_clock_that_goes_a_day_back_and_forth_six_times_under_load(nodes, store):
    # Forms are opened and sent by nodes of which one is now a day behind, now right; both take answers all the while.
    today, sent, failed = OPENS, [0, 0], []

    def phones(place):
        try:
            for turn in range(6):
                for number in range(20):
                    behind = DAY if turn % 2 == place else timedelta()
                    # The form is as old as the other node's clock says.
                    form = max(OPENS, today + turn * DAY // 6)
                    nodes[place].record(invitation(store), answering(form), now=at(form, 9, number) - behind)
                    sent[place] += 1
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=phones, args=(place,)) for place in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (failed, sent) == ([], [120, 120])
    assert all(OPENS <= day <= CLOSES for day, _ in days(store))
    assert_counts_agree(store, 240)
    assert publish_run(store, "r1", today=CLOSES).number == 1


def test_a_round_closed_while_a_node_is_a_day_ahead(nodes, store):
    today = OPENS + 3 * DAY
    early = answering(today + DAY)
    nodes[1].record(invitation(store), answering(today + DAY), now=at(today + DAY, 9))
    nodes[0].record(invitation(store), answering(today), now=at(today, 9))
    close_round(store, "r1", today=today)
    # A form of tomorrow, from before the round was closed, is sent when it is closed.
    nodes[1].record(invitation(store), early, now=at(today + DAY, 10))
    nodes[0].record(invitation(store), answering(today + DAY), now=at(today, 10))
    assert days(store) == [*[(today, HalfDay.MORNING)] * 2, *[(today, None)] * 2]
    assert_counts_agree(store, 4)


def test_a_form_of_a_closed_round_is_not_taken_for_one_that_was_closed_early(nodes, store):
    with pytest.raises(RoundError):
        nodes[0].record(invitation(store), answering(CLOSES + SEAL_AFTER + DAY), now=at(CLOSES + SEAL_AFTER + DAY, 9))
    with pytest.raises(RoundError):
        nodes[0].record(invitation(store), answering(OPENS - DAY), now=at(OPENS, 9))
    assert days(store) == []


def row(day, half=HalfDay.AFTERNOON, *, mode=Mode.QR, round_id=1):
    return NewResponse(secrets.token_bytes(16), round_id, 1, mode, day, half, ANSWERS)


@pytest.mark.parametrize("many", [1, 3, 150])
def test_the_database_itself_moves_a_day_outside_its_round(nodes, store, many):
    wanted = [OPENS - 2 * DAY, OPENS, CLOSES, CLOSES + DAY]
    said = NewComment(secrets.token_bytes(16), 1, 1, "Ý kiến")
    rows = [row(day) for day in wanted for _ in range(many)]
    assert save_responses(store, [replace(rows[0], comment=said), *rows[1:]]) == [None] * len(rows)
    # What is sent again is a replay, though its row is another than the one that was sent.
    assert save_responses(store, rows) == [None] * len(rows)
    outside = [(OPENS, None)] * many + [(CLOSES, None)] * many
    inside = [(day, HalfDay.AFTERNOON) for day in (OPENS, CLOSES) for _ in range(many)]
    assert days(store) == sorted(outside + inside, key=str)
    with store.writing(ADDED) as connection:
        connection.execute(insert(tables.response), [_columns(row(OPENS - DAY)) for _ in range(many)])
    assert len(days(store)) == 5 * many
    settle(store, (CLOSES + 2 * DAY, HalfDay.MORNING))
    assert_counts_agree(store, 5 * many)


def _columns(one):
    return {name: getattr(one, name) for name in ("round_id", "key", "service_point_id", "mode", "day", "half")} | {
        "answers": one.answers
    }


def test_a_round_that_is_shortened_takes_its_answers_along(nodes, store):
    save_responses(store, [row(OPENS + number * DAY) for number in range(10)])
    version = 1
    wanted = NewRound(code="r1", title="Đợt 1", instrument="sipas-2023", opens=OPENS, closes=CLOSES - 4 * DAY)
    change_round(store, wanted, version=version, today=OPENS, by="an")
    found = days(store)
    assert [day for day, _ in found] == sorted([OPENS + min(number, 5) * DAY for number in range(10)])
    assert sum(half is None for _, half in found) == 4
    assert_counts_agree(store, 10)


def test_an_answer_and_a_shortening_at_once_do_not_miss_each_other(nodes, store):
    stored = threading.Event()

    def late():
        save_responses(store, [row(CLOSES)])
        stored.set()

    with store.writing(ADDED) as connection:
        held = find_held(connection, "r1")
        update_round(connection, held, replace(held.survey_round, closes=CLOSES - DAY))
        writer = threading.Thread(target=late)
        writer.start()
        assert not stored.wait(0.5), "the answer waits for the round"
    writer.join()
    assert days(store) == [(CLOSES - DAY, None)]


def test_a_batch_of_paper_of_a_day_that_the_round_lost_counts_on_the_last(nodes, store):
    today = OPENS + 5 * DAY
    number = open_batch(store, ChosenBatch("r1", POINT, today, checked=False), staff="an", today=today)
    key_sheet(store, number, KeyedSheet(1, 1, ANSWERS, "an"), seen="", today=today)
    with store.writing(ADDED) as connection:
        held = find_held(connection, "r1")
        update_round(connection, held, replace(held.survey_round, closes=today - DAY))
    assert store_batch(store, number, staff="an", today=today) == 1
    assert days(store) == [(today - DAY, None)]


def test_the_migration_mends_what_is_there_and_says_how_many(nodes, store, caplog):
    _move(store, command.downgrade, "0005")
    rows = [row(day) for day in (OPENS - 3 * DAY, OPENS - DAY, OPENS, CLOSES, CLOSES + DAY)]
    save_responses(store, rows)
    assert len({day for day, _ in days(store)}) == 5, "nothing moves them yet"
    schema.upgrade(store)
    assert "3 responses dated outside their round" in caplog.text
    halves = HalfDay.AFTERNOON
    assert days(store) == [(OPENS, halves), *[(OPENS, None)] * 2, (CLOSES, halves), (CLOSES, None)]
    assert save_responses(store, rows) == [None] * 5, "each keeps its key"
    assert_counts_agree(store, 5)
    caplog.clear()
    _move(store, command.downgrade, "0005")
    schema.upgrade(store)
    assert caplog.text == "", "there is nothing to tell"


def _move(store, change, revision):
    with store.engine.connect() as connection:
        change(schema._config(connection), revision)
        connection.commit()


def test_a_response_still_cannot_be_changed(nodes, store):
    save_responses(store, [row(OPENS)])
    with pytest.raises(Exception, match="append-only"), store.writing(ADDED) as connection:
        connection.execute(update(tables.response).values(day=CLOSES))


def test_a_stored_key_gets_its_receipt_after_sealing_and_an_unknown_one_does_not(nodes, store):
    sent = answering(OPENS, comment="Cảm ơn")
    after = at(CLOSES + SEAL_AFTER + DAY, 9)
    receipt = nodes[0].record(invitation(store), sent, now=at(OPENS, 9))
    assert nodes[1].record(invitation(store), sent, now=after) == receipt
    for other in (replace(sent, answers={"A1": "1"}), replace(sent, comment="Chê")):
        with pytest.raises(KeyReplayedError):
            nodes[1].record(invitation(store), other, now=after)
    with pytest.raises(RoundError):
        nodes[1].record(invitation(store), answering(OPENS), now=after)
    # A comment that has moved since is still the one that was sent.
    settle(store, (CLOSES + DAY, HalfDay.MORNING))
    assert nodes[1].record(invitation(store), sent, now=after) == receipt
    with store.writing(ADDED) as connection:
        connection.execute(text("DELETE FROM response"))
    with pytest.raises(RoundError):
        nodes[1].record(invitation(store), sent, now=after)
    assert days(store) == []


def test_over_the_network_a_stored_key_gets_its_receipt_after_sealing(app, client, nodes, store):
    today, headers = today_in_vietnam(), {"Accept": "application/json"}
    opens = today - 40 * DAY
    with store.writing(ADDED) as connection:
        held = find_held(connection, "r1")
        days_of_it = {"opens": opens, "closes": today + DAY, "seals": today + 8 * DAY}
        update_round(connection, held, replace(held.survey_round, **days_of_it))
    token = app.extensions["hai-long"].tokens.make(POINT, today - 30 * DAY)
    sent = {"token": token, "A1": "5"}
    first = client.post(f"/K/{POINT}", data=sent, headers=headers)
    with store.writing(ADDED) as connection:
        held = find_held(connection, "r1")
        days_of_it = {"closes": today - 10 * DAY, "seals": today - 3 * DAY}
        update_round(connection, held, replace(held.survey_round, **days_of_it))
    forget_scans(app)

    def status(**more):
        return client.post(f"/K/{POINT}", data=sent | more, headers=headers).status_code

    again = client.post(f"/K/{POINT}", data=sent, headers=headers)
    assert (first.status_code, again.status_code, again.json) == (201, 201, first.json)
    assert status(A1="4") == 409
    assert status(token=app.extensions["hai-long"].tokens.make(POINT, today - 30 * DAY)) == 410
    assert status(A1="9") == 410, "what cannot be mended any more is not asked to be mended"
    assert client.post(f"/K/{POINT}", data=sent).status_code == 303
    with store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(tables.response)).scalar_one() == 1
