"""The analysis of agencies: ranks, items, the rest of the block and falls by hand, and nothing that is withheld."""

import re
from datetime import timedelta

import pytest

from survey.operations.clock import today_in_vietnam
from survey.operations.publishing.publishing import publish_run
from survey.operations.rounds.rounds import NewRound, open_round
from survey.responses import Mode
from survey.store.registry.agencies import find_round
from tests.integration.analysis.analysed import (
    BLOCK,
    IN_OTHER,
    IN_WARD,
    OTHER,
    OTHER_CODE,
    PAGES,
    SECOND_IN_WARD,
    WARD,
    WARD_CODE,
    Tables,
    answer,
    lines,
    pictures,
    publish,
    table,
)

# Many pages or files on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow


def test_the_ranking_has_sets_groups_and_its_warning(admitted, two_wards) -> None:
    found = admitted.get(f"/staff/analysis/r1/ranking?block={BLOCK}")
    assert "không dùng riêng thứ tự này để bình xét" in found.text
    rows = Tables(found.text).found["Thứ hạng trong khối"]
    ward, other = (next(row for row in rows if row[0] == name) for name in (WARD, OTHER))
    # 85 against 50 on 80 and 40 responses: each has its place for certain, and a group of its own.
    assert (ward[1], ward[2], ward[5], ward[6], ward[7]) == ("1", "85,00", "1–1", "1–1", "1")
    assert (other[1], other[2], other[5], other[6], other[7]) == ("2", "50,00", "2–2", "2–2", "2")
    # An agency nobody answered for is listed with the reason.
    assert any("không có câu trả lời hợp lệ" in row[-1] or "không có phiếu" in row for row in rows)


@pytest.mark.parametrize(
    ("unit", "places", "words"),
    [
        (OTHER_CODE, "1", "Cần đạt 85,01% (tăng thêm 35,01 điểm phần trăm) để lên hạng 1"),
        (OTHER_CODE, "50", "để lên hạng 1"),
        (OTHER_CODE, "-3", "để lên hạng 1"),
        (OTHER_CODE, "²", "để lên hạng 1"),
        (WARD_CODE, "1", "Đang ở hạng cao nhất của khối"),
    ],
)
def test_what_it_takes_to_climb(admitted, two_wards, unit, places, words) -> None:
    query = {"block": BLOCK, "unit": unit, "k": places}
    found = admitted.get("/staff/analysis/r1/ranking", query_string=query)
    assert found.status_code == 200
    assert words in found.text


def test_an_agency_has_its_answers_counted_and_stands_beside_the_rest(admitted, two_wards) -> None:
    items = table(admitted, f"r1/agencies/{WARD_CODE}", "Câu trả lời theo tiêu chí")
    (first,) = [cells for name, cells in items.items() if name.startswith("A1.")]
    assert (first[0], first[2], first[3:]) == ("85,00", "80", ["0", "0", "0", "60", "20"])
    beside = table(admitted, f"r1/agencies/{WARD_CODE}", "So với phần còn lại của khối")
    # The rest of the block is the other ward: 85 - 50.
    assert (beside["Sự phục vụ nói chung"][1], beside["Sự phục vụ nói chung"][5]) == ("+35,00", "Cao hơn")
    beside = table(admitted, f"r1/agencies/{OTHER_CODE}", "So với phần còn lại của khối")
    assert (beside["Sự phục vụ nói chung"][1], beside["Sự phục vụ nói chung"][5]) == ("−35,00", "Thấp hơn")


def test_pulls_add_up_to_the_gap_of_their_dimension(admitted, two_wards) -> None:
    rows = lines(admitted, f"r1/agencies/{OTHER_CODE}?csv=pulls")
    access = [float(row["contribution"]) for row in rows if row["dimension"] == "access"]
    assert len(access) == 3
    # Everybody answers everything, so there is no mix, and the three items make up the 35 points.
    assert sum(access) == pytest.approx(-35)


def test_what_is_withheld_is_nowhere(admitted, store, round_of_2023_form) -> None:
    answer(store, IN_WARD, times=60, symbol="4")
    answer(store, IN_WARD, times=20, symbol="5")
    answer(store, IN_OTHER, times=9, symbol="1")
    publish(store)
    other = table(admitted, f"r1/agencies/{OTHER_CODE}", "Chỉ số theo nội dung đánh giá")
    assert other["Sự phục vụ nói chung"][:4] == ["không công bố", "–", "–", "–"]
    # The block less the ward would be the nine, so the ward is withheld with them: no rest, no pull, no mean.
    beside = admitted.get(f"/staff/analysis/r1/agencies/{WARD_CODE}").text
    assert "So với phần còn lại của khối" not in Tables(beside).found
    assert "Tiêu chí làm giảm điểm của yếu tố" not in Tables(beside).found
    block = table(admitted, "r1", "Các khối")[BLOCK]
    # (60×4 + 20×5 + 9×1) / (89×5) = 78,43 is everybody; 85,00 would be the ward and 20,00 the nine.
    assert (block[0], block[3]) == ("78,43", "không công bố")
    ward = table(admitted, f"r1/agencies/{WARD_CODE}", "Chỉ số theo nội dung đánh giá")
    assert ward["Sự phục vụ nói chung"][0] == "không công bố"
    everything = [f"r1{page}" for page in PAGES] + [f"r1/agencies/{OTHER_CODE}", f"r1/ranking?block={BLOCK}"]
    for path in everything:
        page = admitted.get(f"/staff/analysis/{path}").text
        seen = [page, *(admitted.get(address).text for address in pictures(admitted, path).values())]
        assert not any(re.search(r"\b(85,00|20,00)\b", text) for text in seen), path
    for path in ("r1?csv=total", "r1?csv=blocks", "r1?csv=ends", f"r1/agencies/{OTHER_CODE}?csv=items"):
        assert all(row["index" if "index" in row else "pooled"] != "20.0" for row in lines(admitted, path))


