"""A complaint from the phone to the public answer, with the clock moved past its limit on the way."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from survey.operations.clock import today_in_vietnam
from survey.operations.feedback.working_days import load_working_days
from survey.operations.staff.accounts import reset_staff
from tests.journeys.door import begin, set_up_phone
from tests.journeys.phones import phone_in_hand, tap_answer, tap_send
from tests.journeys.staff_desk import (
    Office,
    add_person,
    desk_of,
    follow,
    make_round,
    morning_of,
    press,
    see,
    told,
)

pytestmark = pytest.mark.browser

DAY = timedelta(days=1)
CENTRE, CENTRE_NAME, COUNTER = "TTPVHCC", "Trung tâm Phục vụ hành chính công tỉnh Lạng Sơn", "L4E3SZF"
ABOVE, ABOVE_NAME = "VPUBND", "Văn phòng Ủy ban nhân dân tỉnh Lạng Sơn"
SAID = "Quầy số 3 mở cửa muộn 40 phút. Gọi tôi theo số 0912 345 678."
ANSWER = "Trung tâm đã bố trí người trực thay từ 7 giờ 30. Xin cảm ơn ông/bà."
CONTACT = "Tổ 5, phường Kỳ Lừa"
# What CASE_DAYS says where nobody set it: fifteen working days.
LIMIT = 15


def prepare(page: Page, office: Office, opens: date) -> None:
    """Open a round, and make accounts for the centre's clerk and for the office above it."""
    begin(page, office.house, "lan", office.add_administrator("lan"))
    set_up_phone(page)
    make_round(page, office, "q4", opens=opens, closes=opens + 90 * DAY)
    add_person(page, office, "hoa", "clerk", CENTRE)
    add_person(page, office, "nam", "manager", ABOVE)


def complain(page: Page, office: Office, due: date) -> tuple[str, str]:
    """Answer the questionnaire, send a complaint from the thanks page, and return code and secret of its receipt."""
    page.goto(f"{office.address}/K/{COUNTER}")
    tap_answer(page, "A1", "2")
    tap_send(page)
    page.get_by_role("link", name="Gửi phản ánh, kiến nghị").tap()
    expect(page).to_have_url(f"{office.address}/feedback?agency={CENTRE}")
    expect(page.get_by_text(f"Cơ quan sẽ trả lời chậm nhất ngày {due:%d/%m/%Y}.")).to_be_visible()
    page.get_by_text("Phản ánh một việc chưa tốt").tap()
    page.get_by_label("Nội dung ông/bà muốn gửi").fill(SAID)
    page.get_by_label("Số điện thoại hoặc thư điện tử").fill(CONTACT)
    page.get_by_role("button", name="Gửi", exact=True).tap()
    expect(page.locator("h1")).to_have_text("Đã gửi phản ánh, kiến nghị")
    expect(page.locator(".code")).to_have_count(2)
    code, secret = page.locator(".code").all_inner_texts()
    return code, secret


def look(page: Page, office: Office, code: str, secret: str) -> None:
    """Open the case with its receipt."""
    page.goto(f"{office.address}/feedback/follow")
    page.get_by_label("Mã phản ánh").fill(code)
    page.get_by_label("Mã bí mật").fill(secret.lower())
    page.get_by_role("button", name="Xem trả lời").tap()


