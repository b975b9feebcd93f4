"""The page of an agency for everybody: its newest published figures in words, what people said and what was done."""

import re
from base64 import b64encode
from datetime import date, timedelta
from hashlib import sha256

import pytest
from lxml import html
from sqlalchemy import insert, select

from survey.operations.clock import today_in_vietnam
from survey.operations.rounds.rounds import NewRound, open_round
from survey.store.feedback.tables import comment_screening, feedback_case
from survey.store.registry.agencies import find_round
from survey.store.subjects import ADDED
from survey.store.tables import agency
from tests.conftest import open_sample_round
from tests.integration.results.public_pages import IN_OTHER_WARD, IN_WARD, answer, publish, words

# Many pages on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow

CODE, OTHER_CODE = "P-DONGKINH", "P-KYLUA"
PAGE = f"/a/{CODE}"
# Of the sample registry: the first was merged into the second.
MERGED, INTO = "SKHDT", "STC"


def answer_alike(store, *, satisfied: int, not_satisfied: int, round_code: str = "r1") -> None:
    """Let people answer 4 to everything, and others 3."""
    for times, symbol in ((satisfied, "4"), (not_satisfied, "3")):
        answer(store, IN_WARD, times=times, symbols=dict.fromkeys("ABCDE", symbol), round_code=round_code)


def add_case(store, code: str, **values: object) -> None:
    """Store a feedback case of the ward, received ten days ago and due in ten."""
    today = today_in_vietnam()
    with store.writing(ADDED) as connection:
        number = connection.scalar(select(agency.c.id).where(agency.c.code == CODE))
        usual = {
            "code": code,
            "secret_digest": "0" * 64,
            "agency_id": number,
            "kind": "complaint",
            "text": f"thư riêng {code}",
            "received_on": today - timedelta(days=10),
            "due_on": today + timedelta(days=10),
            "state": "received",
        }
        connection.execute(insert(feedback_case).values(**usual | values))


def answered(on: date, **values: object) -> dict[str, object]:
    """Return what makes a case an answered one."""
    return {"state": "answered", "answer": "trả lời riêng", "answered_on": on, **values}


def test_a_mean_is_told_by_the_answer_it_is_nearest_to(client, store, round_of_2023_form) -> None:
    answer_alike(store, satisfied=30, not_satisfied=10)
    publish(store)
    text = words(client, PAGE)
    # (30×4 + 10×3) / (40×5) = 150/200; the mean is 3,75 of 5, nearest to 4; all 1 would be 20 of 100.
    assert "75,00 trên 100" in text
    assert "câu trả lời gần với mức “Hài lòng” nhất" in text
    assert "nếu mọi người đều chọn “Rất không hài lòng” thì được 20, mức thấp nhất" in text
    assert text.count("75,00 – gần với mức “Hài lòng” 40 phiếu") == 5
    assert "trong 100 câu trả lời" not in text


def test_a_share_of_answers_is_told_as_so_many_of_a_hundred_answers(client, store, sample_registry) -> None:
    open_sample_round(store, "r1", "sipas-2017")
    answer_alike(store, satisfied=26, not_satisfied=14)
    publish(store)
    text = words(client, PAGE)
    # 26 of 40 are 65 of 100.
    assert "65 trong 100 câu trả lời là “Hài lòng” hoặc “Rất hài lòng”." in text
    assert text.count("65,00 – 65 trong 100 câu trả lời là “Hài lòng” hoặc “Rất hài lòng” 40 phiếu") == 5


def test_every_figure_stands_beside_its_base_its_basis_and_its_range(client, store, round_of_2023_form) -> None:
    answer_alike(store, satisfied=30, not_satisfied=10)
    publish(store)
    text = words(client, PAGE)
    assert "Số liệu do người dân tự nguyện trả lời tại quầy." in text
    assert "không phải Chỉ số SIPAS do Bộ Nội vụ công bố" in text
    assert "Tính trên 40 phiếu của đợt khảo sát từ ngày" in text
    assert "Khoảng dao động 95%: từ " in text
    assert "Nếu hỏi những người khác cũng đến làm thủ tục tại đây" in text
    assert "kết quả sơ bộ" in text
    assert "sai số" not in text
    bars = html.fromstring(client.get(PAGE).text).xpath("//progress")
    assert [(bar.get("value"), bar.get("max")) for bar in bars] == [("75.0", "100")] * 5


