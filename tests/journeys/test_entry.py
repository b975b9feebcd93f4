"""Paper keyed in by somebody whose hand stays on the numeric keypad, in a real browser."""

import random
import re
import statistics
import time

import pytest
from playwright.sync_api import expect

from survey.operations.clock import today_in_vietnam
from survey.responses import RECEIPT_PATTERN
from survey.store.staff.tables import staff_session
from survey.store.subjects import ADDED
from tests.journeys.door import CHOSEN, sign_in_for_the_first_time
from tests.journeys.phones import DESK, PATIENCE
from tests.journeys.staff_desk import see
from tests.sign_in import code_of

pytestmark = pytest.mark.browser

POINT = "UED34VN"
SHEETS = 20
DIGITS = 18


@pytest.fixture(params=["script", "no script"])
def any_desk(chromium, request):
    """Yield a browser on a desk, with scripts and without, and which of the two it is."""
    script = request.param == "script"
    context = chromium.new_context(**DESK, java_script_enabled=script)
    context.set_default_timeout(PATIENCE)
    yield context.new_page(), script
    context.close()


def open_batch(page, house):
    """Open a batch through the page, wait until it can be keyed, and return where."""
    page.goto(f"{house.address}/staff/entry")
    page.get_by_role("link", name="Mở tập phiếu mới").click()
    page.get_by_label("Điểm phục vụ", exact=True).select_option(POINT)
    page.get_by_label("Ngày người dân trả lời").fill(today_in_vietnam().isoformat())
    page.get_by_role("button", name="Mở tập phiếu").click()
    expect(page.locator("h1")).to_contain_text("Tập phiếu")
    page.locator("#keys-1:focus").wait_for()
    return page.url


def key_sheet(page, digits, *, script=True):
    """Type one sheet as a hand on the keypad does, and return once the next one may be typed."""
    number = page.locator("#number").input_value()
    sizes = (3, 4, 3, 3, 3, 2)
    for place, digit in enumerate(digits, 1):
        page.keyboard.press(digit)
        if not script and place in [sum(sizes[:count]) for count in range(1, len(sizes))]:
            page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"after={number}$"))
    page.locator("#keys-1:focus").wait_for()


def test_twenty_sheets_are_keyed_from_the_keypad_alone(house, any_desk, record_testsuite_property) -> None:
    desk, script = any_desk
    sign_in_for_the_first_time(desk, house)
    open_batch(desk, house)
    chance, took, sheets = random.Random(20), [], []
    for _ in range(SHEETS):
        digits = "".join(chance.choice("12345") for _ in range(DIGITS - 2)) + chance.choice(["11", "12", "30"])
        start = time.perf_counter()
        key_sheet(desk, digits, script=script)
        took.append(time.perf_counter() - start)
        sheets.append(digits)
    record_testsuite_property(
        f"median ms per sheet, {'with' if script else 'without'} script", round(1000 * statistics.median(took))
    )
    expect(desk.locator("#number")).to_have_value(str(SHEETS + 1))
    desk.get_by_role("link", name="Lưu vào kết quả").click()
    desk.get_by_role("button", name="Lưu 20 phiếu vào kết quả").click()
    expect(desk.get_by_role("status")).to_contain_text("Đã lưu tập phiếu")
    assert house.stored_records() == sorted(digits.replace("0", ".") + "." * 6 for digits in sheets)


def test_the_last_sheets_are_there_to_compare_and_a_slip_is_mended(house, desk) -> None:
    page = desk
    sign_in_for_the_first_time(page, house)
    open_batch(page, house)
    for _ in range(6):
        key_sheet(page, "5" * 16 + "11")
    shown = page.get_by_role("table", name="Các tờ vừa nhập, để so với tờ giấy").get_by_role("rowheader")
    assert shown.all_inner_texts() == ["6", "5", "4", "3", "2"]
    page.get_by_role("link", name="Sửa tờ số 6").click()
    expect(page.locator("#keys-2")).to_have_value("5555")
    page.locator("#keys-2").fill("5154")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"after=6$"))
    expect(page.get_by_role("row", name="6 ")).to_contain_text("5154")


