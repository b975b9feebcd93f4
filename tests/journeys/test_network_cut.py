"""What is sent while the network is away, lies or answers late is stored once."""

import re
import time

import pytest
from playwright.sync_api import Route, expect

from tests.journeys.conftest import POINT
from tests.journeys.houses import record_of
from tests.journeys.phones import PATIENCE, read_receipt, stop_clock, tap_answers, tap_send

pytestmark = pytest.mark.browser

ANSWERS = {"A1": "4", "C2": "2", "E1": "N"}
OTHERS = {"A1": "5", "B1": "1"}
RETIRED_POINT = "WACDS29"
KEPT = "Chưa có mạng. Phiếu đã lưu trên máy này và sẽ tự gửi khi có mạng. Xin ông/bà giữ trang này mở."
SENT_LATER = re.compile("Phiếu lưu trước đó đã được gửi. Mã xác nhận: ....-....-....")


def expect_kept(page):
    """See that the page says the response is kept, and shows no form any more."""
    expect(page.locator("h1")).to_have_text("Phiếu đang chờ gửi")
    expect(page.locator("#note p")).to_have_text(KEPT)
    expect(page.locator("#answers")).to_be_hidden()


def wait_for_records(page, house, count):
    """Let the page work until so many responses are stored."""
    deadline = time.monotonic() + PATIENCE / 1000
    while len(house.stored_records()) < count and time.monotonic() < deadline:
        page.wait_for_timeout(50)


def only_sending(answer):
    """Return a route that lets pages through and treats what is sent by `answer`."""

    def handle(route: Route) -> None:
        answer(route) if route.request.method == "POST" else route.continue_()

    return handle


def test_a_network_cut_between_answering_and_sending_loses_nothing(house, phone, form) -> None:
    tap_answers(form, ANSWERS)
    phone.set_offline(True)
    tap_send(form)
    expect_kept(form)
    assert house.stored_records() == []
    phone.set_offline(False)
    read_receipt(form)
    form.goto(house.form(POINT))
    expect(form.locator("#note")).to_be_hidden()
    assert house.stored_records() == [record_of(ANSWERS)]


@pytest.mark.parametrize("later", [f"/K/{RETIRED_POINT}", "/", "/K/532JS8E"])
def test_a_response_kept_on_a_closed_page_is_sent_when_any_page_of_ours_is_opened(house, phone, form, later) -> None:
    tap_answers(form, ANSWERS)
    phone.set_offline(True)
    tap_send(form)
    expect_kept(form)
    form.close()
    phone.set_offline(False)
    page = phone.new_page()
    page.goto(house.address + later)
    expect(page.locator("#note p")).to_have_text(SENT_LATER)
    page.reload()
    assert house.stored_records() == [record_of(ANSWERS)]
    expect(page.locator("#note")).to_be_hidden()


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (200, "text/html", "<h1>Đăng nhập Wi-Fi</h1>"),
        (201, "text/html", "<h1>Đăng nhập Wi-Fi</h1>"),
        (200, "application/json", '{"ok": true}'),
        (403, "text/html", "<h1>Request blocked</h1>"),
        (503, "text/html", "<h1>Service Unavailable</h1>"),
    ],
)
def test_an_answer_that_is_not_ours_is_no_success(house, phone, form, status, kind, body) -> None:
    strange = only_sending(lambda route: route.fulfill(status=status, content_type=kind, body=body))
    phone.route("**/K/*", strange)
    tap_answers(form, ANSWERS)
    stop_clock(form)
    tap_send(form)
    expect_kept(form)
    phone.unroute("**/K/*", strange)
    form.get_by_role("button", name="Gửi lại ngay").tap()
    read_receipt(form)
    assert house.stored_records() == [record_of(ANSWERS)]


def test_a_reply_lost_on_its_way_back_stores_nothing_twice(house, phone, form) -> None:
    replies = []

    def lose(route: Route) -> None:
        replies.append(route.fetch().json()["receipt"])
        route.abort()

    losing = only_sending(lose)
    phone.route("**/K/*", losing)
    tap_answers(form, ANSWERS)
    stop_clock(form)
    tap_send(form)
    expect_kept(form)
    phone.unroute("**/K/*", losing)
    form.get_by_role("button", name="Gửi lại ngay").tap()
    assert set(replies) == {read_receipt(form)}
    assert house.stored_records() == [record_of(ANSWERS)]


def test_a_server_that_is_down_gets_the_response_when_it_is_up_again(closed_house, phone) -> None:
    page = phone.new_page()
    with closed_house.served():
        page.goto(closed_house.form(POINT))
        tap_answers(page, ANSWERS)
    stop_clock(page)
    tap_send(page)
    expect_kept(page)
    assert closed_house.stored_records() == []
    with closed_house.served():
        page.get_by_role("button", name="Gửi lại ngay").tap()
        read_receipt(page)
        page.close()
    assert closed_house.stored_records() == [record_of(ANSWERS)]


def test_the_next_person_on_the_phone_neither_sees_nor_drops_what_still_waits(house, phone, form) -> None:
    busy = only_sending(lambda route: route.fulfill(status=503))
    phone.route("**/K/*", busy)
    tap_answers(form, ANSWERS)
    tap_send(form)
    expect_kept(form)
    form.goto(house.form(POINT))
    expect(form.locator("#note p")).to_have_text(KEPT)
    expect(form.locator("fieldset :checked")).to_have_count(0)
    tap_answers(form, OTHERS)
    phone.unroute("**/K/*", busy)
    tap_send(form)
    read_receipt(form)
    # Who is waiting comes first; the older response follows, from this page or from the page of thanks.
    wait_for_records(form, house, 2)
    assert house.stored_records() == sorted([record_of(ANSWERS), record_of(OTHERS)])
