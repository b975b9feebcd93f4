"""Two files of a day never differ by the answer of somebody who stood at the counter between them."""

from collections import Counter
from csv import DictReader
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import update

from survey.operations.clock import now_in_vietnam, today_in_vietnam
from survey.operations.exports.files import responses_file
from survey.operations.staff.rights import Role
from survey.responses import HalfDay
from survey.store import tables
from survey.store.collecting.settling import settle
from survey.store.subjects import ADDED
from tests.integration.monitoring.coming_in import BUSINESS, ELSEWHERE, OTHER_WARD, WARD, answer
from tests.sign_in import admit

DAY = timedelta(days=1)


@pytest.fixture
def analyst(client, store, round_of_2023_form):
    """Return a client signed in as an analyst."""
    admit(client, store, "an", Role.ANALYST)
    return client


def given(store):
    """Return how many rows of each agency a file gives now."""
    lines = responses_file(store, "r1", layout="csv").decode("utf-8-sig").splitlines()
    return dict(Counter(row["agency_code"] for row in DictReader(lines)))


def send(client, point, **more):
    """Send an answer as a telephone at the counter does."""
    token = client.application.extensions["hai-long"].tokens.make(point, today_in_vietnam() - 3 * DAY)
    assert client.post(f"/K/{point}", data={"A1": "5", "token": token, **more}).status_code == 303


def test_an_answer_between_two_files_changes_nothing(analyst, store):
    answer(store, BUSINESS, {1: 12})
    before = analyst.get("/staff/exports/responses.csv?round=r1").data
    assert before.count(b"\n") > 12
    send(analyst, BUSINESS)
    assert analyst.get("/staff/exports/responses.csv?round=r1").data == before
    # Nor one whose telephone says that it was given another day: the agency waits until they are ten.
    send(analyst, BUSINESS, given=f"{today_in_vietnam() - 2 * DAY}am")
    assert given(store) == {}


@pytest.mark.usefixtures("round_of_2023_form")
def test_the_rows_of_an_agency_grow_by_ten_or_more(store):
    answer(store, BUSINESS, {6: 9})
    answer(store, ELSEWHERE, {6: 10})
    assert given(store) == {OTHER_WARD: 10}
    answer(store, BUSINESS, {5: 1})
    answer(store, ELSEWHERE, {5: 9})
    assert given(store) == {WARD: 10, OTHER_WARD: 10}
    answer(store, ELSEWHERE, {4: 1})
    assert given(store) == {WARD: 10, OTHER_WARD: 20}


@pytest.mark.usefixtures("round_of_2023_form")
def test_an_agency_with_late_answers_waits_until_they_are_ten(store):
    answer(store, BUSINESS, {3: 15})
    assert given(store) == {WARD: 15}
    answer(store, BUSINESS, {3: 9})
    assert given(store) == {}
    answer(store, BUSINESS, {4: 1})
    assert given(store) == {WARD: 25}


@pytest.mark.usefixtures("round_of_2023_form")
def test_only_days_before_the_last_nightly_work_are_given(store):
    answer(store, BUSINESS, {3: 10, 2: 10, 1: 10, 0: 10})
    settle(store, (today_in_vietnam() - DAY, HalfDay.AFTERNOON))
    assert given(store) == {WARD: 20}
    settle(store, (today_in_vietnam(), HalfDay.AFTERNOON))
    assert given(store) == {WARD: 30}
    with time_machine.travel(now_in_vietnam() + DAY):
        assert given(store) == {WARD: 30}, "today's are given when a night has settled them"


@pytest.mark.usefixtures("round_of_2023_form")
def test_once_the_round_is_sealed_all_are_given(store):
    answer(store, BUSINESS, {3: 4})
    assert given(store) == {}
    with store.writing(ADDED) as connection:
        over = {"opens": date(2026, 1, 1), "closes": today_in_vietnam() - 2 * DAY, "seals": today_in_vietnam() - DAY}
        connection.execute(update(tables.survey_round).values(**over))
    assert given(store) == {WARD: 4}