def test_what_is_withheld_is_on_the_page_neither_in_words_nor_in_a_bar(client, store, round_of_2023_form) -> None:
    answer(store, IN_WARD, times=9, symbols=dict.fromkeys("ABCDE", "5"))
    answer(store, IN_OTHER_WARD, times=40, symbols=dict.fromkeys("ABCDE", "4"))
    publish(store)
    page = client.get(PAGE).text
    text = words(client, PAGE)
    assert "Chưa công bố số liệu của cơ quan này: có dưới 10 phiếu" in text
    for secret in ("100,00", "trên 100", "gần với mức", "9 phiếu", "<progress"):
        assert secret not in page


def test_one_dimension_that_is_withheld_has_no_bar(client, store, round_of_2023_form) -> None:
    answer(store, IN_WARD, times=40, symbols=dict.fromkeys("ABCD", "4"))
    answer(store, IN_WARD, times=5, symbols={"E": "1"})
    publish(store)
    page = html.fromstring(client.get(PAGE).text)
    *shown, last = page.xpath("//ul[@class='bars']/li")
    assert [len(one.findall("progress")) for one in (*shown, last)] == [1, 1, 1, 1, 0]
    assert "không công bố" in last.text_content()
    assert "Ô ghi “không công bố” có dưới 10 phiếu" in page.text_content()


def test_the_newest_round_somebody_answered_in_is_shown(client, store, sample_registry) -> None:
    open_sample_round(store, "r1", "sipas-2023", opened_days_ago=70)
    answer_alike(store, satisfied=40, not_satisfied=0)
    publish(store)
    open_sample_round(store, "r2", "sipas-2023")
    answer(store, IN_OTHER_WARD, times=40, symbols=dict.fromkeys("ABCDE", "3"), round_code="r2")
    publish(store, "r2")
    assert "80,00 trên 100" in words(client, PAGE)
    answer_alike(store, satisfied=0, not_satisfied=40, round_code="r2")
    publish(store, "r2")
    assert "60,00 trên 100" in words(client, PAGE)


def test_before_anything_is_published_nothing_of_the_answers_is_told(client, store, round_of_2023_form) -> None:
    answer_alike(store, satisfied=40, not_satisfied=0)
    found = client.get(PAGE)
    assert found.status_code == 200
    assert "Chưa có kết quả nào của cơ quan này được công bố." in found.text
    assert "80,00" not in found.text


def test_a_code_typed_from_paper_may_be_in_small_letters(client, store, sample_registry) -> None:
    assert "phường Đông Kinh" in client.get(f"/a/{CODE.lower()}", follow_redirects=True).text


@pytest.mark.parametrize("code", ["nobody", "%3Cb%3E", "..", "P-DONGKIN", "%00"])
def test_an_unknown_code_leads_to_the_results_there_are(client, store, sample_registry, code) -> None:
    found = client.get(f"/a/{code}")
    assert found.status_code == 404
    assert "<b>" not in found.text.replace("<b>Đánh giá sự phục vụ</b>", "")


def test_an_agency_that_was_merged_names_its_successor_and_the_other_way_round(client, store, sample_registry) -> None:
    before, after = (html.fromstring(client.get(f"/a/{code}").text) for code in (MERGED, INTO))
    assert f"/a/{INTO}" in before.xpath("//main//a/@href")
    assert f"/a/{MERGED}" in after.xpath("//main//a/@href")
    # Whoever writes to an agency that is gone would write to nobody.
    assert not [one for one in before.xpath("//a/@href") if one.startswith("/feedback?")]


