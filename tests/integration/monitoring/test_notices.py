"""Notices: silent counters, floods, posters, goals, paper, tablets and visits, each told to who can mend it."""

import pytest
from sqlalchemy import insert, update

from survey.fieldwork import VisitCount
from survey.operations.staff.rights import Role
from survey.responses import Mode
from survey.store import tables
from survey.store.registry.agencies import find_round
from survey.store.rounds.visits import save_visits
from survey.store.staff import tables as staff_tables
from survey.store.staff.accounts import utc_now
from survey.store.subjects import ADDED
from tests.conftest import open_sample_round
from tests.integration.monitoring.coming_in import (
    BUSINESS,
    CIVIL_STATUS,
    ELSEWHERE,
    TODAY,
    WARD,
    ago,
    answer,
    count_anew,
    kinds_of,
    notice_of,
    point_ids,
    rows_of,
    take_part,
    words_of,
)
from tests.sign_in import admit


def test_a_counter_gone_silent_is_marked_and_told(admin, store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, dict.fromkeys(range(1, 18), 2))
    answer(store, CIVIL_STATUS, dict.fromkeys(range(6, 18), 3))
    page = f"/staff/monitoring/{WARD}"
    marked = [name for name in rows_of(admin, page) if "ngừng có phiếu" in name]
    assert marked == [f"Quầy Hộ tịch và chứng thực – Bộ phận một cửa phường Đông Kinh ngừng có phiếu {CIVIL_STATUS}"]
    assert "từ 3 ngày làm việc trở lên" in words_of(admin, page), "the page says the rule"
    told = notice_of(admin, "silent")
    assert (
        f"Quầy Hộ tịch và chứng thực – Bộ phận một cửa phường Đông Kinh (phiếu gần nhất ngày {ago(6):%d/%m/%Y})" in told
    )
    assert "kiểm tra áp phích" in told
    # Five working days; 12 days with 3 responses each.
    chosen = words_of(admin, f"{page}?point={CIVIL_STATUS}")
    assert "đã 5 ngày làm việc không có phiếu, trong khi ngày thường có khoảng 3 phiếu" in chosen


def test_a_retired_counter_is_not_called_silent(admin, store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, dict.fromkeys(range(1, 18), 2))
    answer(store, CIVIL_STATUS, dict.fromkeys(range(6, 18), 3))
    with store.writing(ADDED) as connection:
        mine = update(tables.service_point).where(tables.service_point.c.code == CIVIL_STATUS)
        connection.execute(mine.values(valid_to=ago(6)))
    assert "silent" not in kinds_of(admin)
    assert any("(đã ngừng)" in name for name in rows_of(admin, f"/staff/monitoring/{WARD}"))


def test_a_whole_agency_gone_silent_is_told_once(admin, store, round_of_three_weeks) -> None:
    answer(store, ELSEWHERE, dict.fromkeys(range(1, 18), 2))
    for point in (BUSINESS, CIVIL_STATUS):
        answer(store, point, dict.fromkeys(range(6, 18), 3))
    assert [kind for kind in kinds_of(admin) if kind.startswith("silent")] == ["silent-agency"]
    assert f"Từ ngày {ago(6):%d/%m/%Y} đến nay" in notice_of(admin, "silent-agency")


def test_a_flood_is_told_with_what_is_usual(admin, store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, {**dict.fromkeys(range(3, 10), 4), 2: 41})
    assert f"nhận 41 phiếu ngày {ago(2):%d/%m/%Y}, ngày thường khoảng 4 phiếu. Cần xem lại" in notice_of(admin, "flood")


def printed(store, *codes: str, state: str = "ready") -> None:
    """Note that the posters of some service points were printed."""
    numbers = point_ids(store)
    batch = {"size": "a4", "title": "x", "total": 1, "done": 1, "state": state, "staff": "lan"}
    with store.writing(ADDED) as connection:
        made = insert(staff_tables.poster_batch).values(**batch, made_at=utc_now())
        number = connection.execute(made).inserted_primary_key[0]
        rows = [{"batch_id": number, "service_point_id": numbers[code]} for code in codes]
        connection.execute(insert(staff_tables.poster_print), rows)


def test_a_counter_without_a_response_lacks_its_poster_or_did_not_hang_it(clerk, store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, {1: 1})
    assert "unprinted" in kinds_of(clerk)
    assert "Quầy Hộ tịch" in notice_of(clerk, "unprinted")
    printed(store, CIVIL_STATUS, state="failed")
    assert "unprinted" in kinds_of(clerk), "a batch that failed was not printed"
    printed(store, CIVIL_STATUS)
    assert {"unprinted", "unheard"} & set(kinds_of(clerk)) == {"unheard"}
    assert "quét thử bằng điện thoại" in notice_of(clerk, "unheard")
    answer(store, CIVIL_STATUS, {1: 1})
    count_anew(clerk)
    assert {"unprinted", "unheard"} & set(kinds_of(clerk)) == set()


def test_a_counter_that_opened_a_few_days_ago_may_be_without_responses(clerk, store, round_of_three_weeks) -> None:
    printed(store, BUSINESS, CIVIL_STATUS)
    for days, kinds in ((7, {"unheard"}), (6, set())):
        with store.writing(ADDED) as connection:
            mine = update(tables.service_point).where(tables.service_point.c.code.in_([BUSINESS, CIVIL_STATUS]))
            connection.execute(mine.values(valid_from=ago(days)))
        assert set(kinds_of(clerk)) & {"unheard"} == kinds


