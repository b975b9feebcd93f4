"""Every page about shared tablets, and every page on one."""

import re

from survey.store.engine import Store
from tests.journeys.visits import POINT, Visitor, days_later

NEW = {"label": "Máy cạnh quầy số 2", "pin": "2580", "rest_seconds": "5"}


def visit(visitor: Visitor, _store: Store) -> None:
    """Visit the tablets while there is none, make one, look at what it shows, and revoke it."""
    home, new = "/staff/kiosks", f"/staff/kiosks/new/{POINT}"
    visitor.get("no tablets", home)
    visitor.get("choose where a tablet stands", f"{home}/new")
    visitor.get("nowhere to put a tablet", f"{home}/new?q=khong-co")
    visitor.get("new tablet", new)
    token = {"token": visitor.token(new)}
    wrong = {**token, "label": "", "pin": "12a", "rest_seconds": "1"}
    visitor.post("new tablet with faults", new, wrong, status=400)
    visitor.post("tablet made", new, {**token, **NEW}, status=201)
    (secret,) = re.findall(r"/kiosk/([\w-]{22})<", visitor.visits[-1].body.decode())
    visitor.get("tablets", home)
    _visit_tablet(visitor, f"/kiosk/{secret}")
    (number,) = re.findall(rf"{home}/(\d+)/revoke", visitor.client.get(home).text)
    visitor.get("revoke a tablet", f"{home}/{number}/revoke")
    visitor.client.post(f"{home}/{number}/revoke", data=token)
    visitor.get("tablets after a deed", f"{home}?done=revoked")
    visitor.get("tablet revoked before", f"{home}/{number}/revoke")
    visitor.get("revoked tablet", f"/kiosk/{secret}", status=410)


def _visit_tablet(visitor: Visitor, address: str) -> None:
    visitor.get("tablet", address)
    visitor.get("way out of the tablet", "/kiosk/exited")
    visitor.get("unknown tablet", "/kiosk/nobody", status=404)
    with days_later(-200):
        visitor.get("tablet before the round", address)
    with days_later(200):
        visitor.get("tablet after the round", address)
