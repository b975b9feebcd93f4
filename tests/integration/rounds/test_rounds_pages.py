"""Survey rounds on staff pages: made, changed, closed; who takes part, and who may do what."""

from datetime import timedelta

from lxml import html
from sqlalchemy import select

from survey.operations.rounds.rounds import NewRound, open_round
from survey.operations.staff.rights import Role
from survey.store.registry.agencies import list_agencies
from survey.store.registry.points import list_points
from survey.store.staff.tables import audit
from tests.integration.rounds.round_pages import (
    BUSINESS_AGENCY,
    OTHER_AGENCY,
    TODAY,
    draft,
    fault_of,
    held_round,
    send,
    text_of,
)
from tests.integration.staff.test_staff_pages import BUSINESS
from tests.sign_in import admit


def acts(store) -> list[str]:
    with store.reading() as connection:
        return list(connection.scalars(select(audit.c.act).where(audit.c.act.like("%ound%")).order_by(audit.c.id)))


def test_without_rounds_the_list_leads_to_the_first_one(admitted, sample_registry) -> None:
    assert "/staff/rounds/new" in admitted.get("/staff/rounds").text
    page = admitted.get("/staff/rounds/new").text
    today = TODAY()
    assert f'value="{today.year}-q{(today.month + 2) // 3}"' in page
    # The unverified questionnaire says so, and the number of criteria stands beside each: 16, 19 and 22.
    assert "CHƯA ĐỐI CHIẾU VĂN BẢN GỐC" in page
    for number in (16, 19, 22):
        assert f"{number} tiêu chí" in page


def test_a_round_is_made_with_its_questions_and_its_agencies(admitted, store, sample_registry) -> None:
    some = draft(everybody="some", agencies=[BUSINESS_AGENCY], questions=["fact", "profile", "overall"])
    answer = send(admitted, "/staff/rounds/new", some)
    assert answer.location == "/staff/rounds/2026-q4?done=made"
    held = held_round(store, "2026-q4")
    assert held.survey_round.seals == held.survey_round.closes + timedelta(days=7)
    assert "ethnicity" not in held.survey_round.asks
    assert {"gender", "overall_satisfaction"} <= set(held.survey_round.asks)
    with store.reading() as connection:
        agencies = list_agencies(connection)
    assert [agencies[number].code for number in held.goals] == [BUSINESS_AGENCY]
    assert acts(store) == ["round_added"]
    assert "1 cơ quan" in text_of(admitted.get("/staff/rounds/2026-q4"))


def test_a_whole_block_takes_part(admitted, store, sample_registry) -> None:
    with store.reading() as connection:
        agencies = list_agencies(connection).values()
    block = next(one.block for one in agencies if one.code == BUSINESS_AGENCY)
    send(admitted, "/staff/rounds/new", draft(everybody="some", blocks=[block]))
    expected = {one.code for one in agencies if one.block == block and not one.valid_to}
    with store.reading() as connection:
        numbers = list_agencies(connection)
    assert {numbers[number].code for number in held_round(store, "2026-q4").goals} == expected


def test_ethnicity_is_asked_only_when_it_is_confirmed(admitted, store, sample_registry) -> None:
    refused = send(admitted, "/staff/rounds/new", draft(ethnicity="y"))
    assert refused.status_code == 400
    assert "xác nhận" in fault_of(refused, "ethnicity")
    send(admitted, "/staff/rounds/new", draft(ethnicity="y", ethnicity_sure="y"))
    assert "ethnicity" in held_round(store, "2026-q4").survey_round.asks


WRONG = [
    ({"closes": "2020-01-01"}, "closes", "không được trước ngày mở"),
    ({"opens": "2020-01-01"}, "opens", "không được trước hôm nay"),
    ({"opens": "hôm nay"}, "opens", "ngày/tháng/năm"),
    ({"title": "a" * 10_000}, "title", "Dài quá 200 ký tự"),
    ({"title": "  "}, "title", "Hãy điền ô này"),
    ({"code": "đợt 1"}, "code", "chữ không dấu"),
    ({"code": "new"}, "code", "Hãy đặt mã khác"),
    ({"instrument": "sipas-1999"}, "instrument", "mẫu phiếu trong danh sách"),
    ({"basis": "guess"}, "basis", "cách chọn người trả lời trong danh sách"),
    ({"previous": "nowhere"}, "previous", "Đợt so sánh này không có trong danh sách"),
    ({"everybody": "some"}, "agencies", "ít nhất một cơ quan"),
    ({"everybody": "some", "agencies": ["NOBODY"]}, "agencies", "không còn trong danh mục"),
]


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(admitted, store, sample_registry) -> None:
    for changed, field, told in WRONG:
        answer = send(admitted, "/staff/rounds/new", draft(**changed))
        assert answer.status_code == 400, changed
        assert told in (fault_of(answer, field) or text_of(answer)), changed
        typed = html.fromstring(answer.text).xpath("string(//input[@name='title']/@value)")
        assert typed == changed.get("title", "Đợt quý IV").strip()
    assert acts(store) == []


