"""The public page of an agency: figures by hand with range, base and block, its items, and what is withheld."""

import pytest
from lxml import html

from survey.operations.results.standing import PublishedRuns
from tests.integration.results.public_pages import (
    IN_OTHER_WARD,
    IN_THIRD_WARD,
    IN_WARD,
    WARD,
    answer,
    answer_with_both,
    publish,
    words,
)

# Many pages or files on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow

ITEMS_OF_A = 3


def parts(client, path: str) -> dict[str, list[str]]:
    """Return the cells of the first table of an agency's page by what they are about."""
    tree = html.fromstring(client.get(path).text)
    return {row.findtext("th").strip(): texts(row) for row in tree.xpath("//section[@aria-labelledby='index']//tr")}


def texts(row) -> list[str]:
    """Return the cells of a row as texts with single spaces."""
    return [" ".join(cell.text_content().split()) for cell in row.findall("td")]


def test_the_page_of_an_agency_is_by_hand_with_range_base_and_block(client, store, round_of_2023_form) -> None:
    answer(store, IN_WARD, times=30, symbols={"A": "5", "B": "4", "C": "4", "D": "4"})
    answer(store, IN_WARD, times=10, symbols={"A": "2", "B": "3", "C": "3", "D": "3"})
    answer(store, IN_OTHER_WARD, times=40, symbols=dict.fromkeys("ABCD", "3"))
    publish(store)
    path = tree_link(client, WARD)
    found = parts(client, path)
    # A: (30×5 + 10×2) / (40×5) = 170/200; with the other ward (170 + 40×3) / (80×5) = 290/400.
    assert [found["A. Tiếp cận dịch vụ"][place] for place in (0, 2, 3)] == ["85,00", "40", "72,50"]
    # B: (30×4 + 10×3) / (40×5) = 150/200; with the other ward (150 + 40×3) / (80×5) = 270/400.
    assert [found["B. Thủ tục hành chính"][place] for place in (0, 2, 3)] == ["75,00", "40", "67,50"]
    # Nobody answers E in the whole block.
    assert found["E. Việc tiếp nhận, xử lý phản ánh, kiến nghị của người dân"] == ["không có phiếu"] * 2
    estimate = PublishedRuns(store).latest("r1").analysis.rows_of("P-DONGKINH")[0].estimate
    ends = (f"{end:.2f}".replace(".", ",") for end in (estimate.low, estimate.upp))
    assert found["A. Tiếp cận dịch vụ"][1] == "từ {} đến {}".format(*ends)
    assert "40 phiếu, tính đến lần công bố" in words(client, path)
    assert "không nói gì về những người không trả lời" in words(client, path)


def tree_link(client, agency: str) -> str:
    """Return the address the page of the round gives for an agency."""
    tree = html.fromstring(client.get("/results/r1").text)
    addresses = set(tree.xpath(f"//a[.='{agency}']/@href"))
    assert len(addresses) == 1
    return addresses.pop()


def test_items_show_the_index_with_the_share_of_satisfied_answers_beside_it(client, store, round_of_2023_form) -> None:
    answer(store, IN_WARD, times=30, symbols=dict.fromkeys("AB", "4"))
    answer(store, IN_WARD, times=10, symbols=dict.fromkeys("AB", "1"))
    publish(store)
    tree = html.fromstring(client.get("/results/r1/P-DONGKINH").text)
    groups = tree.xpath("//section[@aria-labelledby='items']//tbody")
    # The index is the level, (30 × 4 + 10 × 1) of 200 points, as for the whole dimension; 30 of 40 people say 4.
    assert [texts(row) for row in groups[0].findall("tr")[1:]] == [["65,00", "75,00", "40"]] * ITEMS_OF_A
    assert "không có phiếu" in groups[4].findtext("tr/th/span")
    assert len(groups[4].findall("tr")) == 1


def test_the_page_of_a_withheld_agency_says_why_and_shows_nothing(client, store, round_of_2023_form) -> None:
    answer(store, IN_WARD, times=9, symbols=dict.fromkeys("ABCDE", "5"))
    answer_with_both(store, IN_OTHER_WARD, times=10)
    answer_with_both(store, IN_THIRD_WARD, times=40)
    publish(store)
    for code in ("P-DONGKINH", "P-KYLUA"):
        text = words(client, f"/results/r1/{code}")
        why = "có dưới 10 phiếu, hoặc có thể làm lộ câu trả lời của từng người."
        assert f"Chưa công bố số liệu của cơ quan này: {why}" in text
        assert html.fromstring(client.get(f"/results/r1/{code}").text).xpath("//table") == []
        assert "9 phiếu" not in text


def test_a_small_dimension_hides_its_items_too(client, store, round_of_2023_form) -> None:
    answer(store, IN_WARD, times=40, symbols=dict.fromkeys("ABC", "4"))
    answer(store, IN_WARD, times=30, symbols=dict.fromkeys("ABCD", "4"))
    answer(store, IN_WARD, times=5, symbols=dict.fromkeys("ABCDE", "4"))
    publish(store)
    found = parts(client, "/results/r1/P-DONGKINH")
    assert found["D. Kết quả"][0] == "không công bố"
    assert found["E. Việc tiếp nhận, xử lý phản ánh, kiến nghị của người dân"][0] == "không công bố"
    tree = html.fromstring(client.get("/results/r1/P-DONGKINH").text)
    groups = tree.xpath("//section[@aria-labelledby='items']//tbody")
    # The items of E are as few as E; of D, one stays hidden, so that the items do not give D back.
    assert [texts(row) for row in groups[3].findall("tr")[1:]] == [["không công bố"], *[["80,00", "100,00", "35"]] * 2]
    assert groups[4].findtext("tr/th/span") == "– không công bố"
    assert len(groups[4].findall("tr")) == 1


def test_few_responses_come_with_a_caution(client, store, round_of_2023_form) -> None:
    answer_with_both(store, IN_WARD, times=28)
    publish(store)
    assert "Dưới 30 phiếu: kết quả chưa ổn định." in words(client, "/results/r1/P-DONGKINH")


@pytest.mark.parametrize("path", ["/results/r1/nobody", "/results/nowhere/P-DONGKINH"])
def test_the_page_of_an_unknown_agency_or_round_is_not_found(client, store, round_of_2023_form, path) -> None:
    answer_with_both(store, IN_WARD, times=40)
    publish(store)
    assert client.get(path).status_code == 404


def test_an_agency_of_an_unpublished_round_shows_nothing(client, store, round_of_2023_form) -> None:
    answer_with_both(store, IN_WARD, times=40)
    found = client.get("/results/r1/P-DONGKINH")
    assert found.status_code == 404
    assert "chưa có kết quả được công bố" in found.text


def test_in_english_only_names_are_vietnamese(client, store, round_of_2023_form) -> None:
    answer_with_both(store, IN_WARD, times=28)
    publish(store)
    text = words(client, "/results/r1/P-DONGKINH?lang=en")
    for told in ("model-based 95% interval", "60.00", "preliminary", "Whole block", "28 responses"):
        assert told in text
    names = (WARD, "Sở Nội vụ", "Đợt r1", "UBND cấp xã", "Tiếng Việt", "Hài Lòng", "1001/QĐ-BNV")
    for name in names:
        text = text.replace(name, "")
    assert set(text.lower()) & set("ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ") == set()
