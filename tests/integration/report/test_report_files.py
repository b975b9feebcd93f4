"""The report as a file: the same in Word and in PDF, made by page and command, kept for a week."""

import io
import os
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import docx
import pytest

from survey.operations.jobs.files import remove_made
from survey.operations.report.jobs import KEPT_FOR
from survey.operations.report.report import ReportFormat, Wanted, write_report
from survey.operations.results.standing import PublishedRuns
from survey.operations.staff.rights import Role
from survey.reports import documents
from survey.reports.documents.model import DocumentPicture, Letterhead
from survey.reports.documents.paper import write_pdf
from survey.reports.documents.word.word import write_word
from tests.batches import wait_until_made
from tests.conftest import need
from tests.integration.report.reading import WARD_CODE, computed, tables_of
from tests.sign_in import admit, token_of
from tests.trail import told_of

# Files of many pages on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow

FONTS = Path(documents.__file__).parent / "fonts"
NUMBER = re.compile(r"[−+]?\d[\d.]*(?:,\d+)?\*?")


def word_rows(word) -> list[list[str]]:
    """Return the texts of every row of every table of a Word file."""
    return [[cell.text for cell in row.cells] for table in word.tables for row in table.rows]


def test_both_files_have_the_same_numbers(compose, plan, tmp_path) -> None:
    """Charts are left out: in the PDF their numbers are text, in the Word file part of a picture."""
    if shutil.which("pdftotext") is None:
        need("pdftotext (Debian package poppler-utils)", "paper")
    for agency, annex in ((None, None), (WARD_CODE, plan)):
        report = compose(agency, annex)
        report = replace(
            report, body=tuple(one for one in report.body if not isinstance(one, DocumentPicture)), notice=""
        )
        path = tmp_path / "report.pdf"
        path.write_bytes(write_pdf(report))
        text = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout
        word = docx.Document(io.BytesIO(write_word(report)))
        tables = [row.cells for table in tables_of(report).values() for row in table.rows]
        in_word = [tuple(row) for row in word_rows(word)]
        assert all(in_word.count(cells) >= tables.count(cells) for cells in tables)
        numbers = Counter(number for cells in tables for cell in cells for number in NUMBER.findall(cell))
        assert numbers - Counter(NUMBER.findall(text)) == Counter()
        assert sum(numbers.values()) > 200


def like_times_new_roman(folder: Path) -> Path:
    """Return a setting that gives a program letters as wide as those of Times New Roman, which few servers have."""
    config = folder / "fonts.conf"
    config.write_text(
        f"<fontconfig><dir>{FONTS}</dir><cachedir>{folder / 'cache'}</cachedir><alias binding='same'>"
        "<family>Times New Roman</family><prefer><family>Tinos</family></prefer></alias></fontconfig>"
    )
    return config


def test_libreoffice_opens_the_word_file_and_reads_the_same_words(compose, plan, tmp_path) -> None:
    program = shutil.which("soffice")
    if program is None or not (Path(program).resolve().parent / "libswlo.so").exists():
        need("LibreOffice Writer (Debian package libreoffice-writer-nogui)", "paper")
    report = compose(WARD_CODE, plan)
    path = tmp_path / "report.docx"
    path.write_bytes(write_word(report))
    home = f"-env:UserInstallation=file://{tmp_path / 'home'}"
    command = [program, "--headless", home, "--convert-to", "pdf", "--outdir", tmp_path, path]
    letters = {**os.environ, "FONTCONFIG_FILE": str(like_times_new_roman(tmp_path))}
    subprocess.run(command, check=True, capture_output=True, timeout=180, env=letters)
    pdf = tmp_path / "report.pdf"
    read = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True).stdout
    word = docx.Document(path)
    told = " ".join([*(one.text for one in word.paragraphs), *(" ".join(row) for row in word_rows(word))])
    # A line may end after a slash or a dash, so words are compared without what joins them.
    pieces = re.compile(r"[\w,.%*()“”]+")
    assert Counter(pieces.findall(told)) - Counter(pieces.findall(read)) == Counter()


@pytest.mark.parametrize("layout", list(ReportFormat))
def test_the_command_writes_a_file_and_refuses_plainly(app, two_rounds, tmp_path, layout) -> None:
    runner, path = app.test_cli_runner(), tmp_path / f"report.{layout}"
    arguments = ["report", "write", "--round", "r1", "--format", layout.value, "--out", str(path)]
    done = runner.invoke(args=[*arguments, "--number", "12/BC-SNV", "--date", "05/02/2026"])
    assert (done.exit_code, done.output) == (0, "")
    assert path.read_bytes()[:4] == {ReportFormat.DOCX: b"PK\x03\x04", ReportFormat.PDF: b"%PDF"}[layout]
    refused = runner.invoke(args=["report", "write", "--round", "x", "--format", layout.value, "--out", str(path)])
    assert (refused.exit_code, refused.stderr) == (1, "no survey round has the code 'x'; known: r0, r1\n")


