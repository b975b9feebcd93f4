"""One phone, several people; and what the back button does."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import POINT
from tests.journeys.houses import record_of
from tests.journeys.phones import chosen_answers, phone_in_hand, read_receipt, tap_answer, tap_answers, tap_send

pytestmark = pytest.mark.browser

ANSWERS = {"A1": "4", "B2": "5", "D1": "1"}
COMMENT = "Mong có thêm ghế."


def test_two_people_in_a_row_are_two_responses_and_the_second_sees_nothing_of_the_first(house, form) -> None:
    tap_answers(form, ANSWERS)
    form.locator("#comment").fill(COMMENT)
    tap_send(form)
    first = read_receipt(form)
    form.get_by_role("link", name="Mở phiếu mới cho người khác").tap()
    form.wait_for_url(house.form(POINT))
    expect(form.locator("#restored")).to_be_hidden()
    expect(form.locator("#note")).to_be_hidden()
    assert chosen_answers(form) == {}
    assert form.locator("#comment").input_value() == ""
    # The same answers, so that nothing but the answering tells the two apart.
    tap_answers(form, ANSWERS)
    tap_send(form)
    assert read_receipt(form) != first
    assert house.stored_records() == [record_of(ANSWERS)] * 2
    assert house.stored_comments() == [COMMENT]


def test_going_back_after_sending_leads_to_no_filled_form_and_doubles_nothing(house, phone) -> None:
    page = phone.new_page()
    page.goto(house.address)
    page.get_by_label("Mã điểm phục vụ (7 ký tự, in trên áp phích)").fill(POINT.lower())
    page.get_by_role("button", name="Mở phiếu").tap()
    tap_answers(page, ANSWERS)
    tap_send(page)
    receipt = read_receipt(page)
    page.go_back()
    expect(page.locator("h1")).to_have_text("Đánh giá sự phục vụ của cơ quan hành chính")
    page.go_forward()
    assert read_receipt(page) == receipt
    assert house.stored_records() == [record_of(ANSWERS)]


def test_leaving_the_form_and_coming_back_keeps_every_answer(house, form) -> None:
    tap_answers(form, ANSWERS)
    form.locator("#comment").fill(COMMENT)
    form.goto(house.address)
    form.go_back()
    form.get_by_role("button", name=f"Làm tiếp ({len(ANSWERS)}/18)").tap()
    assert chosen_answers(form) == ANSWERS
    assert form.locator("#comment").input_value() == COMMENT
    tap_send(form)
    read_receipt(form)
    assert house.stored_records() == [record_of(ANSWERS)]


def test_without_a_script_sending_again_after_going_back_gives_the_same_receipt(house, chromium) -> None:
    with phone_in_hand(chromium, java_script_enabled=False) as phone:
        page = phone.new_page()
        page.goto(house.form(POINT))
        tap_answers(page, ANSWERS)
        tap_send(page)
        receipt = read_receipt(page)
        page.go_back()
        expect(page.locator(":checked")).to_have_count(len(ANSWERS))
        tap_send(page)
        assert read_receipt(page) == receipt
        page.go_back()
        expect(page.locator(":checked")).to_have_count(len(ANSWERS))
        tap_answer(page, "A1", "1")
        tap_send(page)
        expect(page.locator("h1")).to_have_text("Phiếu này đã được lưu trước đó")
    assert house.stored_records() == [record_of(ANSWERS)]
