"""A registry from spreadsheets: what is previewed is done, all at once, and every fault is named by its line."""

import io
import os
import time
import unicodedata
import zipfile
from datetime import date, datetime
from types import SimpleNamespace

import pytest
from lxml import html
from openpyxl import Workbook, load_workbook

from survey.errors import RefusedDataError
from survey.fieldwork import Agency, is_code
from survey.operations.registry.csv_import import export_registry, import_registry
from survey.operations.registry.layouts import AGENCIES, SERVICE_POINTS
from survey.operations.registry.templates import template_file
from survey.operations.registry.upload import read_upload
from survey.operations.staff.rights import Role
from survey.operations.uploads.tables import MOST_ROWS
from survey.store.registry.agencies import list_agencies
from survey.store.registry.points import list_points
from tests.sign_in import admit, token_of
from tests.told import told
from tests.trail import told_of

IMPORT = "/staff/registry/import"
ENGLISH = list(AGENCIES.columns)
VIETNAMESE = list(AGENCIES.headings.values())
POINTS = "agency_code,name,code,valid_from,valid_to\n"
BUSINESS = "P2MCN3E"
# Cells of spreadsheets know no time zones.
FIRST_OF_JULY, HALF_PAST_EIGHT = datetime(2025, 7, 1), datetime(2025, 7, 1, 8, 30)  # noqa: DTZ001


@pytest.fixture
def desk(client, store, sample_registry, tmp_path):
    """Return somebody who may import, with what there is to look at."""
    admit(client, store)

    def upload(agencies=None, points=None, name="bang.xlsx"):
        given = {"agencies": agencies, "points": points}
        files = {part: (io.BytesIO(data), name) for part, data in given.items() if data is not None}
        return client.post(IMPORT, data={"token": token_of(client, IMPORT), **files})

    def registry():
        with store.reading() as connection:
            return (
                {one.code: one for one in list_agencies(connection).values()},
                {one.point.code: one.point for one in list_points(connection)},
            )

    uploads = tmp_path / "instance" / "uploads"
    return SimpleNamespace(client=client, store=store, upload=upload, registry=registry, folder=uploads)


def xlsx(*rows, title="Cơ quan", change=None):
    """Return a workbook with one sheet; `change` may do more to it."""
    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(list(row))
    if change:
        change(book)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def agency(code="SMOI", name="Sở mới", **more):
    """Return a row in the order of the columns."""
    return [{"code": code, "name": name, **more}.get(column, "") for column in ENGLISH]


def confirm(client, preview):
    """Press the button of a preview."""
    fields = dict(html.fromstring(client.get(preview).text).xpath("//main//form[@method='post']")[0].fields)
    return client.post(preview, data=fields)


def faults_of(answer):
    """Return line and text of every fault on a page."""
    assert answer.status_code == 400
    rows = html.fromstring(answer.text).xpath("//caption[.='Các dòng cần sửa']/..//tbody/tr")
    return [(int(row[1].text.replace(".", "")), row[2].text_content()) for row in rows]


def the_fault(answer):
    ((line, text),) = faults_of(answer)
    return line, text


def refused(data, layout=AGENCIES):
    """Return why a file is no table."""
    with pytest.raises(RefusedDataError) as error:
        read_upload(data, layout, name="bang.xlsx")
    return told(error.value, "vi")[0].reason


def imported(store):
    return told_of(store, "registry_imported")


