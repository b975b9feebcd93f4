"""Schemas and versions that do not fit are told in a line, and nothing an upgrade holds outlives it."""

import os
import subprocess
import sys
import threading

import pytest
from sqlalchemy import text

from survey.errors import BusyError, StoreError
from survey.store import schema
from survey.store.engine import open_store
from survey.store.poolers import LOCK_SECONDS, STATEMENT_SECONDS, is_pooled
from survey.store.subjects import ADDED
from tests.servers import ROOT


def change(store, statement):
    with store.writing(ADDED) as connection:
        connection.execute(text(statement))


def start(url, folder, code="import wsgi"):
    """Start a worker as a server does, and return how it ended."""
    environment = {**os.environ, "DATABASE_URL": url, "HAI_LONG_INSTANCE": str(folder / "instance"), "PUBLIC_URL": ""}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("revision", "words"),
    [
        ("0001", "the database is at schema 0001, this version needs"),
        ("9999", "the database is at schema 9999, which this version does not know: a newer version has been at work"),
    ],
)
def test_a_server_does_not_start_on_another_schema_and_says_what_to_do(store, database_url, tmp_path, revision, words):
    change(store, f"UPDATE alembic_version SET version_num = '{revision}'")
    ended = start(database_url, tmp_path)
    assert ended.returncode == 1
    (line,) = ended.stderr.strip().splitlines()
    assert line.startswith(f"hai-long: {words}")


def test_a_server_starts_while_the_database_is_away(tmp_path):
    # Nobody listens on the port of discarding; whoever asks hears 503 until somebody does.
    ended = start("postgresql://u@127.0.0.1:9/d", tmp_path)
    assert ended.returncode == 0
    assert "the database cannot be reached yet" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_upgrade_by_an_older_version_and_a_command_on_an_older_schema_end_with_a_line(app, store):
    run = app.test_cli_runner().invoke
    change(store, "UPDATE alembic_version SET version_num = '9999'")
    upgraded = run(args=["db", "upgrade"])
    assert (upgraded.exit_code, len(upgraded.stderr.splitlines())) == (1, 1)
    assert "install that one again" in upgraded.stderr
    with pytest.raises(StoreError, match="9999"):
        schema.upgrade(store)


def test_a_command_whose_tables_are_missing_says_db_upgrade(tmp_path):
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    ended = start(
        url,
        tmp_path,
        "from flask.cli import main; import sys; sys.argv = ['flask', '--app', 'wsgi', 'round', 'list']; main()",
    )
    assert ended.returncode == 1
    assert ended.stderr.strip().splitlines()[-1].endswith("run flask --app wsgi db upgrade")
    assert "Traceback" not in ended.stderr


@pytest.mark.postgresql
def test_an_upgrade_leaves_no_lock_and_waits_for_another_one_no_longer_than_it_may(postgresql_url, monkeypatch):
    store = open_store(postgresql_url)
    schema.upgrade(store)
    advisory = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
    with store.reading() as connection:
        assert connection.scalar(advisory) == 0
    monkeypatch.setattr(schema, "UPGRADE_SECONDS", 1)
    with store.writer.begin() as other:
        other.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": schema.UPGRADE_LOCK})
        with pytest.raises(BusyError, match="upgrade of the database"):
            schema.upgrade(store)
    store.close()


@pytest.mark.postgresql
def test_eight_upgrades_of_a_new_database_at_once_do_the_work_once(postgresql):
    admin = open_store(postgresql.format(name="postgres"))
    with admin.outside_transaction() as connection:
        connection.execute(text("CREATE DATABASE eight"))
    errors = []

    def upgrade():
        try:
            store = open_store(postgresql.format(name="eight"))
            schema.upgrade(store)
            store.close()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=upgrade) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    admin.close()
    assert errors == []


@pytest.mark.postgresql
@pytest.mark.parametrize(("serves", "longest"), [(True, f"{STATEMENT_SECONDS // 60}min"), (False, "0")])
def test_every_connection_has_limits_and_no_pooler_is_seen_where_there_is_none(postgresql_url, serves, longest):
    store = open_store(postgresql_url, serves=serves)
    for engine in (store.engine, store.writer):
        with engine.connect() as connection:
            shown = [connection.scalar(text(f"SHOW {name}")) for name in ("lock_timeout", "statement_timeout")]
            assert shown == [f"{LOCK_SECONDS}s", longest]
            assert not is_pooled(connection.connection.driver_connection)
    store.close()
