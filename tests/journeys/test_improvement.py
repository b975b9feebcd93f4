"""From a fall to the act: two rounds, a plan that starts from what fell, its progress, the report, the round after."""

import csv
import json
import re
import shutil
import subprocess
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from survey.formatting import format_percent
from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from tests.conftest import need
from tests.journeys.door import begin, come_back, set_up_phone
from tests.journeys.staff_desk import Office, desk_of, follow, make_round, morning_of, press, publish, see, told

pytestmark = pytest.mark.browser

DAY = timedelta(days=1)
WARD, WARD_NAME, COUNTER = "P-DONGKINH", "Ủy ban nhân dân phường Đông Kinh", "P2MCN3E"
OTHER_COUNTER = "UED34VN"
ITEMS = [item.code for item in load_instrument("sipas-2023").items]
# In every round 20 people say 5 and 20 say 4 to everything: (20·5 + 20·4) / (40·5) = 90,00. But for B2 of the ward,
# where they say 2 and 4 in the second round, 3 and 5 in the third:
#                       first    second                            third
#   B2                  90,00    (20·2 + 20·4)/(40·5) = 60,00      80,00
#   B, four criteria    90,00    (3·90 + 60) / 4      = 82,50      87,50
#   all sixteen         90,00    (15·90 + 60) / 16    = 88,125     89,375
HALVES = ["5"] * 20 + ["4"] * 20
FELL = "B2. Công chức yêu cầu nộp hồ sơ đúng theo quy định"
TASK, LEAD, PRODUCT = "Rà soát thành phần hồ sơ, niêm yết lại", "Văn phòng HĐND và UBND phường", "Danh mục đã niêm yết"
NUMBER = re.compile(r"\d+,\d\d")


def hold(page: Page, office: Office, code: str, opens: date, *, previous: str, b2: list[str]) -> None:
    """Make a round of 20 days, bring in the responses of both wards by file at its end, and publish.

    They came on 19 days in turn, on each about as good as on any other: what fell is told by many days.
    """
    make_round(page, office, code, opens=opens, closes=opens + 20 * DAY, previous=previous)
    file = office.house.folder / f"{code}.csv"
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(["collected_on", "service_point_code", "mode", *ITEMS])
        for point, asked in ((COUNTER, b2), (OTHER_COUNTER, HALVES)):
            for number, (usual, own) in enumerate(zip(HALVES, asked, strict=True)):
                answers = [own if item == "B2" else usual for item in ITEMS]
                day = opens + number % 19 * DAY
                writer.writerow([day.isoformat(), point, "paper", *answers])
    with morning_of(opens + 20 * DAY):
        run(office, "responses", "import", str(file), "--round", code)
    publish(page, office, code)


def run(office: Office, *arguments: str) -> str:
    """Run a command with the clock of the test, and return what it prints."""
    found = office.app.test_cli_runner().invoke(args=[*arguments])
    assert found.exit_code == 0, found.output
    return found.stdout


def make_plan(page: Page, office: Office) -> str:
    """Make the ward's plan from the second round, answer the criterion that fell, and return the plan's address."""
    page.goto(f"{office.address}/staff/plans")
    follow(page, "Bắt đầu từ kết quả đợt “Đợt v2”")
    page.get_by_label("Cơ quan").select_option(WARD)
    expect(page.get_by_label("Bắt đầu từ kết quả của đợt")).to_have_value("v2")
    page.get_by_label("Tên kế hoạch").fill("Kế hoạch nâng cao mức độ hài lòng")
    press(page, "Lập kế hoạch")
    see(page, "Kế hoạch nâng cao mức độ hài lòng")
    address = page.url.partition("?")[0]
    fallen = page.get_by_role("row").filter(has_text=FELL)
    expect(fallen).to_contain_text("90,00% → 60,00% (−30,00 điểm phần trăm; vượt quá dao động ngẫu nhiên)")
    expect(fallen).to_contain_text("40 và 40 phiếu")
    page.get_by_role("link", name=f"Giao nhiệm vụ: {FELL}").click()
    see(page, "Giao nhiệm vụ")
    page.get_by_label("Nhiệm vụ, giải pháp").fill(TASK)
    page.get_by_label("Đơn vị chủ trì").fill(LEAD)
    page.get_by_label("Đơn vị phối hợp").fill("Trung tâm Phục vụ hành chính công phường")
    page.get_by_label("Thời hạn hoàn thành").fill("Thường xuyên")
    page.get_by_label("Sản phẩm").fill(PRODUCT)
    press(page, "Lưu")
    told(page, "Đã lưu nhiệm vụ.")
    return address