def test_enter_pressed_once_too_often_replaces_nothing(house, desk) -> None:
    sign_in_for_the_first_time(desk, house)
    address = open_batch(desk, house)
    key_sheet(desk, "5" * 16 + "11")
    desk.goto(address)
    desk.locator("#number").fill("1")
    desk.locator("#keys-1").focus()
    for digit in "4" * 16 + "12":
        desk.keyboard.press(digit)
    for _ in range(2):
        with desk.expect_navigation():
            desk.keyboard.press("Enter")
        expect(desk.get_by_text("Tờ số 1 đã có trong tập")).to_be_visible()
        desk.locator("#number:focus").wait_for()
    expect(desk.get_by_role("row", name="1 ")).to_contain_text("5555")
    desk.get_by_role("button", name="Thay tờ số 1").click()
    desk.wait_for_url(re.compile(r"after=1$"))
    expect(desk.get_by_role("row", name="1 ")).to_contain_text("4444")


def test_a_slip_of_the_finger_is_shown_where_it_is_and_nothing_is_lost(house, desk) -> None:
    page = desk
    sign_in_for_the_first_time(page, house)
    open_batch(page, house)
    for digit in "5454833555543995":
        page.keyboard.press(digit)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Câu B2: chỉ nhận 1–5 hoặc 0, không nhận “8”.")).to_be_visible()
    expect(page.get_by_text("Mục K: cần 2 chữ số, đã gõ 0.")).to_be_visible()
    expect(page.locator("#keys-2")).to_be_focused()
    expect(page.locator("#keys-5")).to_have_value("995")
    page.locator("#keys-2").fill("4433")
    page.locator("#keys-6").fill("11")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"after=1$"))


def test_a_sheet_sent_after_the_session_was_over_arrives_after_signing_in_again(house, desk) -> None:
    secret = sign_in_for_the_first_time(desk, house)
    open_batch(desk, house)
    key_sheet(desk, "5" * 16 + "11")
    for digit in "4" * 16 + "12":
        desk.keyboard.press(digit)
    with house.store.writing(ADDED) as connection:
        connection.execute(staff_session.delete())
    desk.keyboard.press("Enter")
    desk.get_by_label("Tên đăng nhập").fill("lan")
    desk.get_by_label("Mật khẩu").fill(CHOSEN)
    desk.keyboard.press("Enter")
    expect(desk.get_by_label("Mã xác thực")).to_be_focused()
    desk.keyboard.type(code_of(secret, steps=1))
    desk.keyboard.press("Enter")
    # The page before has a button of the same name.
    see(desk, "Tiếp tục thao tác đang làm")
    desk.get_by_role("button", name="Tiếp tục").press("Enter")
    desk.wait_for_url(re.compile(r"after=2$"))
    expect(desk.get_by_role("row", name="2 ")).to_contain_text("4444")


def test_somebody_who_cannot_fill_the_form_in_is_helped(house, desk) -> None:
    page = desk
    sign_in_for_the_first_time(page, house)
    page.goto(f"{house.address}/staff/entry")
    page.get_by_role("link", name="Nhập hộ người dân").click()
    page.get_by_label("Điểm phục vụ nơi người dân vừa giao dịch").select_option(POINT)
    page.get_by_role("button", name="Bắt đầu nhập hộ").click()
    expect(page.get_by_text("không gợi ý câu trả lời")).to_be_visible()
    page.locator("label:has(input[name='A1'][value='5'])").click()
    page.get_by_role("button", name="Lưu phiếu").click()
    expect(page.locator(".code")).to_have_text(re.compile(rf"^{RECEIPT_PATTERN}$"))
    page.get_by_role("link", name="Mở phiếu mới cho người tiếp theo").click()
    assert page.locator("fieldset :checked").count() == 0
    assert house.stored_records() == ["5" + "." * 23]


def test_the_paper_form_fits_on_one_sheet(house, desk) -> None:
    sign_in_for_the_first_time(desk, house)
    desk.goto(f"{house.address}/staff/entry/form")
    printed = desk.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= 2
