"""Databases of an earlier version: nothing published is lost or may be changed on the way."""

from datetime import date, datetime

import pytest
from alembic import command
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from survey.store import schema
from survey.store.registry.code_events import CodeAct, CodeEvent, find_ending, save_code_event
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
        assert {"visit_count", "rollup", "run_chart", "api_key", "round_design", "code_event"} & set(
            found.get_table_names()
        ) == set()
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


POINTS = {"AAAA222": "Quầy «Đất đai», tầng 2", "BBBB333": "Một cửa", "CCCC444": "Tư pháp", "DDDD555": "Hộ tịch"}
# Lines as they were written before they were read into a table, and what the table of events is to hold of each.
OLD_LINES = [
    ("point_added", "AAAA222 of h04.01", ("AAAA222", "added")),
    ("point_changed", "AAAA222: name, valid_to", ("AAAA222", "changed")),
    (
        "code_replaced",
        "point AAAA222, new BBBB333, reason worn, was 2025-07-01 - -",
        ("AAAA222", "replaced", "BBBB333", "worn", "2025-07-01"),
    ),
    ("code_replaced", "point AAAA222, undone, new BBBB333", ("AAAA222", "undone", "BBBB333")),
    (
        "code_revoked",
        "point CCCC444, was 2025-07-01 2026-12-31 DDDD555",
        ("CCCC444", "revoked", None, None, "2025-07-01", "2026-12-31", "DDDD555"),
    ),
    ("code_revoked", "point CCCC444, undone", ("CCCC444", "undone")),
    (
        "code_moved",
        "point DDDD555, on 2026-02-03, from «Quầy «A», tầng 1», to «Quầy, new BBBB333, reason worn»",
        ("DDDD555", "moved", *[None] * 5, "2026-02-03", "Quầy «A», tầng 1", "Quầy, new BBBB333, reason worn"),
    ),
    (
        "code_moved",
        "point DDDD555, on 2026-02-04, from «-», to «🙂 %_\\'\" Ắ»",
        ("DDDD555", "moved", *[None] * 5, "2026-02-04", "-", "🙂 %_\\'\" Ắ"),
    ),
    ("code_replaced", "point AAAA222, new ZZZZ999, reason worn, was - - -", None),
    ("code_replaced", "point AAAA222, new BBBB333, reason bored, was - - -", None),
    ("code_revoked", "point CCCC444, was yesterday - -", None),
    ("code_revoked", "about CCCC444", None),
    ("code_moved", "point DDDD555, on 2026-02-05, from «a», to «b», and more", None),
    ("code_moved", "point DDDD555, on 2026-02-05, from «a\nb», to «c»", None),
    ("point_changed", "YYYY888: name", None),
    ("download", "point CCCC444, undone", None),
]


@pytest.fixture
def with_old_lines(store):
    """Give a store of the version before code events, whose trail tells of codes in every way it ever did."""
    _move(store, command.downgrade, "0011")
    agency = "INSERT INTO agency (id, code, name, short_name, block) VALUES (1, 'h04.01', 'Xã', 'Xã', 'xa')"
    point = "INSERT INTO service_point (agency_id, code, name) VALUES (1, :code, :name)"
    line = "INSERT INTO audit (at, staff, act, detail) VALUES (:at, 'mai', :act, :detail)"
    with store.writing(ADDED) as connection:
        connection.execute(text(agency))
        for code, name in POINTS.items():
            connection.execute(text(point), {"code": code, "name": name})
        for second, (act, detail, _) in enumerate(OLD_LINES):
            at = f"2026-02-01 08:00:{second:02d}.000000"
            connection.execute(text(line), {"at": at, "act": act, "detail": detail})
    return store


def _code_events(store):
    columns = (
        "code, act, new_code, reason, CAST(valid_from AS VARCHAR(10)), CAST(valid_to AS VARCHAR(10)), successor_code, "
        "CAST(hangs_from AS VARCHAR(10)), old_name, new_name"
    )
    with store.reading() as connection:
        return [tuple(row) for row in connection.execute(text(f"SELECT {columns} FROM code_event ORDER BY id"))]


def test_the_old_trail_of_codes_is_read_once_and_every_other_line_is_left_alone(with_old_lines):
    schema.upgrade(with_old_lines)
    wanted = [(*values, *[None] * (10 - len(values))) for _, _, values in OLD_LINES if values]
    assert _code_events(with_old_lines) == wanted
    with with_old_lines.reading() as connection:
        events = connection.execute(
            text("SELECT staff, substr(CAST(at AS VARCHAR(26)), 1, 19) FROM code_event ORDER BY id")
        ).all()
        trail = connection.execute(text("SELECT act, detail FROM audit ORDER BY id")).all()
    seconds = [second for second, (*_, values) in enumerate(OLD_LINES) if values]
    assert [tuple(row) for row in events] == [("mai", f"2026-02-01 08:00:{second:02d}") for second in seconds]
    assert [tuple(row) for row in trail] == [(act, detail) for act, detail, _ in OLD_LINES]


def test_what_was_done_with_old_codes_can_be_undone_or_not_as_the_old_trail_told(with_old_lines):
    schema.upgrade(with_old_lines)
    with with_old_lines.writing(ADDED) as connection:
        assert [find_ending(connection, code) for code in POINTS] == [None] * 4
        at = datetime.fromisoformat("2026-02-01T09:00:00")
        save_code_event(connection, CodeEvent("CCCC444", at, "mai", CodeAct.REVOKED, valid_from=date(2025, 7, 1)))
        ending = find_ending(connection, "CCCC444")
    assert ending is not None
    assert (ending.act, ending.valid_from, ending.new_code) == (CodeAct.REVOKED, date(2025, 7, 1), None)


@pytest.mark.parametrize("change", ["UPDATE code_event SET reason = 'lost'", "DELETE FROM code_event"])
def test_what_was_done_with_codes_cannot_be_changed(with_old_lines, change):
    schema.upgrade(with_old_lines)
    with pytest.raises(DBAPIError, match="append-only"), with_old_lines.writing(ADDED) as connection:
        connection.execute(text(change))


def test_the_way_back_from_code_events_leaves_the_trail_and_the_way_up_reads_it_again(with_old_lines):
    schema.upgrade(with_old_lines)
    before = _code_events(with_old_lines)
    _move(with_old_lines, command.downgrade, "0011")
    schema.upgrade(with_old_lines)
    assert _code_events(with_old_lines) == before
