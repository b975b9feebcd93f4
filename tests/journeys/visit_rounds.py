"""The pages about survey rounds: made, changed, closed, looked at; visits, goals and publishing."""

import time
from dataclasses import replace

from survey.store.engine import Store
from survey.store.jobs.jobs import Job, JobState, put_job
from survey.store.subjects import ADDED
from tests.journeys.visits import AGENCY, Visitor


def visit(visitor: Visitor, store: Store) -> None:
    """Visit the list, a round and everything it has a page for."""
    home = f"/staff/rounds/{visitor.published_round()}"
    token = {"token": visitor.token("/staff/password")}
    visitor.get("rounds", "/staff/rounds")
    visitor.get("round, new", "/staff/rounds/new")
    wrong = {**token, "title": "", "opens": "hôm nay", "everybody": "some", "ethnicity": "y"}
    visitor.post("round, new with faults", "/staff/rounds/new", wrong, status=400)
    visitor.post("form, unsaved preview", "/staff/rounds/preview", {**token, "instrument": "sipas-2017"}, status=200)
    for name, path in (
        ("round", ""),
        ("round, edit", "/edit"),
        ("round, close", "/close"),
        ("form preview", "/preview"),
    ):
        visitor.get(name, home + path)
    visitor.post("round, changed meanwhile", f"{home}/edit", {**token, **changed_meanwhile(visitor, home)}, status=409)
    visitor.get("goals", f"{home}/goals")
    visitor.post("goals with faults", f"{home}/goals", {**token, "version": "1", f"n.{AGENCY}": "?"}, status=400)
    visitor.get("visits", f"{home}/visits")
    visitor.get("visits of an agency", f"{home}/visits?agency={AGENCY}")
    visitor.post("visits with faults", f"{home}/visits", {**token, **one_visit(visitor, home, "?")}, status=400)
    visitor.post("visits without a file", f"{home}/visits/file", token, status=400)
    visitor.get("round of nothing", "/staff/rounds/nowhere", status=404)
    visit_publishing(visitor, store, home)


def changed_meanwhile(visitor: Visitor, home: str) -> dict[str, str]:
    """Return a form of the round that somebody else changed after it was shown."""
    closes = visitor.client.get(f"{home}/edit").text.split('name="closes" type="date" value="')[1][:10]
    return {"title": "Tên mới", "closes": closes, "everybody": "all", "previous": "", "version": "0"}


def one_visit(visitor: Visitor, home: str, number: str) -> dict[str, str]:
    """Return a number of visits typed for the period the page offers."""
    text = visitor.client.get(f"{home}/visits").text
    period = {name: text.split(f'type="hidden" name="{name}" value="')[1][:10] for name in ("first", "last")}
    return {**period, f"n.{AGENCY}": number}


def visit_publishing(visitor: Visitor, store: Store, home: str) -> None:
    """Visit the page that tells how far a publication is, in each of its states."""
    visitor.get("publishing, not begun", f"{home}/publishing")
    code, now = visitor.published_round(), time.time()
    stages = dict.fromkeys(("counting", "protecting", "comparing", "saving", "drawing"), now)
    begun = Job(
        "publication", code, "lan", "{}", JobState.RUNNING, now, {"counting": now}, None, "", "elsewhere 1", now, 1
    )
    for name, job in (
        ("running", begun),
        ("interrupted", replace(begun, beat=0.0)),
        ("failed", replace(begun, state=JobState.FAILED, ended=now, fault="Đợt này chưa có phiếu nào.")),
        ("done", replace(begun, state=JobState.DONE, ended=now, steps=stages)),
    ):
        with store.writing(ADDED) as connection:
            put_job(connection, job)
        visitor.get(f"publishing, {name}", f"{home}/publishing")
