"""A batch of sheets is stored once or not at all, and nobody can follow a sheet from there."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from sqlalchemy import func, select, text

from survey.errors import ChangedMeanwhileError
from survey.operations.clock import today_in_vietnam
from survey.operations.collecting import entry
from survey.operations.counting.breakdowns import count_breakdowns
from survey.operations.counting.counting import count_round
from survey.operations.results.runs import compute_index
from survey.store import tables
from survey.store.collecting.entry import KeyedSheet
from survey.store.staff.tables import paper_sheet
from tests.integration.collecting.attacks import ranks
from tests.integration.collecting.keying import (
    AGENCY,
    RECORD,
    acts,
    batch_row,
    fill,
    key,
    open_batch,
    send,
    sheets_of,
    stored,
)
from tests.integration.collecting.traces import traces

# ---- Stored once, or not at all.


def test_a_batch_is_stored_once_however_many_store_it_at_once(store, round_of_2023_form) -> None:
    batch = open_batch(store)
    fill(store, batch, 20)
    together = threading.Barrier(6)

    def store_it(person):
        together.wait()
        try:
            return entry.store_batch(store, batch, staff=f"p{person}", today=today_in_vietnam())
        except ChangedMeanwhileError as late:
            return late.in_language("vi")

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(store_it, range(6)))
    assert [one for one in results if isinstance(one, int)] == [20]
    assert sum("20 phiếu" in one for one in results if isinstance(one, str)) == 5
    assert len(stored(store)) == 20
    assert [act for act, _ in acts(store)] == ["paper_batch_opened", "paper_batch_stored"]


def test_a_sheet_keyed_while_the_batch_is_stored_is_in_it_or_refused_but_never_lost(store, round_of_2023_form) -> None:
    batch = open_batch(store)
    fill(store, batch, 5)
    together, kept = threading.Barrier(5), []

    def key_more(number):
        together.wait()
        sheet = KeyedSheet(100 + number, 1, RECORD, "hoa")
        try:
            entry.key_sheet(store, batch, sheet, seen="", today=today_in_vietnam())
            kept.append(number)
        except ChangedMeanwhileError:
            pass

    def store_it(_number):
        together.wait()
        entry.store_batch(store, batch, staff="hoa", today=today_in_vietnam())

    with ThreadPoolExecutor(5) as pool:
        tasks = [pool.submit(key_more, number) for number in range(4)] + [pool.submit(store_it, 4)]
    for task in tasks:
        task.result()
    assert len(stored(store)) == 5 + len(kept)
    assert sheets_of(store, batch) == []


def test_a_second_click_is_told_what_happened(clerk, store) -> None:
    batch = open_batch(store)
    key(clerk, batch, 1)
    assert send(clerk, f"/staff/entry/{batch}/store").status_code == 303
    again = send(clerk, f"/staff/entry/{batch}/store")
    assert again.status_code == 409
    assert "đã được lưu vào kết quả" in again.text
    assert key(clerk, batch, 2).status_code == 409
    assert send(clerk, f"/staff/entry/{batch}/discard").status_code == 409
    assert len(stored(store)) == 1


def test_an_empty_batch_stores_nothing(clerk, store) -> None:
    batch = open_batch(store)
    assert send(clerk, f"/staff/entry/{batch}/store").status_code == 409
    assert batch_row(store, batch).stored_on is None


def test_a_batch_is_thrown_away_after_one_question_and_its_number_is_not_used_again(clerk, store) -> None:
    batch = open_batch(store)
    key(clerk, batch, 1)
    assert "1 tờ" in clerk.get(f"/staff/entry/{batch}/discard").text
    assert clerk.post(f"/staff/entry/{batch}/discard", data={"token": "wrong"}).status_code == 403
    assert sheets_of(store, batch) != []
    assert send(clerk, f"/staff/entry/{batch}/discard").location == "/staff/entry?done=discarded"
    assert (sheets_of(store, batch), stored(store)) == ([], [])
    assert acts(store)[-1][0] == "paper_batch_discarded"
    assert open_batch(store) != batch
    assert key(clerk, batch, 2).status_code == 409
    assert "Đã bỏ" in clerk.get("/staff/entry").text


# ---- Nobody can follow a sheet.


def order_told(places, number_of):
    """Return Spearman's correlation between a trace and the numbers of the sheets; one value tells nothing."""
    keys = list(places)
    if len(set(places.values())) == 1:
        return 0.0
    return float(np.corrcoef(ranks([places[one] for one in keys]), ranks([number_of[one] for one in keys]))[0, 1])


def test_no_trace_of_the_responses_tells_the_number_of_a_sheet(store, round_of_2023_form) -> None:
    batch = open_batch(store)
    records = fill(store, batch, 400)
    assert entry.store_batch(store, batch, staff="hoa", today=today_in_vietnam()) == 400
    number_of_record = {record: number for number, record in records.items()}
    with store.reading() as connection:
        found = connection.execute(select(tables.response.c.key, tables.response.c.answers)).all()
    number_of = {bytes(row.key): number_of_record[row.answers] for row in found}
    told = {}
    with store.outside_transaction() as connection:
        if store.is_sqlite:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    for name, places in traces(store, "response").items():
        told[name] = order_told(places, number_of)
    assert "rowid" not in told
    # Of 400 random places the correlation has a standard deviation of 1/√399 = 0.05.
    assert {name: value for name, value in told.items() if abs(value) > 0.25} == {}


def test_nothing_is_left_of_the_sheets(store, round_of_2023_form) -> None:
    batch = open_batch(store)
    records = fill(store, batch, 50)
    entry.store_batch(store, batch, staff="hoa", today=today_in_vietnam())
    with store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(paper_sheet)).scalar_one() == 0
        if not store.is_sqlite:
            assert connection.execute(text("SELECT pg_relation_size('paper_sheet')")).scalar_one() == 0
            return
    with store.outside_transaction() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    data = Path(store.engine.url.database).read_bytes()
    # Each record stands once on the disk: in its response.
    assert {data.count(record.encode()) for record in records.values()} == {1}


# ---- Counted apart.


def test_paper_is_pooled_in_the_index_and_apart_in_the_breakdown(store, round_of_2023_form) -> None:
    batch = open_batch(store)
    fill(store, batch, 3)
    entry.store_batch(store, batch, staff="hoa", today=today_in_vietnam())
    pooled = compute_index(store, "r1", by=("agency",)).rows
    assert {row.responses for row in pooled if row.domain.agency_code == AGENCY} == {3}
    with store.reading() as connection:
        found = count_round(connection, "r1")
        by_mode = count_breakdowns(connection, found.id, found.survey_round, found.instrument, found.placed)["mode"]
    counts = {group.category: int(by_mode.tally.responses[place]) for place, group in enumerate(by_mode.groups)}
    assert {mode: count for mode, count in counts.items() if count} == {"paper": 3}