def test_a_fall_since_the_round_before_is_told_with_its_verdict(admitted, two_rounds) -> None:
    # Before: (95×5 + 5×4)/500 = 99; now (60×4 + 20×5)/400 = 85.
    falls = lines(admitted, "r1?csv=falls")
    assert {row["agency_code"] for row in falls} == {WARD_CODE}
    assert {round(float(row["difference"]), 9) for row in falls} == {-14.0}
    assert {row["verdict"] for row in falls} == {"fell"}
    assert all(0 < float(row["p_bh"]) <= float(row["p_holm"]) < 0.05 for row in falls)
    page = admitted.get("/staff/analysis/r1").text
    shown = Tables(page).found["Giảm so với đợt trước"][1:]
    assert len(shown) == 10
    assert shown[0][2:5] == ["99,00", "85,00", "−14,00"]
    assert shown[0][-3] == "Giảm"
    assert f"tệp có đủ {len(falls)} dòng" in page
    changes = table(admitted, f"r1/agencies/{WARD_CODE}", "Thay đổi so với đợt trước")
    assert changes["Sự phục vụ nói chung"][:3] == ["99,00", "85,00", "−14,00"]


def test_a_series_joins_rounds_of_one_questionnaire_and_breaks_at_another(admitted, store, two_rounds) -> None:
    opens = today_in_vietnam() - timedelta(days=500)
    open_round(store, NewRound("r22", "Đợt r22", "sipas-2022", opens, opens + timedelta(days=30)))
    answer(store, IN_WARD, times=40, symbol="3", code="r22")
    publish(store, "r22")
    path = f"r1/agencies/{WARD_CODE}"
    trend = table(admitted, path, "Chỉ số chung qua các đợt")
    assert list(trend) == ["Đợt khảo sát", "r22", "r0", "r1"]
    assert (trend["r22"][1], trend["r0"][1], trend["r1"][1]) == ("60,00", "99,00", "85,00")
    assert (trend["r0"][4:], trend["r1"][4:]) == (["–", "Không so sánh được"], ["−14,00", "Giảm"])
    assert (
        "Thay đổi phiếu hoặc cách tính: trước là r22 (sipas-2022), sau là r0 (sipas-2023)"
        in admitted.get(f"/staff/analysis/{path}").text
    )


def test_a_round_without_one_before_says_so(admitted, two_wards) -> None:
    page = admitted.get("/staff/analysis/r1").text
    assert "Chưa có đợt trước đã công bố để so sánh." in page
    assert "falls" not in pictures(admitted, "r1")


def test_drivers_are_refused_with_the_reason_where_the_question_was_not_asked(admitted, two_wards) -> None:
    page = admitted.get("/staff/analysis/r1/drivers").text
    assert "không hỏi riêng mức hài lòng chung" in page
    assert "Độ tin cậy thang đo" in page


def test_a_breakdown_has_figures_by_hand_and_keeps_small_cells_back(admitted, store, round_of_2023_form) -> None:
    answer(store, IN_WARD, times=40, symbol="4")
    answer(store, IN_WARD, times=40, symbol="2")
    answer(store, SECOND_IN_WARD, times=30, symbol="5", mode=Mode.PAPER)
    answer(store, SECOND_IN_WARD, times=30, symbol="4", mode=Mode.PAPER)
    answer(store, IN_WARD, times=4, symbol="1", mode=Mode.KIOSK)
    publish(store)
    assert "sau khi khóa sổ" in admitted.get("/staff/analysis/r1/breakdowns").text
    with store.reading() as connection:
        sealed = find_round(connection, "r1")[1].seals + timedelta(days=1)
    publish_run(store, "r1", today=sealed, final=True)
    path = f"r1/breakdowns?agency={WARD_CODE}&axis=mode"
    assert admitted.get(f"/staff/analysis/r1/breakdowns?agency={WARD_CODE}&axis=moon").status_code == 404
    modes = table(admitted, path, f"{WARD}: Hình thức trả lời")
    # By QR code: (40×4 + 40×2)/400 = 60; four at the kiosk are too few, and the 60 on paper go with them.
    assert modes["quét mã QR"][:3:2] == ["60,00", "80"]
    assert modes["máy tính bảng"][0] == "không công bố"
    assert modes["phiếu giấy"][0] == "không công bố"
    assert "4" not in {cell for cells in modes.values() for cell in cells}
    assert {row["category"]: row["index"] for row in lines(admitted, f"{path}&csv=breakdown")}["kiosk"] == ""
