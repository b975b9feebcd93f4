"""A registry from spreadsheets: what is previewed is done, all at once, and once only; and by whom."""

import io
import os
import time
from datetime import date

import pytest
from lxml import html
from openpyxl import Workbook

from survey.errors import RefusedDataError
from survey.fieldwork import Agency, is_code
from survey.operations.registry.csv_import import export_registry, import_registry
from survey.operations.staff.rights import Role
from survey.operations.uploads.tables import MOST_ROWS
from tests.integration.registry.spreadsheets import (
    ENGLISH,
    FIRST_OF_JULY,
    IMPORT,
    VIETNAMESE,
    agency,
    confirm,
    refused,
    the_fault,
    xlsx,
)
from tests.sign_in import admit, token_of
from tests.trail import told_of

POINTS = "agency_code,name,code,valid_from,valid_to\n"
BUSINESS = "P2MCN3E"


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
