"""Agencies and service points on staff pages: found, added, edited by two at once, retired and taken back."""

import re
from datetime import timedelta

import pytest
from lxml import html
from sqlalchemy import func, select, update

from survey.fieldwork import is_code
from survey.operations.clock import today_in_vietnam
from survey.operations.registry.csv_import import import_registry
from survey.operations.staff.rights import Role
from survey.store import tables
from survey.store.registry.agencies import list_agencies
from survey.store.registry.points import find_point, list_points
from survey.store.subjects import ADDED
from tests.sign_in import admit, token_of
from tests.trail import deeds_of

# Of the sample registry: ward Đông Kinh with two service points, one of them BUSINESS; SCT is another agency.
WARD, BUSINESS, OTHER = "P-DONGKINH", "P2MCN3E", "SCT"
NEW = "/staff/registry/agencies/new"


def send(client, path, **fields):
    """Send the form of a page with what it holds and `fields` in their place."""
    tree = html.fromstring(client.get(path).text)
    form = tree.xpath("//main//form[@method='post']")[0]
    return client.post(path, data={**dict(form.fields), **fields})


def agencies_of(store):
    with store.reading() as connection:
        return {one.code: one for one in list_agencies(connection).values()}


def point_of(store, code):
    with store.reading() as connection:
        return find_point(connection, code).point


def acts(store):
    acts = ("agency_added", "agency_changed", "point_added", "point_changed")
    return [(one.act, one.subject, one.before, one.after) for one in deeds_of(store, *acts)]


def text_of(answer):
    return " ".join(html.fromstring(answer.text).text_content().split())


def test_the_list_is_searched_without_marks_and_sorted(admitted) -> None:
    found = html.fromstring(admitted.get("/staff/agencies?q=dong+kinh").text)
    assert [one.text for one in found.xpath("//tbody//th/a")] == ["Ủy ban nhân dân phường Đông Kinh"]
    codes = html.fromstring(admitted.get("/staff/agencies?sort=code").text).xpath("//td[@data-label='Mã']/text()")
    assert len(codes) == 19
    assert codes == sorted(codes)


def test_the_list_tells_who_took_over_and_since_when(admitted) -> None:
    # The last day of SKHDT is 28/02/2025, so its successor is responsible from 01/03/2025.
    assert "đã sáp nhập vào Sở Tài chính từ ngày 01/03/2025" in text_of(admitted.get("/staff/agencies?q=SKHDT"))
    facts = html.fromstring(admitted.get("/staff/agencies/STC").text).xpath("//dt[.='Tiếp nhận từ']/../dd//a/@href")
    assert facts == ["/staff/agencies/SKHDT"]


def test_an_empty_registry_says_what_comes_first(client, store) -> None:
    admit(client, store)
    assert "/staff/registry/import" in html.fromstring(client.get("/staff/agencies").text).xpath("//main//a/@href")


def test_an_agency_is_added_composed_and_tidy_and_its_code_stays(admitted, store) -> None:
    decomposed = "  So\u031b\u0309   mới "
    answer = send(
        admitted, NEW, code="SMOI", name=decomposed, block="Sở, ban, ngành", parent="SNV", valid_from="01/07/2025"
    )
    assert answer.location == "/staff/agencies/SMOI?done=agency-added"
    made = agencies_of(store)["SMOI"]
    assert (made.name, made.parent_code, f"{made.valid_from}") == ("Sở mới", "SNV", "2025-07-01")
    send(admitted, "/staff/agencies/SMOI/edit", code="KHAC", name="Sở đổi tên")
    assert agencies_of(store)["SMOI"].name == "Sở đổi tên"
    assert "KHAC" not in agencies_of(store)
    (added, *_, after), changed = acts(store)
    assert (added, after["name"], after["parent_code"], after["valid_from"]) == (
        *("agency_added", "Sở mới", "SNV", "2025-07-01"),
    )
    assert changed == ("agency_changed", "SMOI", {"name": "Sở mới"}, {"name": "Sở đổi tên"})


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"code": "SỞ MỚI", "name": "Sở"}, "Mã chỉ được có chữ cái không dấu"),
        ({"code": "snv", "name": "Sở"}, "Mã SNV đã là mã của Sở Nội vụ"),
        ({"code": "SMOI", "name": "   "}, "Hãy điền ô này"),
        ({"code": "SMOI", "name": "x" * 301}, "Dài quá 300 ký tự"),
        ({"code": "SMOI", "name": "Sở", "valid_from": "31/02/2026"}, "Hãy ghi ngày theo dạng ngày/tháng/năm"),
        ({"code": "SMOI", "name": "Sở", "valid_from": "0025-01-01"}, "Hãy xem lại năm"),
        ({"code": "SMOI", "name": "Sở", "valid_from": "2026-02-02", "valid_to": "2026-02-01"}, "01/02/2026 ở trước"),
        ({"code": "SMOI", "name": "Sở", "parent": "NOBODY"}, "Cơ quan cấp trên không còn trong danh mục"),
    ],
)
def test_a_wrong_agency_is_refused_with_nothing_typed_lost(admitted, store, fields, told) -> None:
    answer = send(admitted, NEW, **fields)
    assert answer.status_code == 400
    assert told in text_of(answer)
    kept = html.fromstring(answer.text).xpath("//main//form")[0].fields
    assert kept["code"] == fields["code"]
    assert kept["valid_from"] == fields.get("valid_from", "")
    assert len(agencies_of(store)) == 19


