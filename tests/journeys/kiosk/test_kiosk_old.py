"""A tablet that is old or whose clock is wrong, and an answer taken back at the counter."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from survey.operations.clock import now_in_vietnam
from tests.journeys.houses import record_of
from tests.journeys.kiosk.tablets import PIN, START, TABLET, choose, enter_pin, expect_nobody, fill_in, send, stored
from tests.journeys.phones import phone_in_hand

pytestmark = pytest.mark.browser

NO_DIALOGS = "delete HTMLDialogElement.prototype.showModal; delete HTMLDialogElement.prototype.close"


def test_a_date_that_is_a_year_ahead_closes_nothing_while_the_server_is_there(house, tablet, address) -> None:
    page = tablet.new_page()
    page.clock.install(time=now_in_vietnam() + timedelta(days=400))
    with page.expect_response(lambda answer: answer.request.method == "HEAD"):
        page.goto(address)
    page.clock.run_for(2_000)
    expect(page.get_by_role("button", name=START)).to_be_visible()
    expect(page.locator("h1")).not_to_have_text("Hiện chưa có đợt khảo sát")
    fill_in(page, {"A1": "4"})
    send(page)
    assert stored(house) == [("kiosk", record_of({"A1": "4"}))]


def test_a_clock_that_jumps_wipes_no_answers(page) -> None:
    fill_in(page, {"A1": "4", "A2": "5"})
    page.clock.set_system_time(now_in_vietnam() + timedelta(minutes=10))
    page.clock.run_for(2_000)
    assert page.locator(":checked").count() == 2


def test_without_dialogs_the_warning_comes_and_staff_get_out(house, chromium, address) -> None:
    with phone_in_hand(chromium, **TABLET) as tablet:
        tablet.add_init_script(NO_DIALOGS)
        page = tablet.new_page()
        page.clock.install(time=now_in_vietnam())
        page.goto(address)
        page.clock.pause_at(now_in_vietnam() + timedelta(minutes=1))
        fill_in(page, {"A1": "4"})
        page.clock.fast_forward(45_000)
        on = page.get_by_role("button", name="Tiếp tục", exact=True)
        expect(on).to_be_focused()
        on.tap()
        expect(on).to_be_hidden()
        assert page.locator(":checked").count() == 1
        page.clock.fast_forward(61_000)
        expect(page.get_by_role("button", name=START)).to_be_visible()
        expect_nobody(page)
        page.get_by_role("button", name="Thoát phiếu").tap()
        enter_pin(page, PIN)
        expect(page.locator("h1")).to_have_text("Đã thoát")


def test_an_answer_is_taken_back_on_the_tablet(house, page) -> None:
    fill_in(page, {"A1": "4", "A2": "1"})
    second = page.locator("fieldset").nth(1)
    second.locator("label:visible").tap()
    second.get_by_role("button", name="Bỏ chọn").tap()
    expect(second.locator(":checked")).to_have_count(0)
    expect(second).to_be_focused()
    expect(second.locator("label:visible")).to_have_count(5)
    choose(page, "A3", "5")
    send(page)
    assert stored(house) == [("kiosk", record_of({"A1": "4", "A3": "5"}))]


def test_the_browser_is_asked_to_keep_what_waits(tablet, address) -> None:
    tablet.add_init_script("if (navigator.storage) navigator.storage.persist = async () => { window.asked = true; }")
    page = tablet.new_page()
    page.goto(address)
    page.wait_for_function("() => window.asked")
