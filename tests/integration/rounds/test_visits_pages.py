"""Goals and visits of a round on staff pages: typed, uploaded, and refused beside their fields."""

import io
import re
from datetime import timedelta

from lxml import html
from openpyxl import load_workbook

from survey.operations.rounds.visits import list_denominators
from survey.operations.staff.rights import Role
from survey.store.rounds.rounds import find_held
from survey.store.rounds.visits import list_visits
from tests.integration.rounds.round_pages import BUSINESS_AGENCY, OTHER_AGENCY, held_round, send, text_of
from tests.integration.staff.test_staff_pages import BUSINESS, answer_all
from tests.sign_in import admit, token_of


def test_goals_show_the_official_rule_and_take_another_one(admitted, store, round_of_2023_form) -> None:
    own = held_round(store, "r1").survey_round
    period = {"first": own.opens.isoformat(), "last": own.closes.isoformat()}
    send(admitted, "/staff/rounds/r1/visits", {**period, f"n.{BUSINESS_AGENCY}": "1.000", f"w.{BUSINESS_AGENCY}": ""})
    answer_all(store, "r1", BUSINESS, times=12)
    page = admitted.get("/staff/rounds/r1/goals?q=dong+kinh").text
    # n = 1000 / (1 + 1000 × 0,05²) = 1000 / 3,5 = 285,7…, rounded up 286; 286 - 12 = 274.
    assert re.search(r">1\.000<.*?>286<.*?>12<.*?>274<", page, re.DOTALL)
    assert send(admitted, "/staff/rounds/r1/goals", {"version": "1", f"n.{BUSINESS_AGENCY}": "50"}).status_code == 303
    row = html.fromstring(admitted.get("/staff/rounds/r1/goals?q=dong+kinh").text).xpath("//tbody/tr")[0]
    assert "286" in row.text_content()
    assert row.xpath(".//td[last()]")[0].text_content().strip() == "38"
    # To hold one goal all agencies are written down, so that still all of them take part.
    with store.reading() as connection:
        assert len(find_held(connection, "r1").goals) > 1
    wrong = send(admitted, "/staff/rounds/r1/goals", {"version": "2", f"n.{BUSINESS_AGENCY}": "nhiều"})
    assert wrong.status_code == 400
    assert 'value="nhiều"' in wrong.text
    late = send(admitted, "/staff/rounds/r1/goals", {"version": "1", f"n.{BUSINESS_AGENCY}": "60"})
    assert late.status_code == 409
    assert 'value="60"' in late.text


def test_visits_are_typed_all_or_nothing_and_faults_stand_beside_the_fields(
    admitted, store, round_of_2023_form
) -> None:
    own = held_round(store, "r1").survey_round
    period = {"first": own.opens.isoformat(), "last": own.closes.isoformat()}
    wrong = {**period, f"n.{BUSINESS_AGENCY}": "120", f"n.{OTHER_AGENCY}": "12,5"}
    answer = send(admitted, "/staff/rounds/r1/visits", wrong)
    assert answer.status_code == 400
    assert 'value="12,5"' in answer.text
    assert 'value="120"' in answer.text
    with store.reading() as connection:
        assert list_visits(connection) == ()
    right = {**wrong, f"n.{OTHER_AGENCY}": "12"}
    assert "changed=2" in send(admitted, "/staff/rounds/r1/visits", right).location
    known = {one.agency.code: one.unit.visits for one in list_denominators(store, "r1")}
    assert (known[BUSINESS_AGENCY], known[OTHER_AGENCY]) == (120, 12)


