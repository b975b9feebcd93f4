"""Mergers and splits as they are asked for: what cannot be, what changed meanwhile, what takes part afterwards."""

import threading

import pytest
from lxml import html
from sqlalchemy import text, update

from survey.errors import ChangedMeanwhileError, RegistryError
from survey.fieldwork import Agency
from survey.operations.publishing.publishing import publish_run
from survey.operations.registry.csv_import import export_registry, import_registry
from survey.operations.registry.mergers import ENDS, plan_takeover, take_over
from survey.operations.staff.rights import Role
from survey.store.registry.points import find_point
from survey.store.registry.succession import find_line
from survey.store.subjects import ADDED
from survey.store.tables import agency, service_point
from tests.integration.registry.merging import (
    ALSO_AT_A,
    ALSO_AT_B,
    AT_A,
    AT_B,
    AT_N,
    DAY,
    MERGED_ON,
    NAMES,
    OPENS,
    A,
    B,
    N,
    access,
    agencies,
    answered,
    carry_out,
    following,
    merge_fields,
    morning_of,
    points,
    seen_on,
    wish,
    words,
)
from tests.sign_in import admit, token_of


def test_a_new_agency_is_made_in_the_same_step(client, store, clock, in_round) -> None:
    admit(client, store)
    new = {
        "new-code": "P-KYCUNG",
        "new-name": "  Ủy ban nhân dân   phường Kỳ Cùng ",
        "new-block": "UBND cấp xã",
        "new-parent": "VPUBND",
    }
    preview = client.post(f"/staff/agencies/{A}/merge", data=merge_fields(client, target="+", **new))
    assert "Thêm cơ quan mới Ủy ban nhân dân phường Kỳ Cùng" in words(preview)
    assert "P-KYCUNG" not in agencies(store)
    # One point is not to go on. Changing that shows the plan again before anything is done.
    fates = {f"to-{code}": "P-KYCUNG" for code in (AT_A, ALSO_AT_A, AT_B)} | {f"to-{ALSO_AT_B}": ENDS}
    fields = merge_fields(client, target="+", act="do", seen=seen_on(preview), **new, **fates)
    again = client.post(f"/staff/agencies/{A}/merge", data=fields)
    assert again.status_code == 409
    assert "1 điểm phục vụ ngừng hẳn" in words(again)
    assert "P-KYCUNG" not in agencies(store)
    fields["seen"] = seen_on(again)
    assert client.post(f"/staff/agencies/{A}/merge", data=fields).status_code == 303
    name = "Ủy ban nhân dân phường Kỳ Cùng"
    assert agencies(store)["P-KYCUNG"] == Agency(
        "P-KYCUNG", name, name, "UBND cấp xã", parent_code="VPUBND", valid_from=MERGED_ON
    )
    # The same press once more, from a page loaded anew, changes nothing.
    held, fields["token"] = points(store), token_of(client, "/staff/")
    assert client.post(f"/staff/agencies/{A}/merge", data=fields).status_code == 409
    assert points(store) == held
    clock.move_to(morning_of(MERGED_ON))
    ended = client.get(f"/K/{ALSO_AT_B}")
    assert "Mã này không còn dùng" in ended.text
    assert f"nay do {name} đảm nhiệm" in words(ended)


FAULTS = {
    "no such day": ({"day": "31/02/2026"}, "Hãy ghi ngày theo dạng"),
    "a year mistyped": ({"day": "0226-11-12"}, "Hãy xem lại năm"),
    "no target": ({"target": ""}, "Hãy chọn cơ quan tiếp nhận"),
    "a new one without a name": ({"target": "+", "new-code": "MOI"}, "Hãy ghi tên cơ quan mới"),
    "a new one without anything": ({"target": "+"}, "Hãy ghi mã và tên của cơ quan mới"),
    "a code with marks": ({"target": "+", "new-code": "Mã mới", "new-name": "X"}, "Mã chỉ được có chữ cái không dấu"),
    "a code that is taken": ({"target": "+", "new-code": "SNV", "new-name": "X"}, "Mã SNV đã là của Sở Nội vụ"),
    "a parent that is none": (
        {"target": "+", "new-code": "M", "new-name": "X", "new-parent": "KHONG"},
        "Không có cơ quan cấp trên nào mang mã KHONG",
    ),
    "itself": ({"target": B}, "không thể vừa kết thúc vừa tiếp nhận"),
    "one that has ended": ({"target": "SKHDT"}, "nên không tiếp nhận được"),
    "before it began": ({"day": "2025-07-01"}, "hoạt động từ ngày 01/07/2025"),
    "a name too long": ({"target": "+", "new-code": "M", "new-name": "x" * 301}, "Dài quá 300 ký tự"),
}


