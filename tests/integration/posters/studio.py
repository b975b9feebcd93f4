"""The poster studio as people use it: forms sent, batches waited for, codes replaced, and what is kept of it."""

import re

from sqlalchemy import select

from survey.store.tables import service_point
from tests.batches import wait_until_set
from tests.sign_in import token_of
from tests.trail import told_of

# Of the sample registry: two service points of ward Đông Kinh, and two of the provincial service centre.
BUSINESS, CIVIL_STATUS, WARD = "P2MCN3E", "UKGBDA2", "P-DONGKINH"
GUIDE, DESK, CENTRE = "L4E3SZF", "532JS8E", "TTPVHCC"
COMMUNES = "UBND cấp xã"
RETIRED = "WACDS29"


def posted(client, path, **fields):
    """Send a form with the token of the session."""
    return client.post(path, data={"token": token_of(client, "/staff/password"), **fields})


def pressed(client, path, **fields):
    """Open the page of an act and press its button."""
    version = re.search(r'name="version"[^>]* value="(\d+)"', client.get(path).text)[1]
    return posted(client, path, version=version, **fields)


def ordered(client, **fields):
    """Press “Tạo tệp in”, wait for the batch, and return its address."""
    answer = posted(client, "/staff/studio/batches", **{"size": "a4", **fields})
    assert answer.status_code == 303
    wait_until_set(client, answer.headers["Location"])
    return answer.headers["Location"]


def row_of(store, code):
    """Return the row of a service point."""
    with store.reading() as connection:
        return connection.execute(select(service_point).where(service_point.c.code == code)).one()


def trail_of(store, act):
    """Return what the audit trail says of one act."""
    return told_of(store, act)


def shown(page):
    """Return the codes a page speaks of."""
    return {code for code in (BUSINESS, CIVIL_STATUS, GUIDE, DESK) if code in page}


def successor_of(manager, code, reason):
    """Replace a code and return the new one."""
    answer = pressed(manager, f"/staff/points/{code}/replace", reason=reason)
    assert answer.status_code == 303
    return re.search(r"/staff/points/(\w{7})\?", answer.headers["Location"])[1]
