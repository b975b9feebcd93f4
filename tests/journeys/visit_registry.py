"""Pages of the registry, as an administrator sees them."""

import io

from survey.store.engine import Store
from tests.journeys.visits import POINT, Visitor

# The agency of POINT.
AGENCY = "TTPVHCC"
TABLE = "agency_code,name,code,valid_from,valid_to\n{rows}"


def visit(visitor: Visitor, _store: Store) -> None:
    """Visit the agencies, their forms, and the import with its preview and its faults."""
    agency, new, upload = f"/staff/agencies/{AGENCY}", "/staff/registry/agencies/new", "/staff/registry/import"
    visitor.get("agencies", "/staff/agencies")
    visitor.get("agencies not found", "/staff/agencies?q=khong-co")
    visitor.get("agency with a new point", f"{agency}?point={POINT}&done=agency-changed")
    visitor.get("agency to edit", f"{agency}/edit")
    visitor.get("agency to add", new)
    visitor.post("agency with faults", new, {"token": visitor.token(new), "code": "mã sai", "name": ""}, status=400)
    stale = {"token": visitor.token(new), "version": "7", "name": "Tên khác", "parent": ""}
    visitor.post("agency changed meanwhile", f"{agency}/edit", stale, status=409)
    visitor.get("point to add", f"{agency}/points/new")
    for act in ("edit", "retire", "restore"):
        visitor.get(f"point to {act}", f"/staff/points/{POINT}/{act}")
    visitor.get("import", upload)
    visitor.keep("import with faults", send(visitor, "SNV,,,,31/02/2026\n"), address=upload, status=400)
    preview = send(visitor, f"{AGENCY},Quầy mới,,,\n{AGENCY},Quầy đổi tên,{POINT},,\n").headers["Location"]
    visitor.get("import previewed", preview)
    visitor.get("import forgotten", f"{upload}/{'a' * 32}", status=404)


def send(visitor: Visitor, rows: str):  # type: ignore[no-untyped-def]
    """Upload service points."""
    file = (io.BytesIO(TABLE.format(rows=rows).encode()), "diem.csv")
    address = "/staff/registry/import"
    return visitor.client.post(address, data={"token": visitor.token(address), "points": file})