def test_what_cannot_be_is_refused_and_nothing_typed_is_lost(client, store, clock, in_round) -> None:
    admit(client, store)
    before, found = (points(store), agencies(store)), {}
    for fault, (changed, told) in FAULTS.items():
        typed = {"new-short_name": "Tên <b>ngắn"} if "new-code" in changed else {}
        page = client.post(f"/staff/agencies/{A}/merge", data=merge_fields(client, **changed, **typed))
        tree = html.fromstring(page.text)
        kept = tree.xpath("//input[@name='others'][@checked]/@value | //input[@name='new-short_name']/@value")
        found[fault] = page.status_code, told in words(page), sorted(kept)
    wanted = {name: sorted([B, "Tên <b>ngắn" if "new-code" in sent else ""]) for name, (sent, _) in FAULTS.items()}
    assert found == {fault: (400, True, kept) for fault, kept in wanted.items()}
    assert (points(store), agencies(store)) == before


def test_a_split_gives_every_point_to_somebody(client, store, clock, in_round) -> None:
    admit(client, store)
    answered(client, AT_A, "555555")
    answered(client, ALSO_AT_A, "333333")
    address = f"/staff/agencies/{A}/split"
    fields = {"token": token_of(client, "/staff/"), "day": "12/11/2026", "targets": [N]}
    alone = client.post(address, data=fields)
    assert alone.status_code == 400
    assert "Chia tách cần ít nhất hai cơ quan tiếp nhận" in words(alone)
    fields |= {"new-0-code": "P-MOI", "new-0-name": "Phường Mới"}
    preview = client.post(address, data=fields)
    assert "2 điểm phục vụ chưa chọn nơi tiếp nhận" in words(preview)
    fields |= {"act": "do", "seen": seen_on(preview), f"to-{AT_A}": N}
    unfinished = client.post(address, data=fields)
    assert unfinished.status_code == 400
    assert "Còn 1 điểm phục vụ chưa chọn" in words(unfinished)
    fields |= {f"to-{ALSO_AT_A}": "P-MOI"}
    fields["seen"] = seen_on(client.post(address, data={**fields, "act": "preview"}))
    assert client.post(address, data=fields).status_code == 303
    assert (agencies(store)[A].valid_to, agencies(store)[A].successor_code) == (MERGED_ON - DAY, None)
    new = {code: following(store, code) for code in (AT_A, ALSO_AT_A)}
    assert [points(store)[code][0] for code in new.values()] == [N, "P-MOI"]
    assert "chia tách từ ngày 12/11/2026" in words(client.get(f"/staff/agencies/{A}/merge"))

    # B merges into N on the same day: then N of today is B and N, and A stays under its own name.
    answered(client, AT_B, "444444444222222")
    answered(client, AT_N, "4444411111")
    carry_out(store, wish(sources=(B,)))
    clock.move_to(morning_of(MERGED_ON))
    for old, code in new.items():
        assert client.get(f"/K/{old}").location == f"/K/{code}"
    publish_run(store, "r1", today=MERGED_ON)
    now = access(client, "/results/r1?agencies=now")
    # A: 6·5 + 6·3 = 48 of 60. N: 48 of B and 25 of its own, of (15 + 10)·5 = 125: 73/125 = 58,40.
    assert now[NAMES[A]][0] == "80,00 12 phiếu"
    assert now[NAMES[N]][0] == "58,40 25 phiếu"
    page = words(client.get("/results/r1?agencies=now"))
    assert f"{NAMES[A]} đã chia tách" in page
    assert "Phường Mới" in page

    # A split is undone as a merger is, here too late.
    assert "Chỉ hoàn tác được đến hết ngày" not in words(client.get(f"/staff/agencies/{A}/merge"))


def test_an_agency_that_took_over_can_be_taken_over(client, store, clock, in_round) -> None:
    carry_out(store, wish(sources=(A,), targets=(B,)))
    carry_out(store, wish(MERGED_ON + 5 * DAY, sources=(B,)))
    middle, last = (following(store, AT_A), following(store, following(store, AT_A)))
    assert [client.get(f"/K/{code}").status_code for code in (AT_A, middle, last)] == [200, 303, 303]
    for day, there in ((MERGED_ON, middle), (MERGED_ON + 4 * DAY, middle), (MERGED_ON + 5 * DAY, last)):
        clock.move_to(morning_of(day))
        others = {AT_A, middle, last} - {there}
        assert {client.get(f"/K/{code}").location for code in others} == {f"/K/{there}"}
        assert client.get(f"/K/{there}").status_code == 200
    with pytest.raises(RegistryError, match="has the last day"):
        plan_takeover(store, wish(sources=(A,)), today=OPENS)


