"""Things to ask staff routes for: one of each kind, of the own agency and of another one."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, insert

from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.responses import AnswerRecord
from survey.settings import Settings
from survey.store.feedback import tables as case_tables
from survey.store.plans import tables as plan_tables
from survey.store.registry.agencies import find_round
from survey.store.registry.points import find_point
from survey.store.staff import tables as staff_tables
from survey.store.staff.accounts import utc_now

OWN, OTHER = ("P-KYLUA", "UED34VN"), ("SCT", "RMTKLJ7")
ROUND, RECEIPT = "r1", "9EZB-ECQL-YRVA"

# Which thing an argument of a path names, by the word before it and its own name.
KINDS = {
    ("agencies", "code"): "agency",
    ("agencies", "agency"): "agency",
    ("monitoring", "agency"): "agency",
    ("points", "code"): "point",
    ("codes", "code"): "point",
    ("check", "code"): "point",
    ("assisted", "code"): "point",
    ("new", "code"): "point",
    ("rounds", "code"): "round",
    ("analysis", "code"): "round",
    ("charts", "name"): "chart",
    ("designs", "name"): "size",
    ("people", "number"): "person",
    ("entry", "number"): "paper_batch",
    ("kiosks", "number"): "kiosk",
    ("batches", "number"): "poster_batch",
    ("posters-", "part"): "part",
    ("import", "token"): "upload",
    ("report", "key"): "report",
    ("plans", "number"): "plan",
    ("tasks", "task"): "plan_task",
    ("cases", "code"): "case",
}

ARGUMENT = re.compile(r"<(?:(\w+)(?:\(([^)]*)\))?:)?(\w+)>")


@dataclass(frozen=True, slots=True)
class Things:
    """One thing of each kind, of one agency where the kind has agencies."""

    of: Mapping[str, str]

    def path(self, rule: str) -> str:
        """Return a rule with every argument filled in; raises KeyError for a kind that is not in `KINDS`."""
        return ARGUMENT.sub(lambda found: self._fill(rule, found), rule)

    def _fill(self, rule: str, found: re.Match[str]) -> str:
        converter, options, name = found.groups()
        if converter == "any":
            return options.split(",")[0].strip("' ")
        before = re.findall(r"[\w-]+", ARGUMENT.sub("", rule[: found.start()]))[-1]
        return self.of[KINDS[before, name]]

    def fields(self) -> dict[str, str]:
        """Return what a form of any area may ask for; every area takes what it knows."""
        today, of = today_in_vietnam(), self.of
        names = {"agency": of["agency"], "agency_code": of["agency"], "point": of["point"], "code": of["point"]}
        others = {"round": ROUND, "size": "a4", "version": "1", "name": "Tên thử", "label": "Tên thử", "number": "1"}
        more = {"instrument": "sipas-2023", "entry": "1", "sheet": "1", "receipt": RECEIPT}
        days = {name: today.isoformat() for name in ("day", "on", "valid_from")}
        return {**names, **others, **more, **days, "service_point": of["point"], "target": of["point"]}


def record_of(symbol: str) -> str:
    instrument = load_instrument("sipas-2023")
    return AnswerRecord.pack(instrument, {item.code: symbol for item in instrument.items})


def make_things(connection: Connection, place: tuple[str, str]) -> Things:
    """Make a person, a kiosk, a batch of paper and one of posters, and name them with what is there already."""
    agency, point = place
    placed, number = find_point(connection, point), find_round(connection, ROUND)[0]
    today, now = today_in_vietnam(), utc_now()
    person = {"username": f"one.of.{agency.lower()}", "role": "clerk", "agency_id": placed.agency_id}
    kiosk = {"digest": secrets.token_hex(32), "service_point_id": placed.id, "label": "Máy 1", "rest_seconds": 10}
    paper = {"round_id": number, "service_point_id": placed.id, "day": today, "checked": True, "staff": "x"}
    posters = {"made_at": now, "staff": "x", "size": "a4", "title": agency, "total": 1, "done": 0, "state": "waiting"}
    rows = {
        "person": (staff_tables.staff, {**person, "password_hash": "-", "must_change": True, "disabled": False}),
        "kiosk": (staff_tables.kiosk, {**kiosk, "pin_salt": "00", "pin_hash": "00", "created_on": today}),
        "paper_batch": (staff_tables.paper_batch, {**paper, "opened_on": today}),
        "poster_batch": (staff_tables.poster_batch, posters),
    }
    of = {name: str(added(connection, table, values)) for name, (table, values) in rows.items()}
    for entry, symbol in ((1, "5"), (2, "4")):
        sheet = {"batch_id": int(of["paper_batch"]), "number": 1, "entry": entry, "staff": "x"}
        connection.execute(insert(staff_tables.paper_sheet).values(**sheet, answers=record_of(symbol)))
    printed = {"batch_id": int(of["poster_batch"]), "service_point_id": placed.id}
    connection.execute(insert(staff_tables.poster_print).values(**printed))
    of |= _make_follow_up(connection, placed.agency_id, agency)
    fixed = {"round": ROUND, "chart": "overview", "size": "a4", "upload": "0" * 32, "report": "0" * 32, "part": "1"}
    return Things({**of, **fixed, "agency": agency, "point": point})


def _make_follow_up(connection: Connection, agency_id: int, agency: str) -> dict[str, str]:
    """Make a plan with a task and an answered case of an agency."""
    today = today_in_vietnam()
    plan = {"agency_id": agency_id, "year": today.year, "title": agency, "document": "", "made_on": today, "staff": "x"}
    number = added(connection, plan_tables.improvement_plan, plan)
    words = dict.fromkeys(("heading", "part", "task", "lead", "coordinating", "deadline", "product"), "x")
    task = {"plan_id": number, "position": 1, **words, "part": "", "deadline_kind": "ongoing"}
    said = {"kind": "complaint", "text": "Chờ lâu", "answer": "Đã thêm quầy", "answered_on": today, "state": "answered"}
    case = {
        "code": f"{agency[-3:]:X>8}",
        "agency_id": agency_id,
        "secret_digest": "0" * 64,
        "kind": "complaint",
        **said,
    }
    days = {"received_on": today - timedelta(days=1), "due_on": today}
    connection.execute(insert(case_tables.feedback_case).values(**case, **days))
    return {
        "plan": str(number),
        "plan_task": str(added(connection, plan_tables.plan_task, task)),
        "case": str(case["code"]),
    }


def keep_posters(settings: Settings, things: Things) -> None:
    """Put a file where a batch keeps its posters; a batch that is set again replaces it whole."""
    files = settings.instance / "made"
    files.mkdir(exist_ok=True)
    (files / f"posters-{things.of['poster_batch']}-1.pdf").write_bytes(b"%PDF-")


def added(connection: Connection, table, values: Mapping[str, object]) -> int:
    return int(connection.execute(insert(table).values(**values)).inserted_primary_key[0])
