"""Group commit: who waits is answered once, with what became of the own row and no other."""

import errno
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from survey.errors import NotStoredError
from survey.store.collecting.group_commit import MOST_AT_ONCE, GroupWriter

CALLERS = 32


class Shelf:
    """Stores numbers all-or-nothing per batch, like a database; a negative number breaks its batch."""

    def __init__(self):
        self.batches = []
        self.writing = threading.Lock()
        self.met = 0
        self.gate = threading.Event()
        self.gate.set()

    def store_batch(self, rows):
        self.gate.wait(10)
        if not self.writing.acquire(blocking=False):
            self.met += 1
            raise RuntimeError("two batches at once")
        try:
            if any(row < 0 for row in rows):
                raise ValueError(f"refused {min(rows)}")
            self.batches.append(list(rows))
            return [LookupError(row) if row % 7 == 6 else row * 10 for row in rows]
        finally:
            self.writing.release()

    @property
    def stored(self):
        return sorted(row for batch in self.batches for row in batch)


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def writer(shelf):
    return GroupWriter(shelf.store_batch)


def store_together(writer, shelf, rows):
    """Queue all rows while the shelf is shut, so that they are stored in few batches, and return the outcomes."""

    def attempt(row):
        try:
            return writer.store(row)
        except Exception as error:
            return error

    shelf.gate.clear()
    with ThreadPoolExecutor(len(rows)) as pool:
        waiting = [pool.submit(attempt, row) for row in rows]
        while sum(one.running() for one in waiting) < len(rows):
            pass
        shelf.gate.set()
        return [one.result(10) for one in waiting]


def test_a_row_gets_its_own_outcome(writer):
    assert writer.store(3) == 30


def test_an_outcome_that_is_an_error_is_raised_to_its_caller(writer):
    with pytest.raises(LookupError, match="13"):
        writer.store(13)


def test_a_failing_row_raises_what_storing_it_raised(writer, shelf):
    with pytest.raises(ValueError, match="refused -1"):
        writer.store(-1)
    assert writer.store(1) == 10
    assert shelf.stored == [1]


def test_one_bad_row_of_a_batch_does_not_take_the_others_with_it(writer, shelf):
    rows = [0, 1, 2, 3, -1, 4, 5, -2, 7]
    outcomes = store_together(writer, shelf, rows)
    assert [str(one) if row < 0 else one for row, one in zip(rows, outcomes, strict=True)] == [
        0, 10, 20, 30, "refused -1", 40, 50, "refused -2", 70,
    ]  # fmt: skip
    assert shelf.stored == [0, 1, 2, 3, 4, 5, 7]


def test_many_callers_at_once_each_get_their_own_answer(writer, shelf):
    rows = [7 * number for number in range(1_000)]
    with ThreadPoolExecutor(CALLERS) as pool:
        assert list(pool.map(writer.store, rows)) == [row * 10 for row in rows]
    assert shelf.stored == rows


def test_two_batches_are_never_written_at_once(writer, shelf):
    with ThreadPoolExecutor(CALLERS) as pool:
        list(pool.map(writer.store, [7 * number for number in range(2_000)]))
    assert shelf.met == 0
    assert shelf.stored == [7 * number for number in range(2_000)]


def test_when_the_turn_does_not_come_everybody_hears_of_it_and_the_next_row_is_stored(shelf):
    turns = iter([OSError("the lock file is gone")])

    @contextmanager
    def turn():
        for error in turns:
            raise error
        yield

    writer = GroupWriter(shelf.store_batch, turn)
    with pytest.raises(OSError, match="lock file"):
        writer.store(7)
    assert writer.store(14) == 140
    assert shelf.stored == [14]


def test_what_queues_up_is_stored_together(writer, shelf):
    # The first batch may hold one row or more; what came while it was stored goes into the next.
    store_together(writer, shelf, list(range(0, 7 * CALLERS, 7)))
    assert len(shelf.batches) < CALLERS
    assert max(len(batch) for batch in shelf.batches) <= MOST_AT_ONCE + 1


def test_nobody_is_answered_before_the_row_is_stored(writer, shelf):
    shelf.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(writer.store, 1)
        assert not waiting.done()
        assert shelf.stored == []
        shelf.gate.set()
        assert waiting.result(10) == 10
    assert shelf.stored == [1]


def test_who_waits_too_long_behind_others_hears_so_and_the_rest_is_stored(shelf):
    writer, outcomes = GroupWriter(shelf.store_batch, seconds=0.05), []

    def attempt(row):
        try:
            outcomes.append(writer.store(row))
        except NotStoredError as error:
            outcomes.append(str(error))

    shelf.gate.clear()
    first = threading.Thread(target=attempt, args=(7,))
    first.start()
    while shelf.gate.is_set() or not writer._led:
        pass
    for row in (14, 21):
        attempt(row)
    assert outcomes == ["the database took nothing for too long"] * 2
    shelf.gate.set()
    first.join()
    assert outcomes[-1] == 70
    # Nobody is left in the queue, and the lead is free again.
    assert writer.store(28) == 280
    assert shelf.stored == [7, 28]


def test_what_is_away_is_asked_for_once_and_not_for_every_row(shelf):
    asked = []

    def store_batch(rows):
        shelf.gate.wait(10)
        asked.append(len(rows))
        raise OSError(errno.ENOSPC, "no space left")

    outcomes = store_together(GroupWriter(store_batch), shelf, list(range(8)))
    assert {type(outcome) for outcome in outcomes} == {OSError}
    assert sum(asked) == 8
