"""Nobody can follow an answer: no way from a response to its comment, its place in the queue, its receipt or a case.

3,000 citizens answer one after the other, and every tenth sends a complaint right after; then the nightly work
settles what is finished; then every trace a database leaves is tried. Each attack is first tried where it must
succeed.
"""

import base64
import hashlib
import re
import sqlite3
import struct
from contextlib import closing, redirect_stderr
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from pathlib import Path
from random import Random
from typing import TypeAlias

import numpy as np
import pytest
from sqlalchemy import Boolean, Date, Integer, LargeBinary, String, inspect, text

from survey.app import create_app
from survey.operations.clock import today_in_vietnam
from survey.operations.registry.csv_import import import_registry
from survey.responses import RECEIPT_PATTERN, HalfDay, SubmissionKey
from survey.store import schema
from survey.store.collecting.settling import settle
from survey.store.engine import Store, open_store
from tests.conftest import EXAMPLES, open_sample_round
from tests.servers import Caller, running_server
from tests.turns import wait_for_room

pytestmark = pytest.mark.slow

HALF_DAYS, IN_HALF_DAY, LATE = 10, 290, 10
TOKEN = "whoever-looks-all-day"
WATCHED = {"LOG_LEVEL": "debug", "LOG_FORMAT": "text", "METRICS_TOKEN": TOKEN}
# Service points of three agencies: somebody who sees a comment knows its agency.
POINTS = ("L4E3SZF", "KNH72ZA", "PM83ELJ")
# Of 3,000 random places the correlation with the order of arrival has a standard deviation of 1/√2999 = 0.018.
MOST_CORRELATION = 0.05
# Guessing at random within three agencies is right three times on average (Poisson); more than 14 in 10⁶ times never.
MOST_RIGHT = 14
EACH_COMPLAINS = 10
# Of 300 random places the standard deviation is 1/√299 = 0.058: more than 0.28 less than once in 10⁵ times.
MOST_CASE_ORDER = 0.28
# One of about 1,000 responses of an agency for each of 300 cases: 0.3 on average, more than 6 never.
MOST_SENDERS = 6
ITEMS = ("A1", "A2", "A3", "B1", "B2", "B3", "B4", "C1", "C2", "C3", "D1", "D2", "D3", "E1", "E2", "E3")
# A trace shows every row (by its key) at a place; what it is worth is how well the places tell what happened.
Places: TypeAlias = dict[bytes, float]


@dataclass(frozen=True, slots=True)
class Sent:
    """One answering as the citizen knows it; `half_day` is the half-day it was given on, counted from 0."""

    key: SubmissionKey
    half_day: int
    point: str
    record: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Complaint:
    """A case as its sender knows it, who answered the survey just before as number `sender`; `key` is of its form."""

    sender: int
    key: bytes
    code: bytes
    secret: str
    text: str


@dataclass(frozen=True, slots=True)
class Hall:
    """The database, the instance folder, what was sent in the order of arrival, and what was seen at first."""

    store: Store
    folder: Path
    sent: tuple[Sent, ...]
    complaints: tuple[Complaint, ...]
    early: tuple[dict[str, Places], dict[str, Places], dict[str, Places]]
    seen: "Seen"


@dataclass(frozen=True, slots=True)
class Seen:
    """All lines of the log, down to the smallest, and all counts that were shown after each answer."""

    lines: str
    counts: tuple[str, ...]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def hall(request, tmp_path_factory):
    """Send 3,000 answers over five days, settling each night, and a few that waited on phones till the end."""
    folder = tmp_path_factory.mktemp("linking")
    environment = {
        "HAI_LONG_INSTANCE": str(folder),
        "DATABASE_URL": _new_database(request) if request.param == "postgresql" else "",
        "SURVEY_OWNER": "Sở Nội vụ",
        "FLOOD_PER_MINUTE": "1000000",
        "FEEDBACK_PER_MINUTE": "1000000",
        "PUBLIC_URL": "",
        **WATCHED,
    }
    app = create_app(environment)
    store, looking = app.extensions["hai-long"].store, app.test_client()
    schema.upgrade(store)
    import_registry(store, EXAMPLES)
    open_sample_round(store, "r1", "sipas-2023")
    complaints: list[Complaint] = []
    citizens, counts, written = _citizens(app, complaints), [], StringIO()
    wait_for_room(60, within=900)
    with redirect_stderr(written):
        sent = []
        for _ in range(IN_HALF_DAY):
            sent.append(next(citizens))
            counts.append(looking.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text)
    seen = Seen(written.getvalue(), tuple(counts))
    early = (traces(store, "response"), traces(store, "comment_inbox"), case_traces(store))
    sent += [next(citizens) for _ in range(IN_HALF_DAY)]
    settle(store, _half_day(2))
    for half_day in range(2, HALF_DAYS, 2):
        sent += [next(citizens) for _ in range(2 * IN_HALF_DAY)]
        settle(store, _half_day(half_day + 2))
    sent += citizens
    settle(store, _half_day(HALF_DAYS))
    yield Hall(store, folder, tuple(sent), tuple(complaints), early, seen)
    store.close()