def test_parents_in_a_circle_are_refused(admitted, store) -> None:
    # TTPVHCC stands under VPUBND in the sample.
    answer = send(admitted, "/staff/agencies/VPUBND/edit", parent="TTPVHCC")
    assert answer.status_code == 400
    assert "trực thuộc chính cơ quan đang sửa" in text_of(answer)
    assert agencies_of(store)["VPUBND"].parent_code is None


def test_a_last_day_before_the_first_is_refused_of_an_agency_there_is(admitted, store) -> None:
    before = agencies_of(store)["VPUBND"]
    answer = send(admitted, "/staff/agencies/VPUBND/edit", valid_from="2026-02-02", valid_to="2026-02-01")
    assert answer.status_code == 400
    assert "Ngày cuối cùng 01/02/2026 ở trước ngày đầu tiên 02/02/2026" in text_of(answer)
    assert html.fromstring(answer.text).xpath("//main//form")[0].fields["valid_to"] == "2026-02-01"
    assert agencies_of(store)["VPUBND"] == before


def test_an_agency_with_points_in_use_does_not_end(admitted, store) -> None:
    answer = send(admitted, f"/staff/agencies/{WARD}/edit", valid_to=f"{today_in_vietnam()}")
    assert answer.status_code == 400
    assert "Còn 2 điểm phục vụ" in text_of(answer)
    assert agencies_of(store)[WARD].valid_to is None


def test_the_second_of_two_people_sees_both_versions_and_decides(admitted, store) -> None:
    path = f"/staff/agencies/{WARD}/edit"
    mine = dict(html.fromstring(admitted.get(path).text).xpath("//main//form")[0].fields)
    send(admitted, path, short_name="Tên của người kia")
    answer = admitted.post(path, data={**mine, "short_name": "Tên của tôi"})
    assert answer.status_code == 409
    (row,) = html.fromstring(answer.text).xpath("//caption[.='Chỗ khác nhau']/..//tbody/tr")
    assert [" ".join(cell.text_content().split()) for cell in row] == ["Tên ngắn", "Tên của người kia", "Tên của tôi"]
    assert agencies_of(store)[WARD].short_name == "Tên của người kia"
    again = dict(html.fromstring(answer.text).xpath("//main//form")[0].fields)
    assert admitted.post(path, data=again).status_code == 303
    assert agencies_of(store)[WARD].short_name == "Tên của tôi"


def test_an_import_counts_as_a_change_by_somebody_else(admitted, store, tmp_path) -> None:
    path = f"/staff/points/{BUSINESS}/edit"
    mine = dict(html.fromstring(admitted.get(path).text).xpath("//main//form")[0].fields)
    table = f"agency_code,name,code,valid_from,valid_to\n{WARD},Quầy của tệp,{BUSINESS},,\n"
    (tmp_path / "service_points.csv").write_text(table, encoding="utf-8")
    import_registry(store, tmp_path)
    assert admitted.post(path, data={**mine, "name": "Khác"}).status_code == 409
    assert point_of(store, BUSINESS).name == "Quầy của tệp"


def test_a_service_point_is_added_with_a_code_of_ours(admitted, store) -> None:
    answer = send(admitted, f"/staff/agencies/{WARD}/points/new", name="Quầy Đất đai", code="ABCDEFG")
    code = re.search(r"point=(\w+)", answer.location)[1]
    assert is_code(code)
    assert point_of(store, code).name == "Quầy Đất đai"
    assert point_of(store, code).valid_from == today_in_vietnam()
    page = admitted.get(answer.location).text
    assert f"/K/{code}" in page
    assert f"/staff/studio?agency={WARD}" in page


def test_a_second_point_of_the_same_name_is_refused(admitted, store) -> None:
    answer = send(admitted, f"/staff/agencies/{WARD}/points/new", name=point_of(store, BUSINESS).name)
    assert answer.status_code == 400
    assert BUSINESS in text_of(answer)