def test_what_is_previewed_is_done_at_once_and_written_down_once(desk) -> None:
    table = xlsx(VIETNAMESE, agency(parent_code="SNV", valid_from=FIRST_OF_JULY), agency("SNV", "Sở Nội vụ mới"))
    points = f"{POINTS}SMOI,Quầy 1,,01/07/2025,\n".encode("utf-8-sig")
    answer = desk.upload(table, points)
    assert answer.status_code == 303
    before = desk.registry()
    page = html.fromstring(desk.client.get(answer.location).text)
    rows = page.xpath("//caption[.='Số dòng của mỗi bảng']/..//tbody/tr")
    assert [[cell.text_content() for cell in row] for row in rows] == [
        ["Cơ quan", "1", "1", "0"],
        ["Điểm phục vụ", "1", "0", "0"],
    ]
    assert [one.text for one in page.xpath("//del")][:1] == ["Sở Nội vụ"]
    assert [one.text for one in page.xpath("//ins")][:1] == ["Sở Nội vụ mới"]
    assert desk.registry() == before
    (kept,) = desk.folder.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert confirm(desk.client, answer.location).location == "/staff/agencies?added=2&changed=1"
    agencies, points_now = desk.registry()
    assert agencies["SMOI"] == Agency("SMOI", "Sở mới", "", "", "SNV", date(2025, 7, 1))
    assert agencies["SNV"].name == "Sở Nội vụ mới"
    (made,) = [one for one in points_now.values() if one.agency_code == "SMOI"]
    assert is_code(made.code)
    assert imported(desk.store) == [
        "số cơ quan thêm: 1; số cơ quan sửa: 1; số điểm phục vụ thêm: 1; số điểm phục vụ sửa: 0"
    ]
    assert list(desk.folder.iterdir()) == []
    assert desk.client.get(answer.location).status_code == 404


def test_a_registry_that_changed_meanwhile_is_previewed_anew(desk) -> None:
    preview = desk.upload(xlsx(ENGLISH, agency("SNV", "Sở Nội vụ mới"))).location
    fields = dict(html.fromstring(desk.client.get(preview).text).xpath("//main//form[@method='post']")[0].fields)
    confirm(desk.client, desk.upload(xlsx(ENGLISH, agency("SYT2", "Sở khác"))).location)
    answer = desk.client.post(preview, data=fields)
    assert answer.status_code == 409
    assert "người khác vừa thay đổi nội dung này" in answer.text
    assert desk.registry()[0]["SNV"].name == "Sở Nội vụ"
    assert confirm(desk.client, preview).status_code == 303
    assert desk.registry()[0]["SNV"].name == "Sở Nội vụ mới"


def test_an_upload_is_found_by_nobody_else_and_for_a_day_only(desk, app) -> None:
    preview = desk.upload(xlsx(ENGLISH, agency())).location
    other = app.test_client()
    admit(other, desk.store, username="mai", role=Role.ADMINISTRATOR)
    assert other.get(preview).status_code == 404
    (kept,) = desk.folder.iterdir()
    a_day_ago = time.time() - 24 * 3600 - 1
    os.utime(kept, (a_day_ago, a_day_ago))
    assert desk.client.get(preview).status_code == 404
    desk.upload(xlsx(ENGLISH, agency()))
    assert kept not in desk.folder.iterdir()
    assert desk.client.get(f"{IMPORT}/..%2f..%2fsecret.key").status_code == 404


def test_what_is_held_comes_out_and_goes_in_again_unchanged(desk) -> None:
    agencies = desk.client.get("/staff/registry/current/agencies.xlsx").data
    points = desk.client.get("/staff/registry/current/points.xlsx").data
    page = desk.client.get(desk.upload(agencies, points).location).text
    assert "không có gì để nhập" in page
    assert html.fromstring(page).xpath("//td[@data-label='Giữ nguyên']/text()") == ["19", "40"]


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


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["csv", "xlsx"])
def test_fifty_thousand_rows_are_refused(layout) -> None:
    rows = [agency(f"CQ{number}", f"Xã số {number}") for number in range(50_000)]
    text = "\n".join(",".join(row) for row in [ENGLISH, *rows]).encode()
    data = text if layout == "csv" else _many(rows)
    assert f"nhiều hơn {MOST_ROWS:,}".replace(",", ".") in refused(data)


def _many(rows):
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Cơ quan")
    for row in [ENGLISH, *rows]:
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def sent(desk, table):
    """Upload agencies as a browser does, whatever the size."""
    token = token_of(desk.client, IMPORT).encode()
    parts = (
        b'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\n' + token,
        b'\r\n--x\r\nContent-Disposition: form-data; name="agencies"; filename="a.csv"\r\n\r\n' + table,
        b"\r\n--x--\r\n",
    )
    return desk.client.post(IMPORT, data=b"".join(parts), content_type="multipart/form-data; boundary=x")


def test_a_file_above_ten_megabytes_is_refused_and_the_citizens_limit_stays(desk) -> None:
    answer = sent(desk, b"a" * (10 * 2**20))
    assert answer.status_code == 413
    assert "10 MB" in answer.text
    assert desk.client.post("/K/L4E3SZF", data={"comment": "a" * 70_000}).status_code == 413


