"""Plans as people make and edit them on pages, what a page holds, and what happens meanwhile."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from sqlalchemy import func, select, text, update

from survey.operations.clock import today_in_vietnam
from survey.store.subjects import ADDED
from survey.store.tables import agency
from tests.sign_in import token_of

# Of the sample registry: two wards of the same block with a service point of each, and a third one.
WARD, IN_WARD = "P-DONGKINH", "P2MCN3E"
OTHER, IN_OTHER = "P-KYLUA", "UED34VN"
SMALL, IN_SMALL = "SCT", "RMTKLJ7"
PLANS, NEW = "/staff/plans", "/staff/plans/new"
WORDS = {"title": "Kế hoạch năm 2026", "year": "2026", "document": "", "places": ""}
TASK = {"part": "", "heading": "I. Chung", "finding": "", "task": "Niêm yết thủ tục", "lead": "Văn phòng"}
TASK |= {"coordinating": "Các phòng", "deadline": "Quý II", "product": "100% thủ tục"}


class Page(HTMLParser):
    """Reads a page: the cells of its tables row by row, the text of its main part, the values of its form."""

    def __init__(self, answer) -> None:
        super().__init__()
        self.rows, self.text, self.values, self._cell, self._field = [], "", {}, False, ""
        self.feed(answer.text)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self._cell = True
        elif tag == "input":
            self.values[given.get("name")] = given.get("value", "")
        elif tag in ("textarea", "select"):
            self._field = given["name"]
            self.values[self._field] = ""
        elif tag == "option" and "selected" in given:
            self.values[self._field] = given["value"]

    def handle_endtag(self, tag):
        self._cell = self._cell and tag not in ("td", "th")
        self._field = "" if tag in ("textarea", "select") else self._field

    def handle_data(self, data):
        self.text += data
        if self._cell:
            self.rows[-1][-1] += data
        elif self._field:
            self.values[self._field] += data.strip("\n") if data.strip() else ""


def page(client, path: str, *, status: int = 200) -> Page:
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return Page(answer)


def post(client, path: str, **fields: str):
    """Send a form with the token of the session."""
    return client.post(path, data={"token": token_of(client, PLANS), **fields})


def make(client, **fields: str) -> str:
    """Make a plan and return the address of its page."""
    answer = post(client, NEW, **{"agency": WARD, "round": "r1", **WORDS, **fields})
    assert answer.status_code == 303, Page(answer).text
    return answer.location.partition("?")[0]


def add(client, plan: str, **fields: str) -> str:
    """Add a task and return the address of its page."""
    answer = post(client, f"{plan}/tasks/new", **{**TASK, **fields})
    assert answer.status_code == 303, Page(answer).text
    return f"{plan}/tasks/{answer.location.rpartition('-')[2]}"


def edit(client, task: str, **fields: str):
    """Send the form of a task as it stands, with `fields` in the place of what it holds."""
    held = page(client, f"{task}/edit").values
    return post(client, f"{task}/edit", **{name: held.get(name, "") for name in ("version", *TASK)} | fields)


def rows_of(store, table) -> int:
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table))


@contextmanager
def meanwhile(store):
    """Yield a write transaction and how to send a request during it; both end, and `answers` is what came back."""
    answers = []
    with ThreadPoolExecutor(1) as elsewhere:
        with store.writing(ADDED) as connection:
            sent = []
            yield connection, lambda *asked, **fields: sent.append(elsewhere.submit(*asked, **fields)), answers
            wait_for_a_lock(store)
        answers += [one.result(timeout=30) for one in sent]


def wait_for_a_lock(store) -> None:
    """Wait until a request waits for the transaction; on SQLite it can do nothing but wait."""
    if store.is_sqlite:
        return
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with store.reading() as connection:
            if connection.scalar(waiting):
                return
        time.sleep(0.02)
    pytest.fail("no request waits for the transaction")


def end_agency(store, code: str, *, successor: str | None = None) -> None:
    """Let an agency end the day before yesterday, its work going to another one or to nobody."""
    with store.writing(ADDED) as connection:
        to = connection.scalar(select(agency.c.id).where(agency.c.code == successor))
        gone = {"valid_to": today_in_vietnam() - timedelta(days=2), "successor_id": to}
        connection.execute(update(agency).where(agency.c.code == code).values(**gone))