def test_the_page_sends_the_file_and_writes_it_down(client, store, two_rounds) -> None:
    admit(client, store)
    path = "/staff/rounds/r1/report"
    assert f'<option value="{WARD_CODE}">' in client.get(path).text
    asked = {"token": token_of(client, path), "agency": WARD_CODE, "layout": "docx", "day": "2026-02-05"}
    begun = client.post(path, data={**asked, "issuer": "Sở Nội vụ", "number": "7/BC-SNV"})
    assert begun.status_code == 303
    wait_until_made(client, begun.location)
    assert "Báo cáo đã sẵn sàng" in client.get(begun.location).text
    sent = client.get(f"{begun.location}/file")
    assert sent.status_code == 200
    assert sent.headers["Content-Disposition"] == f"attachment; filename=bao-cao-r1-{WARD_CODE}.docx"
    rows = word_rows(docx.Document(io.BytesIO(sent.data)))
    assert ["Số: 7/BC-SNV", "……………, ngày 05 tháng 02 năm 2026"] in rows
    assert told_of(store, "download") == [f"tệp bao-cao-r1-{WARD_CODE}.docx"]


def test_nobody_fetches_the_report_of_somebody_else(app, client, store, two_rounds) -> None:
    admit(client, store)
    path = "/staff/rounds/r1/report"
    asked = {"token": token_of(client, path), "agency": "*", "layout": "pdf", "day": "2026-02-05"}
    begun = client.post(path, data=asked).location
    wait_until_made(client, begun)
    other = app.test_client()
    admit(other, store, "mai")
    # The other round has no such report, and the other person none at all.
    assert client.get(begun.replace("/r1/", "/r0/")).status_code == 404
    assert [other.get(address).status_code for address in (begun, f"{begun}/file")] == [404, 404]


def test_a_report_is_kept_for_a_week_and_can_be_made_again(app, client, store, two_rounds) -> None:
    admit(client, store)
    path = "/staff/rounds/r1/report"
    asked = {"agency": WARD_CODE, "layout": "docx", "day": "2026-02-05"}
    begun = client.post(path, data={**asked, "token": token_of(client, path)}).location
    wait_until_made(client, begun)
    settings = app.extensions["hai-long"].settings
    remove_made(settings, "report-*", kept_for=KEPT_FOR, now=datetime.now(UTC) + timedelta(days=6))
    assert client.get(f"{begun}/file").status_code == 200
    remove_made(settings, "report-*", kept_for=KEPT_FOR, now=datetime.now(UTC) + timedelta(days=8))
    assert "nay đã xóa" in client.get(begun).text
    assert client.get(f"{begun}/file").status_code == 404
    assert client.post(path, data={**asked, "token": token_of(client, path)}).location == begun
    wait_until_made(client, begun)
    assert client.get(f"{begun}/file").status_code == 200


def test_a_report_of_nothing_says_so(app, client, store, two_rounds) -> None:
    code = next(row["agency_code"] for row in computed(app, "agency") if row["responses"] == 6)
    admit(client, store)
    path = "/staff/rounds/r1/report"
    asked = {"token": token_of(client, path), "agency": code, "layout": "docx", "day": "2026-02-05"}
    begun = client.post(path, data=asked).location
    wait_until_made(client, begun)
    assert "không lập được báo cáo" in client.get(begun).text
    assert client.get(f"{begun}/file").status_code == 404


def test_the_page_keeps_what_was_typed_when_something_is_wrong(client, store, two_rounds) -> None:
    admit(client, store)
    path = "/staff/rounds/r1/report"
    asked = {"token": token_of(client, path), "agency": "*", "layout": "pdf", "day": "2026-02-05"}
    for wrong, said in (
        ({"day": "hôm nay"}, "Hãy ghi ngày theo dạng"),
        ({"number": "9" * 41}, "Dài quá 40 ký tự"),
        ({"layout": "odt"}, "Hãy chọn Word hoặc PDF"),
        ({"agency": "NOBODY"}, "Không có cơ quan này"),
    ):
        answered = client.post(path, data={**asked, "place": "Lạng Sơn", **wrong})
        assert answered.status_code == 400
        assert said in answered.text
        assert 'value="Lạng Sơn"' in answered.text


def test_the_page_says_that_nothing_is_published_yet(client, store, round_of_2023_form) -> None:
    admit(client, store)
    answered = client.get("/staff/rounds/r1/report")
    assert answered.status_code == 409
    assert "chưa được công bố" in answered.text
    assert client.get("/staff/rounds/nowhere/report").status_code == 404


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CLERK, Role.AUDITOR])
def test_whoever_may_not_export_gets_no_report(client, store, two_rounds, role) -> None:
    admit(client, store, role=role, agency=WARD_CODE)
    assert client.get("/staff/rounds/r1/report").status_code == 403


def test_odd_signs_of_names_stay_text_in_both_files(store, compose) -> None:
    odd = Letterhead("Sở <b>&amp; #[x] *y* $z$ \\ @a", date(2026, 1, 1), place="_x_ 😀", signer="=1+1")
    runs = PublishedRuns(store)
    made = {one: write_report(store, runs, Wanted("r1", odd, WARD_CODE), one) for one in ReportFormat}
    word = docx.Document(io.BytesIO(made[ReportFormat.DOCX]))
    assert "SỞ <B>&AMP; #[X] *Y* $Z$ \\ @A" in word.tables[0].rows[0].cells[0].text.replace("\n", " ")
    assert made[ReportFormat.PDF].startswith(b"%PDF")
