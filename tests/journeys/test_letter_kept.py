"""A complaint that was typed and cut off: it is kept until it is sent, and shown to nobody who did not ask for it."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from survey.store.feedback.tables import feedback_case
from tests.journeys.phones import phone_in_hand

pytestmark = pytest.mark.browser

AGENCY, OTHER = "TTPVHCC", "SCT"
TEXT, CONTACT = "Quầy số 3 mở cửa muộn 40 phút.", "Tổ 5, phường Kỳ Lừa"


def opened(phone, house, query=f"agency={AGENCY}") -> Page:
    page = phone.new_page()
    page.goto(f"{house.address}/feedback?{query}")
    return page


def write(page: Page) -> None:
    """Say what happened, and where one can be reached."""
    page.locator("input[value=complaint]").check()
    page.locator("#text").fill(TEXT)
    page.locator("#contact").fill(CONTACT)


def send(page: Page) -> None:
    page.locator("#letter .go").tap()


def texts_of(house) -> list[str]:
    with house.store.reading() as connection:
        return list(connection.scalars(select(feedback_case.c.text)))


def kept_on(page: Page) -> str:
    return page.evaluate("JSON.stringify([localStorage, sessionStorage])")


def test_what_is_sent_without_a_network_stays_and_goes_when_there_is_one(house, phone) -> None:
    page = opened(phone, house)
    write(page)
    phone.set_offline(True)
    send(page)
    expect(page.locator("#sending")).to_contain_text("Chưa có mạng.")
    assert page.locator("#text").input_value() == TEXT
    assert texts_of(house) == []
    phone.set_offline(False)
    expect(page.locator("h1")).to_have_text("Đã gửi phản ánh, kiến nghị")
    assert texts_of(house) == [TEXT]
    assert kept_on(page) == "[{},{}]"


def test_a_page_that_was_left_asks_before_it_shows_what_was_typed(house, phone) -> None:
    page = opened(phone, house)
    write(page)
    page.close()
    page = opened(phone, house, f"agency={OTHER}")
    expect(page.get_by_role("button", name="Làm tiếp")).to_be_visible()
    expect(page.locator("#letter")).to_be_hidden()
    assert (page.locator("#text").input_value(), CONTACT in kept_on(page)) == ("", False)
    page.get_by_role("button", name="Làm tiếp").tap()
    assert (page.locator("#text").input_value(), page.locator("#contact").input_value()) == (TEXT, "")
    page.get_by_role("button", name="Xóa").last.tap()
    assert (page.locator("#text").input_value(), kept_on(page)) == ("", "[{},{}]")


def test_a_reload_and_the_way_back_lose_nothing(house, phone) -> None:
    page = opened(phone, house)
    write(page)
    for leave in (page.reload, lambda: (page.goto(house.address), page.go_back())):
        leave()
        page.get_by_role("button", name="Làm tiếp").tap()
        assert (page.locator("#text").input_value(), page.locator("#contact").input_value()) == (TEXT, CONTACT)


def test_another_language_keeps_what_was_typed(house, phone) -> None:
    page = opened(phone, house)
    write(page)
    page.get_by_role("link", name="English").tap()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert (page.locator("#text").input_value(), page.locator("#contact").input_value()) == (TEXT, CONTACT)
    expect(page.locator("input[value=complaint]")).to_be_checked()


def test_after_half_an_hour_nothing_is_left(house, phone) -> None:
    page = opened(phone, house)
    write(page)
    page.evaluate("""() => {
        const draft = JSON.parse(localStorage['hai-long letter']);
        localStorage['hai-long letter'] = JSON.stringify({...draft, at: draft.at - 31 * 60000});
    }""")
    page.reload()
    expect(page.locator("#letter")).to_be_visible()
    assert (page.locator("#text").input_value(), kept_on(page)) == ("", "[{},{}]")


def test_what_arrived_though_its_reply_was_lost_is_stored_once(house, phone) -> None:
    page = opened(phone, house)
    write(page)

    def lose(route) -> None:
        if route.request.method != "POST":
            return route.continue_()
        route.fetch()
        return route.abort()

    phone.route("**/feedback", lose)
    with page.expect_event("requestfailed", lambda request: request.method == "POST"):
        send(page)
    phone.unroute("**/feedback", lose)
    page.goto(f"{house.address}/feedback?agency={AGENCY}")
    page.get_by_role("button", name="Làm tiếp").tap()
    send(page)
    expect(page.locator("h1")).to_have_text("Đã gửi phản ánh, kiến nghị")
    assert texts_of(house) == [TEXT]


@pytest.mark.parametrize("script", [True, False])
def test_sending_nothing_is_told_in_the_language_of_the_page_and_takes_the_focus(house, chromium, script) -> None:
    with phone_in_hand(chromium, java_script_enabled=script) as phone:
        page = opened(phone, house, f"agency={AGENCY}&lang=en")
        send(page)
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.locator("#faults")).to_contain_text("Please write")
        expect(page.locator("#faults")).to_be_focused()
