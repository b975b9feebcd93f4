"""Nobody can follow an answer: no way from a response to its comment, its place in the queue, its receipt or a case.

3,000 citizens answer one after the other, and every tenth sends a complaint right after; then the nightly work
settles what is finished; then every trace a database leaves is tried. Each attack is first tried where it must
succeed.
"""

import hashlib
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import inspect, text

from survey.app import create_app
from tests.integration.collecting.attacks import (
    arrival,
    case_order,
    correlation,
    fine_times,
    key_digests,
    known_of_cases,
    lateness,
    of_citizens,
    plain,
    ranks,
    receipts_in,
    right_guesses,
    right_senders,
    stored_fingerprints,
    tells_of_somebody,
    values_of_one_case,
)
from tests.integration.collecting.hall import EACH_COMPLAINS, IN_HALF_DAY, POINTS
from tests.integration.collecting.traces import all_bytes, case_traces, relation_bytes, sqlite_traces, traces

pytestmark = pytest.mark.slow

# Of 3,000 random places the correlation with the order of arrival has a standard deviation of 1/√2999 = 0.018.
MOST_CORRELATION = 0.05
# Guessing at random within three agencies is right three times on average (Poisson); more than 14 in 10⁶ times never.
MOST_RIGHT = 14
# Of 300 random places the standard deviation is 1/√299 = 0.058: more than 0.28 less than once in 10⁵ times.
MOST_CASE_ORDER = 0.28
# One of about 1,000 responses of an agency for each of 300 cases: 0.3 on average, more than 6 never.
MOST_SENDERS = 6


# ---- Each attack where it must succeed.


@pytest.fixture(scope="module")
def control(hall, tmp_path_factory):
    """Return the traces of a table as most programs make it: numbered rows, in the order they came."""
    path = tmp_path_factory.mktemp("control") / "control.db"
    with closing(sqlite3.connect(path)) as connection:
        for table, keys in (
            ("response", [one.key.row for one in hall.sent]),
            ("comment", [one.key.comment for one in hall.sent]),
        ):
            connection.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, key BLOB, answers TEXT)")
            connection.executemany(
                f"INSERT INTO {table} (key, answers) VALUES (?, ?)", [(key, "5" * 24) for key in keys]
            )
        connection.commit()
    return sqlite_traces(path, "response"), sqlite_traces(path, "comment")


@pytest.mark.parametrize("name", ["rowid", "dump", "file"])
def test_the_attacks_succeed_on_a_table_of_numbered_rows(hall, control, name):
    # Rows fill a page from its end, so the order in the file is turned round inside each page.
    responses, comments = control
    assert correlation(responses[name], hall.sent, arrival(hall)) > 0.8
    # A few that came late stand last: the highest correlation is √(3 · 1/25 · 24/25) = 0.34.
    assert correlation(responses[name], hall.sent, lateness(hall)) > 0.3
    assert right_guesses(responses[name], comments[name], hall.sent) > len(hall.sent) * (
        0.99 if name != "file" else 0.01
    )


