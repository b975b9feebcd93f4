"""The form for whoever hears it, reads it large, or waits: names, focus, what is said while it is being sent."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import POINT
from tests.journeys.phones import read_receipt, tap_answer, tap_answers, tap_send

pytestmark = pytest.mark.browser

# What a tap in Safari leaves behind: nothing has the focus.
_NO_FOCUS = "document.activeElement.blur()"


def test_a_folded_question_is_named_by_its_number_and_what_was_chosen(form) -> None:
    tap_answers(form, {"A1": "4", "A3": "1"})
    # What is seen is what is heard: the number, the question, the answer, and what a press does.
    first = form.get_by_role("button", name=re.compile(r"^1\. .* Hài lòng Chọn lại$"))
    expect(first).to_be_visible()
    expect(form.get_by_role("button", name=re.compile(r"^3\. .* Rất không hài lòng Chọn lại$"))).to_be_visible()
    expect(form.locator("#A1")).to_have_accessible_name(form.locator("#A1 legend").text_content() or "")
    expect(form.locator("#A2")).to_have_accessible_name(form.locator("#A2 legend").text_content() or "")
    assert (form.locator("#A2 legend").text_content() or "").startswith("2. ")


def test_folding_never_sends_the_focus_to_the_top(form) -> None:
    form.locator("label:has(input[name='A1'][value='4'])").tap()
    form.evaluate(_NO_FOCUS)
    form.wait_for_function("() => document.getElementById('A1').matches('.done')")
    expect(form.locator("#A1 .fold")).to_be_focused()


def test_sending_is_said_and_nothing_can_be_changed_meanwhile(phone, form) -> None:
    held = []
    phone.route("**/K/*", lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
    tap_answers(form, {"A1": "4", "A2": "5"})
    tap_send(form)
    said = form.locator(".bar").get_by_role("status")
    expect(said).to_have_text("Đang gửi…")
    expect(said).to_be_in_viewport()
    # Without a value the sign of progress moves.
    assert form.locator(".bar progress").get_attribute("value") is None
    assert form.locator("fieldset:not([disabled])").count() == 0
    expect(form.locator("#comment")).not_to_be_editable()
    while not held:
        form.wait_for_timeout(50)
    held[0].continue_()
    read_receipt(form)


def test_a_form_the_server_refused_begins_at_what_is_wrong(house, chromium, phone) -> None:
    page = phone.new_page()
    # A phone that keeps nothing sends the plain way, and gets a page.
    page.add_init_script("delete window.indexedDB; Object.defineProperty(window, 'indexedDB', {value: undefined})")
    page.goto(house.form(POINT))
    page.locator("input[name=B1][value='5']").evaluate("field => { field.value = '9' }")
    tap_answer(page, "A1", "4")
    tap_answer(page, "B1", "9")
    tap_send(page)
    expect(page.locator("#faults")).to_be_focused()
    assert page.locator("#A1 input:checked").get_attribute("value") == "4"


def test_large_letters_leave_the_name_its_room(form) -> None:
    form.evaluate("document.querySelector('header').style.fontSize = '32px'")
    name, link = form.locator("header div > p").bounding_box(), form.get_by_role("link", name="English").bounding_box()
    # 360 pixels less two margins of 16.
    assert name["width"] >= 320
    assert link["y"] >= name["y"] + name["height"] - 1


def test_letters_of_the_usual_size_leave_the_other_language_beside_the_name(form) -> None:
    name, link = form.locator("header div > p").bounding_box(), form.get_by_role("link", name="English").bounding_box()
    assert link["y"] < name["y"] + name["height"]
    assert link["x"] >= name["x"] + name["width"]
