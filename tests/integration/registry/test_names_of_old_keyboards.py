"""Names as old keyboards and fonts write them: Ð becomes Đ, TCVN3 and VNI are refused, blanks are no name."""

import pytest

from survey.operations.registry.layouts import AGENCIES, SERVICE_POINTS
from survey.operations.registry.rules import row_faults
from survey.operations.registry.upload import read_upload
from survey.reports.sheets import Sheet, sheet_bytes
from tests.sign_in import token_of

NONE = read_upload(b"agency_code,name,valid_from,valid_to\n", SERVICE_POINTS, name="points.csv")


def agencies(layout, *names):
    rows = [[f"A{place}", name, "", "", "", "", "", ""] for place, name in enumerate(names)]
    return read_upload(sheet_bytes(Sheet("Cơ quan", AGENCIES.columns, rows), layout), AGENCIES, name="agencies")


@pytest.mark.parametrize("layout", ["csv", "xlsx"])
def test_what_looks_like_a_d_with_a_stroke_is_stored_as_one(layout):
    sheet = agencies(layout, "UBND phường \u00d0ông Kinh")
    assert sheet.rows[0].cells["name"] == "UBND phường Đông Kinh"
    assert row_faults(sheet, NONE, set()) == []


@pytest.mark.parametrize("layout", ["csv", "xlsx"])
def test_names_of_old_fonts_are_refused_by_their_rows(layout):
    sheet = agencies(layout, "Sở Nội vụ", "Së Néi vô", "Sôû Taøi chính")
    faults = row_faults(sheet, NONE, set())
    assert [one.line for one in faults] == [3, 4]
    assert "phông cũ (TCVN3, VNI)" in faults[0].in_language("vi")
    assert "Së Néi vô" in faults[0].in_language("en")


@pytest.mark.parametrize("layout", ["csv", "xlsx"])
@pytest.mark.parametrize(("name", "said"), [("\u3164\u2800", "còn trống"), ("Sở\u2800Nội vụ", "không nhìn thấy được")])
def test_letters_nobody_sees_are_no_name_and_stand_in_none(layout, name, said):
    (fault,) = row_faults(agencies(layout, name), NONE, set())
    assert said in fault.in_language("vi")


@pytest.mark.parametrize(
    ("name", "said"), [("\u3164\u2800", "Hãy điền ô này."), ("Së Néi vô", "phông cũ (TCVN3, VNI)")]
)
def test_the_page_refuses_such_a_name_too(admitted, name, said):
    token = token_of(admitted, "/staff/registry/agencies/new")
    answer = admitted.post("/staff/registry/agencies/new", data={"token": token, "code": "MOI", "name": name})
    assert answer.status_code == 400
    assert said in answer.text
