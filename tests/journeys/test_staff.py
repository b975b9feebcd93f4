"""A member of staff from the one-time password to the published page, in a real browser."""

import json
import re
import subprocess

import pytest
from playwright.sync_api import expect

from survey.operations.clock import today_in_vietnam
from survey.store.staff.tables import staff_session
from survey.store.subjects import ADDED
from tests.journeys.door import CHOSEN, give_code, sign_in, sign_in_for_the_first_time
from tests.journeys.phones import PUBLISHING
from tests.journeys.staff_desk import see
from tests.sign_in import code_of

pytestmark = pytest.mark.browser

BEHIND_THE_DOOR = ("/staff/", "/staff/password", "/staff/posters", "/staff/exports/indices.csv?round=r1")
AGENCY, AGENCY_NAME = "P-KYLUA", "Ủy ban nhân dân phường Kỳ Lừa"


def test_from_the_one_time_password_to_the_overview_and_out_again(house, desk) -> None:
    secret = sign_in_for_the_first_time(desk, house)
    desk.get_by_role("button", name="Đăng xuất").click()
    expect(desk.locator("h1")).to_have_text("Đăng nhập")
    # What stays only tells this browser from a guesser's: it opens nothing.
    (kept,) = desk.context.cookies()
    assert kept["name"].startswith("hai_long_")
    sign_in(desk, house, "lan", "sai mật khẩu rồi")
    expect(desk.get_by_role("alert")).to_have_text("Tên đăng nhập hoặc mật khẩu không đúng.")
    sign_in(desk, house, "lan", CHOSEN)
    give_code(desk, secret, steps=1)
    expect(desk.locator("h1")).to_have_text("Tổng quan")


def test_what_was_typed_when_the_session_ended_is_sent_after_signing_in_again(house, desk) -> None:
    secret = sign_in_for_the_first_time(desk, house)
    desk.goto(f"{house.address}/staff/people/new")
    desk.get_by_label("Tên đăng nhập").fill("mai")
    desk.get_by_label("Vai trò").select_option("auditor")
    with house.store.writing(ADDED) as connection:
        connection.execute(staff_session.delete())
    desk.get_by_role("button", name="Thêm tài khoản").press("Enter")
    expect(desk.get_by_role("status")).to_contain_text("nội dung vừa nhập vẫn được giữ")
    desk.get_by_label("Tên đăng nhập").fill("lan")
    desk.get_by_label("Mật khẩu").fill(CHOSEN)
    desk.keyboard.press("Enter")
    expect(desk.get_by_label("Mã xác thực")).to_be_focused()
    desk.keyboard.type(code_of(secret, steps=1))
    desk.keyboard.press("Enter")
    # The page before has a button of the same name.
    see(desk, "Tiếp tục thao tác đang làm")
    desk.get_by_role("button", name="Tiếp tục").press("Enter")
    expect(desk.locator("h1")).to_have_text("Đã thêm tài khoản mai")


def test_nobody_gets_behind_the_door_without_signing_in_not_even_by_the_back_button(house, desk) -> None:
    for path in BEHIND_THE_DOOR:
        desk.goto(house.address + path)
        expect(desk.locator("h1")).to_have_text("Đăng nhập")
    sign_in_for_the_first_time(desk, house)
    desk.get_by_role("button", name="Đăng xuất").click()
    expect(desk.locator("h1")).to_have_text("Đăng nhập")
    desk.go_back()
    expect(desk.locator("h1")).to_have_text("Đăng nhập")


@pytest.mark.paper
def test_the_poster_that_is_downloaded_leads_to_the_form(house, desk) -> None:
    sign_in_for_the_first_time(desk, house)
    desk.goto(f"{house.address}/staff/monitoring/{AGENCY}")
    with desk.expect_download() as saved:
        desk.get_by_role("link", name="A4").click()
    poster = house.folder / saved.value.suggested_filename
    saved.value.save_as(poster)
    assert poster.name == f"ap-phich-{AGENCY}-a4.pdf"
    subprocess.run(["pdftoppm", "-r", "100", "-png", str(poster), str(house.folder / "page")], check=True)
    pictures = sorted(map(str, house.folder.glob("page*.png")))
    read = subprocess.run(["zbarimg", "--quiet", "--raw", *pictures], check=True, capture_output=True, text=True)
    assert {address[-7:] for address in read.stdout.split()} == {"UED34VN", "BTXXFK6"}
    desk.goto(read.stdout.split()[0])
    expect(desk.locator("header")).to_contain_text(AGENCY_NAME)


def load_responses(house):
    """Load twelve responses of one counter: nine of them satisfied, three not."""
    lines = [f"{today_in_vietnam()},UED34VN,paper,{symbol},N" for symbol in "555555555222"]
    file = house.folder / "responses.csv"
    file.write_text("\n".join(["collected_on,service_point_code,mode,A1,E1", *lines]), encoding="utf-8")
    house.run("responses", "import", str(file), "--round", "r1")


def cells_of(page, table):
    """Return what the row of the agency says in a table."""
    row = page.get_by_role("table", name=table).get_by_role("row").filter(has_text=AGENCY_NAME)
    return [" ".join(cell.split()) for cell in row.get_by_role("cell").all_inner_texts()]


def publish(page, role, told):
    """Go to the page that says what publishing does, press its button, and wait until it says how that ended."""
    page.get_by_role("link", name="Tổng quan", exact=True).click()
    page.get_by_role("link", name=re.compile("Công bố kết quả…")).click()
    expect(page.locator("h1")).to_have_text("Công bố kết quả")
    expect(page.get_by_text("không xóa được, không rút lại được")).to_be_visible()
    page.get_by_role("button", name=re.compile("Công bố kết quả")).click()
    expect(page.get_by_role(role).filter(has_text=told)).to_be_visible(timeout=PUBLISHING)


def test_what_is_published_is_what_the_command_computes_and_what_the_hand_does(house, desk) -> None:
    load_responses(house)
    sign_in_for_the_first_time(desk, house)
    publish(desk, "status", "Đã công bố kết quả mới")
    printed = json.loads(house.run("index", "compute", "--round", "r1", "--format", "json"))
    figures = {row["dimension"]: row for row in printed["rows"] if row["agency_code"] == AGENCY}
    desk.goto(f"{house.address}/results/r1")
    expect(desk.get_by_text("12 phiếu, tính đến lần công bố")).to_be_visible()
    # (9 × 5 + 3 × 2) ÷ (12 × 5) = 51 ÷ 60 = 85%; satisfied are 9 of 12 = 75%. Nobody answered the other parts.
    none = ["không có phiếu"] * 4
    low, upp = (f"{figures['overall'][end]:.2f}".replace(".", ",") for end in ("low", "upp"))
    overall = f"85,00 12 phiếu từ {low} đến {upp}"
    assert cells_of(desk, "Chỉ số: mức độ hài lòng (%)") == ["85,00 12 phiếu", *none, overall]
    assert cells_of(desk, "Tỷ lệ hài lòng (%)") == ["75,00 12 phiếu", *none, "75,00 12 phiếu"]
    for part in ("access", "overall"):
        row = figures[part]
        assert (row["index"], row["percent_satisfied"], row["responses"]) == (pytest.approx(85), 75, 12)


def test_publishing_again_without_ten_new_responses_is_refused(house, desk) -> None:
    load_responses(house)
    sign_in_for_the_first_time(desk, house)
    publish(desk, "status", "Đã công bố kết quả mới")
    publish(desk, "alert", "Chưa cơ quan nào có thêm từ 10 phiếu")
