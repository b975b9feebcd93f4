"""A merger proposes what its predecessors share, renames counters, tells of accounts, and leaves no ghost undone."""

from lxml import html

from survey.fieldwork import Agency
from survey.operations.registry.agencies import change_point, find_agency
from survey.operations.registry.merger_undo import find_takeover
from survey.operations.staff.rights import Role
from survey.store.registry.points import find_point
from tests.integration.registry.merging import (
    AT_A,
    MERGED_ON,
    OPENS,
    A,
    B,
    agencies,
    carry_out,
    following,
    merge_fields,
    points,
    wish,
    words,
)
from tests.sign_in import admit, token_of

PATH = f"/staff/agencies/{A}/merge"
MADE = Agency("PMOI", "Ủy ban nhân dân phường Mới", "", "")
NEW = {"target": "+", "new-code": "PMOI", "new-name": "Ủy ban nhân dân phường Mới"}


def form_of(page):
    """Return the form of a preview as a browser sends it."""
    (form,) = html.fromstring(page.text).xpath("//main//form[@method='post']")
    fields = {}
    for name, value in form.form_values():
        fields.setdefault(name, []).append(value)
    return fields


def test_block_and_parent_are_those_the_predecessors_share_and_may_be_emptied(client, store, clock, in_round) -> None:
    admit(client, store)
    shared = agencies(store)[A]
    assert shared.block == agencies(store)[B].block != ""
    preview = client.post(PATH, data=merge_fields(client, **NEW))
    assert f"Khối: {shared.block}." in words(preview)
    assert "chưa có tài khoản nào" in words(preview)
    sent = form_of(preview)
    assert sent["new-block"] == [shared.block]
    # Whoever takes it out again is not asked a second time.
    emptied = {**sent, "new-block": [""], "act": ["preview"], "token": [token_of(client, "/staff/")]}
    assert "Khối:" not in words(client.post(PATH, data=emptied))
    done = client.post(PATH, data={**sent, "act": ["do"], "token": [token_of(client, "/staff/")]})
    assert done.status_code == 303
    made = agencies(store)["PMOI"]
    assert (made.block, made.parent_code) == (shared.block, shared.parent_code)


def test_counters_are_renamed_where_they_are_looked_at(client, store, clock, in_round) -> None:
    admit(client, store)
    sent = form_of(client.post(PATH, data=merge_fields(client)))
    assert sent[f"name-{AT_A}"] == [points(store)[AT_A][1]]
    renamed = {
        **sent,
        f"name-{AT_A}": ["Quầy 7 –  Hộ tịch"],
        "act": ["preview"],
        "token": [token_of(client, "/staff/")],
    }
    seen = form_of(client.post(PATH, data=renamed))
    done = client.post(PATH, data={**seen, "act": ["do"], "token": [token_of(client, "/staff/")]})
    assert done.status_code == 303
    assert points(store)[following(store, AT_A)][1] == "Quầy 7 – Hộ tịch"
    assert points(store)[AT_A][1] != "Quầy 7 – Hộ tịch"


def test_a_name_no_poster_can_show_is_refused_where_it_is_typed(client, store, clock, in_round) -> None:
    admit(client, store)
    sent = form_of(client.post(PATH, data=merge_fields(client)))
    wrong = {**sent, f"name-{AT_A}": ["Quầy ★"], "act": ["preview"], "token": [token_of(client, "/staff/")]}
    answer = client.post(PATH, data=wrong)
    assert answer.status_code == 400
    assert "có ký tự “★” mà phông chữ áp phích không có" in words(answer)


def test_an_agency_made_for_a_merger_goes_with_it_and_its_codes_stay_where_they_lead(
    client, store, clock, in_round
) -> None:
    admit(client, store)
    before = agencies(store)
    carry_out(store, wish(targets=(), new=(MADE,)))
    new = following(store, AT_A)
    assert [one.code for one in find_takeover(store, A).removable] == ["PMOI"]
    page = client.get(f"{PATH}/undo")
    assert "Xóa cơ quan mới Ủy ban nhân dân phường Mới" in words(page)
    assert client.post(f"{PATH}/undo", data=form_of(page)).status_code == 303
    assert agencies(store) == before
    # The code may be on paper: it leads back, and belongs where it leads.
    assert points(store)[new][0] == A
    assert client.get(f"/K/{new}").location == f"/K/{AT_A}"
    with store.reading() as connection:
        old = find_point(connection, AT_A)
    # It keeps nobody from changing the counter, nor from planning the same again.
    change_point(store, AT_A, lambda point: point, seen=old.version, staff="lan", today=OPENS)
    carry_out(store, wish(targets=(), new=(MADE,)))
    assert find_agency(store, "PMOI", today=MERGED_ON).line.points > 0


def test_an_agency_to_which_something_else_belongs_stays(client, store, clock, in_round) -> None:
    carry_out(store, wish(targets=(), new=(MADE,)))
    admit(client, store, username="mai", role=Role.CLERK, agency="PMOI")
    assert find_takeover(store, A).removable == ()
