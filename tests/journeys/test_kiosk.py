"""A shared tablet in a real browser: one person after the other, with the network and without."""

import re
import time
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from sqlalchemy import select

from survey.operations.clock import now_in_vietnam, today_in_vietnam
from survey.operations.collecting.kiosks import NewKiosk, add_kiosk, list_kiosks, revoke_kiosk
from survey.operations.staff.rights import Scope
from survey.responses import RECEIPT_PATTERN
from survey.store import tables
from tests.journeys.conftest import POINT
from tests.journeys.houses import House, record_of
from tests.journeys.phones import PATIENCE, phone_in_hand
from tests.journeys.windows import find_small_targets, find_violations
from tests.servers import running_server

pytestmark = pytest.mark.browser

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


@pytest.fixture
def address(house: House) -> str:
    """Return the address of a tablet."""
    return make_tablet(house)


@pytest.fixture
def tablet(chromium, address) -> BrowserContext:
    """Yield a tablet."""
    with phone_in_hand(chromium, **TABLET) as context:
        yield context


@pytest.fixture
def page(tablet: BrowserContext, address: str) -> Page:
    """Return the tablet's page."""
    return open_page(tablet, address)


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


def test_an_hour_with_the_network_cut_stores_every_response_once_as_a_kiosk_s(closed_house, chromium) -> None:
    house = closed_house
    with phone_in_hand(chromium, **TABLET) as tablet:
        with house.served():
            page = open_page(tablet, make_tablet(house))
            for answers in PEOPLE[:3]:
                fill_in(page, answers)
                send(page)
                expect(page.locator(".stored .code")).to_have_text(RECEIPT)
                pass_on(page)
        # Nobody answers now. A browser told to be offline lets a request through now and then while it reloads.
        fill_in_the_others(page)
        assert len(stored(house)) == 3
        with house.served():
            page.clock.fast_forward(RETRIED)
            wait_for(page, house, 13)
            expect(page.locator("#queue")).to_be_empty()
            page.reload()
        assert waiting(page) == 0
    assert stored(house) == sorted(("kiosk", record_of(answers)) for answers in PEOPLE)
    with house.store.reading() as connection:
        assert len(set(connection.scalars(select(tables.response.c.key)))) == 13


def fill_in_the_others(page: Page) -> None:
    """Let ten people answer one after the other, with a reload in the middle, while nothing can be sent."""
    for number, answers in enumerate(PEOPLE[3:], 1):
        fill_in(page, answers)
        send(page)
        expect(page.locator(".kept")).to_be_visible()
        expect(page.locator("#queue")).to_have_text(f"Đang chờ gửi: {number}")
        pass_on(page)
        if number == 5:
            page.reload()
            expect(page.locator("#queue")).to_have_text("Đang chờ gửi: 5")


def test_a_reply_lost_on_its_way_back_stores_nothing_twice(house, tablet, page) -> None:
    lost = []

    def lose(route: Route) -> None:
        if route.request.method != "POST":
            return route.continue_()
        lost.append(route.fetch().json()["receipt"])
        return route.abort()

    tablet.route("**/kiosk/*", lose)
    fill_in(page, PEOPLE[0])
    send(page)
    expect(page.locator(".kept")).to_be_visible()
    assert len(stored(house)) == len(lost) == 1
    tablet.unroute("**/kiosk/*", lose)
    page.clock.fast_forward(10_000)
    expect(page.locator("#queue")).to_be_empty()
    assert stored(house) == [("kiosk", record_of(PEOPLE[0]))]


def test_neither_reload_nor_back_nor_coming_back_shows_the_earlier_person_s_answers(house, page, address) -> None:
    fill_in(page, {"A1": "1"})
    page.locator("textarea").fill("Ghế hỏng.")
    page.reload()
    expect_nobody(page)
    fill_in(page, {"A1": "2"})
    page.locator("textarea").fill("Ghế hỏng.")
    page.goto(house.address)
    page.go_back()
    expect(page.get_by_role("button", name=START)).to_be_visible()
    expect_nobody(page)
    fill_in(page, {"A2": "3"})
    send(page)
    page.go_back()
    expect_nobody(page)
    pass_on(page)
    fill_in(page, {})
    assert stored(house) == [("kiosk", record_of({"A2": "3"}))]


