"""What the public sees: published runs only, each figure with its base, small ones withheld, the method beside them."""

import secrets
from datetime import timedelta

import pytest
from lxml import html

from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.fieldwork import NewRound, open_round
from survey.operations.runs import publish_run
from survey.responses import AnswerRecord, Mode
from survey.store.fieldwork import find_round, find_service_point
from survey.store.responses import NewResponse, save_responses

WARD = "Ủy ban nhân dân phường Đông Kinh"
OTHER_WARD = "Ủy ban nhân dân phường Kỳ Lừa"
IN_WARD, IN_OTHER_WARD = "P2MCN3E", "UED34VN"


def answer(store, service_point: str, *, times: int, symbols: dict[str, str], round_code: str = "r1") -> None:
    """Store responses that answer every item of a dimension (by its letter) with one symbol."""
    with store.reading() as connection:
        round_id, survey_round = find_round(connection, round_code)
        point = find_service_point(connection, service_point)
    instrument = load_instrument(survey_round.instrument)
    chosen = {item.code: symbols[item.code[0]] for item in instrument.items if item.code[0] in symbols}
    record, day = AnswerRecord.pack(instrument, chosen), survey_round.opens
    rows = [NewResponse(secrets.token_bytes(16), round_id, point.id, Mode.QR, day, None, record) for _ in range(times)]
    save_responses(store, rows)


def publish(store, round_code: str = "r1") -> str:
    """Publish and return the identity of the run."""
    return publish_run(store, round_code, today=today_in_vietnam()).id


def table(client, measure: str, path: str = "/results/r1") -> dict[str, list[str]]:
    """Return the cells of one table by the name of the row."""
    tree = html.fromstring(client.get(path).text)
    (found,) = tree.xpath(f"//section[@aria-labelledby='{measure}']//table")
    return {
        " ".join(row.find("th").text_content().split()): [
            " ".join(cell.text_content().split()) for cell in row.findall("td")
        ]
        for row in found.iter("tr")
    }


def words(client, path: str) -> str:
    """Return the text of a page with single spaces."""
    return " ".join(html.fromstring(client.get(path).text).text_content().split())


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
    answer(store, IN_WARD, times=15, symbols={"E": "5"})
    publish(store)
    index = table(client, "index")[WARD]
    # A: (30×5 + 10×2) / (40×5) = 170/200; B, C, D: (30×4 + 10×3) / (40×5) = 150/200; E: 15 answers of 5 out of 5.
    assert index[:5] == ["85,00 40 phiếu", "75,00 40 phiếu", "75,00 40 phiếu", "75,00 40 phiếu", "100,00 15 phiếu"]
    items = {letter: sum(item.code[0] == letter for item in load_instrument("sipas-2023").items) for letter in "ABCDE"}
    points = items["A"] * 170 + (items["B"] + items["C"] + items["D"]) * 150 + items["E"] * 75
    most = (items["A"] + items["B"] + items["C"] + items["D"]) * 200 + items["E"] * 75
    assert index[5] == f"{100 * points / most:.2f} 55 phiếu".replace(".", ",")
    # Satisfied are 4 and 5: 30 of 40 people in A to D.
    assert table(client, "satisfied")[WARD][:5] == ["75,00 40 phiếu"] * 4 + ["100,00 15 phiếu"]


def test_the_index_of_2017_is_percent_satisfied_and_the_level_stands_beside_it(client, store, sample_registry) -> None:
    today = today_in_vietnam()
    open_round(store, NewRound("r17", "Đợt 2017", "sipas-2017", today, today + timedelta(days=9)))
    answer(store, IN_WARD, times=20, symbols=dict.fromkeys("ABCDE", "4"), round_code="r17")
    publish(store, "r17")
    tree = html.fromstring(client.get("/results/r17").text)
    assert tree.xpath("//section/@aria-labelledby") == ["index", "level", "method"]
    assert set(table(client, "index", "/results/r17")[WARD]) == {"100,00 20 phiếu"}
    assert set(table(client, "level", "/results/r17")[WARD]) == {"80,00 20 phiếu"}
    assert "chưa được đối chiếu với văn bản chính thức" in words(client, "/results/r17")


