"""How somebody of the staff comes in through the door, in a real browser: by what labels and buttons say."""

import re

from playwright.sync_api import Page, expect

from tests.journeys.houses import House
from tests.sign_in import code_of

CHOSEN = "một câu dài dễ nhớ"


def sign_in(page: Page, house: House, name: str, password: str) -> None:
    """Fill in the sign-in form."""
    page.goto(f"{house.address}/staff/")
    page.get_by_label("Tên đăng nhập").fill(name)
    page.get_by_label("Mật khẩu").fill(password)
    page.get_by_role("button", name="Đăng nhập").click()


def begin(page: Page, house: House, name: str, one_time: str) -> None:
    """Sign in for the first time: give the one-time password, and choose another one."""
    sign_in(page, house, name, one_time)
    _see(page, "Đổi mật khẩu")
    page.get_by_label("Mật khẩu mới", exact=True).fill(CHOSEN)
    page.get_by_label("Nhập lại mật khẩu mới").fill(CHOSEN)
    page.get_by_role("button", name="Đổi mật khẩu").click()


def set_up_phone(page: Page) -> str:
    """Set up the second factor with the secret the page shows, and return the secret."""
    _see(page, "Bật xác thực hai bước")
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.get_by_label("Mã xác thực").fill(code_of(secret))
    page.get_by_role("button", name="Bật xác thực hai bước").click()
    _see(page, "Tổng quan")
    return secret


def sign_in_for_the_first_time(page: Page, house: House) -> str:
    """Make an account by command, come in with it, and return the secret of its second factor."""
    printed = house.run("staff", "add", "lan")
    begin(page, house, "lan", re.search(r"one-time password: (\S+)", printed)[1])
    return set_up_phone(page)


def give_code(page: Page, secret: str, *, steps: int) -> None:
    """Fill in the code of a telephone whose clock is `steps` of 30 seconds ahead."""
    _see(page, "Nhập mã xác thực")
    page.get_by_label("Mã xác thực").fill(code_of(secret, steps=steps))
    page.get_by_role("button", name="Tiếp tục").click()


def come_back(page: Page, house: House, name: str, secret: str, *, steps: int = 0) -> None:
    """Sign in with the own password and the code of a telephone."""
    sign_in(page, house, name, CHOSEN)
    give_code(page, secret, steps=steps)
    _see(page, "Tổng quan")


def _see(page: Page, heading: str) -> None:
    expect(page.locator("h1")).to_have_text(heading)
