"""The report as values and as files: numbering, the official layout, what stands on every page."""

import io
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date

import docx
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn

from survey.reports.documents.annexes import plan_annex
from survey.reports.documents.forms import forms_of
from survey.reports.documents.model import (
    TOGETHER,
    Annex,
    DocumentColumn,
    DocumentPicture,
    DocumentRow,
    DocumentTable,
    Heading,
    Letterhead,
    Paragraph,
    PlanRow,
    PlanTable,
    Report,
    numbered,
)
from survey.reports.documents.paper import write_pdf
from survey.reports.documents.word.word import write_word
from tests.conftest import need

# Tasks of a plan on one page turned: the fourth alone is longer than it. The last word of each is its own.
LONG_TASKS = tuple(
    f"{'bố trí ghế ' * (length // 11)}hết{place}" for place, length in enumerate((1100, 1100, 1100, 5000))
)
ODD = "Sở “Nội vụ” <b>&amp; #[x] *y* $z$ \\ @a _b_ \x0b1"
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50" width="100" height="50">'
    '<rect width="100" height="50" fill="#0b5d4b"/></svg>'
)
TABLE = DocumentTable(
    "Chỉ số của các cơ quan",
    (DocumentColumn("Cơ quan", 100, number=False), DocumentColumn("Chỉ số (%)", 60)),
    tuple(DocumentRow((f"{ODD} {number}", f"{number},50"), strong=number == 0) for number in range(90)),
    ("Cách chọn người trả lời: người dân tự nguyện trả lời.",),
)
PLAN = PlanTable(
    "Kế hoạch khắc phục",
    (
        PlanRow(
            "1",
            "I. Tiếp cận dịch vụ",
            "Ghế ngồi: 70,00% → 60,00%",
            "Bố trí ghế\nThêm máy",
            "Văn phòng",
            "Các phòng",
            "Thường xuyên",
            "Biên bản",
        ),
    ),
)
REPORT = numbered(
    Report(
        Letterhead(
            "Sở Nội vụ",
            date(2026, 2, 5),
            superior="Ủy ban nhân dân tỉnh Lạng Sơn",
            number="9/BC-SNV",
            signer="Giám đốc",
        ),
        "Kết quả đánh giá thường xuyên",
        (
            Heading("I. KẾT QUẢ", 1),
            Heading("1. Kết quả chung", 2),
            Heading("Khối: Sở", 3),
            Paragraph(ODD),
            Paragraph("Chờ lâu 😀", item=True),
            TABLE,
            DocumentPicture("Chỉ số", SVG, "Chỉ số cao nhất: 90,50%.", 80, 40),
            replace(TABLE, caption="Một dòng", rows=TABLE.rows[:1]),
        ),
        (plan_annex(PLAN),),
        notice="DỮ LIỆU MÔ PHỎNG",
    )
)


@pytest.fixture(scope="module")
def word():
    """Return the report read back from its Word file."""
    return docx.Document(io.BytesIO(write_word(REPORT)))


def test_tables_and_pictures_are_numbered_each_for_themselves() -> None:
    captions = [one.caption for one in REPORT.body if isinstance(one, DocumentTable | DocumentPicture)]
    assert captions == ["Bảng 1. Chỉ số của các cơ quan", "Biểu đồ 1. Chỉ số", "Bảng 2. Một dòng"]
    assert REPORT.annexes[0].elements[0].caption == "Bảng 3. Nhiệm vụ khắc phục, nâng cao"


def test_the_word_file_is_laid_out_as_decree_30_asks(word) -> None:
    section = word.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert 20 <= round(section.top_margin.mm) <= 25
    assert 20 <= round(section.bottom_margin.mm) <= 25
    assert 30 <= round(section.left_margin.mm) <= 35
    assert 15 <= round(section.right_margin.mm) <= 20
    assert word.styles["Normal"].font.name == "Times New Roman"
    assert 13 <= word.styles["Body Text"].font.size.pt <= 14
    fonts = {fonts.get(qn("w:ascii")) for style in word.styles for fonts in style.element.iter(qn("w:rFonts"))}
    assert fonts == {"Times New Roman"}


def test_headings_of_the_word_file_are_real_ones(word) -> None:
    found = [(one.style.name, one.text) for one in word.paragraphs if one.style.name.startswith("Heading")]
    assert found == [
        ("Heading 1", "I. KẾT QUẢ"),
        ("Heading 2", "1. Kết quả chung"),
        ("Heading 3", "Khối: Sở"),
        ("Heading 1", "PHỤ LỤC I"),
    ]


def test_the_head_of_the_word_file_is_that_of_an_administrative_document(word) -> None:
    head, number = word.tables[0], word.tables[1]
    left, right = (cell.text for cell in head.rows[0].cells)
    assert left.split("\n")[:3] == ["ỦY BAN NHÂN DÂN", "TỈNH LẠNG SƠN", "SỞ NỘI VỤ"]
    assert right.split("\n")[:2] == ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"]
    assert [cell.text for cell in number.rows[0].cells] == ["Số: 9/BC-SNV", "……………, ngày 05 tháng 02 năm 2026"]
    signature = [table for table in word.tables if "Nơi nhận:" in table.rows[0].cells[0].text]
    assert signature[0].rows[0].cells[1].text.strip() == "GIÁM ĐỐC"


def test_every_table_of_the_word_file_repeats_its_heading_row(word) -> None:
    tables = [table for table in word.tables if table.style.name == "Table Grid"]
    assert len(tables) == 3
    for table in tables:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)


def test_a_short_table_of_the_word_file_stays_on_one_page(word) -> None:
    tables = [table for table in word.tables if table.style.name == "Table Grid"]
    kept = [[row.cells[0].paragraphs[0].paragraph_format.keep_with_next for row in table.rows] for table in tables]
    assert all(kept[1]), f"a table of at most {TOGETHER} rows"
    assert kept[0] == [True, *[None] * 89, True], "a long one keeps its heading and its last row"


def with_tasks(tasks: tuple[str, ...]) -> Report:
    """Return a report whose only annex is a plan of these tasks."""
    (row,) = PLAN.rows
    plan = replace(PLAN, rows=tuple(replace(row, heading="", task=one) for one in tasks))
    return numbered(Report(REPORT.letterhead, "Kế hoạch", (), (plan_annex(plan),)))


def test_only_short_rows_of_the_word_file_are_held_together() -> None:
    table = docx.Document(io.BytesIO(write_word(with_tasks(LONG_TASKS)))).tables[-1]
    head, *rows = table.rows
    assert head._tr.trPr.find(qn("w:cantSplit")) is not None
    assert [list(row._tr.iter(qn("w:cantSplit"))) for row in rows] == [[]] * 4
    kept = {cell.paragraphs[0].paragraph_format.keep_with_next for row in rows for cell in row.cells}
    assert kept == {None}, "no row asks to stand on the page of the next one"


def test_few_rows_that_are_high_together_do_not_stand_on_one_page() -> None:
    row = DocumentRow(("Sở Nội vụ " * 30, "1,00"))
    columns = (DocumentColumn("Cơ quan", 31, number=False), DocumentColumn("Chỉ số (%)", 129))
    assert DocumentTable("Thấp", columns, (DocumentRow(("Sở Nội vụ", "1,00")),) * TOGETHER).stands_together
    assert not DocumentTable("Cao", columns, (row,) * TOGETHER).stands_together
    assert not DocumentTable("Dài", columns, (DocumentRow(("Sở Nội vụ", "1,00")),) * (TOGETHER + 1)).stands_together


@pytest.mark.paper
@pytest.mark.parametrize("tasks", [LONG_TASKS, LONG_TASKS[:3], LONG_TASKS[3:]])
def test_a_plan_higher_than_a_page_is_printed_to_its_last_word(tmp_path, tasks) -> None:
    if shutil.which("pdftotext") is None:
        need("pdftotext (Debian package poppler-utils)", "paper")
    path = tmp_path / "plan.pdf"
    path.write_bytes(write_pdf(with_tasks(tasks)))
    read = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout.split()
    assert [one.split()[-1] in read for one in tasks] == [True] * len(tasks)
    assert read.count("ghế") == sum(one.split().count("ghế") for one in tasks), "nothing is lost between"


def test_simulated_responses_are_marked_on_every_page_of_the_word_file(word) -> None:
    assert len(word.sections) == 2
    for section in word.sections:
        assert "DỮ LIỆU MÔ PHỎNG" in section.header.paragraphs[0].text
        assert "DỮ LIỆU MÔ PHỎNG" in section.first_page_header.paragraphs[0].text


