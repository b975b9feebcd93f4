"""What staff see of how answers come in: counts by day, goals and rates, each in their own scope."""

import csv
import io

import pytest
from lxml import html

from survey.fieldwork import VisitCount
from survey.operations.rounds.visits import list_denominators
from survey.operations.staff.rights import Role
from survey.responses import Mode
from survey.store.rounds.visits import save_visits
from survey.store.subjects import ADDED
from tests.integration.monitoring.coming_in import (
    BUSINESS,
    CIVIL_STATUS,
    ELSEWHERE,
    OTHER_WARD,
    TODAY,
    WARD,
    ago,
    answer,
    count_anew,
    rows_of,
    take_part,
    words_of,
)
from tests.sign_in import admit
from tests.trail import told_of


def test_the_day_table_counts_each_mode_apart(admin, store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, {0: 2, 1: 3})
    answer(store, BUSINESS, {1: 4}, mode=Mode.PAPER)
    answer(store, CIVIL_STATUS, {1: 1}, mode=Mode.KIOSK)
    whole = rows_of(admin, f"/staff/monitoring/{WARD}", "//*[@class='days']")
    # Total, QR code, tablet, paper.
    assert whole[f"{ago(1):%d/%m/%Y}"] == ["8", "3", "1", "4"]
    assert f"{TODAY():%d/%m/%Y}" not in str(whole), "today is counted from tomorrow on"
    assert whole[f"{ago(2):%d/%m/%Y} cả cơ quan không có phiếu"] == ["0", "0", "0", "0"]
    assert len(whole) == 20, "from the first day of the round to yesterday"
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
    count_anew(admin)
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


def test_the_overview_counts_the_days_that_are_over(admin, store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, {0: 4, 1: 2, 2: 3, 5: 1})
    text = words_of(admin, "/staff/")
    assert "hôm qua 2, hôm kia 3" in text
    assert "còn 11 ngày" in text
    assert f"Số phiếu tính đến hết ngày {ago(1):%d/%m/%Y}" in text
