"""Group commit: one writer thread per process stores together what has queued up.

Every caller waits until its row is committed, so an acknowledgement always means stored. With one
writer per process there is no queue of busy time-outs on SQLite, and one flush serves many
respondents on both databases.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

Row = TypeVar("Row")
Outcome = TypeVar("Outcome")

MOST_AT_ONCE = 200


class GroupWriter(Generic[Row, Outcome]):
    """Hands queued rows to `store_batch`, which commits them and returns one outcome or error per row."""

    def __init__(self, store_batch: Callable[[Sequence[Row]], Sequence[Outcome | Exception]]) -> None:
        self._store_batch = store_batch
        self._queue: SimpleQueue[tuple[Row, Future[Outcome]]] = SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def store(self, row: Row) -> Outcome:
        """Return once `row` is committed; raises what storing it raised."""
        self._start_once()
        waiting: Future[Outcome] = Future()
        self._queue.put((row, waiting))
        return waiting.result()

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
            self._answer([self._queue.get(), *self._queued()])

    def _queued(self) -> list[tuple[Row, Future[Outcome]]]:
        found: list[tuple[Row, Future[Outcome]]] = []
        try:
            while len(found) < MOST_AT_ONCE:
                found.append(self._queue.get_nowait())
        except Empty:
            pass
        return found

    def _answer(self, batch: Sequence[tuple[Row, "Future[Outcome]"]]) -> None:
        outcomes = self._stored([row for row, _ in batch])
        for (_, waiting), outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Exception):
                waiting.set_exception(outcome)
            else:
                waiting.set_result(outcome)

    def _stored(self, rows: Sequence[Row]) -> Sequence[Outcome | Exception]:
        try:
            return self._store_batch(rows)
        except Exception as error:
            if len(rows) == 1:
                return [error]
            # One bad row must not take the others with it: try each alone.
            return [outcome for row in rows for outcome in self._stored([row])]