def test_from_the_phone_past_the_limit_to_the_public_answer(sample_registry, office, chromium) -> None:
    # Enough days before now for the limit to pass; the days are those of the calendar the application itself reads.
    sent = today_in_vietnam() - 45 * DAY
    days = load_working_days()
    due = days.after(sent, LIMIT)
    with phone_in_hand(chromium) as phone:
        mine = phone.new_page()
        with morning_of(sent):
            with desk_of(chromium) as lan:
                prepare(lan, office, sent)
            code, secret = complain(mine, office, due)
            look(mine, office, code, secret)
            expect(mine.locator("h1")).to_have_text("Đang chờ trả lời")
            # Three digits alone might be part of a code that was drawn.
            assert not re.search("0912 ?345|345 ?678", mine.content())

        late = next(day for day in (due + n * DAY for n in range(1, 9)) if days.is_working_day(day))
        with morning_of(late):
            remind(office, code)
            above_sees_it(chromium, office, one_time_of(office, "nam"), code)
            look(mine, office, code, secret)
            expect(mine.get_by_text(f"Đã quá hạn trả lời ({due:%d/%m/%Y}).")).to_be_visible()
            expect(mine.get_by_text("việc chậm trả lời đã được báo cáo cơ quan cấp trên")).to_be_visible()
            clerk_answers_and_publishes(chromium, office, one_time_of(office, "hoa"), code)

            look(mine, office, code, secret)
            expect(mine.locator("h1")).to_have_text("Cơ quan đã trả lời")
            expect(mine.get_by_text(ANSWER)).to_be_visible()
            mine.get_by_role("button", name="Hài lòng", exact=True).tap()
            expect(mine.get_by_role("status")).to_contain_text("Ông/bà đã chọn: Hài lòng.")
            everybody_reads_it(mine, office)


def one_time_of(office: Office, name: str) -> str:
    """Return a new one-time password: the one that was made with the account ended after three days."""
    return reset_staff(office.app.extensions["hai-long"].store, name)


def remind(office: Office, code: str) -> None:
    """Let the morning's command tell the agency above, once."""
    first, second = (office.app.test_cli_runner().invoke(args=["cases", "remind"]).output for _ in range(2))
    assert f"quá hạn: {code}" in first
    assert f"Đã báo cơ quan cấp trên ({ABOVE_NAME}): {code}" in first
    assert "đã báo" not in second


def above_sees_it(chromium, office: Office, one_time: str, code: str) -> None:
    with desk_of(chromium) as nam:
        begin(nam, office.house, "nam", one_time)
        set_up_phone(nam)
        see(nam, "Tổng quan")
        nam.goto(f"{office.address}/staff/cases")
        follow(nam, code)
        expect(nam.get_by_text(re.compile(f"{ABOVE_NAME}; hạn"))).to_be_visible()


def clerk_answers_and_publishes(chromium, office: Office, one_time: str, code: str) -> None:
    with desk_of(chromium) as hoa:
        begin(hoa, office.house, "hoa", one_time)
        see(hoa, "Tổng quan")
        follow(hoa, "Phản ánh, kiến nghị")
        follow(hoa, code)
        see(hoa, f"Phản ánh {code}")
        expect(hoa.get_by_text(CONTACT)).to_be_visible()
        hoa.get_by_label("Giao cho").select_option(label="hoa")
        press(hoa, "Phân công")
        told(hoa, "Đã phân công.")
        hoa.get_by_role("textbox", name="Trả lời").fill(ANSWER)
        press(hoa, "Gửi trả lời")
        follow(hoa, "Duyệt và đăng công khai")
        hoa.get_by_role("textbox", name="Nội dung").fill("Quầy số 3 mở cửa muộn.")
        hoa.get_by_role("checkbox").check()
        press(hoa, "Đăng công khai")
        told(hoa, "Đã đăng")


def everybody_reads_it(page: Page, office: Office) -> None:
    """See the figures of all agencies, the public words, and both on the agency's own page."""
    page.goto(f"{office.address}/results/feedback/{CENTRE}")
    expect(page.get_by_text("Quầy số 3 mở cửa muộn.")).to_be_visible()
    expect(page.get_by_text(ANSWER)).to_be_visible()
    expect(page.get_by_text("40 phút")).to_have_count(0)
    page.goto(f"{office.address}/a/{CENTRE}")
    expect(page.get_by_text(ANSWER)).to_be_visible()
    expect(page.get_by_text("0 trên 1 việc đến hạn")).to_be_visible()
