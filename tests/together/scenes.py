"""The small province in which two acts meet: made once, put back before every trial, and told in words afterwards."""

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import Table, insert, select, text

from survey.fieldwork import CODE_ALPHABET, Agency, SamplingBasis, ServicePoint
from survey.instrument import load_instrument
from survey.operations.collecting import kiosks
from survey.operations.collecting.entry import ChosenBatch, key_sheet, open_batch
from survey.operations.feedback.receipts import CaseDesk, LetterKind, Message, send_case
from survey.operations.feedback.working_days import load_working_days
from survey.operations.plans import plans
from survey.operations.plans.findings import Fallen
from survey.operations.registry.agencies import add_agency, add_point
from survey.operations.rounds.rounds import NewRound, open_round
from survey.operations.staff import accounts
from survey.operations.staff.passwords import hash_password
from survey.operations.staff.rights import Role, Scope
from survey.responses import AnswerRecord, HalfDay, Mode
from survey.store.collecting.entry import KeyedSheet
from survey.store.collecting.responses import NewComment, NewResponse, save_responses
from survey.store.engine import Store
from survey.store.plans.plans import Plan, PlanTask
from survey.store.staff import accounts as staff
from survey.store.subjects import ADDED
from survey.store.tables import agency, comment, metadata, response, service_point

DAY = timedelta(days=1)
TODAY = date(2026, 6, 10)
# Closed and sealed long ago, closed two years ago, open today, and to come.
OLD, SEALED, OPEN, NEXT = "old", "sealed", "open", "next"
BY, KEY, PASSWORD = "lan", bytes(32), "một mật khẩu đủ dài"
A, B, C, OVER, ENDING, TAKER = "A", "B", "C", "D", "E", "F"
INSTRUMENT = load_instrument("sipas-2023")
ITEMS = [one.code for one in INSTRUMENT.questions if one.kind == "item"]
ANSWERS = AnswerRecord.pack(INSTRUMENT, dict.fromkeys(ITEMS, "5"))
# The keys of rows that are made here begin in these ways; those of paper and files are drawn at random.
MADE_KEYS = frozenset(bytes([one]) for one in range(10))
CASE_KEYS = bytes(16), bytes([1] * 16)
DAYS = load_working_days()


def make_scene(store: Store) -> None:
    """Make the province: six agencies, four service points, four rounds, and one of everything else."""
    for code in (A, B, C, OVER, ENDING, TAKER):
        add_agency(store, Agency(code, f"Cơ quan {code}", code, "khối"), staff=BY)
    for code in (A, B, C, ENDING):
        add_point(store, ServicePoint("", code, f"Quầy {code}"), staff=BY)
    for code, opens, closes in (
        (OLD, date(2023, 1, 1), date(2023, 1, 31)),
        (SEALED, date(2026, 1, 1), date(2026, 1, 31)),
        (OPEN, date(2026, 6, 1), date(2026, 6, 30)),
        (NEXT, date(2026, 7, 10), date(2026, 7, 20)),
    ):
        agencies = frozenset({A, B}) if code == OPEN else None
        basis = SamplingBasis.PROBABILITY if code == SEALED else SamplingBasis.SELF_SELECTED
        new = NewRound(code, f"Đợt {code}", "sipas-2023", opens, closes, agencies=agencies, basis=basis)
        open_round(store, new)
    _people(store)
    _answers(store)
    _desk(store)


def _people(store: Store) -> None:
    for name in ("admin", "boss"):
        accounts.add_staff(store, name)
    accounts.add_staff(store, "ma", role=Role.MANAGER, agency_code=A)
    with store.writing(ADDED) as connection:
        known = staff.find_account(connection, "ma")
        assert known
        staff.change_own_password(connection, known, password_hash=hash_password(PASSWORD))


def _answers(store: Store) -> None:
    for number, code in ((1, OLD), (2, SEALED), (3, OPEN)):
        day = {OLD: date(2023, 1, 5), SEALED: date(2026, 1, 5), OPEN: TODAY - DAY}[code]
        rows = [new_response(bytes([number, place] * 8), number, day) for place in range(12)]
        assert save_responses(store, rows) == [None] * 12
    said = [
        {"key": bytes([9, number] * 8), "round_id": number, "agency_id": 1, "text": f"Lời {number}"}
        for number in (1, 2)
    ]
    with store.writing(ADDED) as connection:
        connection.execute(insert(comment), said)


def new_response(secret: bytes, round_id: int, day: date, words: str = "") -> NewResponse:
    """Return a response of one person at the first service point."""
    said = NewComment(secret, round_id, 1, words) if words else None
    return NewResponse(secret, round_id, 1, Mode.QR, day, HalfDay.MORNING, ANSWERS, said)


def _desk(store: Store) -> None:
    codes = points(store)
    number = plans.make_plan(store, Plan(A, None, 2026, "Kế hoạch"), Fallen(), today=TODAY, staff=BY)
    for word in ("một", "hai", "ba"):
        plans.add_task(store, number, task(word), staff=BY)
    desk = CaseDesk(store, KEY, DAYS, 15)
    for place, whom in enumerate((A, B)):
        message = Message(whom, LetterKind.COMPLAINT, "Chờ lâu", "0912 345 678")
        send_case(desk, message, key=CASE_KEYS[place], today=TODAY - 40 * DAY)
    batch = open_batch(store, ChosenBatch(OPEN, codes[A], TODAY, False), staff=BY, today=TODAY)
    key_sheet(store, batch, KeyedSheet(1, 1, ANSWERS, BY), seen="", today=TODAY)
    kiosks.add_kiosk(store, kiosks.NewKiosk(codes[A], "Máy 1", "1234", 10), scope=Scope(None), by=BY, today=TODAY)


