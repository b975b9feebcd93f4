"""Numbers typed in a long table outlive a search, another order, another page and another period."""

from datetime import date, timedelta

import pytest
from lxml import html

from survey.operations.rounds.rounds import NewRound, open_round
from survey.operations.rounds.visits_page import find_visit_sheet
from survey.operations.staff.rights import Scope
from survey.store.rounds.visits import list_visits
from tests.integration.rounds.round_pages import BUSINESS_AGENCY, OTHER_AGENCY, TODAY, held_round, text_of

DAY = timedelta(days=1)
VISITS, GOALS = "/staff/rounds/r1/visits", "/staff/rounds/r1/goals"


class Desk:
    """Somebody who types into the table of a page, and presses its buttons."""

    def __init__(self, client, path) -> None:
        self.client = client
        self.look(client.get(path))

    def look(self, answer):
        """Look at an answer, where it leads to."""
        while answer.status_code == 303:
            answer = self.client.get(answer.location)
        self.answer, self.tree = answer, html.fromstring(answer.text)
        self.form = self.tree.xpath("//main//form[@method='post'][.//input[@class='count']]")
        self.typed = dict(self.form[0].fields) if self.form else {}
        return answer

    def press(self, *words, **typed):
        """Type, and press the button that says so, of the first words, or the one that is reached by Enter."""
        buttons = self.form[0].xpath(".//button[@name='view']")
        value = next((one.get("value") for one in buttons if words and words[0] in one.text_content()), None)
        if words and words[0] == "Enter":
            value = buttons[0].get("value")
        more = {"view": value} if value is not None else {}
        return self.look(self.client.post(self.form[0].action, data={**self.typed, **typed, **more}))


def n(code):
    return f"n.{code}"


@pytest.mark.parametrize("path", [VISITS, GOALS])
@pytest.mark.parametrize("button", ["Cơ quan", "Tìm", "Enter"])
def test_what_was_typed_outlives_a_search_and_another_order(admitted, round_of_2023_form, path, button) -> None:
    desk = Desk(admitted, path)
    desk.press(button, **{n(BUSINESS_AGENCY): "7777", "q": "cong thuong" if button != "Cơ quan" else ""})
    assert desk.answer.status_code == 200
    assert desk.typed[n(BUSINESS_AGENCY)] == "7777"
    rows = [row.text_content() for row in desk.tree.xpath("//tbody/tr")]
    assert len(rows) == (1 if button != "Cơ quan" else 17)
    assert "Đang giữ 1" in text_of(desk.answer)
    # It is typed into as before, and all is stored together.
    assert desk.press(**{n(OTHER_AGENCY): "5"}).status_code == 200
    desk.press("Xem tất cả") if button != "Cơ quan" else None
    desk = Desk(admitted, path)
    assert (desk.typed[n(BUSINESS_AGENCY)], desk.typed[n(OTHER_AGENCY)]) == ("7777", "5")


def test_where_nothing_was_typed_the_address_says_what_is_shown(admitted, round_of_2023_form) -> None:
    desk = Desk(admitted, VISITS)
    answer = admitted.post(desk.form[0].action, data={**desk.typed, "view": "search", "q": "sở"})
    assert answer.status_code == 303
    assert "q=s%E1%BB%9F" in answer.location


@pytest.mark.parametrize("path", [VISITS, GOALS])
def test_what_was_typed_on_one_page_is_stored_from_the_next(
    admitted, store, round_of_2023_form, monkeypatch, path
) -> None:
    monkeypatch.setattr("survey.web.listing.ROWS_A_PAGE", 10)
    desk = Desk(admitted, path)
    first = next(name for name in desk.typed if name.startswith("n."))
    desk.press("Trang sau", **{first: "2 000"})
    second = next(
        name for name in desk.typed if name.startswith("n.") and desk.form[0].xpath(f".//input[@id='n-{name[2:]}']")
    )
    assert second != first
    desk.press(**{second: "1.250"})
    shown = {name: value for name, value in Desk(admitted, path).typed.items() if name == first}
    assert shown[first] == "2000"
    assert Desk(admitted, f"{path}?page=2").typed[second] == "1250"


def test_a_fault_on_a_page_that_is_not_shown_is_named(admitted, round_of_2023_form) -> None:
    desk = Desk(admitted, VISITS)
    desk.press("Tìm", **{n(BUSINESS_AGENCY): "nhiều", "q": "cong thuong"})
    desk.press()
    assert desk.answer.status_code == 400
    (box,) = desk.tree.xpath("//main//*[@role='alert']")
    assert "phường Đông Kinh" in box.text_content()
    assert box.get("autofocus") is not None
    assert desk.typed[n(BUSINESS_AGENCY)] == "nhiều"


def test_another_period_takes_what_was_typed_along_and_not_what_was_held(admitted, store, round_of_2023_form) -> None:
    own = held_round(store, "r1").survey_round
    desk = Desk(admitted, VISITS)
    days = {"new-first": own.opens.isoformat(), "new-last": own.opens.isoformat()}
    desk.press("Đổi khoảng thời gian", **days)
    desk.press(**{n(BUSINESS_AGENCY): "120"})
    later = (own.opens + DAY).isoformat()
    desk.press("Đổi khoảng thời gian", **{"new-first": later, "new-last": later, n(OTHER_AGENCY): "12"})
    assert (desk.typed[n(BUSINESS_AGENCY)], desk.typed[n(OTHER_AGENCY)]) == ("", "12")
    desk.press()
    with store.reading() as connection:
        counts = {(one.agency_code, one.from_day): one.visits for one in list_visits(connection)}
    assert counts == {(BUSINESS_AGENCY, own.opens): 120, (OTHER_AGENCY, own.opens + DAY): 12}


