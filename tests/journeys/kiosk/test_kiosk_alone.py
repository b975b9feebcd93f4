"""A tablet that nobody watches: the way out, a tablet revoked, a round that ended, and who cannot see or tap well."""

import re

import pytest
from playwright.sync_api import Page, expect

from survey.operations.clock import today_in_vietnam
from survey.operations.collecting.kiosks import list_kiosks, revoke_kiosk
from tests.journeys.houses import record_of
from tests.journeys.kiosk.tablets import (
    EVERYWHERE,
    IDLE,
    PEOPLE,
    PIN,
    REST,
    START,
    THANKS,
    choose,
    enter_pin,
    fill_in,
    send,
    stored,
    waiting,
)
from tests.journeys.phones import PATIENCE
from tests.journeys.windows import find_small_targets, find_violations

pytestmark = pytest.mark.browser


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
    # What takes the answer back comes behind it.
    page.keyboard.press("Tab")
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
