"""A province from an empty database to its first published figure, each by their own browser, over two days."""

import re
import shutil
import subprocess
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from survey.operations.clock import today_in_vietnam
from tests.conftest import need
from tests.journeys.door import begin, set_up_phone
from tests.journeys.phones import phone_in_hand, read_receipt, tap_answers, tap_send
from tests.journeys.staff_desk import (
    add_person,
    answer,
    cells_of,
    code_on,
    desk_of,
    follow,
    make_round,
    morning_of,
    press,
    publish,
    see,
    told,
    upload_registry,
)

pytestmark = pytest.mark.browser

DAY = timedelta(days=1)
WARD, WARD_NAME, COUNTER = "P-KYLUA", "Ủy ban nhân dân phường Kỳ Lừa", "Quầy hộ tịch"
AGENCIES = [
    ("SNV", "Sở Nội vụ", "Sở Nội vụ", "Sở, ban, ngành"),
    (WARD, WARD_NAME, "Kỳ Lừa", "Phường, xã"),
    ("P-DONGKINH", "Ủy ban nhân dân phường Đông Kinh", "Đông Kinh", "Phường, xã"),
]
POINTS = [
    ("SNV", "Quầy số 1"),
    (WARD, COUNTER),
    (WARD, "Quầy đất đai"),
    ("P-DONGKINH", "Quầy số 1"),
]
# One person taps, thirteen others send; the index of 2023 is the sum over 5 times the answers.
#                    1 tapped   7 sent    6 sent     sum   answers   index
#   access (A)       5 + 3      7 × 5     6 × 2       55   15        55/75   = 73,33
#   procedures (B)   5          7 × 4     6 × 3       51   14        51/70   = 72,86
#   overall                                          106   29        106/145 = 73,10
TAPPED = {"A1": "5", "A2": "3", "B1": "5"}
SENT = [{"A1": "5", "B1": "4"}] * 7 + [{"A1": "2", "B1": "3"}] * 6
WORKED_OUT = {
    "Tiếp cận dịch vụ": ["73,33", "14", "15"],
    "Thủ tục hành chính": ["72,86", "14", "14"],
    "Sự phục vụ nói chung": ["73,10", "14", "29"],
}


def print_posters(page, office):
    """Have the posters of the ward made in the studio, download them, and return the file."""
    page.goto(f"{office.address}/staff/studio")
    follow(page, f"In tất cả điểm phục vụ của {WARD_NAME}")
    see(page, "Xem trước và tạo tệp in")
    press(page, "Tạo tệp in")
    ready = page.get_by_role("link", name=re.compile("Tải tệp PDF"))
    ready.wait_for(timeout=30_000)
    with page.expect_download() as saved:
        ready.click()
    file = office.house.folder / saved.value.suggested_filename
    saved.value.save_as(file)
    return file


def check_posters(file):
    """See that the file is a PDF that names the ward, its counters and no other agency."""
    assert file.read_bytes().startswith(b"%PDF-")
    if not shutil.which("pdftotext"):
        need("pdftotext (Debian package poppler-utils)", "paper")
    read = subprocess.run(["pdftotext", str(file), "-"], check=True, capture_output=True, text=True)
    text = " ".join(read.stdout.split())
    assert WARD_NAME in text
    assert {name for _, name in POINTS if name in text} == {COUNTER, "Quầy đất đai"}
    assert "Đông Kinh" not in text


def prepare(page, office, opens):
    """Do what an administrator does first; return the one-time passwords of clerk and analyst, and a code."""
    begin(page, office.house, "lan", office.add_administrator("lan"))
    set_up_phone(page)
    upload_registry(page, office, AGENCIES, POINTS)
    assert cells_of(page, "Số dòng của mỗi bảng", "Cơ quan") == ["3", "0", "0"]
    assert cells_of(page, "Số dòng của mỗi bảng", "Điểm phục vụ") == ["4", "0", "0"]
    press(page, "Nhập 7 dòng này")
    told(page, "Đã nhập bảng tính: thêm mới 7 dòng, thay đổi 0 dòng.")
    make_round(page, office, "q4", opens=opens, closes=opens + 30 * DAY)
    check_posters(print_posters(page, office))
    clerk = add_person(page, office, "minh", "clerk", WARD)
    analyst = add_person(page, office, "thu", "analyst")
    return clerk, analyst, code_on(page, office, WARD, COUNTER)


def test_from_an_empty_database_to_the_index_on_the_analyst_s_page(office, chromium) -> None:
    today = today_in_vietnam()
    yesterday = today - DAY
    with morning_of(yesterday):
        with desk_of(chromium) as lan:
            clerk, analyst, code = prepare(lan, office, yesterday)
        with phone_in_hand(chromium) as phone:
            page = phone.new_page()
            page.goto(f"{office.address}/K/{code}")
            expect(page.locator("header")).to_contain_text(WARD_NAME)
            tap_answers(page, TAPPED)
            tap_send(page)
            read_receipt(page)
        answer(office, code, SENT)

    # The clock is right again: the next day.
    with desk_of(chromium) as minh:
        begin(minh, office.house, "minh", clerk)
        see(minh, "Tổng quan")
        follow(minh, "Theo dõi")
        counted = cells_of(minh, "Số phiếu của từng cơ quan", WARD_NAME)
        assert (counted[0], counted[-2]) == ("14", f"{yesterday:%d/%m/%Y}")
        expect(minh.get_by_role("rowheader", name="Sở Nội vụ")).to_have_count(0)

    with desk_of(chromium) as thu:
        begin(thu, office.house, "thu", analyst)
        set_up_phone(thu)
        publish(thu, office, "q4")
        follow(thu, "Phân tích")
        follow(thu, "Đợt q4")
        follow(thu, "Phường, xã")
        see(thu, "Thứ hạng: Phường, xã")
        follow(thu, WARD_NAME)
        see(thu, WARD_NAME)
        shown = {part: cells_of(thu, "Chỉ số theo nội dung đánh giá", part) for part in WORKED_OUT}
        assert {part: [cells[0], *cells[2:4]] for part, cells in shown.items()} == WORKED_OUT
