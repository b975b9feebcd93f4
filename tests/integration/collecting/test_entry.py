"""Paper by keyboard: keyed, corrected, keyed twice, stored once, and not to be followed back."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from random import Random

import numpy as np
import pytest
from sqlalchemy import func, select, text, update

from survey.errors import ChangedMeanwhileError, EntryError
from survey.fieldwork import asked_questions
from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.collecting import entry
from survey.operations.collecting.entry import ChosenBatch
from survey.operations.counting.breakdowns import count_breakdowns
from survey.operations.counting.counting import count_round
from survey.operations.keeping.deeds import detail_in_words
from survey.operations.results.runs import compute_index
from survey.operations.staff.rights import Role
from survey.store import tables
from survey.store.collecting.entry import KeyedSheet, list_sheets, save_sheet
from survey.store.registry.agencies import find_round
from survey.store.staff.tables import paper_batch, paper_sheet
from survey.store.subjects import ADDED
from survey.typed.keying import key_groups
from tests.integration.collecting.test_linking import ranks, traces
from tests.sign_in import admit, token_of
from tests.trail import deeds_of

# Of the sample registry: a service point of ward Đông Kinh, and one of another agency.
POINT, AGENCY, OTHER_POINT, OTHER_AGENCY = "P2MCN3E", "P-DONGKINH", "UED34VN", "P-KYLUA"
SHEET = ("545", "4433", "555", "543", "995", "11")
# Eighteen places typed; the six of the questions the round does not ask stay empty.
RECORD = "5454433555543NN5" + "11" + "." * 6


@pytest.fixture
def clerk(client, store, round_of_2023_form):
    """Return a client signed in as a clerk of ward Đông Kinh."""
    admit(client, store, "hoa", Role.CLERK, AGENCY)
    return client


@pytest.fixture
def new_client(app, store):
    """Return a function that signs another clerk of the ward in."""

    def make(name, agency=AGENCY):
        other = app.test_client()
        admit(other, store, name, Role.CLERK, agency)
        return other

    return make


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


# ---- From the new batch to the stored responses.


def test_a_batch_from_its_opening_to_its_responses(clerk, store) -> None:
    day = today_in_vietnam() - timedelta(days=2)
    fields = {"round": "r1", "point": POINT, "day": day.isoformat(), "times": "single"}
    opened = send(clerk, "/staff/entry/new", fields)
    batch = int(re.findall(r"/staff/entry/(\d+)$", opened.location)[0])
    assert key(clerk, batch, 1).location == f"/staff/entry/{batch}?after=1"
    page = clerk.get(f"/staff/entry/{batch}?after=1").text
    assert 'name="number" value="2"' in page
    assert all(f"<code>{keys}</code>" in page for keys in SHEET)
    assert key(clerk, batch, 2, ("000", "0000", "000", "000", "000", "01")).status_code == 303
    assert "2 phiếu" in clerk.get(f"/staff/entry/{batch}/store").text
    assert send(clerk, f"/staff/entry/{batch}/store").location == "/staff/entry?done=stored"
    empty = "." * 17 + "1" + "." * 6
    assert stored(store) == [("paper", day, None, empty), ("paper", day, None, RECORD)]
    assert sheets_of(store, batch) == []
    assert batch_row(store, batch).responses == 2
    named = f"tập phiếu số {batch}; mã đợt: r1; mã điểm phục vụ: {POINT}; ngày: {day:%d/%m/%Y}"
    assert acts(store) == [("paper_batch_opened", named), ("paper_batch_stored", f"{named}; số phiếu: 2")]


def test_the_day_may_be_written_as_people_write_it(clerk, store) -> None:
    day = today_in_vietnam()
    fields = {"round": "r1", "point": f" {POINT.lower()} ", "day": f"{day:%d/%m/%Y}", "times": "checked"}
    assert send(clerk, "/staff/entry/new", fields).status_code == 303
    assert batch_row(store, 1).day == day
    assert batch_row(store, 1).checked


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"day": "hôm qua"}, "Hãy ghi ngày"),
        ({"day": ""}, "Hãy ghi ngày"),
        ({"day": "2020-01-01"}, "nằm ngoài đợt khảo sát"),
        ({"day": f"{today_in_vietnam() + timedelta(days=3)}"}, "chưa đến"),
        ({"round": "không có"}, "không nhận phiếu"),
        ({"round": ""}, "Hãy điền ô này"),
        ({"point": ""}, "Hãy điền ô này"),
    ],
)
def test_a_batch_that_cannot_be_is_refused_and_nothing_typed_is_lost(clerk, store, change, said) -> None:
    right = {"round": "r1", "point": POINT, "day": f"{today_in_vietnam()}", "times": "checked"}
    page = send(clerk, "/staff/entry/new", {**right, **change})
    assert page.status_code == 400
    assert said in page.text
    assert 'value="checked" checked' in page.text
    assert change.get("day", right["day"]) in page.text
    assert acts(store) == []


def test_a_sealed_round_takes_no_new_batch_and_no_more_sheets(clerk, store) -> None:
    batch = open_batch(store)
    key(clerk, batch, 1)
    past = today_in_vietnam() - timedelta(days=1)
    with store.writing(ADDED) as connection:
        connection.execute(update(tables.survey_round).values(closes=past, seals=past))
    assert "khóa sổ" in clerk.get(f"/staff/entry/{batch}").text
    assert key(clerk, batch, 2).status_code == 409
    assert send(clerk, f"/staff/entry/{batch}/store").status_code == 409
    fields = {"round": "r1", "point": POINT, "day": f"{past}", "times": "single"}
    assert send(clerk, "/staff/entry/new", fields).status_code in (400, 404)
    assert stored(store) == []
    # What cannot be stored any more can still be cleared away.
    assert send(clerk, f"/staff/entry/{batch}/discard").status_code == 303


# ---- Another agency's batch does not exist.


@pytest.mark.parametrize("page", ["", "/sheets", "/delete?sheet=1", "/store", "/discard", "/second", "/differences"])
def test_a_batch_of_another_agency_is_not_there_and_stays_as_it_is(clerk, store, page) -> None:
    batch = open_batch(store, checked=True, point=OTHER_POINT)
    record = KeyedSheet(1, 1, RECORD, "mai")
    entry.key_sheet(store, batch, record, seen="", today=today_in_vietnam())
    assert clerk.get(f"/staff/entry/{batch}{page}").status_code == 404
    token = token_of(clerk, "/staff/password")
    if page != "/sheets":
        assert clerk.post(f"/staff/entry/{batch}{page}", data=typed(1, token=token)).status_code == 404
    assert sheets_of(store, batch) == [(1, 1, RECORD)]
    assert batch_row(store, batch).stored_on is None


def test_a_service_point_of_another_agency_is_not_there_to_choose(clerk, store) -> None:
    fields = {"round": "r1", "day": f"{today_in_vietnam()}", "times": "single"}
    for code in (OTHER_POINT, "AAAAAAA", "x" * 50_000):
        assert send(clerk, "/staff/entry/new", {**fields, "point": code}).status_code == 404
    assert OTHER_POINT not in clerk.get("/staff/entry/new").text
    assert acts(store) == []


def test_the_list_shows_the_own_agency_only(clerk, store) -> None:
    open_batch(store)
    open_batch(store, point=OTHER_POINT)
    page = clerk.get("/staff/entry").text
    assert "/staff/entry/1" in page
    assert "/staff/entry/2" not in page


def test_whoever_may_not_enter_responses_gets_nowhere(client, store, round_of_2023_form) -> None:
    admit(client, store, "mai", Role.ANALYST)
    for page in ("", "/new", f"/{open_batch(store)}", "/form", "/assisted", f"/assisted/{POINT}"):
        assert client.get(f"/staff/entry{page}").status_code == 403


# ---- Wrong keys.


@pytest.mark.parametrize("number", ["0", "100000", "-1", "mười", "", "1" * 30, "１²"])
def test_a_sheet_number_that_cannot_be_is_refused(clerk, store, number) -> None:
    batch = open_batch(store)
    page = key(clerk, batch, number)
    assert page.status_code == 400
    assert "từ 1 đến 99.999" in page.text
    assert 'value="4433"' in page.text
    assert sheets_of(store, batch) == []


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("4x33", "Câu B2: chỉ nhận 1–5 hoặc 0, không nhận “x”."),
        ("44333", "Mục B: cần 4 chữ số, đã gõ 5."),
        ("4933", "Câu B2: chỉ nhận 1–5 hoặc 0, không nhận “9”."),
        ("<b>1", "không nhận “&lt;”."),
        ("4" * 50_000, "Mục B: cần 4 chữ số, đã gõ 50000."),
    ],
)
def test_wrong_keys_are_said_place_by_place_and_nothing_typed_is_lost(clerk, store, keys, said) -> None:
    batch = open_batch(store)
    page = key(clerk, batch, 1, ("545", keys, "555", "543", "995", "11"))
    assert page.status_code == 400
    assert said in page.text
    for value in ("545", keys.replace("<", "&lt;").replace(">", "&gt;"), "995"):
        assert f'value="{value}"' in page.text
    assert sheets_of(store, batch) == []


def test_a_sheet_without_any_answer_is_no_response(clerk, store) -> None:
    batch = open_batch(store)
    page = key(clerk, batch, 1, ("000", "0000", "---", "000", "000", "00"))
    assert page.status_code == 400
    assert "không tính là phiếu" in page.text
    assert sheets_of(store, batch) == []


def test_a_session_that_is_over_loses_no_batch_and_a_token_of_another_no_key(clerk, store) -> None:
    batch = open_batch(store)
    page = clerk.post(f"/staff/entry/{batch}", data=typed(3, token="old"))
    assert page.status_code == 403
    assert 'value="4433"' in page.text
    # The page carries a token that is taken.
    (token,) = set(
        re.findall(
            r'<form method="post"[^>]*entry/\d+"[^>]*>\s*<input[^>]*name="token"[^>]* value="([^"]+)"', page.text
        )
    )
    assert clerk.post(f"/staff/entry/{batch}", data=typed(3, token=token)).status_code == 303
    key(clerk, batch, 1)
    send(clerk, "/staff/sign-out")
    away = clerk.post(f"/staff/entry/{batch}", data=typed(2, token="x"))
    # The door asks to sign in and carries along what was typed.
    assert away.status_code == 403
    assert 'value="4433"' in away.text
    assert [number for number, _, _ in sheets_of(store, batch)] == [1, 3]


# ---- The same number twice, and corrections.


def test_the_same_sheet_twice_is_one_and_another_under_its_number_is_asked_about(clerk, store) -> None:
    batch, other = open_batch(store), ("111", *SHEET[1:])
    key(clerk, batch, 1)
    assert key(clerk, batch, 1).status_code == 303
    asked = key(clerk, batch, 1, other)
    assert asked.status_code == 409
    assert "Tờ số 1 đã có trong tập" in asked.text
    assert "Thay tờ số 1" in asked.text
    assert 'value="111"' in asked.text
    assert sheets_of(store, batch) == [(1, 1, RECORD)]
    (seen,) = re.findall(r'name="seen" value="([^"]+)"', asked.text)
    assert key(clerk, batch, 1, other, seen=seen).status_code == 303
    assert sheets_of(store, batch) == [(1, 1, "111" + RECORD[3:])]


def test_a_correction_does_not_overwrite_what_somebody_else_corrected_meanwhile(clerk, store, new_client) -> None:
    batch = open_batch(store)
    key(clerk, batch, 7)
    page = clerk.get(f"/staff/entry/{batch}?sheet=7").text
    assert 'value="4433"' in page
    (seen,) = re.findall(r'name="seen" value="([^"]+)"', page)
    key(new_client("binh"), batch, 7, ("222", *SHEET[1:]), seen=seen)
    asked = key(clerk, batch, 7, ("333", *SHEET[1:]), seen=seen)
    assert asked.status_code == 409
    assert "do binh nhập" in asked.text
    assert sheets_of(store, batch) == [(7, 1, "222" + RECORD[3:])]


def test_every_sheet_can_be_found_again(clerk, store) -> None:
    batch = open_batch(store)
    records = fill(store, batch, 120)
    first, second = (clerk.get(f"/staff/entry/{batch}/sheets{query}").text for query in ("", "?page=2&entry=1"))
    numbers = [int(number) for page in (first, second) for number in re.findall(r"\?sheet=(\d+)\" aria", page)]
    assert numbers == list(records)
    assert re.findall(r"\?sheet=(\d+)\" aria", clerk.get(f"/staff/entry/{batch}/sheets?q=117").text) == ["117"]


def test_a_sheet_is_removed_after_one_question(clerk, store) -> None:
    batch = open_batch(store)
    key(clerk, batch, 1)
    key(clerk, batch, 2)
    address = f"/staff/entry/{batch}/delete?sheet=2"
    assert "Xóa tờ số 2?" in clerk.get(address).text
    assert clerk.post(address, data={"token": "wrong"}).status_code == 403
    assert len(sheets_of(store, batch)) == 2
    assert send(clerk, address).status_code == 303
    assert sheets_of(store, batch) == [(1, 1, RECORD)]
    assert send(clerk, "/staff/entry/1/delete?sheet=1").status_code == 303
    assert clerk.get(address).status_code == 404


# ---- Twice.


def test_two_passes_must_agree_and_the_paper_decides(clerk, store, new_client) -> None:
    batch, second = open_batch(store, checked=True), new_client("binh")
    for number in (1, 2, 3):
        key(clerk, batch, number)
    page = second.get(f"/staff/entry/{batch}/second").text
    assert 'name="number" value="1"' in page
    assert "<code>4433</code>" not in page, "the second pass must not see the first"
    key(second, batch, 1, second=True)
    # Sheet 2 differs in B2 and B4; sheet 3 waits for its second pass.
    key(second, batch, 2, ("545", "4532", *SHEET[2:]), second=True)
    assert 'name="number" value="3"' in second.get(f"/staff/entry/{batch}/second?after=2").text
    refused = send(clerk, f"/staff/entry/{batch}/store")
    assert refused.status_code == 409
    assert "chưa khớp" in refused.text
    key(second, batch, 3, second=True)
    differing = clerk.get(f"/staff/entry/{batch}/differences").text
    # 2 of 3 × 18 = 54 keystrokes: 37,037 per thousand.
    assert "2 chỗ, 37,0‰ số lần gõ" in differing
    assert re.findall(r'name="paper-(\w+)"', differing) == ["B2", "B4"]
    address = f"/staff/entry/{batch}/differences"
    assert send(clerk, address, {"number": "2", "paper-B2": "5", "paper-B4": ""}).status_code == 400
    assert send(clerk, address, {"number": "2", "paper-B2": "5", "paper-B4": "7"}).status_code == 400
    assert send(clerk, address, {"number": "1", "paper-B2": "5"}).status_code == 409
    assert send(clerk, address, {"number": "2", "paper-B2": "5", "paper-B4": "1"}).status_code == 303
    # Looked at: B2 was wrong in the first pass, B4 in both; 2 of 54 again.
    assert "Lần nhập thứ nhất sai 2 chỗ trên 54 lần gõ (37,0‰)" in clerk.get(f"/staff/entry/{batch}/store").text
    assert send(clerk, f"/staff/entry/{batch}/store").status_code == 303
    mended = RECORD[:4] + "5" + RECORD[5:6] + "1" + RECORD[7:]
    assert [row[3] for row in stored(store)] == sorted([RECORD, RECORD, mended])
    assert acts(store)[-1][1].endswith("; số phiếu: 3; số chỗ lần nhập thứ nhất sai: 2; số lần gõ: 54")


def test_whoever_keys_both_passes_is_warned(clerk, store, new_client) -> None:
    batch = open_batch(store, checked=True)
    key(clerk, batch, 1)
    assert "cũng là người nhập lần thứ nhất" in clerk.get(f"/staff/entry/{batch}/second").text
    assert "cũng là người nhập" not in new_client("binh").get(f"/staff/entry/{batch}/second").text


def test_a_sheet_in_one_pass_only_keeps_the_batch_open(clerk, store) -> None:
    batch = open_batch(store, checked=True)
    key(clerk, batch, 1)
    key(clerk, batch, 2, second=True)
    page = clerk.get(f"/staff/entry/{batch}/differences").text
    assert f"/staff/entry/{batch}/second?sheet=1" in page
    assert f"/staff/entry/{batch}?sheet=2" in page
    with pytest.raises(EntryError):
        entry.store_batch(store, batch, staff="hoa", today=today_in_vietnam())


def test_a_single_batch_has_no_second_pass(clerk, store) -> None:
    batch = open_batch(store)
    assert clerk.get(f"/staff/entry/{batch}/second").status_code == 404
    assert clerk.get(f"/staff/entry/{batch}/differences").status_code == 404


# ---- Stored once, or not at all.


def fill(store, batch, count):
    """Key `count` sheets that all differ: their numbers written with the digits 1 to 5."""
    records = {}
    with store.writing(ADDED) as connection:
        for number in range(1, count + 1):
            records[number] = "".join("12345"[number // 5**place % 5] for place in range(16)) + "." * 8
            save_sheet(connection, batch, KeyedSheet(number, 1, records[number], "hoa"))
    return records


def test_a_batch_is_stored_once_however_many_store_it_at_once(store, round_of_2023_form) -> None:
    batch = open_batch(store)
    fill(store, batch, 20)
    together = threading.Barrier(6)

    def store_it(person):
        together.wait()
        try:
            return entry.store_batch(store, batch, staff=f"p{person}", today=today_in_vietnam())
        except ChangedMeanwhileError as late:
            return str(late)

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


def test_the_printed_form_offers_exactly_what_may_be_keyed(clerk, store) -> None:
    page = clerk.get("/staff/entry/form").text
    instrument = load_instrument("sipas-2023")
    with store.reading() as connection:
        _, survey_round = find_round(connection, "r1")
    groups = key_groups(instrument, asked_questions(survey_round, instrument))
    rows = re.findall(r'<tr><th scope="row">(\w+)</th>.*?<td class="circles">(.*?)</td>', page, re.S)
    shown = {sign: re.findall(r"<span>(\w+)</span>", circles) for sign, circles in rows}
    assert shown == {one.sign: list(one.keys) for group in groups for one in group.questions}


def test_random_keys_never_break_the_page(clerk, store) -> None:
    batch, random = open_batch(store), Random(4)
    signs = "0123459x-. ²½<>\"'%\x00\u200bệ"
    for _ in range(40):
        sheet = ["".join(random.choice(signs) for _ in range(random.randrange(6))) for _ in SHEET]
        assert key(clerk, batch, random.randrange(-1, 5), sheet).status_code in (303, 400, 409)
