"""Two wards become one in the middle of a round: through the pages, with old posters still on the walls."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from survey.operations.clock import today_in_vietnam
from tests.journeys.door import begin, come_back, set_up_phone
from tests.journeys.phones import phone_in_hand, read_receipt, tap_answer, tap_send
from tests.journeys.staff_desk import (
    answer,
    cells_of,
    code_on,
    desk_of,
    follow,
    make_round,
    morning_of,
    press,
    publish,
    see,
    told,
    upload_registry,
)

pytestmark = pytest.mark.browser

DAY = timedelta(days=1)
OLD, OLD_NAME, COUNTER = "P-DONGKINH", "Ủy ban nhân dân phường Đông Kinh", "Quầy hộ tịch Đông Kinh"
TAKER, TAKER_NAME, OWN_COUNTER = "P-TAMTHANH", "Ủy ban nhân dân phường Tam Thanh", "Quầy hộ tịch Tam Thanh"
BLOCK = "Phường, xã"
AGENCIES = [(OLD, OLD_NAME, "Đông Kinh", BLOCK), (TAKER, TAKER_NAME, "Tam Thanh", BLOCK)]
POINTS = [(OLD, COUNTER), (TAKER, OWN_COUNTER)]
TABLE = "Chỉ số: mức độ hài lòng (%)"
# Everybody answers the first criterion alone; the index of 2023 is the sum over 5 times the answers.
#                                          answers                     sum   responses   index
#   old ward, before the day               6 × 5, 5 × 3, 3 sent late    48      12       48/60   = 80,00
#   taker, before the day                  5 × 4, 5 × 1                 25      10
#   taker, the old ward's new code         6 × 5, 4 × 2, 2 tapped       40      11
#   taker, as it was                                                    65      21       65/105  = 61,90
#   taker, as it is now                                                113      33      113/165 = 68,48
BEFORE, OWN, AFTER = "55555533333", "4444411111", "5555552222"


def first_of(answers):
    """Return the responses that give these answers to the first criterion."""
    return [{"A1": symbol} for symbol in answers]


def prepare(page, office, opens):
    """Bring in two wards and make a round; return the administrator's secret and the codes of both counters."""
    begin(page, office.house, "lan", office.add_administrator("lan"))
    secret = set_up_phone(page)
    upload_registry(page, office, AGENCIES, POINTS)
    press(page, "Nhập 4 dòng này")
    told(page, "Đã nhập bảng tính")
    make_round(page, office, "q4", opens=opens, closes=opens + 30 * DAY)
    return secret, code_on(page, office, OLD, COUNTER), code_on(page, office, TAKER, OWN_COUNTER)


def merge(page, office, day, old):
    """Plan the merger from a day on, as the pages lead through it; return the code that goes on for the old one."""
    page.goto(f"{office.address}/staff/agencies/{OLD}")
    follow(page, "Sáp nhập, chia tách")
    page.get_by_label("Ngày thực hiện").fill(day.isoformat())
    page.get_by_label("Cơ quan tiếp nhận", exact=True).select_option(TAKER)
    press(page, "Xem trước")
    see(page, f"Xem trước: sáp nhập từ ngày {day:%d/%m/%Y}")
    acts = page.get_by_role("region", name="Những việc sẽ xảy ra")
    expect(acts).to_contain_text(f"{OLD_NAME} sáp nhập: ngày cuối cùng là {day - DAY:%d/%m/%Y}")
    expect(acts).to_contain_text(f"1 điểm phục vụ được cấp mã mới tại {TAKER_NAME}")
    press(page, "Thực hiện sáp nhập")
    told(page, "Đã lưu. Việc tiếp theo: in áp phích có mã mới")
    cells = cells_of(page, "Mã cũ và mã mới", COUNTER)
    assert (cells[0], cells[2]) == (old, TAKER_NAME)
    return cells[1]


def scan(phone, office, code):
    """Open the address on a poster, and return the page it leads to."""
    page = phone.new_page()
    page.goto(f"{office.address}/K/{code}")
    return page


def send(page):
    """Send what is on the phone, and see the receipt."""
    tap_send(page)
    read_receipt(page)


def test_a_ward_merges_into_another_while_people_answer(office, chromium) -> None:
    today = today_in_vietnam()
    opens = today - 5 * DAY
    with morning_of(opens):
        with desk_of(chromium) as lan:
            secret, old, own = prepare(lan, office, opens)
        answer(office, old, first_of(BEFORE))
        answer(office, own, first_of(OWN))

    with phone_in_hand(chromium) as phone:
        with morning_of(today - DAY):
            with desk_of(chromium) as lan:
                come_back(lan, office.house, "lan", secret)
                new = merge(lan, office, today, old)
            late = scan(phone, office, old)
            assert late.url.endswith(old)
            expect(late.locator("header")).to_contain_text(OLD_NAME)
            tap_answer(late, "A1", "3")

        # The day has come: the old poster leads on, and what was open the day before still counts where it was opened.
        led = scan(phone, office, old)
        assert led.url.endswith(new)
        expect(led.locator("header")).to_contain_text(TAKER_NAME)
        tap_answer(led, "A1", "2")
        send(led)
        send(late)
    answer(office, new, first_of(AFTER))

    with desk_of(chromium) as lan:
        come_back(lan, office.house, "lan", secret)
        publish(lan, office, "q4")
        lan.goto(f"{office.address}/results/q4")
        assert cells_of(lan, TABLE, OLD_NAME)[0] == "80,00 12 phiếu"
        assert cells_of(lan, TABLE, TAKER_NAME)[0] == "61,90 21 phiếu"
        follow(lan, "Theo cơ quan hiện nay")
        expect(lan.get_by_role("link", name="Theo cơ quan tại thời điểm khảo sát")).to_be_visible()
        assert cells_of(lan, TABLE, TAKER_NAME)[0] == "68,48 33 phiếu"
        assert cells_of(lan, TABLE, OLD_NAME) == []
        expect(lan.get_by_text(re.compile(f"{TAKER_NAME}: gồm phiếu của .*{OLD_NAME}"))).to_be_visible()