@pytest.mark.slow
def test_twenty_thousand_rows_are_brought_in_at_once(desk) -> None:
    rows = (",".join(agency(f"XA{number}", f"Ủy ban nhân dân xã số {number}")) for number in range(MOST_ROWS))
    answer = sent(desk, "\n".join([",".join(ENGLISH), *rows]).encode())
    assert answer.status_code == 303
    assert confirm(desk.client, answer.location).location == "/staff/agencies?added=20000&changed=0"
    assert len(desk.registry()[0]) == 20_019


def test_nothing_chosen_and_a_form_of_another_session_are_refused(desk) -> None:
    assert desk.upload().status_code == 400
    file = (io.BytesIO(xlsx(ENGLISH, agency())), "a.xlsx")
    assert desk.client.post(IMPORT, data={"token": "wrong", "agencies": file}).status_code == 403
    preview = desk.upload(xlsx(ENGLISH, agency())).location
    assert desk.client.post(preview, data={"token": "wrong", "seen": "x"}).status_code == 403
    assert "SMOI" not in desk.registry()[0]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (f"SCT,Quầy,{BUSINESS},,", "đã in cho cơ quan P-DONGKINH"),
        ("SNV,Quầy mới,,,\nSNV,Quầy mới,,,", "điểm phục vụ ở dòng 3 đã có ở dòng 2"),
        ("SNV,Quầy mới,ABCDEFG,,", "mã điểm phục vụ “ABCDEFG” bị gõ sai"),
    ],
)
def test_points_that_clash_are_refused_on_their_line(desk, rows, told) -> None:
    answer = desk.upload(points=f"{POINTS}{rows}\n".encode(), name="diem.csv")
    line, text = the_fault(answer)
    assert line == 1 + len(rows.splitlines())
    assert told in text


def test_a_code_whose_last_day_was_set_is_not_brought_back_by_a_table(desk, tmp_path) -> None:
    export_registry(desk.store, tmp_path / "before")
    confirm_end = f"{POINTS}P-DONGKINH,{desk.registry()[1][BUSINESS].name},{BUSINESS},,31/12/2025\n"
    confirm(desk.client, desk.upload(points=confirm_end.encode(), name="diem.csv").location)
    assert desk.registry()[1][BUSINESS].valid_to == date(2025, 12, 31)
    with pytest.raises(RefusedDataError, match=rf"service_points.csv: code {BUSINESS} ends on 31/12/2025"):
        import_registry(desk.store, tmp_path / "before")
    answer = desk.upload(points=(tmp_path / "before" / "service_points.csv").read_bytes(), name="diem.csv")
    assert "không dùng lại hay kéo dài" in the_fault(answer)[1]


def test_circles_through_agencies_that_are_held_are_refused_on_page_and_command(desk, tmp_path) -> None:
    # TTPVHCC stands under VPUBND in the sample, so VPUBND cannot stand under it.
    row = ",".join(agency("VPUBND", "Văn phòng", parent_code="TTPVHCC"))
    table = f"{','.join(ENGLISH)}\n{row}\n"
    assert "quay lại chính VPUBND" in the_fault(desk.upload(table.encode(), name="co-quan.csv"))[1]
    (tmp_path / "agencies.csv").write_text(table, encoding="utf-8")
    with pytest.raises(RefusedDataError, match=r"line 2: agencies.csv: parent_code 'TTPVHCC' leads back to 'VPUBND'"):
        import_registry(desk.store, tmp_path)


def test_the_sample_loaded_again_changes_nothing(desk, tmp_path) -> None:
    before = desk.registry()
    export_registry(desk.store, tmp_path)
    import_registry(desk.store, tmp_path)
    assert desk.registry() == before


def test_only_who_manages_the_registry_may_import(client, store, sample_registry) -> None:
    admit(client, store, role=Role.MANAGER, agency="SNV")
    for path in (
        IMPORT,
        f"{IMPORT}/{'a' * 32}",
        "/staff/registry/templates/agencies.xlsx",
        "/staff/registry/current/points.xlsx",
    ):
        assert client.get(path).status_code == 403
    assert client.post(IMPORT, data={"agencies": (io.BytesIO(xlsx(ENGLISH, agency())), "a.xlsx")}).status_code == 403