def test_a_point_is_retired_and_taken_back(admitted, store) -> None:
    today = today_in_vietnam()
    assert send(admitted, f"/staff/points/{BUSINESS}/retire").status_code == 303
    assert point_of(store, BUSINESS).valid_to == today
    assert send(admitted, f"/staff/points/{BUSINESS}/restore").status_code == 303
    assert point_of(store, BUSINESS).valid_to is None
    yesterday = today - timedelta(days=1)
    answer = send(admitted, f"/staff/points/{BUSINESS}/retire", last=f"{yesterday}")
    assert answer.status_code == 400
    assert "Ngày cuối cùng sớm nhất" in text_of(answer)


def test_a_point_something_took_the_place_of_is_not_taken_back(admitted, store) -> None:
    with store.writing(ADDED) as connection:
        (other,) = [one.id for one in list_points(connection) if one.point.code == "UKGBDA2"]
        change = update(tables.service_point).where(tables.service_point.c.code == BUSINESS)
        connection.execute(change.values(successor_id=other, valid_to=today_in_vietnam()))
    answer = send(admitted, f"/staff/points/{BUSINESS}/restore")
    assert answer.status_code == 400
    assert "đã được thay bằng mã UKGBDA2" in text_of(answer)
    assert point_of(store, BUSINESS).valid_to == today_in_vietnam()


def test_a_revoked_code_is_not_taken_back(admitted, store) -> None:
    revoke = f"/staff/points/{BUSINESS}/revoke"
    assert send(admitted, revoke).status_code == 303
    ended = point_of(store, BUSINESS).valid_to
    assert ended is not None
    assert send(admitted, f"/staff/points/{BUSINESS}/restore").status_code == 400
    assert point_of(store, BUSINESS).valid_to == ended


def test_a_used_point_does_not_begin_later(admitted, store) -> None:
    tomorrow = today_in_vietnam() + timedelta(days=1)
    assert send(admitted, f"/staff/points/{BUSINESS}/edit", valid_from=f"{tomorrow}").status_code == 400


def test_a_manager_manages_the_points_of_the_own_agency_only(client, store, sample_registry) -> None:
    admit(client, store, role=Role.MANAGER, agency=WARD)
    with store.reading() as connection:
        foreign = next(one.point for one in list_points(connection) if one.point.agency_code == OTHER)
        before = connection.scalar(select(func.count()).select_from(tables.service_point))
    token = token_of(client, f"/staff/agencies/{WARD}/points/new")
    for path in (
        f"/staff/agencies/{OTHER}",
        f"/staff/agencies/{OTHER}/points/new",
        *(f"/staff/points/{foreign.code}/{act}" for act in ("edit", "retire", "restore")),
    ):
        assert client.get(path).status_code == 404
        data = {"token": token, "version": "1", "name": "Quầy giả", "last": f"{today_in_vietnam()}"}
        assert client.post(path, data=data).status_code in (404, 405)
    for path in (NEW, f"/staff/agencies/{WARD}/edit", "/staff/registry/import"):
        assert client.get(path).status_code == 403
    assert point_of(store, foreign.code) == foreign
    with store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(tables.service_point)) == before
    assert html.fromstring(client.get("/staff/agencies").text).xpath("//tbody//th/a/@href") == [
        f"/staff/agencies/{WARD}"
    ]
    assert send(client, f"/staff/points/{BUSINESS}/edit", name="Quầy 1").status_code == 303


def test_a_form_of_another_session_changes_nothing(admitted, store) -> None:
    fields = {"token": "wrong", "version": "1", "name": "Tên khác", "parent": ""}
    assert admitted.post(f"/staff/agencies/{WARD}/edit", data=fields).status_code == 403
    assert agencies_of(store)[WARD].name != "Tên khác"


def test_unknown_codes_are_not_found(admitted) -> None:
    for path in ("/staff/agencies/NOBODY", "/staff/agencies/NOBODY/edit", "/staff/points/ABCDEFG/edit"):
        assert admitted.get(path).status_code == 404


def test_a_letter_no_poster_has_is_refused_when_the_name_is_typed(admitted, store) -> None:
    for path in (NEW, f"/staff/agencies/{WARD}/points/new", f"/staff/points/{BUSINESS}/edit"):
        page = admitted.get(path)
        assert page.status_code == 200, path
        answer = send(admitted, path, code="SMOI", name="Quầy ★ 3")
        assert answer.status_code == 400
        assert "có ký tự “★” mà phông chữ áp phích không có" in text_of(answer)
        assert "Quầy ★ 3" in answer.text
