"""A telephone is gone: without it nobody passes, until the administrator lets a new one be set up."""

import pytest
from playwright.sync_api import expect

from tests.journeys.door import CHOSEN, begin, give_code, set_up_phone, sign_in
from tests.journeys.staff_desk import (
    add_person,
    desk_of,
    follow,
    press,
    see,
    told,
)
from tests.sign_in import code_of

pytestmark = pytest.mark.browser

WRONG = "Mã không đúng"


def refuse(page, code):
    """Give a code, and see that the door stays shut: here and at every address behind it."""
    page.get_by_label("Mã xác thực").fill(code)
    press(page, "Tiếp tục")
    expect(page.locator(".fault")).to_contain_text(WRONG)
    address = page.url.split("/staff")[0]
    for path in ("/staff/", "/staff/analysis/", "/staff/people"):
        page.goto(address + path)
        see(page, "Nhập mã xác thực")


def test_a_lost_phone_is_replaced_by_the_administrator_and_the_old_one_is_worth_nothing(office, chromium) -> None:
    with desk_of(chromium) as lan, desk_of(chromium) as mai:
        begin(lan, office.house, "lan", office.add_administrator("lan"))
        set_up_phone(lan)
        begin(mai, office.house, "mai", add_person(lan, office, "mai", "analyst"))
        lost = set_up_phone(mai)
        press(mai, "Đăng xuất")
        see(mai, "Đăng nhập")

        sign_in(mai, office.house, "mai", CHOSEN)
        see(mai, "Nhập mã xác thực")
        expect(mai.get_by_text("Nếu không có mã khôi phục, hãy liên hệ người quản trị hệ thống")).to_be_visible()
        refuse(mai, "000000" if code_of(lost) != "000000" else "111111")

        lan.goto(f"{office.address}/staff/people")
        follow(lan, "mai")
        follow(lan, "Cấp lại xác thực hai bước")
        expect(lan.locator("main")).to_contain_text(
            "Khóa xác thực hai bước của mai sẽ bị xóa. Số phiên đang mở sẽ kết thúc: 1."
        )
        press(lan, "Cấp lại")
        told(lan, "Đã cấp lại xác thực hai bước; người dùng đặt khóa mới ở lần đăng nhập tới.")
        expect(lan.locator("main")).to_contain_text("chưa bật; sẽ phải bật ở lần đăng nhập tới")

        sign_in(mai, office.house, "mai", CHOSEN)
        found = set_up_phone(mai)
        assert found != lost
        press(mai, "Đăng xuất")
        see(mai, "Đăng nhập")
        sign_in(mai, office.house, "mai", CHOSEN)
        # Both telephones are asked for the code of the next half minute, which nobody has used.
        give_code(mai, lost, steps=1)
        expect(mai.locator(".fault")).to_contain_text(WRONG)
        give_code(mai, found, steps=1)
        see(mai, "Tổng quan")

        lan.goto(f"{office.address}/staff/audit")
        lan.get_by_label("Thao tác", exact=True).select_option(label="Cấp lại xác thực hai bước")
        press(lan, "Lọc")
        rows = lan.get_by_role("table", name="Các thao tác, mới nhất trước").get_by_role("row")
        expect(rows).to_have_count(2)
        expect(rows.last.get_by_role("cell")).to_have_text(["lan", "Cấp lại xác thực hai bước", "tài khoản mai"])
