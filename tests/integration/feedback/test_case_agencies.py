"""To whom a case goes when agencies end: stored as it was sent, answered by whoever does the work on the day."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from survey.operations.clock import today_in_vietnam
from survey.operations.feedback import desk
from survey.operations.feedback.figures import figures_of
from survey.operations.feedback.receipts import follow_case
from survey.store.feedback.tables import feedback_case
from survey.store.subjects import ADDED
from survey.store.tables import agency
from tests.integration.feedback.letters import TEXT, desk_of, letter, post, put_in, receipt_on, row_of

DAY = timedelta(days=1)
TRADE, HEALTH = "SCT", "SYT"
NOT_WORKING = "Cơ quan này không còn hoạt động hoặc chưa hoạt động"


@pytest.fixture
def today():
    """Give the day."""
    return today_in_vietnam()


def set_days(store, code, *, begins=None, ends=None, heir=None):
    """Let an agency begin on a day, end with a day, and be taken over."""
    with store.writing(ADDED) as connection:
        successor = select(agency.c.id).where(agency.c.code == heir).scalar_subquery() if heir else None
        changed = update(agency).where(agency.c.code == code)
        connection.execute(changed.values(valid_from=begins, valid_to=ends, successor_id=successor))


def stored_agency(store, code):
    """Return the code of the agency in the row of a case."""
    with store.reading() as connection:
        of_case = select(agency.c.code).join(feedback_case, feedback_case.c.agency_id == agency.c.id)
        return connection.scalar(of_case.where(feedback_case.c.code == code))


# ---- Taken over.


def test_what_is_sent_to_an_agency_that_was_taken_over_comes_back_when_that_is_undone(store, today):
    set_days(store, TRADE, ends=today - 3 * DAY, heir=HEALTH)
    receipt = put_in(store, today=today - DAY, agency=TRADE)
    assert desk.find_case(desk_of(store, agencies={HEALTH}), receipt.code).line.agency.code == HEALTH
    assert (figures_of(store, HEALTH).open, figures_of(store, TRADE).open) == (1, 0)
    set_days(store, TRADE)
    assert desk.find_case(desk_of(store, agencies={TRADE}), receipt.code).line.agency.code == TRADE
    assert (figures_of(store, HEALTH).open, figures_of(store, TRADE).open) == (0, 1)


def test_a_case_closed_before_a_planned_takeover_stays_with_its_agency(store, today):
    receipt = put_in(store, today=today - DAY, agency=TRADE)
    set_days(store, TRADE, ends=today + 30 * DAY, heir=HEALTH)
    desk.answer(desk_of(store, agencies={TRADE}), receipt.code, "Xong.", seen=1)
    assert stored_agency(store, receipt.code) == TRADE
    assert follow_case(store, receipt.code, receipt.secret, today=today).agency.code == TRADE


def test_the_form_names_who_answers_and_keeps_whom_it_was_sent_to(client, store, today):
    set_days(store, TRADE, ends=today - DAY, heir=HEALTH)
    page = client.get(f"/feedback?agency={TRADE}").text
    assert "Sở Y tế" in page
    assert re.search(r'name=agency value="([^"]+)"', page)[1] == TRADE
    answer = post(client, letter(client, TRADE))
    assert "Sở Y tế" in answer.text
    assert stored_agency(store, receipt_on(answer.text)[0]) == TRADE


def test_the_receipt_of_the_same_form_names_the_agency_that_has_the_case_now(client, store, today):
    fields = letter(client, TRADE)
    code, _ = receipt_on(post(client, fields).text)
    desk.send_on(desk_of(store, today=today + DAY), code, HEALTH, "Việc của sở", seen=1)
    again = post(client, fields)
    assert again.status_code == 201
    assert "Sở Y tế" in again.text
    assert "Sở Công Thương" not in again.text


@pytest.mark.parametrize(("days", "told"), [(-1, True), (0, False), (30, False)])
def test_a_takeover_is_told_once_it_has_happened(client, store, today, days, told):
    set_days(store, TRADE, ends=today + days * DAY, heir=HEALTH)
    before, after = client.get(f"/a/{TRADE}").text, client.get(f"/a/{HEALTH}").text
    assert ("nay do cơ quan khác đảm nhiệm" in before) is told
    assert (f'href="/a/{HEALTH}"' in before) is told
    assert (f'href="/a/{TRADE}"' in after) is told
    assert (f"/feedback?agency={TRADE}" in before) is not told
    assert f"/feedback?agency={HEALTH}" in after


# ---- Nobody there.


@pytest.mark.parametrize("kind", ["closed", "not begun", "taken over by one that closed"])
def test_an_agency_that_does_not_work_takes_nothing(client, store, today, kind):
    fields = letter(client, TRADE)
    if kind == "not begun":
        set_days(store, TRADE, begins=today + DAY)
    else:
        set_days(store, TRADE, ends=today - DAY, heir=HEALTH if "taken" in kind else None)
    if "taken" in kind:
        set_days(store, HEALTH, ends=today - DAY)
    answers = [client.get(f"/feedback?agency={TRADE}"), post(client, fields)]
    for answer in answers:
        assert answer.status_code == 404
        assert NOT_WORKING in answer.text
        assert 'action="/feedback"><label for=q>' in answer.text
    with store.reading() as connection:
        assert connection.execute(select(feedback_case.c.code)).all() == []
    for path in (f"/a/{TRADE}", f"/results/feedback/{TRADE}"):
        assert f"/feedback?agency={TRADE}" not in client.get(path).text, path


def test_an_agency_works_on_its_first_and_on_its_last_day(client, store, today):
    set_days(store, TRADE, begins=today, ends=today)
    assert post(client, letter(client, TRADE)).status_code == 201
    assert f"/feedback?agency={TRADE}" in client.get(f"/a/{TRADE}").text


def test_an_open_case_of_an_agency_that_closed_stays_to_be_answered(store, today):
    receipt = put_in(store, today=today - DAY, agency=TRADE)
    set_days(store, TRADE, ends=today - DAY)
    found = desk.find_case(desk_of(store, agencies={TRADE}), receipt.code)
    assert found.case.text == TEXT
    assert row_of(store, receipt.code).state == "received"
