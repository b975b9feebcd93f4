"""What the public sees of a round: published figures only, each with its base, small ones withheld, and the method."""

from datetime import timedelta

import pytest
from lxml import html

from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.publishing.publishing import publish_run
from survey.operations.rounds.rounds import NewRound, open_round
from survey.store.registry.agencies import find_round
from tests.integration.results.public_pages import (
    IN_OTHER_WARD,
    IN_THIRD_WARD,
    IN_WARD,
    OTHER_WARD,
    THIRD_WARD,
    WARD,
    answer,
    answer_with_both,
    publish,
    table,
    words,
)

# Many pages or files on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow


def test_before_any_publication_the_list_says_so(client, round_of_2023_form) -> None:
    answer = client.get("/results/")
    assert answer.status_code == 200
    assert "Chưa có kết quả nào được công bố." in answer.text


def test_a_round_that_is_not_published_shows_nothing_of_its_answers(client, store, round_of_2023_form) -> None:
    answer(store, IN_WARD, times=50, symbols=dict.fromkeys("ABCDE", "4"))
    found = client.get("/results/r1")
    assert found.status_code == 404
    assert "chưa có kết quả được công bố" in found.text
    assert "80,00" not in found.text
    assert client.get("/results/nowhere").status_code == 404


def test_each_figure_is_the_index_by_hand_with_its_number_of_responses(client, store, round_of_2023_form) -> None:
    # 30 people answer 5 in A and 4 elsewhere, 10 people 2 in A and 3 elsewhere; nobody answers E.
    answer(store, IN_WARD, times=30, symbols={"A": "5", "B": "4", "C": "4", "D": "4"})
    answer(store, IN_WARD, times=10, symbols={"A": "2", "B": "3", "C": "3", "D": "3"})
    answer(store, IN_WARD, times=50, symbols={"E": "5"})
    publish(store)
    index = table(client, "index")[WARD]
    # A: (30×5 + 10×2) / (40×5) = 170/200; B, C, D: (30×4 + 10×3) / (40×5) = 150/200; E: 50 answers of 5 out of 5.
    assert index[:5] == ["85,00 40 phiếu", "75,00 40 phiếu", "75,00 40 phiếu", "75,00 40 phiếu", "100,00 50 phiếu"]
    items = {letter: sum(item.code[0] == letter for item in load_instrument("sipas-2023").items) for letter in "ABCDE"}
    points = items["A"] * 170 + (items["B"] + items["C"] + items["D"]) * 150 + items["E"] * 250
    most = (items["A"] + items["B"] + items["C"] + items["D"]) * 200 + items["E"] * 250
    assert index[5] == f"{100 * points / most:.2f} 90 phiếu".replace(".", ",")
    # Satisfied are 4 and 5: 30 of 40 people in A to D.
    assert table(client, "satisfied")[WARD][:5] == ["75,00 40 phiếu"] * 4 + ["100,00 50 phiếu"]


def test_the_index_of_2017_is_percent_satisfied_and_the_level_stands_beside_it(client, store, sample_registry) -> None:
    today = today_in_vietnam()
    open_round(store, NewRound("r17", "Đợt 2017", "sipas-2017", today, today + timedelta(days=9)))
    answer(store, IN_WARD, times=30, symbols=dict.fromkeys("ABCDE", "4"), round_code="r17")
    publish(store, "r17")
    tree = html.fromstring(client.get("/results/r17").text)
    assert tree.xpath("//section/@aria-labelledby") == ["index", "level", "facts", "method"]
    assert set(table(client, "index", "/results/r17")[WARD]) == {"100,00 30 phiếu"}
    assert set(table(client, "level", "/results/r17")[WARD]) == {"80,00 30 phiếu"}
    assert "chưa được đối chiếu với văn bản chính thức" in words(client, "/results/r17")


def test_an_agency_with_ten_responses_is_shown(client, store, round_of_2023_form) -> None:
    answer_with_both(store, IN_WARD, times=40)
    answer_with_both(store, IN_OTHER_WARD, times=10)
    publish(store)
    rows = table(client, "index")
    # (5×2 + 5×4) / (10×5) = 30/50
    assert rows[OTHER_WARD] == ["60,00 10 phiếu"] * 6
    assert rows["Tất cả cơ quan"] == ["60,00 50 phiếu"] * 6