def test_back_in_the_middle_asks_and_loses_nothing(page) -> None:
    fill_in(page, {"A1": "2", "A2": "4"})
    page.go_back()
    page.get_by_role("button", name="Tiếp tục", exact=True).tap()
    assert page.locator(":checked").count() == 2
    page.go_back()
    page.get_by_role("button", name="Xóa và bắt đầu lại").tap()
    expect(page.get_by_role("button", name=START)).to_be_visible()
    expect_nobody(page)


def test_a_minute_without_a_touch_counts_down_and_ends_the_answering(house, page) -> None:
    fill_in(page, {"A1": "2"})
    asking = page.get_by_role("dialog", name="Ông/bà có tiếp tục không?")
    page.clock.fast_forward(38_000)
    expect(asking).to_be_hidden()
    page.clock.fast_forward(8_000)
    expect(asking).to_be_visible()
    # 60 s − 0.4 s for the fold − 46 s: at most 15 are left, and the page counts them down.
    assert 12 <= int(asking.locator(".left").inner_text()) <= 15
    page.get_by_role("button", name="Tiếp tục", exact=True).tap()
    expect(asking).to_be_hidden()
    assert page.locator(":checked").count() == 1
    page.clock.fast_forward(50_000)
    expect(asking).to_be_visible()
    page.clock.fast_forward(12_000)
    expect(page.get_by_role("button", name=START)).to_be_visible()
    expect_nobody(page)
    assert stored(house) == []
    assert waiting(page) == 0


def enter_pin(page: Page, pin: str) -> None:
    """Type a PIN and confirm it with the keyboard."""
    page.get_by_label("Mã PIN").fill(pin)
    page.keyboard.press("Enter")


def test_the_way_out_asks_for_the_pin_without_the_network_too(tablet, page) -> None:
    tablet.set_offline(True)
    page.get_by_role("button", name="Thoát phiếu").tap()
    enter_pin(page, "1111")
    expect(page.locator("#pin-fault")).to_have_text("Mã PIN không đúng.")
    enter_pin(page, PIN)
    expect(page.locator("h1")).to_have_text("Đã thoát")


def test_five_wrong_pins_mean_a_wait_that_a_reload_does_not_shorten(page) -> None:
    page.get_by_role("button", name="Thoát phiếu").tap()
    for _ in range(5):
        enter_pin(page, "1111")
        expect(page.get_by_label("Mã PIN")).to_be_editable(timeout=PATIENCE)
    fault = page.locator("#pin-fault")
    expect(fault).to_have_text(re.compile("Đã thử sai 5 lần. Hãy thử lại sau [56][0-9] giây."))
    page.reload()
    page.get_by_role("button", name="Thoát phiếu").tap()
    enter_pin(page, PIN)
    expect(fault).to_have_text(re.compile("Đã thử sai 5 lần."))
    # Nobody touches the tablet for a minute: the door closes by itself, and the wait is over.
    page.clock.fast_forward(IDLE)
    expect(page.get_by_label("Mã PIN")).to_be_hidden()
    page.get_by_role("button", name="Thoát phiếu").tap()
    enter_pin(page, PIN)
    expect(page.locator("h1")).to_have_text("Đã thoát")


