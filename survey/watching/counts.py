"""Counts of this process.

What citizens do is counted in steps: a count is shown after a whole step (a quarter of an hour) at the earliest, and
all of a step at once, so that nobody who looks every second learns when an answer came. No count is kept by service
point, round or address. What staff and programs ask for is counted as it comes.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import TypeAlias

from survey.watching.runs import Area

QUARTER = 900.0
# A clock that is set right while a step runs may make it shorter by so much.
TOLERANCE = 5.0
BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, inf)
MICRO = 1_000_000
METHODS = frozenset({"GET", "HEAD", "POST"})

Labels: TypeAlias = tuple[tuple[str, str], ...]
Key: TypeAlias = tuple[str, Labels]


class Event(StrEnum):
    """What citizens meet."""

    FORM_SHOWN = "form_shown"
    STORED = "stored"
    STORED_CAREFULLY = "stored_carefully"


class Refused(StrEnum):
    """Why what a citizen sent was not taken."""

    ANSWERS = "answers"
    TOKEN = "token"  # noqa: S105  # the kind of a refusal
    UNKNOWN_CODE = "unknown_code"
    REPLAYED = "replayed"
    OVER = "over"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    OTHER = "other"


class Trouble(StrEnum):
    """Answers to citizens that tell of trouble, by their status."""

    CONFLICT = "409"
    TOO_MANY = "429"
    FAULT = "5xx"


class Fallback(StrEnum):
    """Where another way is tried in silence when the first one fails."""

    FRONT = "front"
    INTAKE = "intake"
    INSERT = "insert"
    ROW_BY_ROW = "row_by_row"
    DEAD_CONNECTION = "dead_connection"
    BUSY = "busy"
    CLOCK_LOOK = "clock_look"
    UNREADABLE_RUN = "unreadable_run"
    WORKBOOK = "workbook"


EVENTS, REFUSALS, TROUBLES = "hai_long_answers", "hai_long_refusals", "hai_long_citizen_troubles"
FALLBACKS, REQUESTS, SECONDS = "hai_long_fallbacks", "hai_long_requests", "hai_long_request_seconds"
LINES_LOST, STEP = "hai_long_log_lines_lost", "hai_long_step_shown_timestamp_seconds"
UNWRITTEN = "hai_long_metrics_unwritten"
METRIC_OF: dict[type["Counted"], tuple[str, str]] = {
    Event: (EVENTS, "event"),
    Refused: (REFUSALS, "kind"),
    Trouble: (TROUBLES, "status"),
    Fallback: (FALLBACKS, "place"),
}
Counted: TypeAlias = Event | Refused | Trouble | Fallback


@dataclass(frozen=True, slots=True)
class Sample:
    """One value as it may be shown."""

    name: str
    labels: Labels
    value: float


class Steps:
    """Which step the clock is in; `wall` and `steady` are the clocks of this process, in seconds.

    Steps end where the clock's do, so that they end together in all processes.
    """

    def __init__(self, size: float, wall: Callable[[], float], steady: Callable[[], float]) -> None:
        self.size, self._wall, self._steady = size, wall, steady
        self._shown, self._not_before = self._now(), -inf
        # The step in which a process begins is not a whole one: what it counts belongs to the next.
        self._first = self._shown + 1

    def current(self) -> int:
        """Return the step that what happens now belongs to."""
        return max(self._now(), self._first)

    def turn(self) -> int | None:
        """Return the step that begins now; None when none does.

        Where the clock is put forward the step that runs is not cut short: its end waits for a whole one.
        """
        step, now = self._now(), self._steady()
        if step == self._shown or now < self._not_before:
            return None
        late = min(self._wall() - step * self.size, TOLERANCE)
        self._shown, self._not_before = step, now - late + self.size - min(TOLERANCE, self.size / 4)
        return step

    def _now(self) -> int:
        return int(self._wall() // self.size)


class Ledger:
    """All counts of a process."""

    def __init__(
        self,
        *,
        size: float = QUARTER,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._steps = Steps(size, wall, steady)
        self._lock = threading.Lock()
        self._waiting: dict[int, Counter[Key]] = {}
        self._shown: dict[Key, float] = {_key_of(event): 0.0 for kind in METRIC_OF for event in kind}
        self._live: Counter[Key] = Counter()
        self._shown_until = 0.0

    def count(self, event: "Counted") -> None:
        """Count what a citizen met; it is shown when the step is over."""
        step, key = self._steps.current(), _key_of(event)
        with self._lock:
            self._waiting.setdefault(step, Counter())[key] += 1

    def current_step(self) -> int:
        """Return the step that what happens now belongs to."""
        return self._steps.current()

    def count_request(self, area: Area, *, method: str, status: int, seconds: float) -> None:
        """Count a request of staff or of a program."""
        label = method if method in METHODS else "other"
        of = (("area", area.value),)
        with self._lock:
            self._live[REQUESTS, (*of, ("method", label), ("status", f"{status // 100}xx"))] += 1
            for bound in BOUNDS:
                self._live[f"{SECONDS}_bucket", (*of, ("le", str(bound).replace("inf", "+Inf")))] += seconds <= bound
            self._live[f"{SECONDS}_count", of] += 1
            self._live[f"{SECONDS}_sum", of] += round(seconds * MICRO)

    def count_lost_line(self) -> None:
        """Count a line of the log that could not be written."""
        with self._lock:
            self._live[LINES_LOST, ()] += 1

    def turn(self) -> int | None:
        """Show what was counted in the steps that are over; return the step that begins, None when none does."""
        step = self._steps.turn()
        if step is None:
            return None
        with self._lock:
            for over in [waiting for waiting in self._waiting if waiting < step]:
                for key, number in self._waiting.pop(over).items():
                    self._shown[key] += number
            self._shown_until = step * self._steps.size
        return step

    def samples(self) -> list[Sample]:
        """Return all values as they may be shown now."""
        with self._lock:
            return list(self._samples())

    def _samples(self) -> Iterator[Sample]:
        yield from (Sample(name, labels, value) for (name, labels), value in self._shown.items())
        yield Sample(STEP, (), self._shown_until)
        yield Sample(LINES_LOST, (), float(self._live[LINES_LOST, ()]))
        for (name, labels), value in self._live.items():
            if name != LINES_LOST:
                yield Sample(name, labels, value / MICRO if name.endswith("_sum") else float(value))


def _key_of(event: "Counted") -> Key:
    name, label = METRIC_OF[type(event)]
    return name, ((label, event.value),)
