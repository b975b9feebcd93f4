"""How many answers one sender may give: counted for all processes of a machine, forgotten with the day."""

import os
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta

import pytest
import time_machine

from survey.operations.clock import VIETNAM
from survey.operations.collecting.pace import SIZE, TURN_SECONDS, SenderAllowance, SenderPace
from survey.operations.networks import TIMES_WIDER

SECRET = b"k" * 64
POINT, OTHER = "L4E3SZF", "KNH72ZA"
ADDRESS, NEIGHBOUR = "203.0.113.7", "203.0.113.8"
MORNING = datetime(2026, 11, 20, 8, 15, tzinfo=VIETNAM)


@pytest.fixture(autouse=True)
def clock():
    """Let it be a quarter past eight, and stay so until the test moves the clock."""
    with time_machine.travel(MORNING, tick=False) as moved:
        yield moved


def opened(folder, *, an_hour=3, a_day=5, kiosk=2):
    return SenderPace(
        folder / "pace", SECRET, counter=SenderAllowance(an_hour, a_day), kiosk=SenderAllowance(kiosk, kiosk)
    )


def test_the_hour_and_the_day_have_their_limits_and_the_wait_ends_with_them(tmp_path, clock):
    pace = opened(tmp_path)
    # From 8:15:00 to 9:00:00 there are 45 minutes, and from 9:00:00 to midnight 15 hours.
    assert [pace.wait_at_counter(POINT, ADDRESS) for _ in range(5)] == [0, 0, 0, 45 * 60 + 1, 45 * 60 + 1]
    clock.shift(45 * 60)
    assert [pace.wait_at_counter(POINT, ADDRESS) for _ in range(3)] == [0, 0, 15 * 3600 + 1]
    clock.shift(15 * 3600)
    assert pace.wait_at_counter(POINT, ADDRESS) == 0


def test_counters_and_networks_and_tablets_do_not_share_a_count(tmp_path):
    pace = opened(tmp_path, an_hour=1)
    senders = [(POINT, ADDRESS), (OTHER, ADDRESS), (POINT, NEIGHBOUR)]
    assert [pace.wait_at_counter(*sender) for sender in senders] == [0, 0, 0]
    assert [pace.wait_at_counter(*sender) > 0 for sender in senders] == [True] * 3
    assert [pace.wait_at_kiosk(7) > 0 for _ in range(3)] == [False, False, True]
    assert pace.wait_at_kiosk(8) == 0


def test_another_address_of_the_same_network_brings_nothing(tmp_path):
    pace = opened(tmp_path, an_hour=60)
    pace_of_day = [pace.wait_at_counter(POINT, f"2001:db8:1:2::{number:x}") for number in range(1, 301)]
    assert [wait == 0 for wait in pace_of_day] == [True] * 5 + [False] * 295
    # Nor another network of 64 bits, for long: a site of 48 bits has five times as much.
    site = [pace.wait_at_counter(POINT, f"2001:db8:9:{number:x}::1") for number in range(300)]
    assert [wait == 0 for wait in site].count(True) == TIMES_WIDER * 5


def send(folder):
    with time_machine.travel(MORNING, tick=False):
        pace = opened(folder, an_hour=100, a_day=100)
        return sum(pace.wait_at_counter(POINT, ADDRESS) == 0 for _ in range(60))


def test_processes_count_together(tmp_path):
    with ProcessPoolExecutor(4) as pool:
        assert sum(pool.map(send, [tmp_path] * 4)) == 100


def test_a_turn_is_each_persons_own_at_each_counter(tmp_path, clock):
    pace = opened(tmp_path)
    assert [pace.wait_for_turn("hoa", POINT) for _ in range(2)] == [0, TURN_SECONDS]
    assert [pace.wait_for_turn(*one) for one in (("hoa", OTHER), ("lan", POINT))] == [0, 0]
    clock.shift(TURN_SECONDS - 1)
    assert pace.wait_for_turn("hoa", POINT) == 1
    clock.shift(1)
    assert pace.wait_for_turn("hoa", POINT) == 0


def test_the_file_stays_small_and_holds_nothing_of_anybody(tmp_path, clock):
    pace, file = opened(tmp_path, an_hour=10_000, a_day=10_000), tmp_path / "pace"
    for number in range(2_000):
        pace.wait_at_counter(POINT, f"203.0.{number // 250}.{number % 250}")
    before = file.read_bytes()
    assert len(before) <= SIZE
    assert file.stat().st_mode & 0o077 == 0
    assert POINT.encode() not in before
    assert b"203.0." not in before
    clock.shift(86_400)
    pace.wait_at_counter(POINT, ADDRESS)
    after = file.read_bytes()
    # Three numbers of the hour and three of the day are one; all else, but the head, is nothing.
    assert sum(after[64:]) == 6
    assert before[:64] != after[:64], "the salt is another one"


def test_no_sender_is_held_for_another_among_twenty_thousand(tmp_path):
    pace = opened(tmp_path, an_hour=2, a_day=2)
    waits = [pace.wait_at_counter(POINT, f"198.18.{number // 256}.{number % 256}") for number in range(20_000)]
    # Of the 65,536 numbers of a row at most 30 % are in use: three that are two by chance, below 1 in 10,000 each.
    assert sum(wait > 0 for wait in waits) <= 2


def test_without_its_file_nobody_has_to_wait(tmp_path):
    folder = tmp_path / "pace"
    folder.mkdir()
    pace = opened(tmp_path, an_hour=0)
    assert pace.wait_at_counter(POINT, ADDRESS) == 0
    assert pace.wait_for_turn("hoa", POINT) == 0


def test_half_a_file_is_begun_anew(tmp_path):
    pace, file = opened(tmp_path), tmp_path / "pace"
    pace.wait_at_counter(POINT, ADDRESS)
    os.truncate(file, 40)
    assert [pace.wait_at_counter(POINT, ADDRESS) for _ in range(4)] == [0, 0, 0, 45 * 60 + 1]


@pytest.mark.parametrize("address", ["", "unix:", "10.0.0.1", "::ffff:203.0.113.7", "x" * 10_000])
def test_whatever_stands_for_an_address_is_counted(tmp_path, address):
    pace = opened(tmp_path)
    assert [pace.wait_at_counter(POINT, address) > 0 for _ in range(4)] == [False] * 3 + [True]
    assert pace.wait_at_counter(POINT, NEIGHBOUR) == 0


def test_the_clock_may_go_back(tmp_path, clock):
    pace = opened(tmp_path)
    pace.wait_at_counter(POINT, ADDRESS)
    clock.move_to(MORNING - timedelta(days=1))
    assert pace.wait_at_counter(POINT, ADDRESS) == 0