def test_other_days_than_those_shown_are_not_stored_at_the_first_press(admitted, store, round_of_2023_form) -> None:
    own = held_round(store, "r1").survey_round
    desk = Desk(admitted, VISITS)
    later = (own.opens + DAY).isoformat()
    desk.press(**{"new-first": later, "new-last": later, n(OTHER_AGENCY): "12"})
    with store.reading() as connection:
        assert list_visits(connection) == ()
    assert f"{own.opens + DAY:%d/%m/%Y} – {own.opens + DAY:%d/%m/%Y}" in text_of(desk.answer)
    desk.press()
    with store.reading() as connection:
        assert [one.from_day for one in list_visits(connection)] == [own.opens + DAY]


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [(1, 0, "Ngày cuối không được trước ngày đầu"), (0, 900, "phải nằm trong thời gian của đợt")],
)
def test_a_period_that_is_none_is_refused_in_words_with_the_days_and_numbers_as_typed(
    admitted, store, round_of_2023_form, first, last, told
) -> None:
    own = held_round(store, "r1").survey_round
    days = {"new-first": f"{own.opens + first * DAY}", "new-last": f"{own.opens + last * DAY}"}
    desk = Desk(admitted, f"{VISITS}?first={days['new-first']}&last={days['new-last']}")
    assert desk.answer.status_code == 400
    assert told in text_of(desk.answer)
    assert {name: desk.typed[name] for name in days} == days
    desk = Desk(admitted, VISITS)
    desk.press("Đổi khoảng thời gian", **days, **{n(OTHER_AGENCY): "12"})
    assert desk.answer.status_code == 400
    assert told in text_of(desk.answer)
    assert desk.typed[n(OTHER_AGENCY)] == "12"
    assert {name: desk.typed[name] for name in days} == days


def test_another_table_waits_until_what_was_typed_is_stored(admitted, round_of_2023_form) -> None:
    desk = Desk(admitted, VISITS)
    desk.press("xem từng điểm phục vụ", **{n(BUSINESS_AGENCY): "120"})
    assert desk.answer.status_code == 400
    assert "Còn 1 số vừa nhập chưa lưu" in text_of(desk.answer)
    assert desk.typed[n(BUSINESS_AGENCY)] == "120"
    desk.press()
    desk.press("xem từng điểm phục vụ")
    assert desk.tree.xpath("//input[@name='agency']")


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.250", 1250), ("1,300", 1300), ("2 000", 2000), ("1.000.000", 1_000_000), ("1,000,000", 1_000_000)],
)
def test_thousands_may_be_parted_by_either_sign(admitted, store, round_of_2023_form, text, number) -> None:
    Desk(admitted, VISITS).press(**{n(OTHER_AGENCY): text})
    with store.reading() as connection:
        assert [one.visits for one in list_visits(connection)] == [number]


@pytest.mark.parametrize("text", ["1,30", "1.250,5", "1,000.000", "1,5", "12,34", ",300", "1..000"])
def test_what_may_be_decimals_is_not_guessed_at(admitted, store, round_of_2023_form, text) -> None:
    assert Desk(admitted, VISITS).press(**{n(OTHER_AGENCY): text}).status_code == 400
    with store.reading() as connection:
        assert list_visits(connection) == ()


@pytest.mark.parametrize(
    ("opens", "closes", "today", "period"),
    [
        # Of a round that goes on: its first month, once that is over; before that, up to today.
        ((2026, 10, 15), (2026, 12, 31), (2026, 11, 30), ((2026, 10, 15), (2026, 10, 31))),
        ((2026, 11, 30), (2026, 12, 31), (2026, 11, 30), ((2026, 11, 30), (2026, 11, 30))),
        ((2026, 11, 10), (2026, 12, 31), (2026, 11, 20), ((2026, 11, 10), (2026, 11, 20))),
        # Of one that is over and was never counted: the whole.
        ((2026, 7, 1), (2026, 9, 30), (2026, 11, 30), ((2026, 7, 1), (2026, 9, 30))),
        # Of one that has not begun there is nothing to count.
        ((2026, 12, 1), (2026, 12, 31), (2026, 11, 30), ((2026, 12, 1), (2026, 12, 1))),
    ],
)
def test_the_usual_period_is_never_one_to_come(store, sample_registry, opens, closes, today, period) -> None:
    open_round(store, NewRound("r1", "Đợt", "sipas-2023", opens=date(*opens), closes=date(*closes)))
    sheet = find_visit_sheet(store, "r1", Scope(None))
    assert sheet.usual_period(date(*today)) == tuple(date(*day) for day in period)


def test_a_period_that_has_days_to_come_is_pointed_out_and_a_part_says_how_the_rest_comes_in(
    admitted, store, round_of_2023_form
) -> None:
    own = held_round(store, "r1").survey_round
    whole = {"new-first": f"{own.opens}", "new-last": f"{own.closes}"}
    desk = Desk(admitted, VISITS)
    desk.press("Đổi khoảng thời gian", **{"new-first": f"{own.opens}", "new-last": f"{own.opens + DAY}"})
    desk.press(**{n(OTHER_AGENCY): "12"})
    desk.press("Đổi khoảng thời gian", **whole)
    assert ("những ngày chưa đến" in text_of(desk.answer)) == (own.closes > TODAY())
    desk.press(**{n(OTHER_AGENCY): "99"})
    assert desk.answer.status_code == 400
    left = f"hãy nhập riêng những ngày chưa có số: {own.opens + 2 * DAY:%d/%m/%Y} – {own.closes:%d/%m/%Y}"
    assert left in text_of(desk.answer)
