"""What staff see of how answers come in: counts by day, goals, silent counters and notices, each in their own scope."""

import csv
import io
import secrets
import threading
from datetime import date, timedelta

import pytest
from lxml import html
from sqlalchemy import insert, select, update

from survey.fieldwork import VisitCount
from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.monitoring.live_counts import LiveCounts, count_days
from survey.operations.monitoring.served import KeptServed, Served
from survey.operations.rounds.visits import list_denominators
from survey.operations.staff.rights import Role
from survey.responses import AnswerRecord, Mode
from survey.store import tables
from survey.store.collecting.responses import NewResponse, save_responses
from survey.store.registry.agencies import find_round
from survey.store.registry.points import find_point
from survey.store.rounds.visits import save_visits
from survey.store.staff import tables as staff_tables
from survey.store.staff.accounts import utc_now
from survey.store.subjects import ADDED
from tests.conftest import open_sample_round
from tests.sign_in import admit
from tests.trail import told_of

# Of the sample registry: the two service points of ward Đông Kinh, and one of another ward.
WARD, BUSINESS, CIVIL_STATUS = "P-DONGKINH", "P2MCN3E", "UKGBDA2"
OTHER_WARD, ELSEWHERE = "P-KYLUA", "UED34VN"
TODAY = today_in_vietnam


def ago(days: int) -> date:
    """Return a day before today."""
    return TODAY() - timedelta(days=days)


def answer(store, point: str, by_day: dict[int, int], *, mode: Mode = Mode.QR, round_code: str = "r1") -> None:
    """Store responses, so many on the days so many days ago."""
    instrument = load_instrument("sipas-2023")
    record = AnswerRecord.pack(instrument, {item.code: "4" for item in instrument.items})
    with store.reading() as connection:
        round_id, _ = find_round(connection, round_code)
        number = find_point(connection, point).id
    rows = [
        NewResponse(secrets.token_bytes(16), round_id, number, mode, ago(days), None, record)
        for days, times in by_day.items()
        for _ in range(times)
    ]
    save_responses(store, rows)


@pytest.fixture
def round_of_three_weeks(store, sample_registry) -> str:
    """Open a round that began 20 days ago and ends in 10."""
    return open_sample_round(store, "r1", "sipas-2023", opened_days_ago=20, days=30)


@pytest.fixture
def admin(client, store):
    """Return a client signed in as an administrator."""
    admit(client, store)
    return client


@pytest.fixture
def clerk(client, store, sample_registry):
    """Return a client signed in as a clerk of the ward."""
    admit(client, store, username="mai", role=Role.CLERK, agency=WARD)
    return client