def task(word: str) -> PlanTask:
    """Return a task of a plan."""
    return PlanTask("I. Một", "", {}, task=word)


def points(store: Store) -> dict[str, str]:
    """Return the code of the first service point of each agency."""
    with store.reading() as connection:
        wanted = select(agency.c.code, service_point.c.code).join_from(service_point, agency)
        return {row[0]: row[1] for row in connection.execute(wanted.order_by(service_point.c.id.desc()))}


@dataclass(frozen=True, slots=True)
class Stage:
    """Where trials are played: `again` gives a store in which the province stands as it was made."""

    again: Callable[[], Store]


def stage_of(store: Store, folder: Path) -> Stage:
    """Make the province in a new database and return the stage of it."""
    make_scene(store)
    if store.is_sqlite:
        return _files(store, folder)
    kept = _kept_rows(store)

    def again() -> Store:
        _put_back(store, kept)
        return store

    return Stage(again)


def _files(store: Store, folder: Path) -> Stage:
    path, kept = str(store.engine.url.database), sqlite3.connect(folder / "kept.db")
    _copy(path, kept)

    def again() -> Store:
        with closing(sqlite3.connect(path)) as own:
            kept.backup(own)
        return store

    return Stage(again)


def _copy(path: str, to: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(path)) as own:
        own.backup(to)


def _kept_rows(store: Store) -> dict[Table, list[dict[str, Any]]]:
    with store.reading() as connection:
        return {one: [dict(row._mapping) for row in connection.execute(select(one))] for one in metadata.sorted_tables}


def _put_back(store: Store, kept: Mapping[Table, list[dict[str, Any]]]) -> None:
    """Put every row back as it was; the private server lets its owner pass the triggers by."""
    with store.writer.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table, rows in kept.items():
            connection.execute(table.delete())
            if rows:
                connection.execute(insert(table), rows)
            if "id" in table.c and str(table.c.id.type) == "INTEGER":
                sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
                last = max((row["id"] for row in rows), default=0) + 1
                connection.execute(text(f"SELECT setval({sequence}, {last}, false)"))


# What differs from one trial to the next though the same was done.
VOLATILE = frozenset(
    {
        *("at", "began", "last_seen", "digest", "pin_salt", "pin_hash", "made_at", "ended", "id", "code_version"),
        *("secret_digest", "password_hash", "published_on", "totp_secret", "step", "bucket", "salt"),
        *("confirmed", "one_time_until", "unlocked_at"),
    }
)
# That a night came through is noted by every night anew.
NOTED_ANEW = {"nightly_work"}
NAMED_BY = {
    "agency": "code",
    "service_point": "code",
    "survey_round": "code",
    "staff": "username",
    "improvement_plan": "title",
    "plan_task": "task",
    "paper_batch": "day",
    "poster_batch": "title",
}
NUMBERS, CODE = re.compile(r"\d+"), re.compile(f"[{CODE_ALPHABET}]{{7}}")
Names: TypeAlias = Mapping[str, Mapping[int, str]]


def told(store: Store) -> str:
    """Return all that stands in the database, without row numbers, moments and what is drawn at random."""
    with store.reading() as connection:
        kept = [table for table in metadata.sorted_tables if table.name not in NOTED_ANEW]
        rows = {one: list(connection.execute(select(one))) for one in kept}
    names = {
        table.name: {row.id: str(getattr(row, NAMED_BY[table.name])) for row in some}
        for table, some in rows.items()
        if table.name in NAMED_BY
    }
    places = {
        row.code: f"<{names['agency'][row.agency_id]}: {row.name} {row.valid_from} {row.valid_to}>"
        for row in rows[service_point]
    }
    # Responses are many and alike: how many there are of each kind tells as much as they do one by one.
    counted = Counter((row.round_id, row.mode, row.day, row.half, row.answers) for row in rows.pop(response))
    # A right password that came too late is a refusal, and no guess that was wrong.
    rows = {table: [row for row in some if not _is_a_guess(table, row)] for table, some in rows.items()}
    lines = [f"{table.name}: {_told_row(table, row, names, places)}" for table, some in rows.items() for row in some]
    return "\n".join(sorted((*lines, *(f"{number} responses: {kind}" for kind, number in counted.items()))))


def _is_a_guess(table: Table, row: Any) -> bool:
    return table.name == "sign_in_failure" or (table.name == "audit" and row.act == "sign_in_failure")


def _told_row(table: Table, row: Any, names: Names, places: Mapping[str, str]) -> str:
    shown = (column for column in table.c if column.name not in VOLATILE)
    return ", ".join(_told_cell(column, getattr(row, column.name), names, places) for column in shown)


def _told_cell(column: Any, value: Any, names: Names, places: Mapping[str, str]) -> str:
    for key in column.foreign_keys:
        value = names.get(key.column.table.name, {}).get(value, value)
    if column.name == "key" and value[:1] not in MADE_KEYS:
        return "key"
    if column.name == "contact":
        # Sealed anew it is another text.
        value = value is not None
    words = CODE.sub(lambda found: places.get(found[0], found[0]), str(value))
    return f"{column.name}={NUMBERS.sub('#', words) if column.name == 'detail' else words}"