def test_a_round_that_overlaps_another_is_refused_by_its_name(admitted, store, round_of_2023_form) -> None:
    answer = send(admitted, "/staff/rounds/new", draft())
    assert answer.status_code == 400
    assert "Trùng thời gian với đợt “Đợt r1”" in fault_of(answer, "opens")


def test_the_preview_shows_the_form_that_cannot_be_sent(admitted, store, sample_registry) -> None:
    unsaved = send(admitted, "/staff/rounds/preview", draft(title="", questions=["overall"]))
    send(admitted, "/staff/rounds/new", draft())
    for answer in (unsaved, admitted.get("/staff/rounds/2026-q4/preview")):
        tree = html.fromstring(answer.text)
        assert "BẢN XEM TRƯỚC" in answer.text
        assert "&lt;" not in answer.text
        assert tree.xpath("//input[@name='token']") == []
        assert tree.xpath("//button[@class='go' and not(@type) and not(@disabled)]") == []
        assert tree.xpath("string(//form/@action)") == ""
        assert "form-action 'none'" in answer.headers["Content-Security-Policy"]
    assert "overall_satisfaction" in unsaved.text
    assert "overall_satisfaction" not in admitted.get("/staff/rounds/2026-q4/preview").text


def test_before_it_opens_everything_but_the_code_changes(admitted, store, sample_registry) -> None:
    send(admitted, "/staff/rounds/new", draft())
    changed = draft(title="Tên mới", instrument="sipas-2022", code="khac", version="1", questions=[])
    assert send(admitted, "/staff/rounds/2026-q4/edit", changed).location == "/staff/rounds/2026-q4?done=changed"
    held = held_round(store, "2026-q4")
    assert (held.survey_round.title, held.survey_round.instrument, held.version) == ("Tên mới", "sipas-2022", 2)
    assert held.survey_round.asks == ()


def test_an_open_round_keeps_its_questionnaire_its_opening_day_and_its_questions(
    admitted, store, round_of_2023_form
) -> None:
    before = held_round(store, "r1").survey_round
    closes = TODAY() + timedelta(days=60)
    sent = draft(title="Tên mới", instrument="sipas-2022", closes=closes.isoformat(), version="1", questions=[])
    assert send(admitted, "/staff/rounds/r1/edit", sent).status_code == 303
    after = held_round(store, "r1").survey_round
    assert (after.instrument, after.opens, after.asks) == (before.instrument, before.opens, before.asks)
    assert (after.title, after.closes, after.seals) == ("Tên mới", closes, closes + timedelta(days=7))
    page = text_of(admitted.get("/staff/rounds/r1"))
    assert "Không đổi được nữa: mẫu phiếu, câu hỏi và ngày mở" in page
    assert "instrument" not in admitted.get("/staff/rounds/r1/edit").text


def test_an_open_round_cannot_close_before_today_and_keeps_its_agencies(admitted, store, round_of_2023_form) -> None:
    yesterday = (TODAY() - timedelta(days=1)).isoformat()
    early = send(admitted, "/staff/rounds/r1/edit", draft(closes=yesterday, version="1"))
    assert "sớm nhất là hôm nay" in fault_of(early, "closes")
    sent = draft(closes=TODAY().isoformat(), version="1", everybody="some", agencies=[BUSINESS_AGENCY])
    fewer = send(admitted, "/staff/rounds/r1/edit", sent)
    assert fewer.status_code == 400
    assert "Đợt đã mở nên không bỏ được cơ quan" in text_of(fewer)


