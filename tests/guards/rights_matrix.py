"""Ask every staff route as every role, with things of the own agency and of another one.

    python -m tests.guards.rights_matrix            shows where the application differs from rights.csv
    python -m tests.guards.rights_matrix --write    adds lines for routes that have none, as it answers now

A line that was written this way is a claim to be read: “ok” for somebody who should not is a fault of the route.
A new kind of identifier in a path has to be named in `KINDS` of tests/rights_things.py, and one thing of each agency
made in `make_things` there.
"""

import csv
import re
import secrets
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import Connection, insert, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from survey.app import create_app
from survey.forms.staff import SessionTokens
from survey.operations.clock import today_in_vietnam
from survey.operations.publishing.publishing import publish_run
from survey.operations.registry.csv_import import import_registry
from survey.operations.rounds.rounds import NewRound, open_round
from survey.operations.staff.accounts import digest_of
from survey.operations.staff.rights import OF_AN_AGENCY, Permission, Role
from survey.responses import KEY_BYTES, HalfDay, Mode
from survey.services import EXTENSION, Services
from survey.store import schema, tables
from survey.store.collecting.responses import NewResponse, save_responses
from survey.store.engine import BUSY_SECONDS
from survey.store.registry.agencies import find_round
from survey.store.registry.points import find_point
from survey.store.staff import tables as staff_tables
from survey.store.staff.accounts import utc_now
from survey.store.subjects import ADDED
from survey.web.door.register import declared
from tests.rights_things import OTHER, OWN, ROUND, added, keep_posters, make_things, record_of

MATRIX = Path(__file__).with_name("rights.csv")
REGISTRY = Path(__file__).parents[2] / "docs" / "examples" / "lang-son"
DOOR = ("/staff/sign-in", "/staff/sign-out")

# What stands in the column of a route. A form with faults was let in just as well: it was read.
ALLOWED, SIGN_IN = "ok", "sign-in"
REFUSALS = {403: "403", 404: "404"}


@dataclass(frozen=True, slots=True)
class Asker:
    """A column: somebody in a role, asking for things of the own agency or of another one."""

    column: str
    role: Role | None
    own: bool = True


ASKERS = (
    Asker("administrator", Role.ADMINISTRATOR),
    Asker("analyst", Role.ANALYST),
    Asker("manager_own", Role.MANAGER),
    Asker("manager_other", Role.MANAGER, own=False),
    Asker("clerk_own", Role.CLERK),
    Asker("clerk_other", Role.CLERK, own=False),
    Asker("auditor", Role.AUDITOR),
    Asker("nobody", None),
)
COLUMNS = ("route", *(asker.column for asker in ASKERS))

# Their things take more than a row to make: an upload, a merger, a report. Administrators get a 404 as well.
NOT_MADE = frozenset(
    {
        "GET /staff/agencies/<code>/merge/undo",
        "POST /staff/agencies/<code>/merge",
        "POST /staff/agencies/<code>/merge/undo",
        "GET /staff/registry/import/<token>",
        "POST /staff/registry/import/<token>",
        "GET /staff/rounds/<code>/report/<key>",
        "GET /staff/rounds/<code>/report/<key>/file",
    }
)