def test_visits_of_days_counted_already_are_refused_and_a_number_can_be_taken_out(
    admitted, store, round_of_2023_form
) -> None:
    own = held_round(store, "r1").survey_round
    name = OTHER_AGENCY
    whole = {"first": own.opens.isoformat(), "last": own.closes.isoformat()}
    part = {**whole, "last": (own.opens + timedelta(days=3)).isoformat()}
    send(admitted, "/staff/rounds/r1/visits", {**whole, f"n.{name}": "12", f"w.{name}": ""})
    overlapping = send(admitted, "/staff/rounds/r1/visits", {**part, f"n.{name}": "3", f"w.{name}": ""})
    assert overlapping.status_code == 400
    assert "trùng với khoảng" in overlapping.text
    stale = send(admitted, "/staff/rounds/r1/visits", {**whole, f"n.{name}": "13", f"w.{name}": "11"})
    assert stale.status_code == 409
    assert "đang lưu: 12" in stale.text
    send(admitted, "/staff/rounds/r1/visits", {**whole, f"n.{name}": "", f"w.{name}": "12"})
    with store.reading() as connection:
        assert list_visits(connection) == ()


def test_visits_outside_the_round_are_refused(admitted, store, round_of_2023_form) -> None:
    own = held_round(store, "r1").survey_round
    for last in ("2030-01-01", "mai"):
        sent = {"first": own.opens.isoformat(), "last": last, f"n.{OTHER_AGENCY}": "12"}
        assert send(admitted, "/staff/rounds/r1/visits", sent).status_code == 400


def upload(client, text: bytes, name: str):
    fields = {"token": token_of(client, "/staff/password"), "file": (io.BytesIO(text), name)}
    return client.post("/staff/rounds/r1/visits/file", data=fields, content_type="multipart/form-data")


def test_the_template_comes_back_filled_in_and_faults_are_told_by_line(admitted, store, round_of_2023_form) -> None:
    book = load_workbook(io.BytesIO(admitted.get("/staff/rounds/r1/visits/template.xlsx").data))
    sheet = book.worksheets[0]
    rows = {sheet.cell(row, 1).value: row for row in range(2, sheet.max_row + 1)}
    sheet.cell(rows[BUSINESS], 6).value = 250
    filled = io.BytesIO()
    book.save(filled)
    assert upload(admitted, filled.getvalue(), "luot.xlsx").location == "/staff/rounds/r1/visits?added=1&replaced=0"
    with store.reading() as connection:
        (count,) = list_visits(connection)
    assert (count.service_point_code, count.visits) == (BUSINESS, 250)
    # 90 kB, more than any other form may send.
    bad = "Mã điểm phục vụ,Từ ngày,Đến hết ngày,Số lượt\n" + "NOBODY2,01/01/2026,40/01/2026,nhiều\n" * 2_000
    refused = upload(admitted, bad.encode(), "luot.csv")
    assert refused.status_code == 400
    assert "Dòng 2: không có điểm phục vụ mang mã “NOBODY2”" in text_of(refused)
    assert "ô “Đến hết ngày”: “40/01/2026” không phải là ngày" in refused.text
    assert upload(admitted, b"\x00\x01", "anh.png").status_code == 400
    assert upload(admitted, b"", "").status_code == 400


def test_somebody_of_one_agency_counts_only_its_visits(client, store, round_of_2023_form) -> None:
    admit(client, store, role=Role.MANAGER, agency=BUSINESS_AGENCY)
    own = held_round(store, "r1").survey_round
    period = {"first": own.opens.isoformat(), "last": own.closes.isoformat()}
    page = client.get("/staff/rounds/r1/visits").text
    assert f'name="n.{BUSINESS_AGENCY}"' in page
    assert OTHER_AGENCY not in page
    assert client.get(f"/staff/rounds/r1/visits?agency={OTHER_AGENCY}").status_code == 404
    assert send(client, "/staff/rounds/r1/visits", {**period, f"n.{OTHER_AGENCY}": "1"}).status_code == 404
    table = f"Mã cơ quan,Từ ngày,Đến hết ngày,Số lượt\n{OTHER_AGENCY},{own.opens},{own.closes},5\n"
    assert upload(client, table.encode(), "luot.csv").status_code == 400
    assert send(client, "/staff/rounds/r1/goals", {"version": "1"}).status_code == 403
    with store.reading() as connection:
        assert list_visits(connection) == ()
    assert OTHER_AGENCY not in client.get("/staff/rounds/r1/goals").text
