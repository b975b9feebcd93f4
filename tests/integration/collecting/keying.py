"""Sheets of paper as clerks key them, and what is kept of their batch."""

from datetime import timedelta

from sqlalchemy import select

from survey.operations.clock import today_in_vietnam
from survey.operations.collecting import entry
from survey.operations.collecting.entry import ChosenBatch
from survey.operations.keeping.deeds import detail_in_words
from survey.store import tables
from survey.store.collecting.entry import KeyedSheet, list_sheets, save_sheet
from survey.store.staff.tables import paper_batch
from survey.store.subjects import ADDED
from tests.sign_in import token_of
from tests.trail import deeds_of

# Of the sample registry: a service point of ward Đông Kinh, and one of another agency.
POINT, AGENCY, OTHER_POINT, OTHER_AGENCY = "P2MCN3E", "P-DONGKINH", "UED34VN", "P-KYLUA"
SHEET = ("545", "4433", "555", "543", "995", "11")
# Eighteen places typed; the six of the questions the round does not ask stay empty.
RECORD = "5454433555543NN5" + "11" + "." * 6


def open_batch(store, *, checked=False, days_ago=1, point=POINT):
    day = today_in_vietnam() - timedelta(days=days_ago)
    return entry.open_batch(store, ChosenBatch("r1", point, day, checked), staff="hoa", today=today_in_vietnam())


def typed(number, sheet=SHEET, **more):
    return {"number": str(number), **{f"keys-{place}": keys for place, keys in enumerate(sheet, 1)}, **more}


def send(client, address, fields=None):
    token = token_of(client, address if "?" in address else "/staff/password")
    return client.post(address, data={"token": token, **(fields or {})})


def key(client, batch, number, sheet=SHEET, *, second=False, **more):
    return send(client, f"/staff/entry/{batch}{'/second' if second else ''}", typed(number, sheet, **more))


def sheets_of(store, batch):
    with store.reading() as connection:
        return [(one.number, one.entry, one.answers) for one in list_sheets(connection, batch)]


def stored(store):
    with store.reading() as connection:
        columns = (tables.response.c.mode, tables.response.c.day, tables.response.c.half, tables.response.c.answers)
        return sorted(tuple(row) for row in connection.execute(select(*columns)))


def acts(store):
    acts = ("paper_batch_opened", "paper_batch_stored", "paper_batch_discarded")
    return [(one.act, detail_in_words(one)) for one in deeds_of(store, *acts)]


def batch_row(store, batch):
    with store.reading() as connection:
        return connection.execute(select(paper_batch).where(paper_batch.c.id == batch)).one()


def fill(store, batch, count):
    """Key `count` sheets that all differ: their numbers written with the digits 1 to 5."""
    records = {}
    with store.writing(ADDED) as connection:
        for number in range(1, count + 1):
            records[number] = "".join("12345"[number // 5**place % 5] for place in range(16)) + "." * 8
            save_sheet(connection, batch, KeyedSheet(number, 1, records[number], "hoa"))
    return records