def words_of(client, path: str) -> str:
    """Return the text of a page with single spaces."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    return " ".join(html.fromstring(answer.text).xpath("string(//main)").split())


def rows_of(client, path: str, part: str = "//main") -> dict[str, list[str]]:
    """Return the cells of every table row by the first words of its heading."""
    found = {}
    for row in html.fromstring(client.get(path).text).xpath(f"{part}//tbody//tr[th]"):
        cells = [" ".join(cell.text_content().split()) for cell in row.xpath("th | td")]
        found[cells[0]] = cells[1:]
    return found


def kinds_of(client, path: str = "/staff/notices") -> list[str]:
    """Return the kinds of the notices on a page."""
    tree = html.fromstring(client.get(path).text)
    return [item.get("class").removeprefix("notice ") for item in tree.xpath("//li[starts-with(@class, 'notice ')]")]


def notice_of(client, kind: str) -> str:
    """Return the text of the only notice of a kind."""
    tree = html.fromstring(client.get(f"/staff/notices?kind={kind}").text)
    (found,) = tree.xpath("//li[starts-with(@class, 'notice ')]")
    return " ".join(found.text_content().split())


def point_ids(store) -> dict[str, int]:
    """Return the row numbers of the service points by code."""
    with store.reading() as connection:
        rows = connection.execute(select(tables.service_point.c.code, tables.service_point.c.id))
        return {row.code: row.id for row in rows}


def test_the_day_table_counts_each_mode_apart(admin, store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, {0: 2, 1: 3})
    answer(store, BUSINESS, {1: 4}, mode=Mode.PAPER)
    answer(store, CIVIL_STATUS, {1: 1}, mode=Mode.KIOSK)
    whole = rows_of(admin, f"/staff/monitoring/{WARD}", "//*[@class='days']")
    # Total, QR code, tablet, paper.
    assert whole[f"{ago(1):%d/%m/%Y}"] == ["8", "3", "1", "4"]
    assert whole[f"{TODAY():%d/%m/%Y} hôm nay, chưa hết ngày"] == ["2", "2", "0", "0"]
    assert whole[f"{ago(2):%d/%m/%Y} cả cơ quan không có phiếu"] == ["0", "0", "0", "0"]
    assert len(whole) == 21, "from the first day of the round to today"
    one = rows_of(admin, f"/staff/monitoring/{WARD}?point={CIVIL_STATUS}", "//*[@class='days']")
    assert one[f"{ago(1):%d/%m/%Y}"] == ["1", "0", "1", "0"]


def test_the_drawing_says_in_words_what_it_shows(admin, store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, {1: 2, 5: 4})
    labels = html.fromstring(admin.get(f"/staff/monitoring/{WARD}").text).xpath("//svg[@role='img']/@aria-label")
    assert f"30 ngày qua: 6 phiếu, nhiều nhất 4 phiếu ngày {ago(5):%d/%m/%Y}" in labels[0]
    assert labels[1].endswith("30 ngày qua: không có phiếu")


def test_the_goal_is_the_official_one_and_a_rate_compares_the_same_days(admin, store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, {15: 30, 12: 20, 2: 40})
    with store.writing(ADDED) as connection:
        save_visits(connection, [VisitCount("", WARD, ago(20), ago(11), 1000)])
    cells = rows_of(admin, "/staff/monitoring")["Ủy ban nhân dân phường Đông Kinh"]
    # 1000 / (1 + 1000 × 0.05²) = 285.7, so 286; 286 - 90 = 196; 50 of the 90 came in the counted days: 50/1000.
    assert cells[:5] == ["90", "286", "196", "1.000", "5,00"]
    assert cells[5] == f"{ago(2):%d/%m/%Y}"
    (same,) = [one for one in list_denominators(store, "r1") if one.agency.code == WARD]
    assert (same.goal.official, same.goal.still_needed) == (286, 196)


def test_visits_of_service_points_add_up_unless_the_whole_was_counted(admin, store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, {15: 10})
    answer(store, CIVIL_STATUS, {15: 30})
    days = ago(20), ago(11)
    with store.writing(ADDED) as connection:
        save_visits(connection, [VisitCount(BUSINESS, "", *days, 100), VisitCount(CIVIL_STATUS, "", *days, 100)])
    points = rows_of(admin, f"/staff/monitoring/{WARD}")
    assert [cells[1] for name, cells in points.items() if name.startswith("Quầy")] == ["10,00", "30,00"]
    assert rows_of(admin, "/staff/monitoring")["Ủy ban nhân dân phường Đông Kinh"][3:5] == ["200", "20,00"]


def test_a_goal_somebody_set_stands_before_the_official_one(admin, store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, {2: 4})
    take_part(store, {WARD: 50})
    assert rows_of(admin, "/staff/monitoring")["Ủy ban nhân dân phường Đông Kinh"][:3] == [
        "4",
        "50 (mục tiêu riêng)",
        "46",
    ]


def take_part(store, goals: dict[str, int | None]) -> None:
    """Let only these agencies take part in the round."""
    with store.writing(ADDED) as connection:
        round_id, _ = find_round(connection, "r1")
        numbers = dict(list(connection.execute(select(tables.agency.c.code, tables.agency.c.id))))
        rows = [{"round_id": round_id, "agency_id": numbers[code], "goal": goal} for code, goal in goals.items()]
        connection.execute(insert(tables.round_agency), rows)


def test_only_agencies_that_take_part_are_shown_and_those_that_took_over_their_work(
    admin, store, round_of_three_weeks
) -> None:
    # The department of planning was merged into that of finance before the round.
    take_part(store, {WARD: None, "SKHDT": None})
    assert set(rows_of(admin, "/staff/monitoring", "//*[@id='agencies']/..")) == {
        "Ủy ban nhân dân phường Đông Kinh",
        "Sở Tài chính",
    }
    assert admin.get(f"/staff/monitoring/{OTHER_WARD}").status_code == 404
    answer(store, ELSEWHERE, {1: 1})
    assert "Ủy ban nhân dân phường Kỳ Lừa" in rows_of(admin, "/staff/monitoring")


def test_blocks_add_up(admin, store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, {1: 3})
    answer(store, ELSEWHERE, {1: 401})
    answer(store, "TGQSLN3", {1: 5})
    blocks = rows_of(admin, "/staff/monitoring", "//*[@id='blocks']/..")
    # Without visits every goal is 400. Seven communes: one has it, one lacks 397, five lack 400: 2 397.
    assert blocks["UBND cấp xã"] == ["7", "404", "1", "2.397", "0"]
    assert blocks["Tất cả"][1] == "409"


def test_the_table_is_searched_sorted_and_taken_away(admin, store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, {1: 3})
    answer(store, ELSEWHERE, {1: 2, 3: 2}, mode=Mode.PAPER)
    names = list(rows_of(admin, "/staff/monitoring?sort=-responses", "//*[@id='agencies']/.."))
    assert names[:2] == ["Ủy ban nhân dân phường Kỳ Lừa", "Ủy ban nhân dân phường Đông Kinh"]
    found = rows_of(admin, "/staff/monitoring?q=dong+kinh", "//*[@id='agencies']/..")
    assert list(found) == ["Ủy ban nhân dân phường Đông Kinh"]
    file = admin.get("/staff/monitoring.csv?round=r1")
    assert file.mimetype == "text/csv"
    assert file.data.startswith(b"\xef\xbb\xbf")
    rows = {row["Mã cơ quan"]: row for row in csv.DictReader(io.StringIO(file.data.decode("utf-8-sig")))}
    line = rows[OTHER_WARD]
    assert (line["Số phiếu"], line["Mã QR"], line["Phiếu giấy"]) == ("4", "0", "4")
    assert (line["Số phiếu cần có"], line["Cách xác định số phiếu cần có"]) == (
        *("400", "mức cao nhất, vì chưa có số lượt giao dịch"),
    )
    assert (line["Số lượt giao dịch"], line["Tỷ lệ trả lời, %"]) == ("", "")
    assert line["Phiếu gần nhất"] == ago(1).isoformat()
    assert len(rows) == 17
    assert told_of(store, "download") == ["tệp theo-doi-r1.csv"]


@pytest.mark.parametrize(
    "path",
    [
        f"/staff/monitoring/{OTHER_WARD}",
        f"/staff/monitoring/{OTHER_WARD}?round=r1",
        f"/staff/monitoring/{WARD}?point={ELSEWHERE}",
        f"/staff/monitoring/{WARD}?round=nowhere",
        "/staff/monitoring/NOBODY",
        "/staff/monitoring?round=nowhere",
        "/staff/monitoring.csv?round=nowhere",
        "/staff/notices?kind=nothing",
    ],
)
def test_what_is_out_of_scope_or_does_not_exist_is_not_found(clerk, store, round_of_three_weeks, path) -> None:
    assert clerk.get(path).status_code == 404


def test_a_clerk_sees_the_own_agency_alone(clerk, store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, {1: 3})
    answer(store, ELSEWHERE, {1: 77})
    for path in ("/staff/", "/staff/monitoring", "/staff/notices", f"/staff/monitoring/{WARD}"):
        text = words_of(clerk, path)
        assert "Kỳ Lừa" not in text
        assert "77" not in text
    assert OTHER_WARD not in clerk.get("/staff/monitoring.csv").text
    overview = rows_of(clerk, "/staff/")
    assert overview[f"Quầy Hộ kinh doanh – Bộ phận một cửa phường Đông Kinh {BUSINESS}"][:2] == [
        "3",
        f"{ago(1):%d/%m/%Y}",
    ]
    assert clerk.get("/staff/").text.count("/publish") == 0
    assert "/staff/exports/" not in clerk.get("/staff/").text


@pytest.mark.parametrize("path", ["monitoring", "monitoring.csv", f"monitoring/{WARD}", "notices"])
def test_an_auditor_sees_none_of_it(client, store, round_of_three_weeks, path) -> None:
    admit(client, store, username="an", role=Role.AUDITOR)
    assert client.get(f"/staff/{path}").status_code == 403


def test_a_counter_gone_silent_is_marked_and_told(admin, store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, dict.fromkeys(range(1, 18), 2))
    answer(store, CIVIL_STATUS, dict.fromkeys(range(6, 18), 3))
    page = f"/staff/monitoring/{WARD}"
    marked = [name for name in rows_of(admin, page) if "ngừng có phiếu" in name]
    assert marked == [f"Quầy Hộ tịch và chứng thực – Bộ phận một cửa phường Đông Kinh ngừng có phiếu {CIVIL_STATUS}"]
    assert "ít nhất 3 ngày làm việc" in words_of(admin, page), "the page says the rule"
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
    answer(store, CIVIL_STATUS, {0: 1})
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
    assert "Mới có 89 trên 400 phiếu, còn 11 ngày." in notice_of(clerk, "goal")
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


def test_the_overview_counts_today_and_yesterday(admin, store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, {0: 4, 1: 2, 5: 1})
    text = words_of(admin, "/staff/")
    assert "hôm nay 4, hôm qua 2" in text
    assert "còn 11 ngày" in text
    assert "Số liệu cập nhật lúc" in text


def test_a_large_round_is_shown_as_last_counted_while_it_is_counted_anew(store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, {1: 2})
    live = LiveCounts(store, few=0, fresh=timedelta(0))
    first = live.of("r1")
    answer(store, BUSINESS, {1: 3})
    assert live.of("r1") is first
    wait_for_counting()
    assert (first.responses, live.of("r1").responses) == (2, 5)
    wait_for_counting()


def wait_for_counting() -> None:
    """Wait until no thread counts."""
    for thread in threading.enumerate():
        if thread.name == "live counts":
            thread.join(30)


def test_a_count_too_old_to_be_shown_is_waited_for(store, round_of_three_weeks) -> None:
    live = LiveCounts(store, few=0, fresh=timedelta(0), stale=timedelta(0))
    assert live.of("r1").responses == 0
    answer(store, BUSINESS, {1: 3})
    assert live.of("r1").responses == 3
    kept = LiveCounts(store, few=0, fresh=timedelta(hours=1), stale=timedelta(hours=2))
    assert kept.of("r1") is kept.of("r1")


def test_visits_that_are_entered_count_at_once_though_the_responses_are_kept(store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, {15: 10})
    with store.reading() as connection:
        _, survey_round = find_round(connection, "r1")
    counts, kept, number = count_days(store, "r1"), KeptServed(), point_ids(store)[BUSINESS]

    def served():
        with store.reading() as connection:
            return kept.of(connection, survey_round, counts).points.get(number, Served())

    def enter(visits: int) -> None:
        with store.writing(ADDED) as connection:
            save_visits(connection, [VisitCount(BUSINESS, "", ago(20), ago(11), visits)])

    assert served().rate is None
    enter(100)
    assert served().rate == 10
    enter(50)
    assert served().rate == 20
    enter(9)
    assert served().rate is None, "more responses than visits"


def test_the_counts_add_up_to_what_is_stored_however_the_keys_fall(store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, {20: 200, 0: 100})
    answer(store, ELSEWHERE, {20: 50}, mode=Mode.IMPORT)
    counts, ids = count_days(store, "r1"), point_ids(store)
    assert counts.responses == 350
    assert counts.by_day([ids[BUSINESS], ids[ELSEWHERE]]).tolist() == [250, *[0] * 19, 100, *[0] * 10]
    assert counts.between(ago(20), ago(1))[counts.rows[ids[BUSINESS]]] == 200
    assert counts.between(ago(19), ago(0))[counts.rows[ids[ELSEWHERE]]] == 0
    assert sum(counts.between(ago(99), ago(-99))) == 350
