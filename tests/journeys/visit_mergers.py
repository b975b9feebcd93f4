"""The pages of mergers and splits, and of results by the agencies there are today."""

import re
from datetime import timedelta

from survey.operations.clock import today_in_vietnam
from survey.operations.registry.merger_undo import find_takeover, undo_takeover
from survey.store.engine import Store
from tests.journeys.visits import Visitor, days_later

# Two wards of the sample registry, and the one that takes them over.
WARD, OTHER_WARD, TAKER = "X-DONGDANG", "X-LOCBINH", "X-HUULUNG"
ITS_POINT = "DZCD66M"


def visit(visitor: Visitor, store: Store) -> None:
    """Visit everything that leads to a merger and follows from it, and undo it again."""
    merge, split = f"/staff/agencies/{WARD}/merge", f"/staff/agencies/{WARD}/split"
    first_day = today_in_vietnam() + timedelta(days=1)
    visitor.get("merger", merge)
    visitor.get("split", split)
    fields = {"token": visitor.token(merge), "day": first_day.isoformat()}
    visitor.post("merger with faults", merge, {**fields, "day": "31/02", "target": "+", "new-name": "x"}, status=400)
    visitor.post("merger of itself", merge, {**fields, "target": TAKER, "others": TAKER}, status=400)
    asked = {**fields, "target": TAKER, "others": OTHER_WARD}
    visitor.post("merger looked at", merge, asked, status=200)
    parted = {**fields, "targets": TAKER, "new-0-code": "X-MOI", "new-0-name": "Ủy ban nhân dân xã Mới"}
    visitor.post("split looked at", split, parted, status=200)
    visitor.post("merger changed meanwhile", merge, {**asked, "act": "do", "seen": "0"}, status=409)
    (seen,) = re.findall(r'name="seen" value="(\w+)"', visitor.client.post(merge, data=asked).text)
    visitor.client.post(merge, data={**asked, "act": "do", "seen": seen})
    visitor.get("merger planned", f"{merge}?done=done")
    visitor.get("merger to be undone", f"{merge}/undo")
    code = visitor.published_round()
    with days_later(1):
        visitor.get("results of today (vi)", f"/results/{code}?agencies=now")
        visitor.get("results of today (en)", f"/results/{code}?agencies=now&lang=en", language="en")
    found = find_takeover(store, WARD)
    if found:
        undo_takeover(store, WARD, reopened=(), seen=found.digest, today=today_in_vietnam(), by="lan")
    visitor.get("merger undone", f"{merge}?done=undone")
    ended = visitor.client.get(f"/K/{ITS_POINT}")
    assert ended.status_code == 200, "the old code is in use again"
