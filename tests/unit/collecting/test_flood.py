"""The counters that keep a flood of answers out."""

import threading
import time

import pytest

from survey.operations.collecting.flood import WINDOW_SECONDS, FloodGuard
from tests.turns import wait_for_room

POINT, OTHER = "L4E3SZF", "KNH72ZA"
ADDRESS = "203.0.113.7"


@pytest.fixture(autouse=True)
def _away_from_the_turn_of_the_minute():
    """Wait for the next minute if this one is about to end: the counters begin anew with it."""
    wait_for_room(3, within=WINDOW_SECONDS)


def test_the_answer_after_the_last_allowed_one_has_to_wait():
    guard = FloodGuard(3)
    waits = [guard.wait_seconds(POINT, ADDRESS) for _ in range(5)]
    assert waits[:3] == [0, 0, 0]
    assert all(1 <= wait <= WINDOW_SECONDS for wait in waits[3:])


def test_the_wait_ends_with_the_minute():
    guard = FloodGuard(0)
    before = time.time()
    wait = guard.wait_seconds(POINT, ADDRESS)
    assert before < (before // WINDOW_SECONDS + 1) * WINDOW_SECONDS <= int(before) + wait + 1


def test_service_points_and_networks_do_not_share_a_count():
    guard = FloodGuard(1)
    assert guard.wait_seconds(POINT, ADDRESS) == 0
    assert guard.wait_seconds(OTHER, ADDRESS) == 0
    assert guard.wait_seconds(POINT, "203.0.113.8") == 0
    assert guard.wait_seconds(POINT, ADDRESS) > 0


def test_a_new_minute_begins_a_new_count():
    time_machine = pytest.importorskip("time_machine", reason="time-machine moves the clock")
    guard = FloodGuard(1)
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        assert [guard.wait_seconds(POINT, ADDRESS) for _ in range(2)] == [0, 60]
        clock.shift(59)
        assert guard.wait_seconds(POINT, ADDRESS) == 1
        clock.shift(1)
        assert guard.wait_seconds(POINT, ADDRESS) == 0


def test_threads_count_together():
    guard, passed = FloodGuard(100), []

    def send():
        for _ in range(50):
            passed.append(guard.wait_seconds(POINT, ADDRESS) == 0)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(passed) == 100
    assert len(passed) == 400


def test_nothing_in_memory_holds_an_address_or_a_code_in_clear():
    guard = FloodGuard(10)
    guard.wait_seconds(POINT, ADDRESS)
    # One counter of eight bytes of a keyed hash; two processes make two different ones of the same phone.
    other = FloodGuard(10)
    other.wait_seconds(POINT, ADDRESS)
    kept = [repr({name: value for name, value in vars(one).items() if name != "_lock"}) for one in (guard, other)]
    assert all(ADDRESS not in text and POINT not in text for text in kept)
    assert guard._counts.keys().isdisjoint(other._counts.keys())
