"""The pages of the poster studio, of codes, and of the check."""

import time

from sqlalchemy import insert

from survey.operations.clock import today_in_vietnam
from survey.operations.registry.code_trail import ReplacementReason
from survey.operations.registry.codes import Acting, replace_code
from survey.store.engine import Store
from survey.store.registry.points import find_point
from survey.store.staff.accounts import utc_now
from survey.store.staff.tables import poster_batch, poster_print
from survey.store.subjects import ADDED
from tests.journeys.visits import Visitor

AGENCY, POINT, REPLACED = "P-DONGKINH", "P2MCN3E", "UKGBDA2"


def visit(visitor: Visitor, store: Store) -> None:
    """Visit them all, signed in."""
    visitor.get("batches, none yet", "/staff/studio/batches")
    visitor.get("studio", "/staff/studio")
    visitor.get("studio, nothing found", "/staff/studio?q=khong-co")
    visitor.get("studio of an agency", f"/staff/studio?agency={AGENCY}")
    visitor.get("studio, nothing chosen", f"/staff/studio/print?agency={AGENCY}&only=1", status=400)
    visitor.get("studio, one counter", f"/staff/studio/print?point={POINT}&size=sticker")
    visitor.get("studio, everything", "/staff/studio/print")
    visit_batches(visitor, store)
    visit_codes(visitor, store)
    visit_check(visitor)


def visit_batches(visitor: Visitor, store: Store) -> None:
    """Visit a batch that is ready, one that failed, and one that was interrupted."""
    fields = {"token": visitor.token("/staff/studio/print"), "size": "a5", "agency": AGENCY}
    ready = visitor.client.post("/staff/studio/batches", data=fields).headers["Location"]
    while "Refresh" in visitor.client.get(ready).headers:
        time.sleep(0.1)
    visitor.get("batch", ready)
    for state, fault in (("failed", "Không dàn được trang in."), ("waiting", "")):
        visitor.get(f"batch, {state}", f"/staff/studio/batches/{_add_batch(store, state, fault)}")
    visitor.get("batches", "/staff/studio/batches")


def _add_batch(store: Store, state: str, fault: str) -> int:
    about = {"made_at": utc_now(), "staff": "lan", "size": "a4", "title": "Một điểm phục vụ", "total": 1, "done": 0}
    with store.writing(ADDED) as connection:
        point = find_point(connection, POINT)
        new = insert(poster_batch).values(**about, state=state, fault=fault).returning(poster_batch.c.id)
        number: int = connection.execute(new).scalar_one()
        connection.execute(insert(poster_print).values(batch_id=number, service_point_id=point.id))
    return number


def visit_codes(visitor: Visitor, store: Store) -> None:
    """Visit a service point and what can be done with its code."""
    page = f"/staff/points/{POINT}"
    for act in ("replace", "revoke", "move"):
        visitor.get(f"code: {act}", f"{page}/{act}")
    token = visitor.token(f"{page}/move")
    stale = {"token": token, "version": "99", "place": "same", "name": "Quầy 1", "day": str(today_in_vietnam())}
    visitor.post("code: changed meanwhile", f"{page}/move", stale, status=409)
    visitor.post("code: faults", f"{page}/move", {**stale, "name": "", "day": "x"}, status=400)
    visitor.post("code: no reason", f"{page}/replace", {"token": token, "version": "1"}, status=400)
    visitor.get("service point", f"{page}?done=moved")
    with store.reading() as connection:
        version = find_point(connection, REPLACED).version
    replace_code(store, Acting("lan", REPLACED, version, today_in_vietnam()), reason=ReplacementReason.TAMPERED)
    visitor.get("service point, replaced", f"/staff/points/{REPLACED}")
    visitor.get("code: undo", f"/staff/points/{REPLACED}/undo")
    visitor.get("code: nothing to undo", f"{page}/undo")


def visit_check(visitor: Visitor) -> None:
    """Visit the check of a poster and some of its answers."""
    visitor.get("check", "/staff/check")
    visitor.get("check, right", f"/staff/check?code={POINT}")
    visitor.get("check, replaced", f"/staff/check/{REPLACED}")
    visitor.get("check, mistyped", "/staff/check/AAAAAAA")
    visitor.get("check, elsewhere", "/staff/check?code=khac.example%2FK%2FP2MCN3E")
