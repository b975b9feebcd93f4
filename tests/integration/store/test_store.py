"""The store on both databases: schema, rules the database states, stored once."""

import secrets
import threading
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError

from survey.errors import ChangedMeanwhileError, KeyReplayedError, StoreError
from survey.operations.clock import today_in_vietnam
from survey.responses import HalfDay, Mode, SubmissionKey
from survey.store import schema, tables
from survey.store.collecting import blocks
from survey.store.collecting.blocks import count_by_service_point, iter_blocks
from survey.store.collecting.responses import NewComment, NewResponse, insert_responses, save_responses
from survey.store.collecting.settling import settle
from survey.store.engine import Store, open_store
from survey.store.registry.agencies import list_rounds
from survey.store.registry.points import list_points
from survey.store.subjects import ADDED

ANSWERS = "5" * 24
TODAY = today_in_vietnam()


def new_response(secret: bytes | None = None, answers: str = ANSWERS, comment: str = "") -> NewResponse:
    key = SubmissionKey(secret or secrets.token_bytes(16))
    said = NewComment(key.comment, 1, 1, comment) if comment else None
    return NewResponse(key.row, 1, 1, Mode.QR, TODAY, HalfDay.MORNING, answers, said)


def count(store: Store, table) -> int:
    with store.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_migrations_make_the_tables_the_code_describes(store):
    # Each database has its own words for "one code, whatever its case"; test_second_net.py tries them.
    options = {"include_object": lambda _found, name, *_others: not (name or "").endswith("_of_any_case")}
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=options), tables.metadata) == []


def test_a_database_without_the_schema_is_named_with_the_command_that_mends_it(tmp_path):
    with pytest.raises(StoreError, match="db upgrade"):
        schema.require_current(open_store(f"sqlite:///{tmp_path / 'empty.db'}"))


def test_eight_starts_at_once_migrate_once(tmp_path):
    url, errors = f"sqlite:///{tmp_path / 'new.db'}", []

    def start() -> None:
        try:
            schema.upgrade(open_store(url))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    schema.require_current(open_store(url))


def test_sqlite_runs_with_the_settings_that_keep_an_acknowledged_answer(sqlite_url):
    with open_store(sqlite_url).reading() as connection:
        found = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")}
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    assert found == {"journal_mode": "wal", "synchronous": 2}


