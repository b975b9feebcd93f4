"""No page of a citizen is a dead end in words: each says what can be done instead, and where."""

from datetime import timedelta

import pytest
from lxml import html

from survey.app import create_app
from survey.fieldwork import asked_questions
from survey.instrument import load_instrument
from survey.instrument.answering_time import answering_time
from survey.operations.clock import today_in_vietnam
from survey.store.registry.agencies import find_round
from tests.conftest import open_sample_round

POINT, AGENCY = "L4E3SZF", "TTPVHCC"
OFFICE = "Ban Tiếp công dân tỉnh, số 1 đường Hùng Vương"
SENTENCES = {
    "vi": "Đơn khiếu nại, tố cáo không gửi ở đây",
    "en": "Formal complaints and denunciations under the law cannot be filed here",
}


def links(client, path: str) -> set[str]:
    """Return where a page leads."""
    return set(html.fromstring(client.get(path).text).xpath("//main//a/@href"))


def text_of(client, path: str) -> str:
    """Return the words of a page."""
    return " ".join(html.fromstring(client.get(path).text).text_content().split())


@pytest.fixture
def told(store, sample_registry, database_url, tmp_path):
    """Return a client of an application that was told where formal complaints go and whom to ask."""
    environment = {
        "HAI_LONG_INSTANCE": str(tmp_path / "own"),
        "DATABASE_URL": database_url,
        "SURVEY_OWNER": "Sở Nội vụ",
    }
    more = {"PETITION_OFFICE": OFFICE, "CONTACT": "1900 0000", "SUPPORT": "Ông An, 0205 000 000", "PUBLIC_URL": ""}
    made = create_app({**environment, **more})
    yield made.test_client()
    made.extensions["hai-long"].store.close()


@pytest.mark.parametrize(("opened_days_ago", "days"), [(20, 10), (-5, 30)])
@pytest.mark.parametrize(("query", "tail", "more"), [("", "", ""), ("?lang=en", "?lang=en", "&lang=en")])
@pytest.mark.usefixtures("sample_registry")
def test_between_rounds_a_code_leads_to_feedback_and_to_the_last_results(
    client, store, opened_days_ago, days, query, tail, more
):
    open_sample_round(store, "r1", "sipas-2023", opened_days_ago=opened_days_ago, days=days)
    found = links(client, f"/K/{POINT}{query}")
    assert {f"/feedback?agency={AGENCY}{more}", f"/a/{AGENCY}{tail}"} <= found
    assert client.get(f"/a/{AGENCY}{tail}").status_code == 200


@pytest.mark.usefixtures("round_of_2023_form")
@pytest.mark.parametrize("language", ["vi", "en"])
def test_after_sending_the_way_to_the_results_is_shown(client, language):
    tail = "" if language == "vi" else "?lang=en"
    page = f"/K/{POINT}/thanks?receipt=9EZB-ECQL-YRVA" + tail.replace("?", "&")
    assert f"/a/{AGENCY}{tail}" in links(client, page)


@pytest.mark.usefixtures("round_of_2023_form")
def test_a_code_nobody_has_leads_to_feedback(client):
    assert "/feedback" in links(client, "/K/2222222")


@pytest.mark.parametrize("another", [False, True])
@pytest.mark.usefixtures("sample_registry")
def test_a_form_that_comes_too_late_is_offered_anew_only_while_a_round_is_open(client, app, store, another):
    open_sample_round(store, "r1", "sipas-2023", opened_days_ago=40, days=10)
    if another:
        open_sample_round(store, "r2", "sipas-2023", opened_days_ago=2, days=10)
    token = app.extensions["hai-long"].tokens.make(POINT, today_in_vietnam() - timedelta(days=35))
    page = client.post(f"/K/{POINT}", data={"token": token, "A1": "5"})
    assert page.status_code == 410
    found = set(html.fromstring(page.text).xpath("//main//a/@href"))
    assert (f"/K/{POINT}" in found, f"/feedback?agency={AGENCY}" in found) == (another, not another)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_first_screen_says_how_long_it_takes_and_what_may_be_left_out(client, store, round_of_2023_form, language):
    with store.reading() as connection:
        _, own = find_round(connection, round_of_2023_form)
    instrument = load_instrument(own.instrument)
    questions = asked_questions(own, instrument)
    time = answering_time(instrument, questions, language).in_language(language)
    text = text_of(client, f"/K/{POINT}" + ("" if language == "vi" else "?lang=en"))
    says = {
        "vi": (
            f"{len(questions)} câu, khoảng {time}",
            "câu nào không rõ hoặc không muốn trả lời, xin bỏ qua",
            "Sau khi gửi, câu trả lời không sửa được nữa.",
        ),
        "en": (
            f"{len(questions)} questions, about {time}",
            "skip any question",
            "Once sent, your answers cannot be changed.",
        ),
    }
    assert [one for one in says[language] if one not in text] == []


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.usefixtures("sample_registry")
def test_who_writes_is_told_that_formal_complaints_go_elsewhere(client, language):
    text = text_of(client, f"/feedback?agency={AGENCY}" + ("" if language == "vi" else "&lang=en"))
    assert SENTENCES[language] in text
    assert "Nơi nhận đơn" not in text
    assert "They are received at" not in text


@pytest.mark.parametrize(("language", "where"), [("vi", "Nơi nhận đơn: "), ("en", "They are received at: ")])
def test_where_formal_complaints_go_and_whom_to_call_is_told_by_setting(told, language, where):
    text = text_of(told, f"/feedback?agency={AGENCY}" + ("" if language == "vi" else "&lang=en"))
    assert SENTENCES[language] in text
    assert f"{where}{OFFICE}." in text
    assert "1900 0000" in text


def test_who_cannot_sign_in_is_told_whom_to_call(told, client):
    assert "Ông An, 0205 000 000" in text_of(told, "/staff/sign-in")
    assert "Ông An" not in text_of(client, "/staff/sign-in")


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.usefixtures("sample_registry")
def test_the_results_say_who_publishes_them_and_whom_to_ask(told, client, language):
    tail = "" if language == "vi" else "?lang=en"
    assert "Sở Nội vụ" in text_of(client, f"/results/{tail}")
    assert "1900 0000" in text_of(told, f"/results/{tail}")
