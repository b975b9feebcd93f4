"""Group commit: one writer thread per process stores together what has queued up.

Every caller waits until its row is committed, so an acknowledgement always means stored. With one
writer per process there is no queue of busy time-outs on SQLite, and one flush serves many
respondents on both databases.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

Row = TypeVar("Row")
Outcome = TypeVar("Outcome")

MOST_AT_ONCE = 200


class GroupWriter(Generic[Row, Outcome]):
    """Hands queued rows to `store_batch`, which commits them and returns one outcome or error per row.

    `turn` gives the context in which this process may write. A batch is taken only when the turn has
    come, so that it holds all that queued up while other processes wrote.
    """

    def __init__(
        self,
        store_batch: Callable[[Sequence[Row]], Sequence[Outcome | Exception]],
        turn: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._store_batch, self._turn = store_batch, turn
        self._queue: SimpleQueue[_Waiting[Row, Outcome]] = SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def store(self, row: Row) -> Outcome:
        """Return once `row` is committed; raises what storing it raised."""
        self._start_once()
        waiting: _Waiting[Row, Outcome] = _Waiting(row)
        self._queue.put(waiting)
        return waiting.outcome()

    def _start_once(self) -> None:
        # Started by the first row, not with the object: the server forks after loading us, and a
        # thread does not live through a fork.
        if self._thread is None or not self._thread.is_alive():
            with self._starting:
                if self._thread is None or not self._thread.is_alive():
                    self._thread = threading.Thread(target=self._run, name="group-writer", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while True:
            first = self._queue.get()
            with self._turn():
                batch = [first, *self._queued()]
                outcomes = self._stored([waiting.row for waiting in batch])
            for waiting, outcome in zip(batch, outcomes, strict=True):
                waiting.answer(outcome)

    def _queued(self) -> "list[_Waiting[Row, Outcome]]":
        found: list[_Waiting[Row, Outcome]] = []
        try:
            while len(found) < MOST_AT_ONCE:
                found.append(self._queue.get_nowait())
        except Empty:
            pass
        return found

    def _stored(self, rows: Sequence[Row]) -> Sequence[Outcome | Exception]:
        try:
            return self._store_batch(rows)
        except Exception as error:
            if len(rows) == 1:
                return [error]
            # One bad row must not take the others with it: try each alone.
            return [outcome for row in rows for outcome in self._stored([row])]


class _Waiting(Generic[Row, Outcome]):
    """A row whose caller waits; a bare lock does for one answer what a future does at several times the cost."""

    __slots__ = ("_answered", "_outcome", "row")

    def __init__(self, row: Row) -> None:
        self.row = row
        self._answered = threading.Lock()
        self._answered.acquire()

    def answer(self, outcome: Outcome | Exception) -> None:
        """Let the caller go on."""
        self._outcome = outcome
        self._answered.release()

    def outcome(self) -> Outcome:
        """Wait for the answer and return or raise it."""
        self._answered.acquire()
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome
