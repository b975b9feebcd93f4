"""Workbooks as officials make them: titles, STT, merged cells, several sheets, filters; read as Excel shows them."""

import io

import pytest
from lxml import html
from openpyxl import Workbook

from survey.errors import RefusedDataError
from survey.operations.registry.csv_import import import_registry
from survey.operations.registry.layouts import AGENCIES, SERVICE_POINTS
from survey.operations.registry.upload import read_upload
from survey.operations.uploads.apart import is_small
from survey.operations.uploads.xlsx_lines import UnclearSheetError
from tests.integration.registry.spreadsheets import ENGLISH, IMPORT, agency, confirm, faults_of, xlsx
from tests.sign_in import token_of
from tests.told import told

HEADS = ["STT", "Mã cơ quan", "Tên cơ quan", "Khối", "Ghi chú"]
POINT_HEADS = ["TT", "Mã cơ quan", "Tên điểm phục vụ"]


def book(sheets, change=None):
    """Return a workbook with these sheets, by title; `change` may do more to it."""
    made = Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    if change:
        change(made)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def codes(data, layout=AGENCIES, **more):
    return [row.cells["code"] for row in read_upload(data, layout, name="t.xlsx", **more).rows]


def text_of(answer):
    return " ".join(html.fromstring(answer.text).text_content().split())


def test_the_workbook_of_an_official_is_taken_at_once_with_all_that_was_passed_over_told(desk) -> None:
    def dress(made):
        made["Danh sách"].merge_cells("A1:E1")
        made["Danh sách"].merge_cells("A2:E2")
        made["Quầy"].merge_cells("B3:B4")

    agencies = [
        ["DANH SÁCH CƠ QUAN, ĐƠN VỊ"],
        ["(Kèm theo Công văn số 12/SNV)"],
        [],
        HEADS,
        ["(1)", "(2)", "(3)", "(4)", "(5)"],
        [1, "SNV", "Sở Nội vụ tỉnh", "", "đổi tên"],
        [2, "XA1", "Xã Một", "UBND cấp xã", ""],
    ]
    points = [["Bảng quầy"], POINT_HEADS, [1, "XA1", "Quầy 1"], [2, None, "Quầy 2"]]
    data = book({"Danh sách": agencies, "Quầy": points}, dress)
    before = desk.registry()[0]["SNV"]
    answer = desk.upload(data, data)
    assert answer.status_code == 303
    page = text_of(desk.client.get(answer.location))
    assert "dòng tiêu đề là dòng 4; 2 dòng ở trên được bỏ qua" in page
    assert "bỏ qua cột không dùng: STT, Ghi chú" in page
    assert "không có cột “Tên ngắn”, “Mã cơ quan cấp trên”" in page
    assert "đã đọc trang tính “Danh sách”; không đọc các trang tính khác: Quầy" in page
    assert "ô gộp dọc được hiểu" in page
    assert confirm(desk.client, answer.location).status_code == 303
    held, held_points = desk.registry()
    assert held["SNV"].name == "Sở Nội vụ tỉnh"
    # A column that is there empties the cell; one that is not there leaves what is held.
    assert held["SNV"].block == ""
    assert (held["SNV"].short_name, held["SNV"].valid_from) == (before.short_name, before.valid_from)
    assert (held["XA1"].block, held["XA1"].short_name, held["XA1"].valid_to) == ("UBND cấp xã", "", None)
    assert sorted(one.name for one in held_points.values() if one.agency_code == "XA1") == ["Quầy 1", "Quầy 2"]


def test_what_a_table_leaves_out_is_looked_up_when_it_is_brought_in_and_dates_still_keep_their_order(desk) -> None:
    confirm(desk.client, desk.upload(xlsx(ENGLISH, agency("SMOI", valid_from="01/03/2026"))).location)
    heads = ["Mã cơ quan", "Tên cơ quan", "Hoạt động đến hết ngày"]
    ((line, text),) = faults_of(desk.upload(xlsx(heads, ["SMOI", "Sở mới", "01/01/2026"])))
    assert line == 2
    assert "ngày cuối cùng 01/01/2026 ở trước ngày đầu tiên 01/03/2026" in text


def test_everything_that_is_wrong_with_both_tables_is_told_at_once(desk) -> None:
    # A heading, cells, a rule of the rows and one of the registry: VPUBND stands above TTPVHCC.
    points = xlsx(["Mã cơ quan", "Tên điểm phục vụ", "Dùng từ ngày"], ["SNV", "", "40/1/2026"], ["NOBODY", "Quầy", ""])
    table = xlsx(ENGLISH, agency("A B", "x"), agency("VPUBND", "Văn phòng", parent_code="TTPVHCC"), agency("snv", "Sở"))
    faults = faults_of(desk.upload(table, points))
    assert [line for line, _ in faults] == [2, 3, 4, 2, 3]
    told_together = " | ".join(text for _, text in faults)
    for words in ("chỉ được có chữ cái", "quay lại chính VPUBND", "chữ hoa, chữ thường", "còn trống", "NOBODY"):
        assert words in told_together
    broken = xlsx(["Mã cơ quan", "Họ tên"], ["SNV", "x"])
    faults = faults_of(desk.upload(broken, points))
    assert [line for line, _ in faults] == [1, 2]
    assert "thiếu cột “Tên cơ quan”" in faults[0][1]
    assert "ô “Tên điểm phục vụ” còn trống; ô “Dùng từ ngày”" in faults[1][1]