@pytest.mark.usefixtures("round_of_2023_form")
class TestResponses:
    def test_the_same_answers_sent_again_are_stored_once(self, store):
        one = new_response()
        assert save_responses(store, [one]) == [None]
        assert save_responses(store, [one, one]) == [None, None]
        assert count(store, tables.response) == 1

    def test_twice_in_one_batch_is_stored_once(self, store):
        one = new_response()
        assert save_responses(store, [one, one]) == [None, None]
        assert count(store, tables.response) == 1

    def test_a_key_with_other_answers_is_refused_and_the_first_answers_stay(self, store):
        secret = secrets.token_bytes(16)
        save_responses(store, [new_response(secret)])
        (outcome,) = save_responses(store, [new_response(secret, "1" * 24)])
        assert isinstance(outcome, KeyReplayedError)
        with store.reading() as connection:
            assert connection.scalars(select(tables.response.c.answers)).all() == [ANSWERS]

    def test_a_key_with_another_comment_is_refused_and_the_first_comment_stays(self, store):
        secret = secrets.token_bytes(16)
        save_responses(store, [new_response(secret, comment="Phục vụ tốt")])
        (outcome,) = save_responses(store, [new_response(secret, comment="Phục vụ kém")])
        assert isinstance(outcome, KeyReplayedError)
        with store.reading() as connection:
            assert connection.scalars(select(tables.comment_inbox.c.text)).all() == ["Phục vụ tốt"]

    def test_a_replay_that_brings_a_comment_along_stores_it(self, store):
        secret = secrets.token_bytes(16)
        save_responses(store, [new_response(secret)])
        assert save_responses(store, [new_response(secret, comment="Tốt")]) == [None]
        assert count(store, tables.comment_inbox) == 1

    def test_a_refused_comment_is_not_stored_and_the_others_of_its_batch_are(self, store):
        secret = secrets.token_bytes(16)
        save_responses(store, [new_response(secret)])
        batch = [new_response(secret, "1" * 24, "Bị từ chối"), new_response(comment="Phục vụ tốt"), new_response()]
        refused, *stored = save_responses(store, batch)
        assert isinstance(refused, KeyReplayedError)
        assert stored == [None, None]
        with store.reading() as connection:
            assert connection.scalars(select(tables.comment_inbox.c.text)).all() == ["Phục vụ tốt"]
        assert count(store, tables.response) == 3

    def test_responses_are_stored_though_the_database_dropped_all_connections(self, store):
        save_responses(store, [new_response()])
        if not store.is_sqlite:
            with store.outside_transaction() as connection:
                others = "pid <> pg_backend_pid() AND datname = current_database()"
                connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
        assert save_responses(store, [new_response(), new_response()]) == [None, None]
        assert count(store, tables.response) == 3

    def test_a_replay_after_the_nightly_work_does_not_bring_the_comment_in_again(self, store):
        one = new_response(comment="Phục vụ tốt")
        save_responses(store, [one])
        settle(store, (TODAY + timedelta(days=1), HalfDay.MORNING))
        assert save_responses(store, [one]) == [None]
        settle(store, (TODAY + timedelta(days=1), HalfDay.MORNING))
        assert (count(store, tables.comment), count(store, tables.comment_inbox)) == (1, 0)

    @pytest.mark.parametrize("answers", ["", "5 5", "5D", "5\x00", "50", "5-"])
    def test_the_database_refuses_records_outside_the_alphabet(self, store, answers):
        with pytest.raises(DBAPIError):
            save_responses(store, [new_response(answers=answers)])

    @pytest.mark.parametrize(
        ("table", "change"), [("response", "UPDATE response SET answers = '1'"), ("audit", "DELETE FROM audit")]
    )
    def test_the_database_refuses_to_change_what_was_written(self, store, table, change):
        save_responses(store, [new_response()])
        with store.writing(ADDED) as connection:
            values = {"id": 1, "at": "2026-11-20 08:00:00", "staff": "x", "act": "y", "detail": ""}
            connection.execute(
                text("INSERT INTO audit (id, at, staff, act, detail) VALUES (:id, :at, :staff, :act, :detail)"), values
            )
        with pytest.raises(DBAPIError, match="append-only"), store.writing(ADDED) as connection:
            connection.execute(text(change))

    def test_a_service_point_code_is_unique_for_ever(self, store):
        with store.reading() as connection:
            code = list_points(connection)[0].point.code
        with pytest.raises(ChangedMeanwhileError), store.writing(ADDED) as connection:
            connection.execute(insert(tables.service_point).values(agency_id=1, code=code, name="Quầy khác"))

    def test_blocks_hold_every_response_once_as_fixed_width_lines(self, store):
        save_responses(store, [new_response() for _ in range(300)])
        with store.reading() as connection:
            block = b"".join(iter_blocks(connection, min(list_rounds(connection)), width=24))
            assert count_by_service_point(connection, 1) == {1: 300}
        assert block == (f"0000001{TODAY}{ANSWERS}".encode()) * 300

    def test_blocks_reach_from_the_first_key_to_the_last_however_small_they_are(self, store, monkeypatch):
        random = Random(1)
        edges = [bytes(16), b"\x00\xff" * 8, b"\x01" + bytes(15), b"\xff" * 16]
        answers = {
            key: "".join(random.choices("12345N.", k=24)) for key in (*edges, *map(random.randbytes, [16] * 400))
        }
        with store.writing(ADDED) as connection:
            insert_responses(connection, [replace(new_response(answers=one), key=key) for key, one in answers.items()])
        monkeypatch.setattr(blocks, "LINES_A_BLOCK", 10)
        with store.reading() as connection:
            found = list(iter_blocks(connection, min(list_rounds(connection)), width=24))
        lines = [block[start : start + 41] for block in found for start in range(0, len(block), 41)]
        assert sorted(lines) == sorted(f"0000001{TODAY}{one}".encode() for one in answers.values())
        assert len(found) > 20