def report_progress(page: Page, address: str) -> None:
    """Report 40 per cent with evidence on the page of the task."""
    page.goto(address)
    follow(page, TASK)
    page.get_by_label("Đã thực hiện (%)").fill("40")
    page.get_by_label("Kết quả đến nay").fill("Đã rà soát 12 thủ tục")
    page.get_by_label("Minh chứng").fill("Công văn số 5/UBND-VP")
    press(page, "Gửi báo cáo")
    told(page, "Đã ghi báo cáo tiến độ")
    page.goto(address)
    expect(page.get_by_role("row").filter(has_text=TASK)).to_contain_text("40%")


def download(page: Page, office: Office, kind: str) -> Path:
    """Download the ward's report with its plan, as a kind of file."""
    page.goto(f"{office.address}/staff/rounds/v2/report")
    page.get_by_label("Phạm vi báo cáo").select_option(WARD)
    page.get_by_label("Kế hoạch kèm theo làm phụ lục").select_option(index=1)
    page.get_by_label(kind).check()
    press(page, "Lập báo cáo")
    # The page looks again by itself until the report is there.
    link = page.get_by_role("link", name="Tải báo cáo")
    expect(link).to_be_visible(timeout=60_000)
    with page.expect_download(timeout=60_000) as waiting:
        link.click()
    file = office.house.folder / waiting.value.suggested_filename
    waiting.value.save_as(file)
    return file


def as_pdf(word: Path) -> Path:
    """Let LibreOffice open a Word file and write what it shows."""
    program = shutil.which("soffice")
    if program is None or not (Path(program).resolve().parent / "libswlo.so").exists():
        need("LibreOffice Writer (Debian package libreoffice-writer-nogui)", "paper")
    out = word.parent / "by-writer"
    home = f"-env:UserInstallation=file://{word.parent / 'home'}"
    command = [program, "--headless", home, "--convert-to", "pdf", "--outdir", out, word]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return out / f"{word.stem}.pdf"


def read(pdf: Path) -> str:
    """Return the words of a PDF in one line."""
    if shutil.which("pdftotext") is None:
        need("pdftotext (Debian package poppler-utils)", "paper")
    text = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True).stdout
    return " ".join(text.split())


def figures_of_the_ward(office: Office) -> list[str]:
    """Return the ward's figures as the command computes them, as they are printed."""
    asked = ("index", "compute", "--round", "v2", "--format", "json", "--by")
    rows = [row for by in ("agency,dimension", "agency,item") for row in json.loads(run(office, *asked, by))["rows"]]
    return [format_percent(row["index"]) for row in rows if row["agency_code"] == WARD]


def test_a_fall_becomes_a_plan_with_tasks_and_both_stand_in_the_report(sample_registry, office, chromium) -> None:
    today = today_in_vietnam()
    with morning_of(today - 60 * DAY), desk_of(chromium) as lan:
        begin(lan, office.house, "lan", office.add_administrator("lan"))
        secret = set_up_phone(lan)
        hold(lan, office, "v1", today - 60 * DAY, previous="", b2=HALVES)
    with morning_of(today - 30 * DAY), desk_of(chromium) as lan:
        come_back(lan, office.house, "lan", secret)
        hold(lan, office, "v2", today - 30 * DAY, previous="v1", b2=["2", "4"] * 20)
        address = make_plan(lan, office)
        report_progress(lan, address)
        figures = figures_of_the_ward(office)
        assert {"82,50", "88,13", "60,00", "90,00"} == set(figures)
        for file in (as_pdf(download(lan, office, "Word (DOCX)")), download(lan, office, "PDF, để in và gửi")):
            text = read(file)
            printed = NUMBER.findall(text)
            # Each figure of the ward stands there at least as often as the command computes it.
            assert {figure: printed.count(figure) >= figures.count(figure) for figure in figures} == dict.fromkeys(
                figures, True
            )
            assert WARD_NAME in text
            assert "−30,00" in text
            # The lines of neighbouring cells are read one after the other, so their words are looked for.
            wanted = " ".join((TASK, LEAD, PRODUCT, "Thường xuyên", "40 phiếu"))
            assert set(wanted.split()) - set(text.split()) == set()

    with desk_of(chromium) as lan:
        come_back(lan, office.house, "lan", secret)
        hold(lan, office, "v3", today, previous="v2", b2=["3", "5"] * 20)
        lan.goto(address)
        task = lan.get_by_role("row").filter(has_text=TASK)
        expect(task).to_contain_text("60,00% → 80,00%")
        expect(task).to_contain_text("+20,00 điểm phần trăm")
        expect(lan.get_by_text("Chênh lệch không chứng tỏ nhiệm vụ là nguyên nhân")).to_be_visible()