def test_the_attacks_succeed_before_the_night_on_postgresql(hall):
    if hall.store.is_sqlite:
        assert "rowid" not in hall.early[0]
        return
    responses, comments, cases = hall.early
    sent, complaints = hall.sent[:IN_HALF_DAY], hall.complaints[: IN_HALF_DAY // EACH_COMPLAINS]
    # They fill two pages, each from its end: their order in the file goes down, up, and down.
    ordered = {name for name, places in cases.items() if case_order(places, complaints) > 0.8}
    assert ordered == {"ctid", "xmin", "dump", "index"}
    assert right_senders(responses["xmin"], cases["xmin"], sent, complaints) == len(complaints)
    told = {name: correlation(places, sent, range(len(sent))) for name, places in responses.items() if name != "cmin"}
    assert {name for name, found in told.items() if found > 0.8} == {"ctid", "xmin", "dump", "file", "index"}
    assert right_guesses(responses["ctid"], comments["ctid"], sent) == len(sent)


def test_the_searches_find_what_is_there(hall):
    one = hall.sent[7]
    for planted in (hashlib.sha256(one.key.secret).digest(), hashlib.sha1(one.record.encode()).hexdigest().encode()):
        assert stored_fingerprints(b"x" * 5 + planted + b"y" * 9, hall.sent) == 1
    assert receipts_in(f"x{one.receipt}y".encode(), hall.sent) == 1
    assert set(fine_times(hall.store, ["audit", "staff_session"])) == {"at", "began", "last_seen", "confirmed"}
    complaint = hall.complaints[7]
    assert values_of_one_case(hall)[complaint.text] == complaint.code
    assert known_of_cases(f"x {complaint.secret} y".encode(), hall.complaints) == 1
    assert key_digests(hashlib.sha1(complaint.key).digest(), hall.complaints) == 1


# ---- And on what we keep.


def test_every_answer_is_there(hall):
    assert len(hall.sent) == 3_000
    assert traces(hall.store, "response")["dump"].keys() == {one.key.row for one in hall.sent}
    assert traces(hall.store, "comment")["dump"].keys() == {one.key.comment for one in hall.sent}


def test_no_trace_tells_the_order_of_arrival(hall):
    found = traces(hall.store, "response")
    assert "rowid" not in found
    told = {name: correlation(places, hall.sent, arrival(hall)) for name, places in found.items()}
    assert {name: one for name, one in told.items() if abs(one) > MOST_CORRELATION} == {}


def test_no_trace_tells_which_answers_waited_on_a_phone(hall):
    found = traces(hall.store, "response")
    told = {name: correlation(places, hall.sent, lateness(hall)) for name, places in found.items()}
    assert {name: one for name, one in told.items() if abs(one) > MOST_CORRELATION} == {}


def test_no_pair_of_traces_joins_a_response_to_its_comment(hall):
    responses, comments = traces(hall.store, "response"), traces(hall.store, "comment")
    pairs = {
        (one, other): right_guesses(responses[one], comments[other], hall.sent)
        for one in responses
        for other in comments
    }
    assert {pair: right for pair, right in pairs.items() if right > MOST_RIGHT} == {}


def test_a_receipt_tells_nothing_of_the_place_of_its_row_or_comment(hall):
    receipts = ranks([int.from_bytes(one.receipt.encode(), "big") for one in hall.sent])
    for keys in (
        [one.key.row for one in hall.sent],
        [one.key.comment for one in hall.sent],
        [one.key.secret for one in hall.sent],
    ):
        told = np.corrcoef(receipts, ranks([int.from_bytes(key[:6], "big") for key in keys]))[0, 1]
        assert abs(told) <= MOST_CORRELATION


def test_every_row_stands_once_on_the_disk_and_nowhere_else(hall):
    tables = ("response", "comment", "comment_inbox")
    data = all_bytes(hall) if hall.store.is_sqlite else b"".join(relation_bytes(hall.store, name) for name in tables)
    copies = [data.count(key) for one in hall.sent for key in (one.key.row, one.key.comment)]
    assert {number: copies.count(number) for number in set(copies)} == {1: 6_000}


def test_nothing_is_left_where_comments_arrived_nor_in_the_journal_of_sqlite(hall):
    if not hall.store.is_sqlite:
        # PostgreSQL keeps its journal until it is recycled; docs/operations.md says who may reach it.
        with hall.store.reading() as connection:
            assert connection.execute(text("SELECT pg_relation_size('comment_inbox')")).scalar_one() == 0
        return
    path = Path(hall.store.engine.url.database)
    journal = path.with_name(f"{path.name}-wal")
    assert not journal.exists() or journal.stat().st_size == 0
    with hall.store.reading() as connection:
        assert connection.execute(text("PRAGMA freelist_count")).scalar_one() == 0


def test_nothing_computed_from_an_answering_is_stored_anywhere(hall):
    data = all_bytes(hall)
    assert hall.sent[0].key.row in data, "the search must look where the rows are"
    assert receipts_in(data, hall.sent) == 0
    assert stored_fingerprints(data, hall.sent) == 0


def test_no_column_holds_a_time_of_day(hall):
    tables = ["response", "comment", "comment_inbox", "feedback_case", "case_event", "comment_screening"]
    assert fine_times(hall.store, tables) == []


# ---- What the eyes see.


def test_no_line_is_written_of_citizens_and_none_tells_of_them(hall):
    lines = hall.seen.lines.splitlines()
    # Whoever looked at the counts stands in the log, once for each look: the log was written.
    assert len(lines) == IN_HALF_DAY
    assert all("answered method=GET rule=/metrics status=200" in line for line in lines)
    assert tells_of_somebody(hall.seen.lines, hall) == 0
    assert known_of_cases(hall.seen.lines.encode(), hall.complaints) == 0
    for planted in (hall.sent[3].receipt, hall.sent[4].key.secret.hex(), POINTS[0], "Ý kiến thứ 5"):
        assert tells_of_somebody(f"{hall.seen.lines} {planted}", hall) > 0


def test_no_count_moves_with_an_answer(hall):
    first = of_citizens(hall.seen.counts[0])
    assert len(first) > 20
    assert {tuple(of_citizens(one)) for one in hall.seen.counts} == {tuple(first)}
    assert tells_of_somebody("".join(hall.seen.counts), hall) == 0
    labels = set(re.findall(r"(\w+)=", "".join(hall.seen.counts)))
    assert labels == {"event", "kind", "status", "place", "process", "area", "method", "le", "version"}


# ---- From a case to a response.


def test_every_case_is_there_and_nothing_was_written_down_when_it_came(hall):
    assert case_traces(hall.store)["dump"].keys() == {one.code for one in hall.complaints}
    assert len(hall.complaints) == len(hall.sent) // EACH_COMPLAINS
    with hall.store.reading() as connection:
        for name in ("case_event", "audit"):
            assert connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() == 0


def test_no_trace_tells_the_order_in_which_cases_came(hall):
    told = {name: case_order(places, hall.complaints) for name, places in case_traces(hall.store).items()}
    assert {name: one for name, one in told.items() if abs(one) > MOST_CASE_ORDER} == {}


def test_no_pair_of_traces_joins_a_case_to_the_response_sent_before_it(hall):
    responses, cases = traces(hall.store, "response"), case_traces(hall.store)
    right = {
        name: right_senders(responses[name], cases[name], hall.sent, hall.complaints)
        for name in responses.keys() & cases.keys()
    }
    assert {"dump", "file"} <= right.keys()
    assert {name: found for name, found in right.items() if found > MOST_SENDERS} == {}


def test_no_column_leads_from_a_case_to_a_response_round_or_service_point(hall):
    schema_of = inspect(hall.store.engine)
    led = {
        (name, key["referred_table"])
        for name in schema_of.get_table_names()
        for key in schema_of.get_foreign_keys(name)
    }
    # The agency says whom a case is about, the account who handles it; nothing but its own events names a case.
    assert {to for name, to in led if name == "feedback_case"} == {"agency", "staff"}
    assert {to for name, to in led if name == "case_event"} == {"feedback_case"}
    assert {name for name, to in led if to in ("feedback_case", "case_event")} == {"case_event"}
    assert {name for name, to in led if to == "agency"} >= {"feedback_case", "comment"}
    assert not {name for name, to in led if to in ("response", "comment", "comment_inbox")}


def test_no_value_of_a_case_stands_in_any_other_table(hall):
    own = values_of_one_case(hall)
    assert len(own) > 3 * len(hall.complaints)
    found = {}
    for name in inspect(hall.store.engine).get_table_names():
        if name == "feedback_case":
            continue
        with hall.store.reading() as connection:
            for row in connection.execute(text(f'SELECT * FROM "{name}"')):
                met = {plain(one) for one in row if isinstance(one, str | bytes | memoryview)} & own.keys()
                found.update(dict.fromkeys(met, name))
    assert found == {}


def test_no_file_names_a_secret_or_a_key_of_a_form(hall):
    data = all_bytes(hall)
    assert hall.complaints[0].code in data, "the search must look where the cases are"
    assert known_of_cases(data, hall.complaints) == 2 * len(hall.complaints), "codes and texts, no secret"
    assert key_digests(data, hall.complaints) == 0


@pytest.mark.parametrize("name", ["responses", "indices"])
def test_no_export_of_the_survey_knows_a_case(hall, tmp_path, name):
    path = tmp_path / "out.csv"
    environment = {"HAI_LONG_INSTANCE": str(hall.folder), "PUBLIC_URL": "", "SURVEY_OWNER": "Sở Nội vụ"}
    address = "" if hall.store.is_sqlite else hall.store.engine.url.render_as_string(hide_password=False)
    app = create_app({**environment, "DATABASE_URL": address})
    command = ["export", "write", "--round", "r1", "--what", name, "--format", "csv", "--out", str(path)]
    done = app.test_cli_runner().invoke(args=command)
    assert done.exit_code == 0, done.output
    assert path.stat().st_size > 500
    assert known_of_cases(path.read_bytes(), hall.complaints) == 0
    app.extensions["hai-long"].store.close()