@pytest.mark.parametrize(
    ("number", "shown_by", "code"),
    [
        (1, "000", "001"),
        (12, '"XA-"000', "XA-012"),
        (7, "[$-42A]00", "07"),
        (1234, "00-00", "12-34"),
        (3, "0000;-0000;0000", "0003"),
        (3, "General", "3"),
        (1000, "#,##0", "1000"),
    ],
)
def test_a_code_is_what_excel_shows(number, shown_by, code) -> None:
    def show(made):
        made.active["A2"].number_format = shown_by

    assert codes(xlsx(ENGLISH, agency(number, "Xã"), change=show)) == [code]


def test_codes_that_lost_their_zeros_in_one_of_two_tables_are_told_why(desk) -> None:
    table = xlsx(ENGLISH, agency("001", "Xã Một"))
    points = xlsx(["Mã cơ quan", "Tên điểm phục vụ"], [1, "Quầy"])
    ((_, text),) = faults_of(desk.upload(table, points))
    assert "không có cơ quan nào mang mã này nhưng có mã 001" in text
    assert "định dạng cột là văn bản" in text


def test_lines_that_a_filter_hides_are_told_of(desk) -> None:
    def hide(made):
        made.active.row_dimensions[3].hidden = True
        made.active.auto_filter.ref = "A1:H3"

    answer = desk.upload(xlsx(ENGLISH, agency("A", "Sở A"), agency("B", "Sở B"), change=hide))
    assert "1 dòng đang bị ẩn trong bảng tính (do lọc) cũng được đọc" in text_of(desk.client.get(answer.location))


def test_of_several_sheets_that_may_be_meant_somebody_chooses_one(desk, tmp_path) -> None:
    data = book({"2024": [HEADS[1:3], ["A", "Sở A"]], "2025": [HEADS[1:3], ["B", "Sở B"]], "Ghi chú": [["x"]]})
    answer = desk.upload(data)
    assert answer.status_code == 400
    assert html.fromstring(answer.text).xpath("//select[@name='agencies_sheet']/option/text()") == ["2024", "2025"]
    token = token_of(desk.client, IMPORT)
    sent = {"token": token, "agencies": (io.BytesIO(data), "t.xlsx"), "agencies_sheet": "2025"}
    answer = desk.client.post(IMPORT, data=sent)
    confirm(desk.client, answer.location)
    assert {"A", "B"} & set(desk.registry()[0]) == {"B"}
    with pytest.raises(UnclearSheetError):
        codes(data)
    with pytest.raises(RefusedDataError) as error:
        codes(data, sheet="2026")
    assert "không có trang tính “2026”; tệp có: 2024, 2025, Ghi chú" in told(error.value, "vi")[0].reason
    (tmp_path / "agencies.xlsx").write_bytes(data)
    with pytest.raises(RefusedDataError, match=r"several sheets that may be this table \(2024, 2025\)"):
        import_registry(desk.store, tmp_path)
    imported = import_registry(desk.store, tmp_path, named={AGENCIES.file: "2024"})
    assert [one.code for one in imported.agencies] == ["A"]
    assert any("2025" in str(note) for _, note in imported.notes)


def test_cells_merged_sideways_are_named_together_with_what_else_is_wrong() -> None:
    def merge(made):
        made.active.merge_cells("A3:C3")

    data = xlsx(ENGLISH, agency("A", ""), agency("I. Khối xã", ""), change=merge)
    with pytest.raises(RefusedDataError) as error:
        codes(data)
    reasons = [one.reason for one in told(error.value, "vi")]
    assert "ô gộp (A3:C3)" in reasons[0]
    assert any("ô “Tên cơ quan” còn trống" in reason for reason in reasons[1:])


SEMICOLONS = 'Mã cơ quan;Tên điểm phục vụ;"Địa chỉ, nếu có, ghi rõ"\nSNV;Quầy 1;x\n'


@pytest.mark.parametrize(
    "data",
    [
        f"sep=;\n{SEMICOLONS}".encode("utf-8-sig"),
        f"sep=;\r\n{SEMICOLONS}".replace("\n", "\r\n").encode(),
        SEMICOLONS.replace(";", "\t").encode("utf-16"),
        SEMICOLONS.replace(";", "\t").encode("utf-8-sig"),
        SEMICOLONS.encode(),
        SEMICOLONS.replace("\n", "\r\n").encode("utf-8-sig"),
        f"DANH SÁCH QUẦY\n{SEMICOLONS}".encode(),
    ],
)
def test_what_excel_saves_as_text_is_read_whatever_parts_its_cells(data) -> None:
    (row,) = read_upload(data, SERVICE_POINTS, name="t.csv").rows
    assert (row.cells["agency_code"], row.cells["name"]) == ("SNV", "Quầy 1")
    assert row.faults == ()


def test_an_upload_that_is_gone_leads_to_uploading_again(desk) -> None:
    answer = desk.client.get(f"{IMPORT}/{'a' * 32}")
    assert answer.status_code == 404
    assert html.fromstring(answer.text).xpath("//main//a/@href")[0] == IMPORT


def test_a_workbook_read_in_a_process_of_its_own_asks_and_tells_the_same() -> None:
    rows = [HEADS[:3], *([number, f"XA{number}", f"Xã số {number}"] for number in range(1_500))]
    data = book({"2024": rows, "2025": rows})
    assert not is_small(data)
    with pytest.raises(UnclearSheetError) as unclear:
        codes(data)
    assert unclear.value.titles == ("2024", "2025")
    sheet = read_upload(data, AGENCIES, name="t.xlsx", sheet="2025")
    assert len(sheet.rows) == 1_500
    assert sheet.notes[0].in_language("vi") == "bỏ qua cột không dùng: STT"
