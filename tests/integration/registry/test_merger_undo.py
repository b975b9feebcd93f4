"""A merger is undone until its day, and stays once somebody answered or the day is over."""

import pytest
from sqlalchemy import update

from survey.errors import RegistryError
from survey.operations.registry.merger_undo import find_takeover, undo_takeover
from survey.operations.registry.mergers import ENDS, MergerWish, plan_takeover
from survey.store.subjects import ADDED
from survey.store.tables import service_point
from tests.integration.registry.merging import (
    ALSO_AT_A,
    ALSO_AT_B,
    AT_A,
    AT_B,
    DAY,
    MERGED_ON,
    OPENS,
    A,
    B,
    N,
    agencies,
    answered,
    carry_out,
    days_of,
    following,
    morning_of,
    points,
    seen_on,
    wish,
    words,
)
from tests.sign_in import admit, token_of


def test_a_merger_can_be_undone_until_its_day(client, store, clock, in_round) -> None:
    admit(client, store)
    before, registry = points(store), agencies(store)
    with store.writing(ADDED) as connection:
        connection.execute(
            update(service_point).where(service_point.c.code == AT_B).values(valid_to=MERGED_ON + 90 * DAY)
        )
    carry_out(store, wish(fates={ALSO_AT_B: ENDS}))
    new, of_b = following(store, AT_A), following(store, AT_B)
    assert points(store)[of_b][3] == MERGED_ON + 90 * DAY
    assert following(store, ALSO_AT_B) is None
    # B's page shows the same merger as A's; on the day itself it can still be undone.
    clock.move_to(morning_of(MERGED_ON))
    admit(client, store, username="mai")
    page = client.get(f"/staff/agencies/{B}/merge/undo")
    assert "3 mã mới ngừng dùng" in words(page)
    fields = {"token": token_of(client, "/staff/"), "seen": seen_on(page), "reopen": [ALSO_AT_B]}
    assert client.post(f"/staff/agencies/{B}/merge/undo", data=fields).status_code == 303
    assert agencies(store) == registry
    after = points(store)
    assert after[AT_B] == (*before[AT_B][:3], MERGED_ON + 90 * DAY)
    assert {code: after[code] for code in before if code != AT_B} == {
        code: point for code, point in before.items() if code != AT_B
    }
    # The new code may be on paper: it is kept, never given again, and leads back.
    assert after[new][3] == MERGED_ON - DAY
    assert client.get(f"/K/{new}").location == f"/K/{AT_A}"
    assert client.get(f"/K/{AT_A}").status_code == 200
    # Whoever presses later, on a page loaded anew, finds nothing to undo any more.
    fields["token"] = token_of(client, "/staff/")
    assert client.post(f"/staff/agencies/{B}/merge/undo", data=fields).status_code in (404, 409)
    # The same merger can be planned again, and a poster of the first plan leads to the second one.
    carry_out(store, wish(MERGED_ON + 2 * DAY), today=MERGED_ON)
    clock.move_to(morning_of(MERGED_ON + 2 * DAY))
    again = following(store, AT_A)
    assert again != new
    assert client.get(f"/K/{new}").location == client.get(f"/K/{AT_A}").location == f"/K/{again}"


def test_a_merger_with_answers_at_its_new_codes_stays(client, store, clock, in_round) -> None:
    carry_out(store, wish())
    clock.move_to(morning_of(MERGED_ON))
    admit(client, store)
    answered(client, AT_A, "5")
    page = client.get(f"/staff/agencies/{A}/merge/undo")
    assert page.status_code == 409
    assert "Đã có 1 phiếu gửi tại các mã mới" in words(page)
    seen = find_takeover(store, A).digest
    fields = {"token": token_of(client, "/staff/"), "seen": seen}
    assert client.post(f"/staff/agencies/{A}/merge/undo", data=fields).status_code == 409
    assert agencies(store)[A].successor_code == N


def test_a_merger_stays_once_its_day_is_over(store, clock, in_round) -> None:
    carry_out(store, wish())
    found = find_takeover(store, A)
    with pytest.raises(RegistryError, match="until the end of 12/11/2026"):
        undo_takeover(store, A, reopened=(), seen=found.digest, today=MERGED_ON + DAY, by="lan")


def test_a_day_that_has_passed_is_taken_only_without_answers_since(client, store, clock, in_round) -> None:
    clock.move_to(morning_of(MERGED_ON))
    answered(client, AT_A, "553")
    with pytest.raises(RegistryError, match="since 12/11/2026: 3"):
        plan_takeover(store, wish(), today=MERGED_ON + DAY)
    with pytest.raises(RegistryError, match="since 11/11/2026: 3"):
        plan_takeover(store, wish(MERGED_ON - DAY), today=MERGED_ON)
    # From today on it may be, with answers of this morning; and from the day after them it may have been.
    assert plan_takeover(store, wish(), today=MERGED_ON).day == MERGED_ON
    carry_out(store, wish(MERGED_ON + DAY), today=MERGED_ON + 3 * DAY)
    assert days_of(store, AT_A) == {MERGED_ON}


def test_a_split_can_be_undone(store, clock, in_round) -> None:
    before = points(store), agencies(store)
    carry_out(store, MergerWish(MERGED_ON, (A,), (B, N), (), {AT_A: B, ALSO_AT_A: N}, is_split=True))
    found = find_takeover(store, A)
    assert [one.code for one in found.takers] == [B, N]
    undo_takeover(store, A, reopened=(), seen=found.digest, today=OPENS, by="lan")
    after = points(store)
    assert ({code: after[code] for code in before[0]}, agencies(store)) == before
