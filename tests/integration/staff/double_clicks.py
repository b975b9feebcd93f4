"""Forms that are sent twice at the same moment: what is typed, what they count, and the two answers."""

import http.client
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from lxml import html
from sqlalchemy import Table, func, select, update

from survey.operations.clock import today_in_vietnam
from survey.store.feedback.tables import case_event
from survey.store.plans.tables import improvement_plan, plan_task
from survey.store.staff.accounts import utc_now
from survey.store.staff.tables import kiosk, poster_batch, sent_form, staff
from survey.store.subjects import ADDED
from survey.store.tables import agency, service_point, survey_round
from tests.sign_in import token_of

WARD, POINT = "P-DONGKINH", "P2MCN3E"
TASK = {"part": "", "heading": "I. Chung", "finding": "", "task": "Niêm yết thủ tục", "lead": "Văn phòng"}
TASK |= {"coordinating": "Các phòng", "deadline": "Quý II", "product": "100% thủ tục"}


def tomorrow(days: int = 1) -> str:
    return (today_in_vietnam() + timedelta(days=days)).isoformat()


ROUND = {"code": "2026-q4", "title": "Đợt quý IV", "instrument": "sipas-2023", "basis": "self_selected", "previous": ""}
ROUND |= {"questions": "fact", "everybody": "all"}


@dataclass(frozen=True, slots=True)
class Act:
    """A form: its page, where it is sent, what is typed, and the rows that it adds, or the versions it makes."""

    page: str
    typed: dict[str, str]
    counted: Any
    path: str = ""


ACTS = {
    "add a service point": Act(f"/staff/agencies/{WARD}/points/new", {"name": "Quầy Đất đai"}, service_point),
    "add an agency": Act("/staff/registry/agencies/new", {"code": "SMOI", "name": "Sở mới", "block": "Sở"}, agency),
    "add a round": Act("/staff/rounds/new", ROUND, survey_round),
    "add a plan": Act(
        "/staff/plans/new", {"agency": WARD, "round": "", "title": "Kế hoạch", "year": "2026"}, improvement_plan
    ),
    "add a task": Act("{plan}/tasks/new", TASK, plan_task),
    "save a task": Act("{task}/edit", {"product": "90% thủ tục"}, func.sum(plan_task.c.version)),
    "note on a case": Act("/staff/cases/{case}", {"note": "Đã gọi điện"}, case_event, path="/staff/cases/{case}/note"),
    "add a person": Act("/staff/people/new", {"username": "mai", "role": "analyst"}, staff),
    "add a tablet": Act(f"/staff/kiosks/new/{POINT}", {"label": "Bàn 1", "pin": "2580", "rest_seconds": "5"}, kiosk),
    "order posters": Act(
        f"/staff/studio/print?point={POINT}&size=a4",
        {"point": POINT, "size": "a4"},
        poster_batch,
        path="/staff/studio/batches",
    ),
}


def forget(store) -> None:
    with store.writing(ADDED) as connection:
        connection.execute(sent_form.delete())


def newest(store, column) -> int:
    with store.reading() as connection:
        return connection.scalar(select(func.max(column)))


def post(client, path: str, **fields: str) -> None:
    sent = client.post(path, data={"token": token_of(client, "/staff/account"), **fields})
    assert sent.status_code == 303, sent.text


def filled(client, act: Act, places: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Return where a form is sent and what it sends when its page has just been opened and filled in."""
    page, path = act.page.format(**places), (act.path or act.page).format(**places)
    tree = html.fromstring(client.get(page).text)
    forms = tree.xpath("//main//form[@method='post']")
    form = next((one for one in forms if act.path and one.get("action") == path), forms[0])
    days = {"opens": tomorrow(), "closes": tomorrow(30)} if "instrument" in act.typed else {}
    return path, {**{name: value for name, value in form.form_values() if value}, **act.typed, **days}


def count(store, counted) -> int:
    wanted = select(func.count()).select_from(counted) if isinstance(counted, Table) else select(counted)
    with store.reading() as connection:
        return int(connection.scalar(wanted) or 0)


def alike(client):
    """Return another client of the same browser: it sends the same cookie."""
    other = client.application.test_client()
    other.set_cookie("hai_long", client.get_cookie("hai_long").value)
    return other


def seen(answer) -> tuple[int, str | None, str, list[str]]:
    return answer.status_code, answer.location, answer.text, answer.headers.getlist("Set-Cookie")


def pressed_twice(send: Callable[[], Any]) -> list[Any]:
    """Return the answers to a form that two threads send at the same moment."""
    ready = threading.Barrier(2)

    def press() -> Any:
        ready.wait()
        return send()

    with ThreadPoolExecutor(2) as threads:
        return [one.result() for one in [threads.submit(press) for _ in range(2)]]


def over_http(port: int, path: str, form: dict[str, str], cookie: str) -> tuple[int, str | None, str]:
    """Send a form over a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"hai_long={cookie}"}
    connection.request("POST", path, urlencode(form), headers)
    answer = connection.getresponse()
    found = answer.status, answer.getheader("Location"), answer.read().decode()
    connection.close()
    return found


def moved(store, by: timedelta) -> None:
    """Make the rows of sent forms older, or newer."""
    with store.writing(ADDED) as connection:
        connection.execute(update(sent_form).values(at=utc_now() + by))
