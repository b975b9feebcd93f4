"""A form that was left: nothing of it is shown or counted for the next person, and whoever goes on loses nothing."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import POINT
from tests.journeys.houses import record_of
from tests.journeys.phones import chosen_answers, phone_in_hand, read_receipt, tap_answer, tap_answers, tap_send

pytestmark = pytest.mark.browser

FIRST = {"A1": "1", "A2": "4", "harassment": "1"}
SECOND = {"A1": "5"}
COMMENT = "Anh Nam ở quầy 3 đòi tiền"
# A phone whose page was left so long ago.
_AGE = """minutes => Object.keys(localStorage).forEach(name => {
    const draft = JSON.parse(localStorage[name]);
    localStorage[name] = JSON.stringify({...draft, at: draft.at - minutes * 60000});
})"""


def leave(form: Page) -> None:
    """Answer, write, and close the tab without sending."""
    tap_answers(form, FIRST)
    form.locator("#comment").fill(COMMENT)
    form.close()


def opened(phone, house) -> Page:
    page = phone.new_page()
    page.goto(house.form(POINT))
    return page


def expect_nothing(page: Page) -> None:
    """See that the page holds nothing of the person before, visible or not."""
    assert chosen_answers(page) == {}
    assert page.locator("#comment").input_value() == ""
    assert COMMENT not in page.content()


def test_nothing_of_a_left_form_is_visible_before_it_is_asked_for(house, phone, form) -> None:
    leave(form)
    page = opened(phone, house)
    expect(page.get_by_role("button", name="Làm tiếp (2/18)")).to_be_visible()
    expect(page.get_by_role("button", name="Mở phiếu mới")).to_be_visible()
    expect(page.locator("#answers")).to_be_hidden()
    expect_nothing(page)


def test_a_new_form_is_another_answering_and_the_left_one_is_gone(house, phone, form) -> None:
    leave(form)
    page = opened(phone, house)
    page.get_by_role("button", name="Mở phiếu mới").tap()
    expect_nothing(page)
    assert page.evaluate("Object.keys(localStorage).concat(Object.keys(sessionStorage))") == []
    tap_answers(page, SECOND)
    tap_send(page)
    read_receipt(page)
    assert house.stored_records() == [record_of(SECOND)]
    assert house.stored_comments() == []


def test_comment_and_what_is_asked_beside_the_items_end_with_the_tab(house, phone, form) -> None:
    leave(form)
    page = opened(phone, house)
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert COMMENT not in kept
    assert "harassment" not in kept
    page.get_by_role("button", name="Làm tiếp").tap()
    assert chosen_answers(page) == {"A1": "1", "A2": "4"}
    assert page.locator("#comment").input_value() == ""


def test_within_its_tab_they_are_kept_for_ten_minutes(form) -> None:
    tap_answers(form, FIRST)
    form.locator("#comment").fill(COMMENT)
    form.evaluate(_AGE, 9)
    form.reload()
    form.get_by_role("button", name="Làm tiếp (3/18)").tap()
    assert chosen_answers(form) == FIRST
    assert form.locator("#comment").input_value() == COMMENT
    form.evaluate(_AGE, 11)
    form.reload()
    form.get_by_role("button", name="Làm tiếp").tap()
    assert chosen_answers(form) == {"A1": "1", "A2": "4"}
    assert form.locator("#comment").input_value() == ""


def test_after_half_an_hour_nothing_is_left(form) -> None:
    tap_answers(form, FIRST)
    form.evaluate(_AGE, 31)
    form.reload()
    expect(form.locator("#restored")).to_be_hidden()
    assert chosen_answers(form) == {}
    assert form.evaluate("Object.keys(localStorage).concat(Object.keys(sessionStorage))") == []


def test_who_changes_the_language_goes_on_without_being_asked(form) -> None:
    tap_answers(form, FIRST)
    form.locator("#comment").fill(COMMENT)
    form.get_by_role("link", name="English").tap()
    expect(form.locator("html")).to_have_attribute("lang", "en")
    expect(form.locator("#answers")).to_be_visible()
    assert chosen_answers(form) == FIRST
    assert form.locator("#comment").input_value() == COMMENT
    form.reload()
    expect(form.get_by_role("button", name="Go on (3/18)")).to_be_visible()


def test_whoever_goes_on_stands_at_the_first_open_question(form) -> None:
    tap_answers(form, {"A1": "4", "A2": "4", "A3": "4", "B1": "4"})
    form.reload()
    form.get_by_role("button", name="Làm tiếp (4/18)").tap()
    form.wait_for_function("() => document.activeElement.tagName === 'FIELDSET'")
    opened_at = form.evaluate("document.activeElement.id")
    first_open = form.evaluate(
        "Array.from(document.querySelectorAll('fieldset')).find(one => !one.querySelector(':checked')).id"
    )
    assert opened_at == first_open
    expect(form.locator(f"#{first_open}")).to_be_in_viewport()


def test_an_answer_is_taken_back(house, form) -> None:
    tap_answers(form, FIRST)
    form.locator("#harassment .fold").tap()
    form.locator("#harassment").get_by_role("button", name="Bỏ chọn").tap()
    expect(form.locator("#harassment :checked")).to_have_count(0)
    expect(form.locator("#harassment").get_by_role("button", name="Bỏ chọn")).to_be_hidden()
    expect(form.locator("#harassment")).to_be_focused()
    expect(form.locator(".bar span")).to_have_text("Đã trả lời 2/18")
    tap_send(form)
    read_receipt(form)
    assert house.stored_records() == [record_of({"A1": "1", "A2": "4"})]


def test_without_a_script_a_sensitive_answer_is_taken_back_as_well(house, chromium) -> None:
    with phone_in_hand(chromium, java_script_enabled=False) as phone:
        page = opened(phone, house)
        tap_answers(page, {"A1": "1", "harassment": "1"})
        page.locator("#harassment label", has_text="Bỏ chọn").tap()
        tap_send(page)
        read_receipt(page)
    assert house.stored_records() == [record_of({"A1": "1"})]


def test_starting_over_is_always_there(form) -> None:
    anew = form.get_by_role("button", name="Làm lại từ đầu")
    expect(anew).to_be_visible()
    tap_answer(form, "A1", "4")
    anew.tap()
    assert chosen_answers(form) == {}
    assert json.loads(form.evaluate("JSON.stringify(localStorage)")) == {}