def test_only_what_was_published_of_a_case_is_told(client, store, sample_registry) -> None:
    today = today_in_vietnam()
    public = {"public_text": "Chờ <b>lâu</b>.", "public_answer": "Đã thêm quầy.", "published_on": today}
    add_case(store, "CASE1", **answered(today - timedelta(days=3), **public, satisfied=True))
    add_case(store, "CASE2", **answered(today - timedelta(days=1), due_on=today - timedelta(days=2)))
    add_case(store, "CASE3")
    page = client.get(PAGE).text
    facts = html.fromstring(page).xpath("//dl/div")
    # One of the two that were due was answered by its day.
    assert {fact.findtext("dt"): fact.findtext("dd") for fact in facts} == {
        "Phản ánh, kiến nghị đã nhận": "3",
        "Đã trả lời": "2",
        "Trả lời đúng hạn": "1 trên 2 việc đến hạn (50%)",
        "Người gửi hài lòng với kết quả trả lời": "1 trên 1 người cho ý kiến",
    }
    assert "Chờ &lt;b&gt;lâu&lt;/b&gt;." in page
    assert "Đã thêm quầy." in page
    assert "riêng" not in page
    assert not re.search("CASE[123]", page)


def test_without_a_case_the_page_says_so(client, store, sample_registry) -> None:
    assert "Tính đến hết hôm qua, cơ quan này chưa nhận được phản ánh, kiến nghị nào." in words(client, PAGE)


def screen(store, round_code: str, text: str, key: bytes) -> None:
    """Store that a comment about the ward is shown in these words."""
    with store.writing(ADDED) as connection:
        round_id, survey_round = find_round(connection, round_code)
        number = connection.scalar(select(agency.c.id).where(agency.c.code == CODE))
        about = {"comment_key": key, "round_id": round_id, "agency_id": number, "staff": "lan"}
        connection.execute(insert(comment_screening).values(**about, text=text, decided_on=survey_round.closes))


@pytest.mark.parametrize(("times", "shown"), [(40, True), (9, False)])
def test_screened_comments_stand_only_where_the_figure_does(client, store, round_of_2023_form, times, shown) -> None:
    answer_alike(store, satisfied=times, not_satisfied=0)
    publish(store)
    screen(store, "r1", "Cán bộ <i>nhiệt tình</i>.", b"1" * 16)
    screen(store, "r1", "", b"2" * 16)
    page = client.get(PAGE).text
    assert ("Cán bộ &lt;i&gt;nhiệt tình&lt;/i&gt;." in page) is shown
    assert ("Ý kiến ghi trên phiếu" in page) is shown


def test_simulated_figures_are_marked(client, store, sample_registry) -> None:
    today = today_in_vietnam()
    open_round(store, NewRound("r1", "Đợt r1", "sipas-2023", today, today + timedelta(days=9), simulated=True))
    answer_alike(store, satisfied=40, not_satisfied=0)
    publish(store)
    assert "DỮ LIỆU MÔ PHỎNG" in client.get(PAGE).text
    assert "SIMULATED DATA" in client.get(f"{PAGE}?lang=en").text


def test_the_page_sets_no_cookie_may_be_kept_and_allows_its_own_style_only(client, store, sample_registry) -> None:
    found = client.get(PAGE)
    assert "Set-Cookie" not in found.headers
    assert found.headers["Cache-Control"] == "public, max-age=300"
    (style,) = re.findall(r"<style>(.*?)</style>", found.text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in found.headers["Content-Security-Policy"]
    # Like every citizen's page: at most 10 kB on the wire (it is served compressed to about a third).
    assert len(found.data) < 30_000


def test_the_page_leads_to_the_tables_and_the_tables_lead_back(client, store, round_of_2023_form) -> None:
    answer_alike(store, satisfied=40, not_satisfied=0)
    publish(store)
    links = {
        path: html.fromstring(client.get(path).text).xpath("//main//a/@href") for path in (PAGE, f"/results/r1/{CODE}")
    }
    assert f"/results/r1/{CODE}" in links[PAGE]
    assert PAGE in links[f"/results/r1/{CODE}"]
