"""A tablet at a counter: how one person after the other answers on it, and what is stored."""

import re
import time
from datetime import timedelta

from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from survey.operations.clock import now_in_vietnam, today_in_vietnam
from survey.operations.collecting.kiosks import NewKiosk, add_kiosk
from survey.operations.staff.rights import Scope
from survey.responses import RECEIPT_PATTERN
from survey.store import tables
from tests.journeys.conftest import POINT
from tests.journeys.houses import House
from tests.journeys.phones import PATIENCE

TABLET = {"viewport": {"width": 800, "height": 1280}}
EVERYWHERE = Scope(None)
PIN = "2580"
THANKS, REST, IDLE = 9_000, 6_000, 61_000
# After so long a tablet tries again, however often it tried in vain.
RETRIED = 301_000
RECEIPT = re.compile(rf"^{RECEIPT_PATTERN}$")
START, ASKED = "Chạm để bắt đầu", "Ông/bà được phục vụ thế nào?"
# Thirteen people, no two of whom answer alike, so that a response that is lost or doubled shows.
PEOPLE = [{"A1": str(1 + number % 5), "B1": str(1 + number // 5), "E1": "N"} for number in range(13)]


def make_tablet(house: House) -> str:
    """Return the address of a new tablet."""
    new = NewKiosk(POINT, "Máy cạnh quầy số 2", PIN, 5)
    secret = add_kiosk(house.store, new, scope=EVERYWHERE, by="lan", today=today_in_vietnam())
    return f"{house.address}/kiosk/{secret}"


def open_page(tablet: BrowserContext, address: str) -> Page:
    """Return the tablet's page, open, with its worker at work and the clock in our hands."""
    opened, start = tablet.new_page(), now_in_vietnam() - timedelta(hours=1)
    # The page's time goes by as the test says, however busy the machine, and never gets ahead of the server's.
    opened.clock.install(time=start)
    opened.goto(address)
    opened.evaluate("navigator.serviceWorker.ready")
    opened.wait_for_function("navigator.serviceWorker.controller !== null")
    opened.clock.pause_at(start + timedelta(minutes=2))
    return opened


def choose(page: Page, question: str, symbol: str) -> None:
    """Tap an answer, and let the pause pass after which it folds."""
    label = page.locator(f"label:has(input[name='{question}'][value='{symbol}'])")
    label.tap()
    expect(label.locator("input")).to_be_checked()
    page.clock.run_for(400)


def fill_in(page: Page, answers: dict[str, str]) -> None:
    """Begin as the next person, and answer."""
    page.get_by_role("button", name=START).tap()
    expect_nobody(page)
    for question, symbol in answers.items():
        choose(page, question, symbol)


def send(page: Page) -> None:
    """Tap the button that sends, and see the thanks."""
    page.get_by_role("button", name="Gửi đánh giá").tap()
    expect(page.locator("h1")).to_have_text("Cảm ơn ông/bà đã đánh giá")
    expect(page.locator("form.form")).to_have_count(0)


def pass_on(page: Page) -> None:
    """Let the thanks and the pause go by."""
    page.clock.fast_forward(THANKS)
    expect(page.locator("h1")).to_have_text("Cảm ơn ông/bà")
    expect(page.get_by_role("button", name=START)).to_be_hidden()
    page.clock.fast_forward(REST)
    expect(page.get_by_role("button", name=START)).to_be_visible()


def expect_nobody(page: Page) -> None:
    """See that the page holds no answer of anybody."""
    assert page.locator(":checked").count() == 0
    assert page.locator("textarea").evaluate_all("all => all.map(one => one.value).join('')") == ""


def stored(house: House) -> list[tuple[str, str]]:
    """Return mode and record of every stored response."""
    with house.store.reading() as connection:
        found = connection.execute(select(tables.response.c.mode, tables.response.c.answers))
        return sorted((row.mode, row.answers) for row in found)


def wait_for(page: Page, house: House, count: int) -> None:
    """Let the page work until so many responses are stored."""
    deadline = time.monotonic() + PATIENCE / 1000
    while len(stored(house)) < count and time.monotonic() < deadline:
        page.wait_for_timeout(50)
        page.clock.run_for(50)


def waiting(page: Page) -> int:
    """Return how many responses lie in the tablet's queue."""
    script = """() => new Promise(done => {
        const opening = indexedDB.open('hai-long-kiosk', 1);
        opening.onsuccess = () => {
            const counting = opening.result.transaction('outbox').objectStore('outbox').count();
            counting.onsuccess = () => { opening.result.close(); done(counting.result); };
        };
    })"""
    return page.evaluate(script)


def enter_pin(page: Page, pin: str) -> None:
    """Type a PIN and confirm it with the keyboard."""
    page.get_by_label("Mã PIN").fill(pin)
    page.keyboard.press("Enter")