class Matrix:
    """The application with one account for every asker, asked again and again from the same state."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self._app = app
        self._made: Services = app.extensions[EXTENSION]
        self._cookies: dict[str, str] = {}
        with self._made.store.writing(ADDED) as connection:
            self._things = {own: make_things(connection, OWN if own else OTHER) for own in (True, False)}
            for asker in ASKERS:
                if asker.role:
                    self._cookies[asker.column] = _begin(connection, asker)
        for things in self._things.values():
            keep_posters(self._made.settings, things)
        self._database, self._kept = folder / "hai-long.db", folder / "as-it-was.db"
        self._copy(self._database, self._kept)
        self._run = self._find_run()

    def routes(self) -> dict[str, tuple[str, Rule]]:
        """Return method and rule of every staff route by the words its line begins with."""
        rules = [rule for rule in self._app.url_map.iter_rules() if rule.rule.startswith("/staff")]
        kept = [(method, rule) for rule in rules for method in (rule.methods or set()) & {"GET", "POST"}]
        return {f"{method} {rule.rule}": (method, rule) for method, rule in kept if rule.rule not in DOOR}

    def permission(self, route: str) -> Permission:
        """Return what a route declares."""
        return declared[self._app.view_functions[self.routes()[route][1].endpoint]]

    def line(self, route: str) -> dict[str, str]:
        """Return what the application answers on a route, by column."""
        method, rule = self.routes()[route]
        return {"route": route, **{asker.column: self._ask(method, rule, asker) for asker in ASKERS}}

    def _ask(self, method: str, rule: Rule, asker: Asker) -> str:
        client, things = self._app.test_client(), self._things[asker.own]
        path, fields = things.path(rule.rule), {**things.fields(), "run": self._run}
        if cookie := self._cookies.get(asker.column):
            client.set_cookie("hai_long", cookie)
        if method == "GET":
            return _outcome(client.get(path, query_string=fields))
        answer = _outcome(client.post(path, query_string=fields, data={**fields, "token": self._token(path, asker)}))
        self._begin_anew()
        return answer

    def _token(self, path: str, asker: Asker) -> str:
        """Return the token a form of this asker carries: the citizen's one where a citizen's form is filled in."""
        if "/assisted/" in path:
            return self._made.tokens.make(self._things[asker.own].of["point"], today_in_vietnam(), mode=Mode.ASSISTED)
        cookie = self._cookies.get(asker.column, "")
        return SessionTokens(self._made.settings.secret_key, digest_of(cookie)).make()

    def _find_run(self) -> str:
        """Return what the addresses of charts end with."""
        client = self._app.test_client()
        client.set_cookie("hai_long", self._cookies["administrator"])
        return re.findall(r"/overview\.vi\.svg\?run=([\w.-]+)", client.get(f"/staff/analysis/{ROUND}").text)[0]

    def _begin_anew(self) -> None:
        self._copy(self._kept, self._database)

    def _copy(self, source: Path, target: Path) -> None:
        """Copy a database as SQLite does it: what a request began may have it open still."""
        kept, database = closing(sqlite3.connect(source)), closing(sqlite3.connect(target, timeout=BUSY_SECONDS))
        with self._made.store.alone(), kept as one, database as other:
            one.backup(other)


def _outcome(answer: TestResponse) -> str:
    at_the_door = "<h1>Đăng nhập</h1>" in answer.text if answer.mimetype == "text/html" else False
    if at_the_door or (answer.location or "").startswith("/staff/sign-in"):
        return SIGN_IN
    if answer.status_code >= 500:
        return str(answer.status_code)
    return REFUSALS.get(answer.status_code, ALLOWED)


@contextmanager
def sample_matrix(folder: Path) -> Iterator[Matrix]:
    """Yield the matrix of an application with the sample registry and one published round."""
    settings = {"HAI_LONG_INSTANCE": str(folder), "DATABASE_URL": "", "PUBLIC_URL": "", "SURVEY_OWNER": "Sở Nội vụ"}
    app = create_app(settings)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    store = app.extensions[EXTENSION].store
    schema.upgrade(store)
    import_registry(store, REGISTRY)
    today = today_in_vietnam()
    opens, closes = today - timedelta(days=7), today + timedelta(days=20)
    open_round(store, NewRound(code=ROUND, title="Đợt 1", instrument="sipas-2023", opens=opens, closes=closes))
    for _, point in (OWN, OTHER):
        _answer(app, point)
    publish_run(store, ROUND, today=today)
    yield Matrix(app, folder)
    store.close()


def _answer(app: Flask, point: str) -> None:
    """Store twelve responses, enough to be published."""
    store = app.extensions[EXTENSION].store
    with store.reading() as connection:
        (number, survey_round), placed = find_round(connection, ROUND), find_point(connection, point)
    made = (survey_round.opens, HalfDay.MORNING, record_of("4"))
    keys = [secrets.token_bytes(KEY_BYTES) for _ in range(12)]
    save_responses(store, [NewResponse(key, number, placed.id, Mode.QR, *made) for key in keys])


def _begin(connection: Connection, asker: Asker) -> str:
    """Make an account that is admitted already, and return the cookie of its session."""
    agency = select(tables.agency.c.id).where(tables.agency.c.code == OWN[0])
    agency_id = connection.scalar(agency) if asker.role in OF_AN_AGENCY else None
    account = {"username": asker.column.replace("_", "."), "role": asker.role.value, "agency_id": agency_id}
    hidden = {"password_hash": "-", "must_change": False, "disabled": False}
    number, cookie, now = (
        added(connection, staff_tables.staff, {**account, **hidden}),
        secrets.token_urlsafe(),
        utc_now(),
    )
    session = {"digest": digest_of(cookie), "staff_id": number, "began": now, "last_seen": now, "proved": True}
    connection.execute(insert(staff_tables.staff_session).values(**session))
    return cookie


def read_matrix() -> dict[str, dict[str, str]]:
    """Return the lines of rights.csv by route."""
    with MATRIX.open(encoding="utf-8", newline="") as file:
        return {line["route"]: line for line in csv.DictReader(file)}


def write_matrix(lines: Mapping[str, Mapping[str, str]]) -> None:
    """Write the lines in the order of paths and methods."""
    with MATRIX.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines[route] for route in sorted(lines, key=lambda route: route.partition(" ")[::-1]))


def main() -> None:
    """Show where the application differs from the matrix; with --write, add the lines that are missing."""
    known = read_matrix() if MATRIX.exists() else {}
    with tempfile.TemporaryDirectory() as folder, sample_matrix(Path(folder)) as matrix:
        answered = {route: matrix.line(route) for route in matrix.routes()}
    for route, line in answered.items():
        if known.get(route) != line:
            sys.stdout.write(f"{'differs' if route in known else 'missing'}: {','.join(line.values())}\n")
    if "--write" in sys.argv[1:]:
        write_matrix({**answered, **{route: line for route, line in known.items() if route in answered}})


if __name__ == "__main__":
    main()
