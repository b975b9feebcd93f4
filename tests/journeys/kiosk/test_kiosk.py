"""A shared tablet in a real browser: one person after the other, with the network and without."""

import time

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from survey.store import tables
from tests.journeys.houses import record_of
from tests.journeys.kiosk.tablets import (
    PEOPLE,
    RECEIPT,
    RETRIED,
    START,
    TABLET,
    expect_nobody,
    fill_in,
    make_tablet,
    open_page,
    pass_on,
    send,
    stored,
    wait_for,
    waiting,
)
from tests.journeys.phones import phone_in_hand
from tests.servers import running_server

pytestmark = pytest.mark.browser


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