def test_the_second_of_two_who_edit_is_told_and_loses_nothing(admitted, store, round_of_2023_form) -> None:
    closes = (TODAY() + timedelta(days=20)).isoformat()
    send(admitted, "/staff/rounds/r1/edit", draft(title="Của người thứ nhất", closes=closes, version="1"))
    second = send(admitted, "/staff/rounds/r1/edit", draft(title="Của người thứ hai", closes=closes, version="1"))
    assert second.status_code == 409
    assert "người khác vừa thay đổi nội dung này" in second.text
    assert "Của người thứ nhất" in text_of(second)
    tree = html.fromstring(second.text)
    assert tree.xpath("string(//input[@name='title']/@value)") == "Của người thứ hai"
    assert held_round(store, "r1").survey_round.title == "Của người thứ nhất"
    again = draft(
        title="Của người thứ hai", closes=closes, version=tree.xpath("string(//input[@name='version']/@value)")
    )
    assert send(admitted, "/staff/rounds/r1/edit", again).status_code == 303
    assert held_round(store, "r1").survey_round.title == "Của người thứ hai"


def test_a_sealed_round_changes_no_more(admitted, store, sample_registry) -> None:
    opens = TODAY() - timedelta(days=60)
    open_round(store, NewRound("cu", "Đợt cũ", "sipas-2023", opens, opens + timedelta(days=20)))
    assert admitted.get("/staff/rounds/cu/edit").status_code == 409
    assert send(admitted, "/staff/rounds/cu/goals", {"version": "1", f"n.{OTHER_AGENCY}": "9"}).status_code == 409
    assert "không sửa được nội dung nào nữa" in admitted.get("/staff/rounds/cu").text


def test_closing_asks_once_and_can_be_undone_until_the_day_ends(admitted, store, round_of_2023_form) -> None:
    before = held_round(store, "r1").survey_round.closes
    assert "Sửa lại được trong hôm nay" in admitted.get("/staff/rounds/r1/close").text
    assert send(admitted, "/staff/rounds/r1/close", {"version": "1"}).location == "/staff/rounds/r1?done=closed"
    assert held_round(store, "r1").survey_round.closes == TODAY()
    assert send(admitted, "/staff/rounds/r1/close", {"version": "2"}).status_code == 409
    send(admitted, "/staff/rounds/r1/edit", draft(title="Đợt r1", closes=before.isoformat(), version="2"))
    assert held_round(store, "r1").survey_round.closes == before
    assert acts(store) == ["round_closed", "round_changed"]


def test_a_code_of_an_agency_that_does_not_take_part_gets_a_page_that_helps_and_no_form(
    client, store, sample_registry
) -> None:
    today = TODAY()
    new = NewRound("r1", "Đợt r1", "sipas-2023", today, today, agencies=frozenset({OTHER_AGENCY}))
    open_round(store, new)
    answer = client.get(f"/K/{BUSINESS}")
    assert "Đợt khảo sát này không lấy ý kiến về cơ quan này" in answer.text
    assert "<form id=answers" not in answer.text
    with store.reading() as connection:
        placed = list_points(connection)
    taking = next(one.point.code for one in placed if one.point.agency_code == OTHER_AGENCY and not one.point.valid_to)
    assert "<form id=answers" in client.get(f"/K/{taking}").text
    # Sent all the same, nothing is stored.
    assert client.post(f"/K/{BUSINESS}", data={"A1": "4"}).status_code in (403, 410)


def test_a_clerk_makes_changes_closes_and_publishes_no_round(client, store, round_of_2023_form) -> None:
    admit(client, store, role=Role.CLERK, agency=BUSINESS_AGENCY)
    assert client.get("/staff/rounds").status_code == 200
    assert client.get("/staff/rounds/r1").status_code == 200
    for path in ("new", "r1/edit", "r1/close", "r1/visits", "r1/publishing"):
        assert client.get(f"/staff/rounds/{path}").status_code == 403
    for path in ("new", "preview", "r1/edit", "r1/close", "r1/publish", "r1/goals"):
        assert send(client, f"/staff/rounds/{path}", draft()).status_code == 403


def test_a_form_without_the_token_of_the_session_changes_nothing(admitted, store, round_of_2023_form) -> None:
    own = held_round(store, "r1")
    for path in ("new", "preview", "r1/edit", "r1/close", "r1/publish", "r1/goals", "r1/visits"):
        answer = admitted.post(f"/staff/rounds/{path}", data={**draft(), "version": "1", "token": "x"})
        assert answer.status_code in (400, 403), path
    assert held_round(store, "r1") == own


def test_a_round_nobody_knows_is_not_found(admitted, sample_registry) -> None:
    for path in ("", "/edit", "/close", "/goals", "/visits", "/publishing", "/preview"):
        assert admitted.get(f"/staff/rounds/nowhere{path}").status_code == 404, path
