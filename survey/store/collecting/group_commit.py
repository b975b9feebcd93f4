"""Group commit: whoever finds the store free commits for all who wait.

Every caller waits until its row is committed, so an acknowledgement always means stored. One caller
at a time leads: it takes all that has queued up, its own row among it, commits, and tells the others.
So there is no queue of busy time-outs on SQLite, one flush serves many respondents on both databases,
and a single respondent is served by its own thread without waking another.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Generic, TypeVar

from survey.errors import NotStoredError
from survey.store.refusals import is_for_later
from survey.watching.process import Fallback, fell_back

Row = TypeVar("Row")
Outcome = TypeVar("Outcome")

MOST_AT_ONCE = 200
# So long a thread of the server waits behind others; then it is free again for somebody who only reads.
LONGEST_WAIT = 10.0


class GroupWriter(Generic[Row, Outcome]):
    """Hands queued rows to `store_batch`, which commits them and returns one outcome or error per row.

    `turn` gives the context in which this process may write. A batch is taken only when the turn has
    come, so that it holds all that queued up while other processes wrote. Who has waited for `seconds` behind
    others hears NotStoredError; a row that is stored all the same is found again by its key.
    """

    def __init__(
        self,
        store_batch: Callable[[Sequence[Row]], Sequence[Outcome | Exception]],
        turn: Callable[[], AbstractContextManager[None]] = nullcontext,
        *,
        seconds: float = LONGEST_WAIT,
    ) -> None:
        self._store_batch, self._turn, self._seconds = store_batch, turn, seconds
        self._lock = threading.Lock()
        self._waiting: list[_Waiting[Row, Outcome]] = []
        self._led = False

    def store(self, row: Row) -> Outcome:
        """Return once `row` is committed; raises what storing it raised."""
        mine: _Waiting[Row, Outcome] = _Waiting(row)
        with self._lock:
            self._waiting.append(mine)
            leads, self._led = not self._led, True
        if not leads and not mine.wait(self._seconds):
            self._give_up(mine)
        if not mine.is_answered:
            self._lead()
        return mine.outcome()

    def _give_up(self, mine: "_Waiting[Row, Outcome]") -> None:
        """Wait no longer, unless the answer or the lead came in this very moment."""
        with self._lock:
            if mine.is_answered or mine.is_heir:
                return
            if mine in self._waiting:
                self._waiting.remove(mine)
        raise NotStoredError("the database took nothing for too long")

    def _lead(self) -> None:
        """Commit all that waits, this thread's row among it, and hand the lead to whoever came meanwhile."""
        batch: list[_Waiting[Row, Outcome]] = []
        try:
            with self._turn():
                batch = self._take()
                outcomes = self._stored([waiting.row for waiting in batch])
        except Exception as error:
            # The turn did not come: everybody must hear of it, or they would wait for ever.
            batch = batch or self._take()
            outcomes = [error] * len(batch)
        for waiting, outcome in zip(batch, outcomes, strict=True):
            waiting.answer(outcome)
        self._hand_over()

    def _take(self) -> "list[_Waiting[Row, Outcome]]":
        with self._lock:
            batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            return batch

    def _hand_over(self) -> None:
        with self._lock:
            heir = self._waiting[0] if self._waiting else None
            self._led = heir is not None
            if heir:
                heir.is_heir = True
        if heir:
            heir.wake()

    def _stored(self, rows: Sequence[Row]) -> Sequence[Outcome | Exception]:
        try:
            return self._store_batch(rows)
        except Exception as error:
            # What is away is away for every row: to ask for each would keep them all waiting.
            if len(rows) == 1 or is_for_later(error):
                return [error] * len(rows)
            # One bad row must not take the others with it: try each alone.
            fell_back(Fallback.ROW_BY_ROW, error)
            return [outcome for row in rows for outcome in self._stored([row])]


class _Waiting(Generic[Row, Outcome]):
    """A row whose caller waits to be answered, or to be woken as the next to lead."""

    __slots__ = ("_awake", "_outcome", "is_answered", "is_heir", "row")

    def __init__(self, row: Row) -> None:
        self.row = row
        self.is_answered = self.is_heir = False
        self._awake = threading.Lock()
        self._awake.acquire()

    def wait(self, seconds: float) -> bool:
        """Sleep until answered or woken; False when that took too long."""
        return self._awake.acquire(timeout=seconds)

    def wake(self) -> None:
        """Let the caller go on."""
        self._awake.release()

    def answer(self, outcome: Outcome | Exception) -> None:
        """Give the outcome and let the caller go on."""
        self._outcome, self.is_answered = outcome, True
        self._awake.release()

    def outcome(self) -> Outcome:
        """Return or raise what storing the row gave."""
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome
