"""One table, three files: what people bring is read alike, and refused for the same reasons in either language."""

import io
import time
import unicodedata
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from survey.errors import RefusedDataError
from survey.fieldwork import VisitCount
from survey.operations.registry.csv_files import read_sheets
from survey.operations.registry.layouts import AGENCIES, SERVICE_POINTS, RegistrySheet
from survey.operations.registry.rules import row_faults
from survey.operations.registry.upload import read_upload
from survey.operations.rounds.visit_files import LAYOUT as VISITS
from survey.operations.rounds.visit_files import VisitsHeld, counts_of
from survey.operations.sampling.design_files import LAYOUT as DESIGN
from survey.operations.sampling.margin_files import LAYOUT as MARGINS
from survey.operations.uploads.layouts import CellKind
from survey.operations.uploads.tables import MOST_COLUMNS, MOST_ROWS, read_table
from survey.reports.sheets import SHEET_LAYOUTS, Sheet, sheet_bytes
from tests.told import told

LAYOUTS = {"agencies": AGENCIES, "points": SERVICE_POINTS, "visits": VISITS, "design": DESIGN, "margins": MARGINS}
POINT = "KNH72ZA"
HELD = VisitsHeld({POINT}, {"SNV", "001"})
# Cells of spreadsheets know no time zones.
FIRST_OF_JULY = datetime(2025, 7, 1)  # noqa: DTZ001

texts = st.text(st.sampled_from("aÂđỵ01 ,;\"'=+-@#\n\u0301.-"), max_size=12)
codes = st.sampled_from(["SNV", "SYT", POINT, "", "Sở", "007", "#x", "'=1", "=1+1", "#N/A"])
dates = st.sampled_from(["01/07/2025", "2025-07-01", "1/7/2025", "31/02/2025", "tháng 7", "", "45839"])
numbers = st.sampled_from(["0", "12", "1.250", "1,250", "12.5", "-3", "²", "", "00012", "9999999999"]) | st.integers(
    0, 10**12
)
CELLS = {
    CellKind.TEXT: texts | st.just("x" * 301),
    CellKind.CODE: codes | texts,
    CellKind.DAY: dates,
    CellKind.WHOLE: numbers,
    CellKind.AMOUNT: numbers,
}


@st.composite
def tables(draw):
    """Return a layout, headings in some order and either language, and rows of which much is wrong."""
    layout = draw(st.sampled_from([*LAYOUTS.values()]))
    fields = draw(st.permutations(layout.fields))
    if layout is DESIGN:
        left_out = draw(st.permutations(layout.one_of.columns))[1:]
        fields = [one for one in fields if one not in left_out]
    headings = [draw(st.sampled_from([one.name, one.heading or one.name, one.name.upper()])) for one in fields]
    form = draw(st.sampled_from(["NFC", "NFD"]))
    rows = draw(st.lists(st.tuples(*(CELLS[one.kind] for one in fields)), min_size=1, max_size=6))
    return layout, [unicodedata.normalize(form, one) for one in headings], rows


def outcome(data, layout):
    """Return the rows of a table, or why it is none, in both languages."""
    try:
        table = read_table(data, layout, name="t")
    except RefusedDataError as refused:
        return told(refused), told(refused, "vi")
    return table.columns, [
        (row.line, row.cells, row.broken, *([one.in_language(each) for one in row.faults] for each in ("en", "vi")))
        for row in table.rows
    ]


@settings(deadline=None, max_examples=150)
@given(tables())
def test_the_same_table_is_the_same_rows_and_the_same_faults_in_all_three_files(table):
    layout, headings, rows = table
    one, *others = (outcome(sheet_bytes(Sheet("t", headings, rows), each), layout) for each in SHEET_LAYOUTS)
    assert others == [one, one]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(codes, texts, texts, texts, codes, dates, dates, codes), min_size=1, max_size=5),
    st.lists(st.tuples(codes, texts, codes, dates, dates), max_size=4),
)
def test_a_page_and_a_command_find_the_same_wrong_with_a_registry(tmp_path_factory, agencies, points):
    folder = tmp_path_factory.mktemp("registry")
    brought = [(AGENCIES, agencies), (SERVICE_POINTS, points)]
    uploaded = []
    for layout, rows in brought:
        (folder / layout.file).write_bytes(sheet_bytes(Sheet("t", layout.columns, rows), "csv"))
        workbook = sheet_bytes(Sheet(layout.title, [*layout.headings.values()], rows), "xlsx")
        uploaded.append(read_upload(workbook, layout, name="t"))
    on_the_page = row_faults(*uploaded, {"SNV"})
    if not on_the_page:
        read = read_sheets(folder, known_agencies={"SNV"})
        assert [sheet.rows for sheet in read] == [sheet.rows for sheet in uploaded]
        return
    with pytest.raises(RefusedDataError) as error:
        read_sheets(folder, known_agencies={"SNV"})
    assert error.value.faults == tuple(on_the_page)


def test_every_fault_has_words_of_its_own_in_either_language():
    sheet = RegistrySheet(
        AGENCIES,
        read_table(
            b"code,name,short_name,block,parent_code,valid_from,valid_to,successor_code\nA B,,,,X,1/13/2025,,\n",
            AGENCIES,
            name="t",
        ).rows,
    )
    (fault,) = row_faults(sheet, RegistrySheet(SERVICE_POINTS), set())
    assert fault.in_language("en") == (
        "name is empty; valid_from: '1/13/2025' is not a date of the calendar; code 'A B' may hold only letters "
        "without accents, digits, '.', '_' and '-': it stands in addresses; parent_code 'X' names no agency"
    )
    assert fault.in_language("vi") == (
        "ô “Tên cơ quan” còn trống; ô “Hoạt động từ ngày”: “1/13/2025” không phải là ngày có trong lịch; mã cơ quan "
        "“A B” chỉ được có chữ cái không dấu, chữ số, dấu chấm, gạch dưới và gạch nối; “Mã cơ quan cấp trên” là “X”, "
        "không có cơ quan nào mang mã này"
    )


def xlsx(*rows, change=None):
    """Return a workbook with one sheet; `change` may do more to it."""
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    if change:
        change(book.active)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def visits_in(data):
    """Return the counts of a table."""
    return counts_of(read_table(data, VISITS, name="t"), HELD)


def refused(data):
    """Return why a file of visits is refused, in both languages."""
    with pytest.raises(RefusedDataError) as error:
        visits_in(data)
    return told(error.value), told(error.value, "vi")


HEADINGS = ["service_point_code", "agency_code", "from", "to", "visits"]
RIGHT = [POINT, "", "01/07/2025", "31/07/2025", 12]
COUNT = VisitCount(POINT, "", date(2025, 7, 1), date(2025, 7, 31), 12)


def test_visits_are_taken_from_workbooks_in_which_days_are_days_and_columns_stand_anywhere():
    rows = [["Số lượt", "Ghi chú", "Đến hết ngày", "Từ ngày", "Mã điểm phục vụ"]]
    rows += [[12.0, "đủ", datetime(2025, 7, 31), FIRST_OF_JULY, POINT.lower()], ["", "chưa", "", "", POINT]]  # noqa: DTZ001
    assert visits_in(xlsx(*rows)) == [COUNT]


def test_a_code_shown_with_zeros_is_the_code_with_zeros():
    def show(sheet):
        sheet["B2"].number_format = "000"

    data = xlsx(HEADINGS, ["", 1, FIRST_OF_JULY, FIRST_OF_JULY, 5], change=show)
    assert visits_in(data)[0].agency_code == "001"


@pytest.mark.parametrize(
    ("cell", "place", "english", "vietnamese"),
    [
        ("=1+1", "E3", "visits: the cell holds a formula", "ô “Số lượt”: ô chứa công thức"),
        ("#N/A", "A3", "service_point_code: the cell holds the spread", "ô “Mã điểm phục vụ”: ô báo lỗi #N/A"),
        (45839, "C3", "from: the number 45839 tells no day", "ô “Từ ngày”: số “45839” không rõ là ngày nào"),
        (12.5, "E3", "visits: '12.5' is not a whole number from 0", "ô “Số lượt”: “12.5” không phải là số nguyên"),
        (datetime(2025, 7, 1, 8), "D3", "to: the cell holds a day and a", "ô “Đến hết ngày”: ô có cả ngày"),  # noqa: DTZ001
        (FIRST_OF_JULY, "A3", "service_point_code: 01/07/2025 is a day where", "“01/07/2025” là ngày, ở đây cần chữ"),
        (True, "E3", "visits: the cell is no text", "ô “Số lượt”: ô không phải là chữ"),
    ],
)
def test_an_odd_cell_is_refused_on_its_line_by_whoever_brings_it(cell, place, english, vietnamese):
    def change(sheet):
        sheet[place] = cell

    (in_english,), (in_vietnamese,) = refused(
        xlsx(HEADINGS, RIGHT, [*RIGHT[:2], "1/8/2025", "2/8/2025", 3], change=change)
    )
    assert (in_english.line, in_vietnamese.line) == (3, 3)
    assert english in in_english.reason
    assert vietnamese in in_vietnamese.reason


def test_what_a_spreadsheet_could_not_work_out_is_no_comment_in_a_csv_file():
    (english,), _ = refused(f"{','.join(HEADINGS)}\n# bỏ qua,,,,\n#REF!,,1/7/2025,2/7/2025,3\n".encode())
    assert english == (3, "service_point_code: the cell holds the spreadsheet error #REF!")


def test_a_space_before_the_sign_of_a_comment_does_not_matter_in_any_file():
    rows = [[" # một, hai", "", "", "", ""], HEADINGS, [" #", *RIGHT[1:]], RIGHT]
    text = "\n".join(";".join(map(str, row)) for row in rows)
    assert visits_in(text.encode()) == visits_in(xlsx(*rows)) == [COUNT]


def test_merged_cells_are_refused_in_either_language():
    ((_, english),), ((_, vietnamese),) = refused(
        xlsx(HEADINGS, RIGHT, change=lambda sheet: sheet.merge_cells("A2:B2"))
    )
    assert "merged cells (A2:B2)" in english
    assert "ô gộp (A2:B2)" in vietnamese


def test_a_line_without_a_number_is_passed_over_and_a_table_without_any_is_refused():
    blank = [*RIGHT[:4], ""]
    assert visits_in(xlsx(HEADINGS, blank, [POINT, "", "x", "", ""], RIGHT)) == [COUNT]
    assert refused(xlsx(HEADINGS, blank))[0] == ((1, "no line has a number in visits"),)
    assert visits_in(xlsx(HEADINGS)) == []


def test_columns_of_their_own_are_passed_over_with_visits_and_named_with_a_registry():
    many = [f"cột {number}" for number in range(MOST_COLUMNS + 20)]
    assert visits_in(xlsx([*HEADINGS, *many], [*RIGHT, *many])) == [COUNT]
    for each in SHEET_LAYOUTS:
        data = sheet_bytes(Sheet("t", [*AGENCIES.columns, *many], []), each)
        with pytest.raises(RefusedDataError, match=r"unknown columns: cột 0, .*cột 42; known") as error:
            read_table(data, AGENCIES, name="t")
        assert "có cột không biết: cột 0" in told(error.value, "vi")[0].reason


def test_columns_that_stand_twice_are_named_whatever_they_are_called():
    (english,), (vietnamese,) = refused(xlsx([*HEADINGS, "SỐ LƯỢT"], [*RIGHT, 5]))
    assert english.reason.startswith("doubled columns: visits")
    assert vietnamese.reason.startswith("có hai cột cùng tên “Số lượt”")


def test_nul_bytes_are_named_on_each_of_their_lines():
    english, vietnamese = refused(b"agency_code,from,to,visits\nSNV,1/7/2025,\0,1\n,,,\n\0\n")
    assert [one.line for one in english] == [one.line for one in vietnamese] == [2, 4]


def test_a_workbook_that_unpacks_to_gigabytes_is_refused_before_it_does():
    target, kept = io.BytesIO(), zipfile.ZipFile(io.BytesIO(xlsx(HEADINGS, RIGHT)))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in kept.namelist():
            with archive.open(part, "w", force_zip64=True) as file:
                file.write(kept.read(part))
                for _ in range(200 if "sheet1" in part else 0):
                    file.write(b" " * 2**20)
    began = time.process_time()
    assert "unpacks to too much" in refused(target.getvalue())[0][0].reason
    assert time.process_time() - began < 1


def test_a_page_takes_twenty_thousand_rows_and_not_one_more():
    def table(rows):
        lines = (
            f",SNV,{date.fromordinal(700_000 + day):%d/%m/%Y},{date.fromordinal(700_000 + day)},1"
            for day in range(rows)
        )
        return "\n".join([",".join(HEADINGS), *lines]).encode()

    began = time.process_time()
    assert len(read_table(table(MOST_ROWS), VISITS, name="t").rows) == MOST_ROWS
    assert time.process_time() - began < 5
    with pytest.raises(RefusedDataError, match="more than 20,000 rows") as error:
        read_table(table(MOST_ROWS + 1), VISITS, name="t")
    assert "nhiều hơn 20.000 dòng" in told(error.value, "vi")[0].reason


@pytest.mark.parametrize("layouts", [("xlsx", "vi.csv"), ("csv", "xlsx"), ("vi.csv", "csv")])
def test_a_folder_may_hold_a_registry_in_any_of_the_three_files(tmp_path, layouts):
    agencies = Sheet("Cơ quan", AGENCIES.columns, [["SNV", "Sở Nội vụ", "", "", "", "", "", ""]])
    points = Sheet("Điểm phục vụ", SERVICE_POINTS.columns, [["SNV", "Quầy 1", POINT, "1/7/2025", ""]])
    for name, sheet, layout in zip(("agencies", "service_points"), (agencies, points), layouts, strict=True):
        (tmp_path / f"{name}.{layout}").write_bytes(sheet_bytes(sheet, layout))
    found, points = read_sheets(tmp_path, known_agencies=frozenset())
    assert (found.rows[0].cells["name"], points.rows[0].cells["valid_from"]) == ("Sở Nội vụ", "2025-07-01")


def test_two_files_of_one_table_are_refused_and_a_fault_names_the_file_that_was_read(tmp_path):
    sheet = Sheet("Cơ quan", AGENCIES.columns, [["SNV", "", "", "", "", "", "", ""]])
    (tmp_path / "agencies.xlsx").write_bytes(sheet_bytes(sheet, "xlsx"))
    with pytest.raises(RefusedDataError, match=r"line 2: agencies.xlsx: name is empty"):
        read_sheets(tmp_path, known_agencies=frozenset())
    (tmp_path / "agencies.csv").write_bytes(sheet_bytes(sheet, "csv"))
    with pytest.raises(RefusedDataError, match=r"agencies.csv: the folder has agencies.csv, agencies.xlsx; leave one"):
        read_sheets(tmp_path, known_agencies=frozenset())