def test_a_revoked_tablet_says_so_and_gives_up_what_was_not_sent(house, tablet, page) -> None:
    tablet.set_offline(True)
    fill_in(page, PEOPLE[0])
    send(page)
    (kiosk,) = list_kiosks(house.store, EVERYWHERE)
    revoke_kiosk(house.store, kiosk.id, scope=EVERYWHERE, by="lan", today=today_in_vietnam())
    tablet.set_offline(False)
    expect(page.locator("h1")).to_have_text("Máy này đã được thu hồi")
    expect(page.locator("#queue")).to_have_text("Phiếu chưa gửi đã xóa khỏi máy: 1")
    assert waiting(page) == 0
    assert stored(house) == []
    # What the worker keeps now is the refusal, not the form.
    tablet.set_offline(True)
    page.reload()
    expect(page.locator("h1")).to_have_text("Máy này đã được thu hồi")


def test_a_kept_form_is_not_offered_after_the_last_day_of_its_round(tablet, page) -> None:
    tablet.set_offline(True)
    page.clock.fast_forward(40 * 24 * 3600 * 1000)
    expect(page.locator("h1")).to_have_text("Hiện chưa có đợt khảo sát")
    expect(page.get_by_role("button", name=START)).to_be_hidden()
    page.reload()
    expect(page.locator("h1")).to_have_text("Hiện chưa có đợt khảo sát")
    expect(page.get_by_role("button", name=START)).to_be_hidden()


def test_a_server_that_never_answers_is_waited_for_three_seconds(closed_house, chromium) -> None:
    house = closed_house
    with (
        running_server(house.environment, house.folder, port=house.port) as server,
        phone_in_hand(chromium, **TABLET) as tablet,
    ):
        opened = tablet.new_page()
        opened.goto(make_tablet(house))
        opened.evaluate("navigator.serviceWorker.ready")
        with server.asleep():
            began = time.monotonic()
            opened.reload()
            expect(opened.get_by_role("button", name=START)).to_be_visible()
            took = time.monotonic() - began
    assert took > 2.5


def test_keys_alone_are_enough(house, page) -> None:
    page.get_by_role("button", name=START).focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.clock.run_for(400)
    expect(page.locator("fieldset.done")).to_have_count(0)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.get_by_role("button", name="Gửi đánh giá").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Cảm ơn ông/bà đã đánh giá")
    assert stored(house) == [("kiosk", record_of({"A1": "3", "A2": "1"}))]


def test_a_tap_on_an_answered_line_opens_it_again(page) -> None:
    fill_in(page, {"A1": "2"})
    first = page.locator("fieldset").first
    expect(first.locator("label:visible")).to_have_count(1)
    first.locator("label:visible").tap()
    expect(first.locator("label:visible")).to_have_count(5)


def test_axe_finds_nothing_and_every_target_is_large_at_every_step(tablet, page) -> None:
    # Axe itself waits for timers.
    page.clock.resume()
    found = {}
    for moment, act in (
        ("start", lambda: None),
        ("form", lambda: fill_in(page, {"A1": "2"})),
        ("nothing chosen in English", lambda: in_english(page)),
        ("asking", lambda: page.clock.fast_forward(41_000)),
        ("thanks", lambda: go_on_and_send(page)),
        ("rest", lambda: page.clock.fast_forward(THANKS)),
        ("PIN", lambda: (page.clock.fast_forward(REST), page.locator("#exit").tap(), enter_wrong_pin(page))),
    ):
        act()
        broken = find_violations(page)
        targets = find_small_targets(page, "a, button, textarea, fieldset label, #pin", least=64)
        if broken or targets:
            found[moment] = broken, targets
    assert found == {}


def go_on_and_send(page: Page) -> None:
    """Say that one is still there, answer and send."""
    page.locator(".on").tap()
    choose(page, "A1", "5")
    page.locator(".bar .go").tap()
    page.locator(".thanks").wait_for()


def enter_wrong_pin(page: Page) -> None:
    """Type a PIN that is wrong, and be told."""
    enter_pin(page, "1")
    expect(page.locator("#pin-fault")).not_to_be_empty()


def in_english(page: Page) -> None:
    """Begin anew in English, and send without an answer."""
    page.clock.fast_forward(IDLE)
    page.get_by_role("button", name="Start in English").tap()
    page.locator(".bar .go").tap()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("p.wrong").first).to_be_focused()
