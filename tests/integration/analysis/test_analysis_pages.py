"""The analysis for staff: who reads it, the overview by hand, sample sizes, files, and both languages."""

from xml.etree import ElementTree

import pytest

from survey.fieldwork import VisitCount
from survey.operations.clock import today_in_vietnam
from survey.store.registry.agencies import list_agencies
from survey.store.registry.points import list_points
from survey.store.rounds.visits import save_visits
from survey.store.subjects import ADDED
from tests.integration.analysis.analysed import (
    BLOCK,
    IN_OTHER,
    IN_WARD,
    OTHER,
    OTHER_CODE,
    PAGES,
    WARD,
    WARD_CODE,
    answer,
    lines,
    pictures,
    publish,
    table,
)
from tests.trail import told_of

# Many pages or files on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("page", ["", *(f"r1{page}" for page in PAGES), "r1/charts/overview.vi.svg"])
def test_nobody_reads_the_analysis_without_sign_in(client, two_wards, page) -> None:
    found = client.get(f"/staff/analysis/{page}")
    assert found.status_code == 303
    assert "/staff/sign-in" in found.location


def test_without_a_publication_the_list_tells_the_next_step(admitted, round_of_2023_form) -> None:
    page = admitted.get("/staff/analysis/").text
    assert "Chưa có kết quả nào được công bố." in page
    assert "Công bố kết quả" in page


@pytest.mark.parametrize("page", PAGES)
def test_a_round_that_is_not_published_shows_nothing(admitted, store, round_of_2023_form, page) -> None:
    answer(store, IN_WARD, times=50, symbol="4")
    found = admitted.get(f"/staff/analysis/r1{page}")
    assert found.status_code == 404
    assert "chưa có kết quả được công bố" in found.text
    assert "80,00" not in found.text


@pytest.mark.parametrize(
    "path",
    [
        *("nowhere", "r1/agencies/NOBODY", "r1/ranking?block=Sao", "r1?csv=nothing", "r1/ranking?unit=NOBODY"),
        "r1/breakdowns?agency=NOBODY&axis=mode",
        *("r1/charts/portrait.vi.svg?run=1", "r1/charts/items.vi.svg?run=1", "r1/charts/overview-1.vi.svg?run=1"),
    ],
)
def test_what_is_not_there_is_not_found(admitted, two_wards, path) -> None:
    assert admitted.get(f"/staff/analysis/{path}").status_code == 404


def test_the_overview_gives_everybody_and_both_readings_of_a_block(admitted, two_wards) -> None:
    # All: (60×4 + 20×5 + 20×2 + 20×3) / (120×5) = 440/600; the wards: 340/400 = 85 and 100/200 = 50.
    total = table(admitted, "r1", "Tất cả cơ quan")
    assert total["Sự phục vụ nói chung"][0] == "73,33"
    assert total["Sự phục vụ nói chung"][2] == "120"
    low, upp = (float(end.replace(",", ".")) for end in total["Sự phục vụ nói chung"][1].split("–"))
    assert low < 73.33 < upp
    block = table(admitted, "r1", "Các khối")[BLOCK]
    assert (block[0], block[2], block[3], block[5]) == ("73,33", "120", "67,50", "2")


def test_every_page_names_basis_method_and_run(admitted, two_wards) -> None:
    for page in PAGES:
        text = admitted.get(f"/staff/analysis/r1{page}").text
        assert "không phải Chỉ số SIPAS do Bộ Nội vụ công bố" in text
        assert "khoảng dao động 95%" in text
        assert "sai số" not in text
        assert f"{two_wards[:8]}…" in text
        assert f">{two_wards}" not in text


def test_response_rates_and_sample_sizes_stand_where_visits_are_known(admitted, store, two_wards) -> None:
    day = today_in_vietnam()
    with store.writing(ADDED) as connection:
        save_visits(connection, [VisitCount("", WARD_CODE, day, day, 1000)])
    goals = table(admitted, "r1", "Cỡ mẫu và tỷ lệ trả lời")
    # 80 of 1 000 are 8%; 1000/(1 + 1000×0.0025) = 285.7, so 286, of which 206 are missing.
    assert goals[WARD][:6] == ["1.000", "80", "8,00", "286", "278", "206"]
    assert OTHER not in goals


def test_withheld_agencies_come_last_among_sample_sizes(admitted, store, round_of_2023_form) -> None:
    # By what is still needed the agency of 5 responses would come first: 100 000 visits ask for 398, so 393.
    with store.reading() as connection:
        third = next(one for one in list_points(connection) if one.point.agency_code.startswith("S")).point
        name = next(one.name for one in list_agencies(connection).values() if one.code == third.agency_code)
    for point, times in ((IN_WARD, 80), (IN_OTHER, 40), (third.code, 5)):
        answer(store, point, times=times // 5 * 3, symbol="4")
        answer(store, point, times=times // 5 * 2, symbol="2")
    publish(store)
    day, visits = today_in_vietnam(), ((WARD_CODE, 1000), (OTHER_CODE, 900), (third.agency_code, 100_000))
    with store.writing(ADDED) as connection:
        save_visits(connection, [VisitCount("", code, day, day, number) for code, number in visits])
    rows = list(table(admitted, "r1", "Cỡ mẫu và tỷ lệ trả lời").items())[1:]
    told = [cells[1] != "không công bố" for _, cells in rows]
    assert told == sorted(told, reverse=True)
    assert rows[-1][0] == name
    assert (told[-1], rows[-1][1][5]) == (False, "–")


def test_a_file_has_figures_unrounded_and_names_its_run(admitted, store, two_wards) -> None:
    rows = {row["part"]: row for row in lines(admitted, "r1?csv=total")}
    assert float(rows["overall"]["index"]) == pytest.approx(100 * 440 / 600, abs=1e-9)
    assert (rows["overall"]["run"], rows["overall"]["round"]) == (two_wards, "r1")
    assert (rows["overall"]["basis"], rows["overall"]["responses"]) == ("self_selected", "120")
    assert told_of(store, "download") == ["tệp phan-tich-r1-total.csv"]


def test_a_name_that_is_markup_or_a_formula_does_no_harm(admitted, store, sample_registry, round_of_2023_form) -> None:
    with store.writing(ADDED) as connection:
        name = '=cmd()&<script>alert("1")</script>'
        connection.exec_driver_sql(f"UPDATE agency SET name = '{name}' WHERE code = '{WARD_CODE}'")
    answer(store, IN_WARD, times=40, symbol="4")
    answer(store, IN_OTHER, times=40, symbol="2")
    publish(store)
    for path in ("r1", f"r1/ranking?block={BLOCK}", f"r1/agencies/{WARD_CODE}"):
        assert "<script" not in admitted.get(f"/staff/analysis/{path}").text
        for address in pictures(admitted, path).values():
            ElementTree.fromstring(admitted.get(address).text)
    ranked = lines(admitted, f"r1/ranking?block={BLOCK}&csv=ranking")
    assert f"'{name}" in {row["agency"] for row in ranked}


def test_the_pages_speak_english_too(admitted, two_wards) -> None:
    for page in PAGES:
        text = admitted.get(f"/staff/analysis/r1{page}?lang=en").text
        assert '<html lang="en">' in text
        assert "Respondents took part of their own accord" in text
        assert 'lang="vi">Tiếng Việt</button>' in text
    assert "73.33" in admitted.get("/staff/analysis/r1?lang=en").text
    assert ".en.svg?run=" in pictures(admitted, "r1?lang=en")["overview"]
