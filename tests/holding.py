"""Two acts at once: one is held before one of its statements while the other runs to its end, then it goes on."""

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

from survey.errors import ChangedMeanwhileError

# What waits for a lock of the held act does not end before that goes on: then it is left waiting.
LET_RUN_SECONDS = 0.2
LONGEST_SECONDS = 30


@dataclass(eq=False)
class Holding:
    """Holds the thread of one act at its statement number `place`, counted from 0, or at the first with these words."""

    place: int | str
    thread: int = 0
    seen: int = 0
    reached: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    def look(self, _connection: object, _cursor: object, statement: str, *_more: object) -> None:
        """Take note of a statement that is about to run, and wait before the one asked for."""
        if threading.get_ident() != self.thread:
            return
        here = self.place in statement if isinstance(self.place, str) else self.seen == self.place
        if here and not self.reached.is_set():
            self.reached.set()
            assert self.go_on.wait(LONGEST_SECONDS)
        self.seen += 1

    def run(self, act: Callable[[], Any]) -> Any:
        """Run the act that is held."""
        self.thread = threading.get_ident()
        return act()


def both(
    place: int | str, held: Callable[[], Any], other: Callable[[], Any], *, when: str = "before"
) -> tuple[Any, Any] | None:
    """Return what two acts returned or raised; None when the held one comes to no such place.

    `when` is "before" or "after" the statement.
    """
    holding, moment = Holding(place), f"{when}_cursor_execute"
    event.listen(Engine, moment, holding.look)
    try:
        with ThreadPoolExecutor(2) as threads:
            first = threads.submit(holding.run, held)
            while not holding.reached.wait(0.002):
                if first.done():
                    return None
            second = threads.submit(other)
            _let_run(second)
            holding.go_on.set()
            return _outcome(first), _outcome(second)
    finally:
        holding.go_on.set()
        event.remove(Engine, moment, holding.look)


def _let_run(act: "Future[Any]") -> None:
    ended = threading.Event()
    act.add_done_callback(lambda _: ended.set())
    ended.wait(LET_RUN_SECONDS)


def _outcome(act: "Future[Any]") -> Any:
    """Return what an act returned, or how it was refused; anything else is a fault and raised."""
    try:
        return act.result(LONGEST_SECONDS)
    except ChangedMeanwhileError as refusal:
        return refusal


def at_every_statement(
    prepare: Callable[[int], tuple[Callable[[], Any], Callable[[], Any]]],
) -> Iterator[tuple[int, Any, Any]]:
    """Yield the place and both outcomes for every statement of the held act; `prepare` makes the two acts anew.

    The place is also what tells the things of one round from those of the next: nothing is undone between them.
    """
    for place in itertools.count():
        held, other = prepare(place)
        outcomes = both(place, held, other)
        if outcomes is None:
            return
        yield place, *outcomes