def test_an_agency_with_nine_responses_is_withheld_whole_and_with_ten_it_is_shown(
    client, store, round_of_2023_form
) -> None:
    answer(store, IN_WARD, times=9, symbols=dict.fromkeys("ABCDE", "5"))
    answer(store, IN_OTHER_WARD, times=10, symbols=dict.fromkeys("ABCDE", "2"))
    publish(store)
    rows = table(client, "index")
    assert rows[WARD] == ["dưới 10 phiếu"]
    assert rows[OTHER_WARD] == ["40,00 10 phiếu"] * 6
    # 19 responses together less the 10 shown would give the 9 away, so the total is withheld too.
    assert rows["Tất cả cơ quan"] == ["không công bố"]
    assert "100,00" not in client.get("/results/r1").text


def test_a_small_dimension_takes_a_second_one_with_it(client, store, round_of_2023_form) -> None:
    answer(store, IN_WARD, times=40, symbols=dict.fromkeys("ABC", "4"))
    answer(store, IN_WARD, times=30, symbols=dict.fromkeys("ABCD", "4"))
    answer(store, IN_WARD, times=5, symbols=dict.fromkeys("ABCDE", "4"))
    publish(store)
    # E rests on 5 responses; D, the next smallest (35), could give it away together with the overall figure.
    assert table(client, "index")[WARD] == [
        *["80,00 75 phiếu"] * 3,
        "không công bố",
        "dưới 10 phiếu",
        "80,00 75 phiếu",
    ]


def test_answers_after_publication_change_nothing_until_the_next_one(client, store, round_of_2023_form) -> None:
    answer(store, IN_WARD, times=20, symbols=dict.fromkeys("ABCDE", "4"))
    publish(store)
    before = client.get("/results/r1").text
    answer(store, IN_WARD, times=20, symbols=dict.fromkeys("ABCDE", "5"))
    assert client.get("/results/r1").text == before
    publish(store)
    # (20×4 + 20×5) / (40×5) = 180/200
    assert table(client, "index")[WARD] == ["90,00 40 phiếu"] * 6
    (row,) = html.fromstring(client.get("/results/").text).xpath("//tbody/tr")
    assert row.xpath("string(td[@data-label='Số lần công bố'])") == "2"


def test_the_method_stands_on_the_page(client, store, round_of_2023_form) -> None:
    answer(store, IN_WARD, times=20, symbols=dict.fromkeys("ABCDE", "4"))
    run = publish(store)
    text = words(client, "/results/r1")
    assert run in text
    assert "L1 – " in text
    assert "P1 – " in text
    assert "1001/QĐ-BNV" in text
    assert "đánh giá thường xuyên theo bộ tiêu chí SIPAS" in text
    assert "không phải Chỉ số SIPAS của tỉnh" in text
    assert f"công bố ngày {today_in_vietnam():%d/%m/%Y}" in text
    assert "không phải thứ hạng" in text
    assert "MÔ PHỎNG" not in text


def test_simulated_results_are_marked_in_the_list_and_on_the_page(client, store, sample_registry) -> None:
    today = today_in_vietnam()
    open_round(store, NewRound("gia", "Đợt giả", "sipas-2023", today, today + timedelta(days=9), simulated=True))
    answer(store, IN_WARD, times=20, symbols=dict.fromkeys("ABCDE", "4"), round_code="gia")
    publish(store, "gia")
    assert "DỮ LIỆU MÔ PHỎNG" in words(client, "/results/")
    assert "DỮ LIỆU MÔ PHỎNG" in words(client, "/results/gia")


@pytest.mark.parametrize("path", ["/results/", "/results/r1"])
def test_public_pages_have_one_heading_a_language_and_no_inline_style_or_script(
    client, store, round_of_2023_form, path
) -> None:
    answer(store, IN_WARD, times=20, symbols=dict.fromkeys("ABCDE", "4"))
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
