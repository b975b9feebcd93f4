"""Sheets keyed again: the same, another under its number, corrections, and two passes that must agree."""

import re

import pytest

from survey.errors import EntryError
from survey.operations.clock import today_in_vietnam
from survey.operations.collecting import entry
from survey.operations.staff.rights import Role
from tests.integration.collecting.keying import (
    AGENCY,
    RECORD,
    SHEET,
    acts,
    fill,
    key,
    open_batch,
    send,
    sheets_of,
    stored,
)
from tests.sign_in import admit


@pytest.fixture
def new_client(app, store):
    """Return a function that signs another clerk of the ward in."""

    def make(name, agency=AGENCY):
        other = app.test_client()
        admit(other, store, name, Role.CLERK, agency)
        return other

    return make


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
