"""Databases of an earlier version: nothing published is lost or may be changed on the way."""

import pytest
from alembic import command
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from survey.store import schema
from survey.store.subjects import ADDED

ROUND = (
    "INSERT INTO survey_round (id, code, title, instrument, instrument_digest, opens, closes, seals, basis, asks, "
    "simulated) VALUES (1, 'r1', 'Đợt 1', 'sipas-2023', 'x', '2026-01-01', '2026-01-31', '2026-02-07', "
    "'self_selected', '', false)"
)
RUN = (
    "INSERT INTO run (id, round_id, published_on, number, code_version, sums) "
    "VALUES ('a', 1, '2026-02-08', 1, '0', 's')"
)
CHART = "INSERT INTO run_chart (run_id, name, language, svg) VALUES ('a', 'index', 'vi', '<svg/>')"


@pytest.fixture
def older(store):
    """Give the store as version 0.1.0 made it, with one published run."""
    _move(store, command.downgrade, "0001")
    with store.writing(ADDED) as connection:
        connection.execute(text(ROUND))
        connection.execute(text(RUN))
    return store


def _move(store, change, revision):
    with store.engine.connect() as connection:
        change(schema._config(connection), revision)
        connection.commit()


def test_a_run_of_before_keeps_its_row_and_counts_as_preliminary(older):
    schema.upgrade(older)
    with older.reading() as connection:
        row = connection.execute(text("SELECT id, sums, kind, method, figures FROM run")).one()
    assert tuple(row) == ("a", "s", "preliminary", "{}", "")


@pytest.mark.parametrize(
    "change",
    ["UPDATE run SET kind = 'final'", "DELETE FROM run", "DELETE FROM run_chart", "UPDATE run_chart SET svg = ''"],
)
def test_a_run_and_its_charts_cannot_be_changed_after_the_migration(older, change):
    schema.upgrade(older)
    with older.writing(ADDED) as connection:
        connection.execute(text(CHART))
    with pytest.raises(DBAPIError, match="append-only"), older.writing(ADDED) as connection:
        connection.execute(text(change))


def test_a_kind_nobody_knows_is_refused(older):
    schema.upgrade(older)
    another = (
        "INSERT INTO run (id, round_id, published_on, number, code_version, sums, kind) "
        "VALUES ('b', 1, '2026-02-08', 2, '0', 's', 'x')"
    )
    with pytest.raises(DBAPIError, match="kind_known"), older.writing(ADDED) as connection:
        connection.execute(text(another))


def test_the_way_back_leaves_the_first_tables(older):
    schema.upgrade(older)
    _move(older, command.downgrade, "0001")
    with older.engine.connect() as connection:
        found = inspect(connection)
        assert {"visit_count", "rollup", "run_chart", "api_key", "round_design"} & set(found.get_table_names()) == set()
        assert "kind" not in {column["name"] for column in found.get_columns("run")}


def test_the_last_code_taken_is_moved_to_the_used_ones_and_back(older):
    _move(older, command.upgrade, "0005")
    rows = [("lan", "gAAAA", 59_000_000), ("mai", "gAAAA", None), ("minh", None, None)]
    added = (
        "INSERT INTO staff (username, role, password_hash, must_change, disabled, totp_secret, totp_step) "
        "VALUES (:name, 'administrator', 'x', false, false, :secret, :step)"
    )
    with older.writing(ADDED) as connection:
        for name, secret, step in rows:
            connection.execute(text(added), {"name": name, "secret": secret, "step": step})
    _move(older, command.upgrade, "0007")
    used = "SELECT username, step FROM used_step JOIN staff ON staff.id = account"
    with older.reading() as connection:
        assert [tuple(row) for row in connection.execute(text(used))] == [("lan", 59_000_000)]
        kept = connection.execute(text("SELECT username, totp_secret FROM staff ORDER BY username")).all()
    assert [tuple(row) for row in kept] == [(name, secret) for name, secret, _ in rows]
    with older.writing(ADDED) as connection:
        connection.execute(text("INSERT INTO used_step SELECT account, step - 1 FROM used_step"))
    _move(older, command.downgrade, "0005")
    with older.reading() as connection:
        back = connection.execute(text("SELECT username, totp_secret, totp_step FROM staff ORDER BY username")).all()
    assert [tuple(row) for row in back] == rows