def test_an_agency_that_will_miss_its_goal_is_told_what_to_expect(clerk, store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, {15: 60, 3: 28, 0: 1})
    # 88 until yesterday, 28 in the last 14 days: 2 a day for the 11 days left, today among them: 110.
    assert "Mới có 88 trên 400 phiếu, còn 11 ngày." in notice_of(clerk, "goal")
    assert "được khoảng 110 phiếu" in notice_of(clerk, "goal")
    take_part(store, {WARD: 137})
    assert "goal" not in kinds_of(clerk), "four fifths of 137 are 109.6"


def test_paper_forms_left_open_for_three_days_are_told(clerk, store, round_of_three_weeks) -> None:
    number = point_ids(store)[BUSINESS]
    batch = {"service_point_id": number, "day": ago(5), "checked": False, "staff": "mai"}
    with store.writing(ADDED) as connection:
        round_id, _ = find_round(connection, "r1")
        connection.execute(insert(staff_tables.paper_batch).values(**batch, round_id=round_id, opened_on=ago(2)))
    assert "paper" not in kinds_of(clerk)
    with store.writing(ADDED) as connection:
        connection.execute(update(staff_tables.paper_batch).values(opened_on=ago(3)))
    assert f"(mở ngày {ago(3):%d/%m/%Y})" in notice_of(clerk, "paper")
    with store.writing(ADDED) as connection:
        connection.execute(update(staff_tables.paper_batch).values(stored_on=TODAY()))
    assert "paper" not in kinds_of(clerk)


def test_a_tablet_left_at_a_retired_counter_is_told_to_who_can_revoke_it(admin, store, round_of_three_weeks) -> None:
    number = point_ids(store)[BUSINESS]
    kiosk = {"digest": "d", "label": "Máy 1", "pin_salt": "s", "pin_hash": "h", "rest_seconds": 5}
    with store.writing(ADDED) as connection:
        new = insert(staff_tables.kiosk).values(**kiosk, service_point_id=number, created_on=ago(9))
        connection.execute(new)
    assert "kiosk" not in kinds_of(admin)
    with store.writing(ADDED) as connection:
        mine = update(tables.service_point).where(tables.service_point.c.id == number)
        connection.execute(mine.values(valid_to=ago(1)))
    assert "Máy 1 – Quầy Hộ kinh doanh" in notice_of(admin, "kiosk")


def test_visits_that_nobody_counted_are_told_to_who_enters_them(admin, store, round_of_three_weeks) -> None:
    take_part(store, {WARD: None})
    assert "Nhập số lượt giao dịch" in notice_of(admin, "visits")
    with store.writing(ADDED) as connection:
        save_visits(connection, [VisitCount("", WARD, ago(20), ago(11), 0)])
    assert "visits" not in kinds_of(admin)


def test_agencies_without_visits_are_told_in_one_notice_by_name(admin, store, round_of_three_weeks) -> None:
    assert [kind for kind in kinds_of(admin) if kind == "visits"] == ["visits"]
    told = notice_of(admin, "visits")
    assert told.startswith("Chưa có số lượt giao dịch")
    assert "17 cơ quan chưa có số lượt giao dịch" in told
    assert "Ủy ban nhân dân phường Đông Kinh; " in told


def test_a_clerk_is_not_told_what_a_clerk_cannot_do(clerk, store, round_of_three_weeks) -> None:
    assert "visits" not in kinds_of(clerk)


@pytest.mark.parametrize(("days", "told"), [(23, True), (24, False), (20, True)])
def test_a_round_that_ends_within_three_days_is_told(admin, store, sample_registry, days, told) -> None:
    open_sample_round(store, "r1", "sipas-2023", opened_days_ago=20, days=days)
    assert ("closing" in kinds_of(admin)) is told


def test_a_sealed_round_waits_for_its_final_publication(client, store, sample_registry) -> None:
    # It closed 8 days ago, and was sealed after 7.
    open_sample_round(store, "r1", "sipas-2023", opened_days_ago=30, days=22)
    admit(client, store, username="hoa", role=Role.ANALYST)
    assert "sealed" not in kinds_of(client), "nobody answered"
    answer(store, BUSINESS, {20: 12})
    assert "/staff/rounds/r1" in client.get("/staff/notices?kind=sealed").text
    assert kinds_of(client)[0] == "sealed"
    # What could be mended while it was open is told no more.
    assert {"silent", "unheard", "goal", "closing"} & set(kinds_of(client)) == set()


def test_the_overview_shows_ten_notices_at_most_and_none_hides_another_kind(admin, store, round_of_three_weeks) -> None:
    shown, all_of_them = kinds_of(admin, "/staff/"), kinds_of(admin)
    assert len(all_of_them) > 30
    assert len(shown) <= 10
    assert max(shown.count(kind) for kind in shown) == 3
    assert set(shown) == set(all_of_them)


def test_answers_by_one_hand_are_told(admin, store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, dict.fromkeys(range(8, 18), 8))
    answer(store, BUSINESS, {2: 30}, mode=Mode.ASSISTED)
    answer(store, BUSINESS, {1: 10})
    # Until a week ago nobody was helped at this counter; now 30 of 40.
    told = notice_of(admin, "share")
    assert "trong 7 ngày qua có 30 trên 40 phiếu cùng một hình thức thu, bình thường khoảng 5%" in told
    assert "Nên làm rõ trước khi công bố" in told


def test_various_answers_are_no_notice(admin, store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, dict.fromkeys(range(1, 18), 8))
    answer(store, ELSEWHERE, dict.fromkeys(range(1, 18), 8))
    assert "share" not in kinds_of(admin)