def test_nobody_is_led_in_a_circle(client, store, clock, in_round) -> None:
    # Nothing of ours makes a circle, but a database can be edited by hand.
    with store.writing(ADDED) as connection:
        ids = {code: find_point(connection, code).id for code in (AT_A, AT_B)}
        for code, other in ((AT_A, AT_B), (AT_B, AT_A)):
            values = {"successor_id": ids[other], "valid_to": OPENS - DAY}
            connection.execute(update(service_point).where(service_point.c.code == code).values(**values))
    for code in (AT_A, AT_B):
        page = client.get(f"/K/{code}")
        assert page.status_code == 200
        assert "Mã này không còn dùng" in page.text
    with store.reading() as connection:
        assert [one.code for one in find_line(connection, ids[AT_A])] == [AT_B]


def test_two_people_at_once_merge_once(store, clock, in_round) -> None:
    seen = plan_takeover(store, wish(), today=OPENS).digest
    outcomes, start = [], threading.Barrier(2)

    def press(name: str) -> None:
        start.wait()
        try:
            take_over(store, wish(), seen=seen, today=OPENS, by=name)
            outcomes.append("done")
        except (ChangedMeanwhileError, RegistryError) as error:
            outcomes.append(type(error).__name__)

    pressing = [threading.Thread(target=press, args=(name,)) for name in ("lan", "mai")]
    for one in pressing:
        one.start()
    for one in pressing:
        one.join()
    assert sorted(outcomes)[-1] == "done"
    assert outcomes.count("done") == 1
    assert sum(1 for owner, *_ in points(store).values() if owner == N) == 2 + 4


def test_what_changed_after_the_preview_is_shown_again(client, store, clock, in_round) -> None:
    admit(client, store)
    preview = client.post(f"/staff/agencies/{A}/merge", data=merge_fields(client))
    with store.writing(ADDED) as connection:
        connection.execute(update(agency).where(agency.c.code == B).values(name="Tên khác", version=2))
    fields = merge_fields(client, act="do", seen=seen_on(preview))
    page = client.post(f"/staff/agencies/{A}/merge", data=fields)
    assert page.status_code == 409
    assert "Tên khác" in words(page)
    assert agencies(store)[A].valid_to is None


def test_agencies_that_take_over_take_part_where_their_predecessors_do(store, clock, in_round) -> None:
    with store.writing(ADDED) as connection:
        connection.execute(
            text(
                "INSERT INTO round_agency (round_id, agency_id) SELECT r.id, a.id FROM survey_round r, agency a"
                " WHERE a.code IN ('P-DONGKINH', 'SNV')"
            )
        )
    assert list(plan_takeover(store, wish(), today=OPENS).rounds.values()) == ["Đợt r1"]
    carry_out(store, wish())
    with store.reading() as connection:
        found = connection.execute(text("SELECT a.code FROM round_agency ra JOIN agency a ON a.id = ra.agency_id"))
        assert sorted(found.scalars()) == [A, N, "SNV"]


@pytest.mark.parametrize("page", ["merge", "split", "merge/undo"])
def test_only_administrators_and_only_agencies_there_are(app, store, clock, in_round, page) -> None:
    clerk, lan = app.test_client(), app.test_client()
    admit(clerk, store, username="mai", role=Role.MANAGER, agency=A)
    admit(lan, store)
    assert clerk.get(f"/staff/agencies/{A}/{page}").status_code == 403
    assert clerk.post(f"/staff/agencies/{A}/{page}", data={"token": "x"}).status_code == 403
    assert lan.get(f"/staff/agencies/KHONGCO/{page}").status_code == 404
    assert lan.post(f"/staff/agencies/KHONGCO/{page}", data=merge_fields(lan)).status_code == 404
    before = points(store), agencies(store)
    if page != "merge/undo":
        guessed = merge_fields(lan, target="KHONGCO", targets=["KHONGCO", N], others=["KHONGCO"])
        assert lan.post(f"/staff/agencies/{A}/{page}", data=guessed).status_code == 404
        other_session = merge_fields(lan, token=token_of(clerk, "/staff/"))
        assert lan.post(f"/staff/agencies/{A}/{page}", data=other_session).status_code == 400
    assert (points(store), agencies(store)) == before


def test_a_registry_with_a_merger_goes_out_and_comes_in_again(store, clock, in_round, tmp_path) -> None:
    carry_out(store, wish())
    before, held, line = points(store), agencies(store), following(store, AT_A)
    export_registry(store, tmp_path)
    import_registry(store, tmp_path)
    assert (points(store), agencies(store)) == (before, held)
    # The file does not say which code went on for which; what is known of that stays.
    assert following(store, AT_A) == line
