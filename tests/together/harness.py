"""Two acts at once, with one of them held before one of its statements while the other runs to its end.

What came out must be what one of the two orders gives, one act after the other: then no decision was taken on what
the other act changed in between. An act that waits for the one that is held lets it go on, as it does in life.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event, text

from survey.errors import SurveyError
from survey.operations.staff.accounts import SignInFault
from survey.operations.staff.second_factor import CodeFault
from survey.store.engine import Store

LONGEST = 60.0
LOOK_EVERY = 0.002
# On SQLite nobody can be asked whether the other act waits: it is given this long to come to its end.
PATIENCE = 0.03
DONE, REFUSED, CUT = "done", "refused", "cut short"

_of_thread = threading.local()


class CutShortError(Exception):
    """The process of an act ended before one of its statements."""


@dataclass
class Held:
    """An act on its way in a thread of its own; `stop` is the number of the statement before which it is held."""

    run: Callable[[], object]
    stop: int | None = None
    cut: int | None = None
    statements: int = 0
    outcome: str = ""
    words: str = ""
    error: BaseException | None = None
    stands: threading.Event = field(default_factory=threading.Event)
    may_go: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def begin(self) -> "Held":
        """Begin the act in its thread."""
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()
        return self

    def end(self) -> None:
        """Wait for the end of the act, which must come."""
        self.may_go.set()
        assert self.thread
        self.thread.join(LONGEST)
        assert not self.thread.is_alive(), "an act did not come to its end"
        if self.error:
            raise self.error

    @property
    def is_over(self) -> bool:
        return self.thread is not None and not self.thread.is_alive()

    def _work(self) -> None:
        _of_thread.act = self
        try:
            # The door answers with what was wrong instead of raising it.
            self.outcome = REFUSED if isinstance(self.run(), SignInFault | CodeFault) else DONE
        except CutShortError:
            self.outcome = CUT
        except SurveyError as refusal:
            self.outcome = REFUSED
            self.words = str(refusal)
        except BaseException as error:
            self.error = error
        finally:
            self.stands.set()

    def before_statement(self) -> None:
        """Stand still if this is the statement to be held before; be cut short before that number."""
        self.statements += 1
        if self.statements - 1 == self.cut:
            raise CutShortError
        if self.statements - 1 == self.stop:
            self.stands.set()
            assert self.may_go.wait(LONGEST)


@contextmanager
def watched() -> Iterator[None]:
    """Tell every act that begins a statement or a commit of it."""

    def tell(*_about: Any) -> None:
        act = getattr(_of_thread, "act", None)
        if act is not None:
            act.before_statement()

    for name in ("before_cursor_execute", "commit"):
        event.listen(Engine, name, tell)
    try:
        yield
    finally:
        for name in ("before_cursor_execute", "commit"):
            event.remove(Engine, name, tell)


def one_after_the_other(first: Callable[[], object], second: Callable[[], object]) -> tuple[Held, Held]:
    """Run two acts to their ends and return them."""
    acts = Held(first), Held(second)
    for act in acts:
        act.begin().end()
    return acts


def at_once(
    store: Store, first: Callable[[], object], second: Callable[[], object], *, stop: int
) -> tuple[str, str] | None:
    """Hold `first` before its statement number `stop`, run `second`, and return what became of each.

    None when the first act has not so many statements.
    """
    held = Held(first, stop=stop).begin()
    assert held.stands.wait(LONGEST)
    if held.is_over or held.outcome or held.error:
        held.end()
        return None
    other = Held(second).begin()
    _wait(store, other)
    held.end()
    other.end()
    return held.outcome, other.outcome


def _wait(store: Store, other: Held) -> None:
    """Wait until an act is over or waits for the one that is held."""
    until = time.monotonic() + (PATIENCE if store.is_sqlite else LONGEST)
    while not other.is_over and time.monotonic() < until:
        if not store.is_sqlite and _somebody_waits(store):
            return
        time.sleep(LOOK_EVERY)


def _somebody_waits(store: Store) -> bool:
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        waiting = "wait_event_type = 'Lock' AND datname = current_database()"
        return bool(connection.scalar(text(f"SELECT count(*) FROM pg_stat_activity WHERE {waiting}")))
