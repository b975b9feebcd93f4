"""Counts that are kept for a while: how old they may be, and that they add up to what is stored."""

import threading
from datetime import timedelta

from survey.fieldwork import VisitCount
from survey.operations.monitoring.live_counts import LiveCounts, count_days
from survey.operations.monitoring.served import KeptServed, Served
from survey.responses import Mode
from survey.store.registry.agencies import find_round
from survey.store.rounds.visits import save_visits
from survey.store.subjects import ADDED
from tests.integration.monitoring.coming_in import BUSINESS, ELSEWHERE, ago, answer, point_ids


def test_a_large_round_is_shown_as_last_counted_while_it_is_counted_anew(store, round_of_three_weeks) -> None:
    answer(store, BUSINESS, {1: 2})
    live = LiveCounts(store, few=0, fresh=timedelta(0))
    first = live.of("r1")
    answer(store, BUSINESS, {1: 3})
    assert live.of("r1") is first
    wait_for_counting()
    assert (first.responses, live.of("r1").responses) == (2, 5)
    wait_for_counting()


def wait_for_counting() -> None:
    """Wait until no thread counts."""
    for thread in threading.enumerate():
        if thread.name == "live counts":
            thread.join(30)


def test_a_count_too_old_to_be_shown_is_waited_for(store, round_of_three_weeks) -> None:
    live = LiveCounts(store, few=0, fresh=timedelta(0), stale=timedelta(0))
    assert live.of("r1").responses == 0
    answer(store, BUSINESS, {1: 3})
    assert live.of("r1").responses == 3
    kept = LiveCounts(store, few=0, fresh=timedelta(hours=1), stale=timedelta(hours=2))
    assert kept.of("r1") is kept.of("r1")


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