def test_an_agency_with_nine_responses_is_withheld_and_cannot_be_told_from_the_others(
    client, store, round_of_2023_form
) -> None:
    answer(store, IN_WARD, times=9, symbols=dict.fromkeys("ABCDE", "5"))
    answer_with_both(store, IN_OTHER_WARD, times=10)
    answer_with_both(store, IN_THIRD_WARD, times=40)
    publish(store)
    rows = table(client, "index")
    assert rows[WARD] == ["không công bố"]
    # 59 responses together less 40 and 10 would give the 9 away, so the 10 are withheld too.
    assert rows[OTHER_WARD] == ["không công bố"]
    assert rows[THIRD_WARD] == ["60,00 40 phiếu"] * 6
    assert "100,00" not in client.get("/results/r1").text


def test_nine_responses_in_all_are_not_counted_aloud(client, store, round_of_2023_form) -> None:
    answer(store, IN_WARD, times=9, symbols=dict.fromkeys("ABCDE", "5"))
    publish(store)
    assert table(client, "index")["Tất cả cơ quan"] == ["không công bố"]
    assert "9 phiếu" not in words(client, "/results/r1")


def test_an_agency_nobody_answered_for_has_no_responses_rather_than_few(client, store, round_of_2023_form) -> None:
    answer_with_both(store, IN_WARD, times=40)
    publish(store)
    assert table(client, "index")["Sở Tài chính"] == ["không có phiếu"]
    # This one was gone before the round began.
    assert "Sở Kế hoạch và Đầu tư" not in table(client, "index")
    assert "Không có phiếu nào về cơ quan này trong đợt khảo sát." in words(client, "/results/r1/STC")


def test_the_overall_figure_stands_with_its_range_by_hand(client, store, sample_registry) -> None:
    # Of one week, from Monday to Friday: 17 of 20 people a day are satisfied.
    monday = today_in_vietnam() - timedelta(days=today_in_vietnam().weekday())
    open_round(store, NewRound("r17", "Đợt 2017", "sipas-2017", monday, monday + timedelta(days=9)))
    answer(store, IN_WARD, times=85, symbols=dict.fromkeys("ABCDE", "4"), round_code="r17")
    answer(store, IN_WARD, times=15, symbols=dict.fromkeys("ABCDE", "2"), round_code="r17")
    publish(store, "r17")
    # Each person says the same on every item, so 85 of 100 people are satisfied, whatever the number of items.
    # Days and weeks: one week tells nothing of weeks (d = 5 days or 1 week, less one agency: 0), and days agree, so the
    # province, this agency alone, has a likeness of 0 from 5 - 1 = 4 days. The variance is that of people,
    # s² = 0,85 × 0,15 / 99, with these 4 degrees, and e = 0,85 × 0,15 / s² = 99 the effective number.
    # Wilson with t = 2,776445 (4 degrees of freedom), t²/99 = 0,077865:
    # (0,85 + 0,038933 ± 2,776445 √(0,1275/99 + 0,077865/396)) / 1,077865 = (0,888933 ± 0,106975) / 1,077865.
    tree = html.fromstring(client.get("/results/r17").text)
    (row,) = tree.xpath(f"//section[@aria-labelledby='index']//tr[th='{WARD}']")
    assert [one.text_content() for one in row.find_class("range")] == ["từ 72,55 đến 92,40"]
    assert "khoảng dao động 95%" in words(client, "/results/r17")
    assert "sai số" not in words(client, "/results/r17").lower()


def test_a_small_dimension_takes_a_second_one_with_it(client, store, round_of_2023_form) -> None:
    answer(store, IN_WARD, times=40, symbols=dict.fromkeys("ABC", "4"))
    answer(store, IN_WARD, times=30, symbols=dict.fromkeys("ABCD", "4"))
    answer(store, IN_WARD, times=5, symbols=dict.fromkeys("ABCDE", "4"))
    publish(store)
    # E rests on 5 responses; D, the next smallest (35), could give it away together with the overall figure.
    assert table(client, "index")[WARD] == [
        *["80,00 75 phiếu"] * 3,
        "không công bố",
        "không công bố",
        "80,00 75 phiếu",
    ]