def _new_database(request):
    address, template = request.getfixturevalue("postgresql"), request.getfixturevalue("postgresql_template")
    admin = open_store(address.format(name="postgres"))
    with admin.outside_transaction() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE linking TEMPLATE {template}")
    admin.close()
    return address.format(name="linking")


def _half_day(number):
    return today_in_vietnam() - timedelta(days=6 - number // 2), list(HalfDay)[number % 2]


def _citizens(app, complaints):
    """Yield what 3,000 citizens sent, one by one; the last ones' phones had no network for up to five days."""
    random, client, tokens = Random(20), app.test_client(), app.extensions["hai-long"].tokens
    half_days = [number for number in range(HALF_DAYS) for _ in range(IN_HALF_DAY)] + list(range(HALF_DAYS)) * LATE
    for number, half_day in enumerate(half_days):
        point, (day, half) = random.choice(POINTS), _half_day(half_day)
        answers = {item: random.choice("12345") for item in ITEMS}
        key = SubmissionKey(random.randbytes(16))
        form = {
            **answers,
            "comment": f"Ý kiến thứ {number}",
            "key": key.secret.hex(),
            "given": f"{day}{half}",
            "token": tokens.make(point, day),
        }
        reply = client.post(f"/K/{point}", data=form, headers={"Accept": "application/json"})
        assert reply.status_code == 201, reply.text
        record = "".join(answers.values()) + "." * 8
        if number % EACH_COMPLAINS == 0:
            complaints.append(_complain(app, client, number, point))
        yield Sent(key, half_day, point, record, reply.json["receipt"])


def _complain(app, client, number, point):
    """Send a complaint about the agency of a service point and return what its sender holds."""
    made, text = app.extensions["hai-long"], f"Phản ánh thứ {number:05} về một quầy"
    token = made.tokens.make("feedback", today_in_vietnam())
    agency, key = made.invitations.find(point).agency.code, made.tokens.read("feedback", token).key.secret
    form = {"agency": agency, "kind": "complaint", "text": text, "contact": f"Tổ {number}", "token": token}
    page = client.post("/feedback", data=form)
    assert page.status_code == 201, page.text
    code, secret = re.findall(r"<p class=code>([^<]+)</p>", page.text)
    return Complaint(number, key, code.encode(), secret, text)


# ---- What the databases show.


def traces(store, table):
    """Return everything a database shows of the order in which the rows of a table were written."""
    return sqlite_traces(store.engine.url.database, table) if store.is_sqlite else postgresql_traces(store, table)


def sqlite_traces(path, table):
    with closing(sqlite3.connect(path)) as connection:
        lines = [line for line in connection.iterdump() if line.startswith(f'INSERT INTO "{table}"')]
        keys = [bytes.fromhex(re.search(r"X'([0-9A-F]{32})'", line)[1]) for line in lines]
        found = {"dump": numbered(keys), "file": places_in(Path(path).read_bytes(), keys)}
        try:
            rows = connection.execute(f"SELECT key, rowid FROM {table}").fetchall()
        except sqlite3.OperationalError:
            return found
    return {**found, "rowid": dict(rows)}


def postgresql_traces(store, table):
    with store.reading() as connection:
        rows = connection.execute(text(f"SELECT key, ctid::text, xmin::text, cmin::text FROM {table}")).all()
        with connection.connection.cursor() as cursor, cursor.copy(f"COPY {table} (key) TO STDOUT") as copied:
            dumped = [bytes.fromhex(bytes(line).decode().strip()[3:]) for line in copied]
    heap, index = relation_bytes(store, table), relation_bytes(store, f"pk_{table}")
    keys = [bytes(row.key) for row in rows]
    return {
        "ctid": {bytes(row.key): row_place(*map(int, row.ctid[1:-1].split(","))) for row in rows},
        "xmin": {bytes(row.key): int(row.xmin) for row in rows},
        "cmin": {bytes(row.key): int(row.cmin) for row in rows},
        "dump": numbered(dumped),
        "file": places_in(heap, keys),
        "index": {key: index_place(index, key, lead=13 if table == "response" else 9) for key in keys},
    }


def case_traces(store):
    """Return what a database shows of the order in which cases came, by their codes."""
    if store.is_sqlite:
        with closing(sqlite3.connect(store.engine.url.database)) as connection:
            lines = [line for line in connection.iterdump() if line.startswith('INSERT INTO "feedback_case"')]
        codes = [re.search(r"VALUES\('(\w{8})'", line)[1].encode() for line in lines]
        return {"dump": numbered(codes), "file": places_in(Path(store.engine.url.database).read_bytes(), codes)}
    with store.reading() as connection:
        rows = connection.execute(text("SELECT code, ctid::text, xmin::text, cmin::text FROM feedback_case")).all()
        with connection.connection.cursor() as cursor, cursor.copy("COPY feedback_case (code) TO STDOUT") as copied:
            dumped = [bytes(line).strip() for line in copied]
    heap, index = relation_bytes(store, "feedback_case"), relation_bytes(store, "pk_feedback_case")
    return {
        "ctid": {row.code.encode(): row_place(*map(int, row.ctid[1:-1].split(","))) for row in rows},
        "xmin": {row.code.encode(): int(row.xmin) for row in rows},
        "cmin": {row.code.encode(): int(row.cmin) for row in rows},
        "dump": numbered(dumped),
        "file": places_in(heap, dumped),
        # A text of 8 letters has a byte of length before it.
        "index": {code: index_place(index, code, lead=9) for code in dumped},
    }


def relation_bytes(store, name):
    """Return the file of a table or an index as it lies on the disk."""
    with store.outside_transaction() as connection:
        connection.execute(text("CHECKPOINT"))
        found = text("SELECT pg_read_binary_file(pg_relation_filepath(CAST(:name AS regclass)))")
        return bytes(connection.execute(found, {"name": name}).scalar_one())


def index_place(index, key, *, lead):
    """Return the first place in the table that an index file gives for a key, in entries long removed as well.

    An entry begins with block (two halves) and number, `lead` bytes before the key.
    """
    starts = [found.start() - lead for found in re.finditer(re.escape(key), index)]
    entries = [struct.unpack_from("<HHH", index, start) for start in starts]
    return min(row_place((high << 16) + low, number) for high, low, number in entries)


def row_place(block, number):
    return block * 1_000 + number


def numbered(keys):
    return {key: place for place, key in enumerate(keys)}


def places_in(data, keys):
    """Return where in the bytes each key stands first: what was removed but not wiped stands there as well."""
    return {key: data.find(key) for key in keys}


def all_bytes(hall):
    """Return the bytes of every file the application has: the database and the instance folder."""
    files = [path.read_bytes() for path in sorted(hall.folder.iterdir()) if path.is_file()]
    if hall.store.is_sqlite:
        return b"".join(files)
    with hall.store.reading() as connection:
        listed = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace"
        names = connection.scalars(text(listed)).all()
    return b"".join([*files, *(relation_bytes(hall.store, f'"{name}"') for name in names)])


# ---- The attacks.


def ranks(values):
    """Return ranks, equal ones sharing their mean."""
    _, place, counts = np.unique(np.asarray(values, dtype=float), return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]


def correlation(places, sent, truth):
    """Return Spearman's correlation between a trace and the truth inside half-days, which are known to all."""
    half_days = np.array([one.half_day for one in sent])
    both = np.array([[places[one.key.row] for one in sent], truth], dtype=float)
    for half_day in set(half_days.tolist()):
        inside = half_days == half_day
        both[:, inside] = [line - line.mean() for line in map(ranks, both[:, inside])]
    spread = np.sqrt((both**2).sum(axis=1).prod())
    return float(both.prod(axis=0).sum() / spread) if spread else 0.0


def right_guesses(responses, comments, sent):
    """Return how many comments are found by giving each agency's n-th response the agency's n-th comment.

    Where a trace says nothing, the keys, which every reader sees, decide.
    """
    right = 0
    for point in POINTS:
        here = [one for one in sent if one.point == point]
        by_response = sorted(here, key=lambda one: (responses[one.key.row], one.key.row))
        by_comment = sorted(here, key=lambda one: (comments[one.key.comment], one.key.comment))
        right += sum(one is other for one, other in zip(by_response, by_comment, strict=True))
    return right


def case_order(places, complaints):
    """Return Spearman's correlation between a trace of the cases and the order in which they came."""
    both = np.array([ranks([places[one.code] for one in complaints]), ranks([one.sender for one in complaints])])
    both -= both.mean(axis=1, keepdims=True)
    spread = np.sqrt((both**2).sum(axis=1).prod())
    return float(both.prod(axis=0).sum() / spread) if spread else 0.0


def right_senders(responses, cases, sent, complaints):
    """Return how many cases are found by the response that stands last before them, of the same trace and agency."""
    right = 0
    for complaint in complaints:
        sender = sent[complaint.sender]
        before = [
            (responses[one.key.row], one.key.row)
            for one in sent
            if one.point == sender.point and responses[one.key.row] <= cases[complaint.code]
        ]
        right += bool(before) and max(before)[1] == sender.key.row
    return right


def fingerprints(one):
    """Return the first eight bytes of everything computed from an answering that would join it to its row."""
    secrets = (one.key.secret, one.receipt.encode(), one.receipt.replace("-", "").encode(), one.record.encode())
    digests = [hashlib.new(name, secret).digest() for name in ("md5", "sha1", "sha256", "sha512") for secret in secrets]
    blakes = [hashlib.blake2b(secret, digest_size=size).digest() for size in (8, 16, 20, 32) for secret in secrets]
    clear = (one.key.secret, base64.urlsafe_b64encode(one.key.secret), *secrets[1:3])
    return {found[:8] for found in (*digests, *blakes, hashlib.blake2b(secrets[0]).digest(), *clear)}


def stored_fingerprints(data, sent):
    """Return how many fingerprints of answerings the bytes hold; hexadecimal text counts as the bytes it means."""
    meant = [
        found[odd : odd + (len(found) - odd) // 2 * 2]
        for found in re.findall(rb"[0-9a-fA-F]{16,}", data)
        for odd in (0, 1)
    ]
    data += b"".join(bytes.fromhex(found.decode()) for found in meant)
    wanted = np.frombuffer(b"".join(set.union(*map(fingerprints, sent))), "<u8")
    views = (np.frombuffer(data, "<u8", offset=start, count=(len(data) - start) // 8) for start in range(8))
    return sum(len(np.intersect1d(view, wanted)) for view in views)


def receipts_in(data, sent):
    """Return how many receipts the bytes hold in clear."""
    return len(
        {found.decode() for found in re.findall(RECEIPT_PATTERN.replace("(", "(?:").encode(), data)}
        & {one.receipt for one in sent}
    )


TIMELESS = Boolean | Integer | LargeBinary | String | Date


def fine_times(store, names):
    """Return the columns that could hold a time of day, or anything but a key, a number, a day, a text or a yes."""
    columns = [column for name in names for column in inspect(store.engine).get_columns(name)]
    return [column["name"] for column in columns if not isinstance(column["type"], TIMELESS)]


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
    # A few that came late stand last: the highest correlation is √(3 · 1/30 · 29/30) = 0.31.
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
    assert set(fine_times(hall.store, ["audit", "staff_session"])) == {"at", "began", "last_seen"}
    complaint = hall.complaints[7]
    assert values_of_one_case(hall)[complaint.text] == complaint.code
    assert known_of_cases(f"x {complaint.secret} y".encode(), hall.complaints) == 1
    assert key_digests(hashlib.sha1(complaint.key).digest(), hall.complaints) == 1


# ---- And on what we keep.


def arrival(hall):
    return range(len(hall.sent))


def lateness(hall):
    return [number >= HALF_DAYS * IN_HALF_DAY for number in arrival(hall)]


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


def tells_of_somebody(seen, hall):
    """Return what of the citizens of the first half-day stands in a text: points, receipts, comments, keys, cases."""
    sent = hall.sent[:IN_HALF_DAY]
    known = {*POINTS, "127.0.0.1", *(f"Ý kiến thứ {number}" for number in range(IN_HALF_DAY))}
    found = {one for one in known if one in seen}
    return len(found) + receipts_in(seen.encode(), sent) + stored_fingerprints(seen.encode(), sent)


def of_citizens(counts):
    """Return the lines of counts that citizens move."""
    kinds = ("hai_long_answers", "hai_long_refusals", "hai_long_citizen", "hai_long_fallbacks", "hai_long_step")
    return [line for line in counts.splitlines() if line.startswith(kinds)]


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


def values_of_one_case(hall):
    """Return every text and every bytes of a case that no other case has, and whose it is."""
    with hall.store.reading() as connection:
        rows = connection.execute(text("SELECT * FROM feedback_case")).mappings().all()
    found = {}
    for row in rows:
        for value in row.values():
            if isinstance(value, str | bytes | memoryview):
                found.setdefault(plain(value), []).append(row["code"].encode())
    return {value: codes[0] for value, codes in found.items() if len(codes) == 1}


def plain(value):
    return bytes(value) if isinstance(value, memoryview) else value


def known_of_cases(data, complaints):
    """Return how many codes, secrets and texts of cases the bytes hold."""
    known = {one for case in complaints for one in (case.code, case.secret.encode(), case.text.encode())}
    return sum(one in data for one in known)


def key_digests(data, complaints):
    """Return how many keys of forms, and plain digests of them, the bytes hold."""
    digests = (hashlib.new(name, one.key).digest() for one in complaints for name in ("md5", "sha1", "sha256"))
    return sum(found in data or found.hex().encode() in data for found in (*digests, *(one.key for one in complaints)))


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


def test_a_running_server_leaves_no_line_and_no_file_per_case(database_url, round_of_2023_form, tmp_path):
    environment = {
        "HAI_LONG_INSTANCE": str(tmp_path),
        "DATABASE_URL": database_url,
        "SURVEY_OWNER": "Sở Nội vụ",
        "PUBLIC_URL": "",
        **WATCHED,
    }
    with running_server(environment, tmp_path) as server, Caller(server.port) as caller:
        complain_and_follow(caller)
        files, printed = sorted(tmp_path.iterdir()), server.output.read_bytes()
        for _ in range(3):
            complain_and_follow(caller)
        assert sorted(tmp_path.iterdir()) == files
        assert server.output.read_bytes() == printed


def complain_and_follow(caller):
    token = re.search(r'name=token value="([^"]+)"', caller.get("/feedback?agency=SCT").body)[1]
    form = {"agency": "SCT", "kind": "complaint", "text": "Quầy mở muộn", "contact": "", "token": token}
    sent = caller.post("/feedback", form)
    assert sent.status == 201
    code, secret = re.findall(r"<p class=code>([^<]+)</p>", sent.body)
    assert caller.post("/feedback/follow", {"code": code, "secret": secret}).status == 200


def test_a_running_server_leaves_no_line_and_no_file_per_response(database_url, round_of_2023_form, tmp_path):
    environment = {
        "HAI_LONG_INSTANCE": str(tmp_path),
        "DATABASE_URL": database_url,
        "SURVEY_OWNER": "Sở Nội vụ",
        "PUBLIC_URL": "",
        **WATCHED,
    }
    keys = [SubmissionKey(Random(number).randbytes(16)) for number in range(100)]
    with running_server(environment, tmp_path) as server, Caller(server.port) as caller:
        token = re.search(r'name=token[^>]* value="([^"]+)"', caller.get(f"/K/{POINTS[0]}").body)[1]
        send(caller, keys[:1], token)
        files, printed = sorted(tmp_path.iterdir()), server.output.read_bytes()
        send(caller, keys, token)
        assert sorted(tmp_path.iterdir()) == files
        assert server.output.read_bytes() == printed
    assert not any(
        key.receipt.encode() in path.read_bytes() for key in keys for path in tmp_path.rglob("*") if path.is_file()
    )


def send(caller, keys, token):
    for key in keys:
        form = {"A1": "5", "comment": "Nhanh gọn", "key": key.secret.hex(), "token": token}
        assert caller.post(f"/K/{POINTS[0]}", form).status == 201
