"""Take the pictures of docs/screenshots; `scripts/screenshots` runs this.

Everything on them is simulated and says so; the posters carry the address of a host that does not exist.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

from qr.posters import PosterSize
from survey.operations.clock import today_in_vietnam
from survey.operations.demo.trial import first_password, prepare_trial
from survey.operations.staff.accounts import reset_staff
from survey.operations.staff.rights import Role
from survey.store import schema
from survey.store.engine import open_store
from tests.conftest import open_sample_round
from tests.journeys.houses import House, make_house
from tests.journeys.phones import DESK, PHONE, read_receipt, running_chromium, tap_answers, tap_send
from tests.servers import ROOT
from tests.sign_in import code_of

PICTURES = ROOT / "docs" / "screenshots"
MOST_BYTES = 250_000
POINT, AGENCY = "PM83ELJ", "P-TAMTHANH"
ANSWERS = {"A1": "5", "A2": "3", "A3": "4"}
POSTERS = {"poster-a4": PosterSize.A4, "poster-tent": PosterSize.TENT, "stickers": PosterSize.STICKER}
PRINTING = {
    "PUBLIC_URL": "https://khaosat.example.vn",
    "TRUSTED_PROXIES": "1",
    "CONTACT": "Báo mã giả: 1900 0000",
}
# Milliseconds until a folded item has stopped glowing.
SETTLED = 700
PASSWORD = "một câu dài dễ nhớ"


def main() -> None:
    """Make every picture, and refuse one that is too heavy for a page that shows them all."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_chromium() as browser:
        with demo_house(Path(folder) / "demo") as house:
            picture_posters(house)
            picture_results(browser, house)
            picture_staff(browser, house)
            picture_citizen(browser, house)
        with closed_house(Path(folder) / "closed") as house:
            picture_closed(browser, house)
    heavy = [picture.name for picture in PICTURES.glob("*.png") if picture.stat().st_size > MOST_BYTES]
    if heavy:
        raise SystemExit(f"over {MOST_BYTES} bytes: {', '.join(heavy)}")


@contextmanager
def new_house(folder: Path) -> Iterator[House]:
    """Yield an instance with an empty database."""
    folder.mkdir()
    database_url = f"sqlite:///{folder / 'hai-long.db'}"
    store = open_store(database_url)
    schema.upgrade(store)
    yield make_house(folder, store, database_url)
    store.close()


@contextmanager
def demo_house(folder: Path) -> Iterator[House]:
    """Yield a served instance with simulated, published responses."""
    with new_house(folder) as house:
        prepare_trial(house.store, today=today_in_vietnam(), simulate=True)
        with house.served():
            yield house


@contextmanager
def closed_house(folder: Path) -> Iterator[House]:
    """Yield a served instance whose only round is over."""
    with new_house(folder) as house:
        house.run("registry", "import", str(ROOT / "docs" / "examples" / "lang-son"))
        open_sample_round(house.store, "r1", "sipas-2023", opened_days_ago=40)
        with house.served():
            yield house


@contextmanager
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """Yield a phone with a fine screen."""
    context = browser.new_context(**PHONE, device_scale_factor=2)
    yield context
    context.close()


@contextmanager
def desk(browser: Browser) -> Iterator[BrowserContext]:
    """Yield a browser on a desk."""
    context = browser.new_context(**DESK)
    yield context
    context.close()


def take(page: Page, name: str) -> None:
    """Take a picture of what the window shows."""
    page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")


def picture_citizen(browser: Browser, house: House) -> None:
    """Picture the form, untouched and half answered, the waiting response and the thanks."""
    with phone(browser) as context:
        page = context.new_page()
        page.goto(house.form(POINT))
        take(page, "form-phone")
        tap_answers(page, ANSWERS)
        page.locator("#A1").evaluate("item => item.previousElementSibling.scrollIntoView()")
        page.wait_for_timeout(SETTLED)
        take(page, "form-folded")
        context.set_offline(True)
        tap_send(page)
        page.get_by_role("button", name="Gửi lại ngay").wait_for()
        take(page, "offline-phone")
        context.set_offline(False)
        read_receipt(page)
        take(page, "thanks-phone")


def picture_closed(browser: Browser, house: House) -> None:
    """Picture the page that says that the round is over."""
    with phone(browser) as context:
        page = context.new_page()
        page.goto(house.form(POINT))
        take(page, "closed-phone")


def picture_results(browser: Browser, house: House) -> None:
    """Picture the published results on both kinds of screen, the small one long enough to show a figure."""
    for name, holding, size in (("results-desktop", desk, (1280, 900)), ("results-phone", phone, (360, 1060))):
        with holding(browser) as context:
            page = context.new_page()
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.goto(f"{house.address}/results/")
            page.locator("table a").click()
            page.locator("h1").wait_for()
            take(page, name)


def picture_staff(browser: Browser, house: House) -> None:
    """Picture the door and the overview, on a desk and on a phone."""
    one_time = first_password(house.store) or reset_staff(house.store, Role.ADMINISTRATOR)
    with desk(browser) as context:
        page = context.new_page()
        page.goto(f"{house.address}/staff/")
        take(page, "sign-in")
        sign_in(page, one_time)
        page.goto(f"{house.address}/staff/")
        take(page, "staff-overview")
        cookies = context.storage_state()
    with_session = browser.new_context(**PHONE, device_scale_factor=2, storage_state=cookies)
    page = with_session.new_page()
    page.goto(f"{house.address}/staff/")
    take(page, "staff-overview-phone")
    with_session.close()


def sign_in(page: Page, one_time: str) -> None:
    """Sign in as the administrator, choose a password and set up the second factor."""
    page.get_by_label("Tên đăng nhập").fill(Role.ADMINISTRATOR)
    page.get_by_label("Mật khẩu").fill(one_time)
    page.get_by_role("button", name="Đăng nhập").click()
    page.get_by_label("Mật khẩu mới", exact=True).fill(PASSWORD)
    page.get_by_label("Nhập lại mật khẩu mới").fill(PASSWORD)
    page.get_by_role("button", name="Đổi mật khẩu").click()
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.get_by_label("Mã xác thực").fill(code_of(secret))
    page.get_by_role("button", name="Bật xác thực hai bước").click()
    page.get_by_role("heading", name="Tổng quan").wait_for()


def picture_posters(house: House) -> None:
    """Picture the first sheet of each kind of poster as a printer would get it."""
    printing = replace(house, environment={**house.environment, **PRINTING})
    for name, size in POSTERS.items():
        sheet = house.folder / f"{name}.pdf"
        printing.run("posters", "make", "--agency", AGENCY, "--size", size, "--out", str(sheet))
        picture = ("-r", "72", "-png", "-singlefile", str(sheet), str(PICTURES / name))
        subprocess.run(["pdftoppm", *picture], check=True)


if __name__ == "__main__":
    main()
