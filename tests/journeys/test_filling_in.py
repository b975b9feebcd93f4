"""Answering by finger and by keyboard: folding, progress, keeping, starting over, faults."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import POINT
from tests.journeys.houses import record_of
from tests.journeys.phones import chosen_answers, phone_in_hand, read_receipt, tap_answer, tap_answers, tap_send

pytestmark = pytest.mark.browser

# The form of 2023 asks 16 items and two facts.
QUESTIONS = 18
ANSWERS = {"A1": "4", "A2": "5", "A3": "2"}
COMMENT = "Xin cảm ơn."
NOTHING_CHOSEN = "Xin ông/bà chọn câu trả lời cho ít nhất một câu hỏi, rồi gửi lại."


def expect_progress(page, answered):
    """See how many questions the page says are answered."""
    expect(page.locator(".bar span")).to_have_text(f"Đã trả lời {answered}/{QUESTIONS}")


def test_an_answered_item_folds_into_one_line_and_opens_again_when_tapped(house, form) -> None:
    expect_progress(form, 0)
    tap_answers(form, ANSWERS)
    expect_progress(form, 3)
    line = form.locator("#A2 .fold")
    expect(line).to_contain_text("có đủ ghế ngồi chờ")
    expect(line.locator("b")).to_have_text("Rất hài lòng")
    expect(form.locator("#A2 label").first).to_be_hidden()
    line.tap()
    expect(form.locator("#A2 label")).to_have_count(5)
    expect(form.locator("#A2 label").first).to_be_visible()
    tap_answer(form, "A2", "1")
    expect(line.locator("b")).to_have_text("Rất không hài lòng")
    expect_progress(form, 3)
    tap_send(form)
    read_receipt(form)
    assert house.stored_records() == [record_of({**ANSWERS, "A2": "1"})]


def test_the_next_item_comes_whole_under_the_thumb(form) -> None:
    # The last items are the ones with “no complaint”, the tallest of the form.
    for here, following in (("A1", "A2"), ("C1", "C2"), ("E1", "E2")):
        tap_answer(form, here, "4")
        box = form.locator(f"#{following}").bounding_box()
        bar = form.locator(".bar").bounding_box()
        assert box["y"] >= -1, following
        assert box["y"] + box["height"] <= bar["y"] + 1, following


def test_every_tap_survives_a_reload_until_one_starts_over(form) -> None:
    tap_answers(form, ANSWERS)
    form.locator("#comment").fill(COMMENT)
    form.reload()
    expect(form.locator("#restored")).to_contain_text("Trên máy này còn một phiếu chưa gửi.")
    form.get_by_role("button", name="Làm tiếp (3/18)").tap()
    assert chosen_answers(form) == ANSWERS
    assert form.locator("#comment").input_value() == COMMENT
    expect(form.locator("fieldset.done")).to_have_count(3)
    form.get_by_role("button", name="Làm lại từ đầu").tap()
    for _ in ("at once", "after a reload"):
        expect_progress(form, 0)
        assert chosen_answers(form) == {}
        assert form.locator("#comment").input_value() == ""
        expect(form.locator("#restored")).to_be_hidden()
        form.reload()


def test_a_keyboard_alone_is_enough(house, form) -> None:
    keyboard = form.keyboard
    keyboard.press("Tab")
    expect(form.get_by_role("link", name="English")).to_be_focused()
    keyboard.press("Tab")
    # In a group of radios the arrow keys choose; the group stays open for the next arrow.
    for key in ("Space", "ArrowDown", "ArrowDown", "ArrowDown"):
        keyboard.press(key)
    expect(form.locator("input[name=A1][value='4']")).to_be_focused()
    expect(form.locator("fieldset.done")).to_have_count(0)
    keyboard.press("Tab")
    # What takes the answer back comes behind it, and only where there is one.
    expect(form.locator("#A1").get_by_role("button", name="Bỏ chọn")).to_be_focused()
    keyboard.press("Tab")
    for key in ("ArrowDown", "ArrowUp", "ArrowUp", "ArrowUp"):
        keyboard.press(key)
    for _ in range(1 + QUESTIONS - 1):
        keyboard.press("Tab")
    expect(form.locator("#comment")).to_be_focused()
    keyboard.type("a")
    keyboard.press("Tab")
    expect(form.get_by_role("button", name="Gửi đánh giá")).to_be_focused()
    keyboard.press("Enter")
    read_receipt(form)
    # One down and three up, round the corner of five answers: 2, 1, 5, 4.
    assert house.stored_records() == [record_of({"A1": "4", "A2": "4"})]


def test_sending_nothing_is_told_at_once_and_leads_to_the_first_item(house, form) -> None:
    tap_send(form)
    expect(form.locator("#faults")).to_be_focused()
    expect(form).to_have_title("Lỗi: Ông/bà được phục vụ thế nào?")
    form.get_by_role("link", name=NOTHING_CHOSEN).tap()
    expect(form.locator("#A1")).to_be_in_viewport()
    expect(form.locator("#A1 p.wrong")).to_have_text(NOTHING_CHOSEN)
    assert house.stored_records() == []
    tap_answer(form, "A1", "3")
    tap_send(form)
    read_receipt(form)
    assert house.stored_records() == [record_of({"A1": "3"})]


def test_without_a_script_the_server_tells_that_nothing_was_chosen(house, chromium) -> None:
    with phone_in_hand(chromium, java_script_enabled=False) as phone:
        page = phone.new_page()
        page.goto(house.form(POINT))
        page.locator("#comment").fill(COMMENT)
        tap_send(page)
        expect(page.locator("#faults")).to_contain_text(
            "Xin ông/bà chọn câu trả lời cho ít nhất một câu hỏi, rồi gửi lại."
        )
        expect(page).to_have_title("Lỗi: Ông/bà được phục vụ thế nào?")
        assert page.locator("#comment").input_value() == COMMENT
        tap_answer(page, "A1", "3")
        tap_send(page)
        read_receipt(page)
    assert house.stored_records() == [record_of({"A1": "3"})]


def test_what_the_server_finds_wrong_stands_at_its_item_and_nothing_is_lost(house, form) -> None:
    tap_answers(form, {"A1": "4", "A2": "5"})
    # No tap can choose this answer: an old page or a meddling extension could.
    form.locator("input[name=B1][value='5']").evaluate("field => { field.value = '9' }")
    tap_answer(form, "B1", "9")
    tap_send(form)
    expect(form.locator("#B1 p.wrong")).to_have_text("Lựa chọn này không có trong phiếu. Xin ông/bà chọn lại.")
    expect(form.locator("#faults")).to_be_focused()
    expect(form.locator("fieldset.done")).to_have_count(2)
    tap_answer(form, "B1", "4")
    tap_send(form)
    read_receipt(form)
    assert house.stored_records() == [record_of({"A1": "4", "A2": "5", "B1": "4"})]


def test_a_comment_that_is_too_long_is_told_and_can_be_shortened(house, form) -> None:
    tap_answer(form, "A1", "4")
    comment = form.locator("#comment")
    comment.evaluate("field => field.removeAttribute('maxlength')")
    comment.fill("a" * 2001)
    tap_send(form)
    expect(form.locator("#faults")).to_contain_text("Ý kiến dài quá 2.000 ký tự. Xin ông/bà viết ngắn hơn.")
    comment.fill("a" * 2000)
    tap_send(form)
    read_receipt(form)
    assert house.stored_comments() == ["a" * 2000]
