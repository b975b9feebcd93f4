"""The pages about survey rounds: made, changed, closed, looked at; visits, goals and publishing."""

import fcntl
import json
import time
from pathlib import Path

from survey.services import EXTENSION
from survey.store.engine import Store
from tests.journeys.visits import AGENCY, Visitor


def visit(visitor: Visitor, _store: Store) -> None:
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
    visit_publishing(visitor, home)


def changed_meanwhile(visitor: Visitor, home: str) -> dict[str, str]:
    """Return a form of the round that somebody else changed after it was shown."""
    closes = visitor.client.get(f"{home}/edit").text.split('name="closes" type="date" value="')[1][:10]
    return {"title": "Tên mới", "closes": closes, "everybody": "all", "previous": "", "version": "0"}


def one_visit(visitor: Visitor, home: str, number: str) -> dict[str, str]:
    """Return a number of visits typed for the period the page offers."""
    text = visitor.client.get(f"{home}/visits").text
    period = {name: text.split(f'type="hidden" name="{name}" value="')[1][:10] for name in ("first", "last")}
    return {**period, f"n.{AGENCY}": number}


def visit_publishing(visitor: Visitor, home: str) -> None:
    """Visit the page that tells how far a publication is, in each of its states."""
    visitor.get("publishing, not begun", f"{home}/publishing")
    settings = visitor.client.application.extensions[EXTENSION].settings
    place = Path(settings.instance, "publishing", f"{visitor.published_round()}.json")
    began = {"began": time.time(), "stages": {"counting": time.time()}, "ended": None, "fault": ""}
    place.write_text(json.dumps({"state": "running", **began}))
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        visitor.get("publishing, running", f"{home}/publishing")
    visitor.get("publishing, interrupted", f"{home}/publishing")
    place.write_text(
        json.dumps({**began, "state": "failed", "ended": time.time(), "fault": "Đợt này chưa có phiếu nào."})
    )
    visitor.get("publishing, failed", f"{home}/publishing")
    stages = {stage: time.time() for stage in ("counting", "protecting", "comparing", "saving", "drawing")}
    place.write_text(json.dumps({**began, "state": "done", "stages": stages, "ended": time.time()}))
    visitor.get("publishing, done", f"{home}/publishing")
