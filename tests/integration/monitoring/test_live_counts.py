"""Counts that are kept for a day, and that they add up to what is stored."""

from datetime import timedelta

import time_machine
from sqlalchemy import update

from survey.fieldwork import VisitCount
from survey.operations.clock import now_in_vietnam
from survey.operations.monitoring.live_counts import LiveCounts, count_days
from survey.operations.monitoring.served import KeptServed, Served
from survey.responses import Mode
from survey.store import tables
from survey.store.registry.agencies import find_round
from survey.store.rounds.visits import save_visits
from survey.store.subjects import ADDED
from tests.integration.monitoring.coming_in import BUSINESS, ELSEWHERE, ago, answer, point_ids


def test_what_came_in_today_is_counted_from_tomorrow_on(store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, {1: 2})
    live = LiveCounts(store)
    before = live.of("r1")
    # One at the counter now, and one whose phone was away from the network since yesterday.
    answer(store, BUSINESS, {0: 1, 1: 1})
    assert live.of("r1") is before
    assert before.responses == 2
    assert LiveCounts(store).of("r1").responses == 3, "another process, which looks first now, knows the late one"
    with time_machine.travel(now_in_vietnam() + timedelta(days=1)):
        assert live.of("r1").responses == 4


def test_a_round_whose_last_day_was_moved_is_counted_anew(store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, {1: 2})
    live = LiveCounts(store)
    before = live.of("r1")
    with store.writing(ADDED) as connection:
        connection.execute(update(tables.survey_round).values(closes=ago(-19), seals=ago(-29)))
    # From 20 days ago to in 19 days: 40 days.
    assert len(live.of("r1").by_day([1])) == 40 > len(before.by_day([1]))


def test_visits_that_are_entered_count_at_once_though_the_responses_are_kept(store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, {15: 10})
    with store.reading() as connection:
        _, survey_round = find_round(connection, "r1")
    counts, kept, number = count_days(store, "r1"), KeptServed(), point_ids(store)[BUSINESS]

    def served():
        with store.reading() as connection:
            return kept.of(connection, survey_round, counts).points.get(number, Served())

    def enter(visits: int) -> None:
        with store.writing(ADDED) as connection:
            save_visits(connection, [VisitCount(BUSINESS, "", ago(20), ago(11), visits)])

    assert served().rate is None
    enter(100)
    assert served().rate == 10
    enter(50)
    assert served().rate == 20
    enter(9)
    assert served().rate is None, "more responses than visits"


def test_the_counts_add_up_to_what_is_stored_however_the_keys_fall(store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, {20: 200, 0: 100})
    answer(store, ELSEWHERE, {20: 50}, mode=Mode.IMPORT)
    counts, ids = count_days(store, "r1"), point_ids(store)
    assert counts.responses == 350
    assert counts.by_day([ids[BUSINESS], ids[ELSEWHERE]]).tolist() == [250, *[0] * 19, 100, *[0] * 10]
    assert counts.between(ago(20), ago(1))[counts.rows[ids[BUSINESS]]] == 200
    assert counts.between(ago(19), ago(0))[counts.rows[ids[ELSEWHERE]]] == 0
    assert sum(counts.between(ago(99), ago(-99))) == 350