def test_answers_after_publication_change_nothing_until_the_next_one(client, store, round_of_2023_form) -> None:
    answer(store, IN_WARD, times=30, symbols=dict.fromkeys("ABCDE", "4"))
    publish(store)
    before = client.get("/results/r1").text
    assert table(client, "index")[WARD] == ["80,00 30 phiếu"] * 6
    answer(store, IN_WARD, times=30, symbols=dict.fromkeys("ABCDE", "5"))
    assert client.get("/results/r1").text == before
    publish(store)
    # (30×4 + 30×5) / (60×5) = 270/300
    assert table(client, "index")[WARD] == ["90,00 60 phiếu"] * 6
    (row,) = html.fromstring(client.get("/results/").text).xpath("//tbody/tr")
    assert row.xpath("string(td[@data-label='Số lần công bố'])") == "2"


def test_the_method_stands_on_the_page(client, store, round_of_2023_form) -> None:
    answer(store, IN_WARD, times=30, symbols=dict.fromkeys("ABCDE", "4"))
    run = publish(store)
    text = words(client, "/results/r1")
    assert f"mã kết quả {run[:8]}…" in text
    assert run not in text
    assert "chia cho điểm cao nhất của thang đo, nhân 100; gộp tất cả câu trả lời" in text
    assert "L1" not in text
    assert "1001/QĐ-BNV" in text
    assert "kết quả khảo sát thường xuyên theo bộ tiêu chí SIPAS" in text
    assert "không phải Chỉ số SIPAS do Bộ Nội vụ công bố" in text
    assert f"công bố ngày {today_in_vietnam():%d/%m/%Y}" in text
    assert "không phải thứ hạng" in text
    assert "MÔ PHỎNG" not in text


def test_simulated_results_are_marked_in_the_list_and_on_the_page(client, store, sample_registry) -> None:
    today = today_in_vietnam()
    open_round(store, NewRound("gia", "Đợt giả", "sipas-2023", today, today + timedelta(days=9), simulated=True))
    answer(store, IN_WARD, times=30, symbols=dict.fromkeys("ABCDE", "4"), round_code="gia")
    publish(store, "gia")
    assert "DỮ LIỆU MÔ PHỎNG" in words(client, "/results/")
    assert "DỮ LIỆU MÔ PHỎNG" in words(client, "/results/gia")


def test_a_publication_is_preliminary_until_the_round_is_sealed(client, store, round_of_2023_form) -> None:
    answer_with_both(store, IN_WARD, times=40)
    publish(store)
    assert "Đây là kết quả sơ bộ" in words(client, "/results/r1")
    assert "sơ bộ" in words(client, "/results/")
    with store.reading() as connection:
        sealed = find_round(connection, "r1")[1].seals + timedelta(days=1)
    publish_run(store, "r1", today=sealed)
    assert "Đây là kết quả chính thức" in words(client, "/results/r1/P-DONGKINH")
    assert "chính thức" in words(client, "/results/")
    assert "sơ bộ" not in words(client, "/results/r1")


def test_no_public_page_ranks_agencies(client, store, round_of_2023_form) -> None:
    for point in (IN_WARD, IN_OTHER_WARD, IN_THIRD_WARD):
        answer_with_both(store, point, times=40)
    publish(store)
    for path in ("/results/r1", "/results/r1/P-DONGKINH"):
        text = words(client, path).lower().replace("không phải thứ hạng", "")
        assert "hạng" not in text
        assert html.fromstring(client.get(path).text).xpath("//ol") == []


@pytest.mark.parametrize("path", ["/results/", "/results/r1", "/results/r1/P-DONGKINH"])
def test_public_pages_have_one_heading_a_language_and_no_inline_style_or_script(
    client, store, round_of_2023_form, path
) -> None:
    answer(store, IN_WARD, times=30, symbols=dict.fromkeys("ABCDE", "4"))
    publish(store)
    found = client.get(path)
    tree = html.fromstring(found.text)
    assert tree.get("lang") == "vi"
    assert len(tree.xpath("//h1")) == 1
    assert tree.xpath("//style | //script | //*[@style] | //*[@onclick]") == []
    assert [one for one in tree.xpath("//table") if not one.xpath("caption")] == []
    assert "Set-Cookie" not in found.headers
    assert found.headers["Cache-Control"] == "public, max-age=300"
    hosts = [address for address in tree.xpath("//@href | //@src") if "//" in address]
    assert hosts == []