def test_pages_of_the_word_file_are_numbered_from_the_second_on(word) -> None:
    for section in word.sections:
        fields = [field.get(qn("w:instr")) for field in section.header._element.iter(qn("w:fldSimple"))]
        assert fields == ["PAGE"]
        assert list(section.first_page_header._element.iter(qn("w:fldSimple"))) == []
        assert section.different_first_page_header_footer


def test_a_plan_stands_on_pages_turned_with_every_column_of_the_provinces_plans(word) -> None:
    section = word.sections[1]
    assert section.orientation == WD_ORIENT.LANDSCAPE
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (297, 210)
    rows = [[cell.text for cell in row.cells] for row in word.tables[-1].rows]
    assert rows[1] == ["", "I. Tiếp cận dịch vụ", "", "", "", "", ""]
    finding = "Ghế ngồi: 70,00% → 60,00%"
    assert rows[2] == [*("1", finding, "Bố trí ghế\nThêm máy", "Văn phòng", "Các phòng", "Thường xuyên", "Biên bản")]
    assert len(rows[0]) == 7


def test_a_picture_of_the_word_file_is_described(word) -> None:
    (shape,) = word.inline_shapes
    assert shape._inline.docPr.get("descr") == "Chỉ số cao nhất: 90,50%."
    assert round(shape.width.mm) == 80


def test_odd_signs_stay_text_in_the_word_file(word) -> None:
    assert any(one.text == ODD.replace("\x0b", "\n") for one in word.paragraphs)
    assert any(one.text == "- Chờ lâu 😀" for one in word.paragraphs)


def test_equal_reports_give_equal_pdf_files() -> None:
    assert write_pdf(REPORT) == write_pdf(REPORT)


@pytest.mark.paper
def test_the_pdf_file_says_the_same_and_marks_every_page(tmp_path) -> None:
    if shutil.which("pdftotext") is None:
        need("pdftotext (Debian package poppler-utils)", "paper")
    path = tmp_path / "report.pdf"
    path.write_bytes(write_pdf(REPORT))
    pages = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
    *pages, _ = pages.split("\f")
    assert len(pages) > 3
    assert all("DỮ LIỆU MÔ PHỎNG" in page.split("\n")[0] for page in pages)
    first, *others = (re.match(r"\s*(\d+)?", page.split("\n")[0])[1] for page in pages)
    assert (first, others) == (None, [*map(str, range(2, len(pages))), None]), "annexes are counted anew"
    whole = "\n".join(pages)
    assert [f"{number},50" in whole for number in range(90)] == [True] * 90
    assert "Chờ lâu □" in whole, "what the font lacks is shown as a box"
    assert whole.count("Chỉ số (%)") >= 3, "the heading row stands on every page of the table"


def test_names_at_the_head_break_into_lines_of_about_equal_length() -> None:
    head = replace(REPORT.letterhead, issuer="Văn phòng Ủy ban nhân dân tỉnh Lạng Sơn", superior="")
    forms = forms_of(replace(REPORT, letterhead=head))
    assert forms.issuer == "VĂN PHÒNG ỦY BAN NHÂN\nDÂN TỈNH LẠNG SƠN"
    assert forms.superior == ""


def test_what_is_not_known_yet_is_left_to_fill_in_by_hand() -> None:
    forms = forms_of(replace(REPORT, letterhead=Letterhead("", date(2026, 12, 31))))
    assert (forms.number, forms.signer) == ("Số: ……/BC-……", "……………………")
    assert forms.dated == "……………, ngày 31 tháng 12 năm 2026"


def test_an_annex_carries_its_own_numeral_and_the_number_of_the_report() -> None:
    forms = forms_of(replace(REPORT, annexes=(Annex("Thứ nhất", ()), Annex("Thứ hai", ()))))
    assert forms.annexes == (("PHỤ LỤC I", "THỨ NHẤT"), ("PHỤ LỤC II", "THỨ HAI"))
    assert forms.origin == "(Kèm theo Báo cáo số 9/BC-SNV ngày 05 tháng 02 năm 2026 của Sở Nội vụ)"
    nobody = forms_of(replace(REPORT, letterhead=Letterhead("", date(2026, 2, 5))))
    assert nobody.origin == "(Kèm theo Báo cáo số ……/BC-…… ngày 05 tháng 02 năm 2026 của ……………………)"
