"""Tables of a registry are read as people write them, and every fault is named by its line."""

import io
import unicodedata
import zipfile

import pytest
from openpyxl import load_workbook

from survey.fieldwork import Agency
from survey.operations.registry.layouts import AGENCIES, SERVICE_POINTS
from survey.operations.registry.templates import template_file
from survey.operations.registry.upload import read_upload
from tests.integration.registry.spreadsheets import (
    ENGLISH,
    FIRST_OF_JULY,
    HALF_PAST_EIGHT,
    VIETNAMESE,
    agency,
    confirm,
    refused,
    the_fault,
    xlsx,
)


@pytest.mark.parametrize("layout", [AGENCIES, SERVICE_POINTS])
def test_a_template_has_the_headings_and_an_example_that_is_read_over(layout) -> None:
    made = template_file(layout)
    first, example = load_workbook(io.BytesIO(made))[layout.title].values
    assert list(first) == list(layout.headings.values())
    assert example[0].startswith("# ")
    assert read_upload(made, layout, name="mau.xlsx").rows == ()


def test_headings_are_known_in_both_languages_and_any_order() -> None:
    rows = [VIETNAMESE[::-1], agency()[::-1]]
    assert read_upload(xlsx(*rows), AGENCIES, name="a").rows[0].cells["code"] == "SMOI"
    shouted = [unicodedata.normalize("NFD", heading).upper() for heading in VIETNAMESE]
    semicolons = ";".join(shouted) + "\nSMOI;Sở mới;;;;;;\n"
    assert read_upload(semicolons.encode("utf-8-sig"), AGENCIES, name="a").rows[0].cells["name"] == "Sở mới"


def test_names_are_composed_and_a_leading_sign_is_text(desk) -> None:
    # openpyxl would write the text as a formula; a quoted cell of a spreadsheet is a text.
    def quote(book):
        book.active["C2"].data_type = "s"

    row = agency(name=unicodedata.normalize("NFD", "Sở mới"), short_name="=1+1")
    confirm(desk.client, desk.upload(xlsx(ENGLISH, row, change=quote)).location)
    assert desk.registry()[0]["SMOI"] == Agency("SMOI", "Sở mới", "=1+1", "")


def test_a_missing_column_is_named_with_the_headings_found(desk) -> None:
    line, text = the_fault(desk.upload(xlsx(["Mã cơ quan", "Tên", *VIETNAMESE[2:]], agency())))
    assert line == 1
    assert text.startswith("thiếu cột “Tên cơ quan”; dòng tiêu đề của tệp có: “Mã cơ quan”, “Tên”, “Tên ngắn”")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (agency(valid_from="31/02/2026"), "ô “Hoạt động từ ngày”: “31/02/2026” không phải là ngày"),
        (agency(valid_from=45839), "ô “Hoạt động từ ngày”: số “45839” không rõ là ngày nào"),
        (agency(valid_from=HALF_PAST_EIGHT), "ô có cả ngày và giờ"),
        (agency(name="=A1"), "ô “Tên cơ quan”: ô chứa công thức"),
        (agency(name=FIRST_OF_JULY), "“01/07/2025” là ngày, ở đây cần chữ"),
        (agency(name="#N/A"), "ô báo lỗi #N/A"),
        (agency(code="SNV "), "mã SNV ở dòng 3 đã có ở dòng 2"),
        (agency(parent_code="XX"), "“Mã cơ quan cấp trên” là “XX”, không có cơ quan nào"),
        (agency(name=""), "ô “Tên cơ quan” còn trống"),
        ([*agency(), "thừa"], "có ô nằm ngoài các cột có tên"),
    ],
)
def test_a_wrong_row_is_named_by_its_line_and_nothing_is_kept(desk, row, told) -> None:
    before = desk.registry()
    answer = desk.upload(xlsx(ENGLISH, agency("SNV", "Sở Nội vụ"), row))
    line, text = the_fault(answer)
    assert line == 3
    assert told in text
    assert desk.registry() == before
    assert not desk.folder.exists()


def test_dates_are_read_as_days_and_in_both_ways_of_writing() -> None:
    days = [FIRST_OF_JULY, "01/07/2025", "1/7/2025", "2025-07-01"]
    table = xlsx(ENGLISH, *(agency(f"S{number}", valid_from=day) for number, day in enumerate(days)))
    texts = {row.cells["valid_from"] for row in read_upload(table, AGENCIES, name="a").rows}
    assert texts <= {"2025-07-01", "01/07/2025", "1/7/2025"}


def test_merged_cells_are_refused_by_their_place() -> None:
    table = xlsx(ENGLISH, agency(), change=lambda book: book.active.merge_cells("B2:C2"))
    assert "ô gộp (B2:C2)" in refused(table)


def test_the_sheet_named_as_the_template_counts_and_hidden_ones_do_not() -> None:
    def arrange(book):
        book.active.sheet_state = "hidden"
        book.create_sheet("Ghi chú").append(["chỉ là ghi chú"])
        named = book.create_sheet("CƠ QUAN")
        named.append(ENGLISH)
        named.append(agency("DUNG"))

    table = xlsx(ENGLISH, agency("AN"), title="Bản cũ", change=arrange)
    assert [row.cells["code"] for row in read_upload(table, AGENCIES, name="a").rows] == ["DUNG"]


def test_blank_lines_count_and_are_read_over() -> None:
    table = xlsx(ENGLISH, [], agency("A"), [""] * 8, agency("B"), *([[" "] * 8] * 50))
    assert [(row.line, row.cells["code"]) for row in read_upload(table, AGENCIES, name="a").rows] == [
        (3, "A"),
        (5, "B"),
    ]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "tệp trống"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "hãy mở tệp rồi lưu lại dạng .xlsx"),
        (b"PK\x03\x04 broken", "không đọc được tệp"),
        (b"\x89PNG\r\n\x1a\n\0\0", "đây không phải là bảng tính"),
        ("code,name\n".encode("utf-16"), "đây không phải là bảng tính"),
        (b'code,name\nA,"B\n', "không tách được dòng"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(data, told) -> None:
    assert told in refused(data)


def test_an_archive_of_something_else_and_an_empty_workbook_are_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    assert "không phải là bảng tính .xlsx" in refused(target.getvalue())
    assert "tệp trống" in refused(xlsx())


def test_an_archive_that_unpacks_to_gigabytes_is_refused_before_it_does() -> None:
    target, kept = io.BytesIO(), zipfile.ZipFile(io.BytesIO(xlsx(ENGLISH, agency())))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in kept.namelist():
            with archive.open(part, "w", force_zip64=True) as file:
                file.write(kept.read(part))
                for _ in range(200 if "sheet1" in part else 0):
                    file.write(b" " * 2**20)
    assert "quá lớn sau khi giải nén" in refused(target.getvalue())
