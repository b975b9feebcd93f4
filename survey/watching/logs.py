"""Where lines of the log go: to standard error, and never in the way of an answer.

In a server another thread writes them, and what it cannot write is counted and forgotten: a disk that is full, a pipe
nobody reads or a closed file holds nobody up. A line written while a citizen is served would tell when that was. It
waits until the quarter of an hour is over, is said once per process, and names no value.
"""

import atexit
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from survey.watching.lines import LineFormatter, LogFormat, kind_of_trouble, note_run, without_trouble, without_values
from survey.watching.runs import works_for_a_citizen

MOST_WAITING = 10_000
MOST_HELD = 200
LAST_SECONDS = 2.0
# An outage must not fill the disk: the trace of one kind of trouble is written so often at most.
TRACE_SECONDS = 60.0
MOST_KINDS = 500


@dataclass(frozen=True, slots=True)
class _Held:
    """A line that waits for the end of its step."""

    step: int
    record: logging.LogRecord


@dataclass(slots=True)
class _Traced:
    """When a trace of a kind was written, and how many of its kind were left out since."""

    at: float
    untold: int = 0


class LineHandler(logging.Handler):
    """Writes lines to standard error as it is at that moment.

    `lost` hears of every line that could not be written; `current_step` tells the step a held line belongs to.
    """

    def __init__(
        self,
        *,
        lost: Callable[[], None],
        current_step: Callable[[], int],
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._lost, self._current_step, self._steady = lost, current_step, steady
        self._traces: dict[Hashable, _Traced] = {}
        self._waiting: queue.SimpleQueue[str] | None = None
        self._held: list[_Held] = []
        self._said: set[tuple[object, ...]] = set()
        self._guard = threading.Lock()

    def handle(self, record: logging.LogRecord) -> bool:
        """Write, pass on or hold a record; whatever goes wrong here goes no further."""
        if self.filter(record):
            note_run(record)
            if works_for_a_citizen() or getattr(record, "citizens", False):
                self.hold(record)
            else:
                self._pass(record)
        return True

    def hold(self, record: logging.LogRecord) -> None:
        """Keep a line till the step is over, unless this process said the same before."""
        kept, step = without_values(record), self._current_step()
        kept.run = ""
        about = (record.name, str(record.msg), *getattr(kept, "where", ()))
        with self._guard:
            if about not in self._said and len(self._said) < MOST_HELD:
                self._said.add(about)
                self._held.append(_Held(step, kept))

    def let_go(self, step: int, *, at: float) -> None:
        """Write what was held before a step began, dated with that moment."""
        with self._guard:
            due = [held.record for held in self._held if held.step < step]
            self._held = [held for held in self._held if held.step >= step]
        for record in due:
            record.created = at
            self._pass(record)

    def start(self) -> None:
        """Let a thread of its own write from now on."""
        if self._waiting is None:
            self._waiting = queue.SimpleQueue()
            writer = threading.Thread(target=self._write_for_ever, name="log", daemon=True)
            writer.start()
            atexit.register(self._write_the_rest)

    def _pass(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(self._with_trace_now_and_then(record))
        except Exception:
            # A value that cannot be written as text must not stop what the line tells of.
            self._lost()
            return
        if self._waiting is None:
            self._write(line)
        elif self._waiting.qsize() < MOST_WAITING:
            self._waiting.put(line)
        else:
            self._lost()

    def _with_trace_now_and_then(self, record: logging.LogRecord) -> logging.LogRecord:
        """Return a record whose trace was written within the minute as its line alone; the next trace counts these."""
        kind, now = kind_of_trouble(record), self._steady()
        if kind is None:
            return record
        with self._guard:
            known = self._traces.get(kind)
            if known and now - known.at < TRACE_SECONDS:
                known.untold += 1
                return without_trouble(record)
            if len(self._traces) >= MOST_KINDS:
                self._traces.clear()
            self._traces[kind] = _Traced(now)
        if known and known.untold:
            record.traces_left_out = known.untold
        return record

    def _write_for_ever(self) -> None:
        while self._waiting is not None:
            self._write(self._waiting.get())

    def _write_the_rest(self) -> None:
        """Give the thread a moment for what waits; it may be stuck for good."""
        rest = threading.Thread(target=self._write_what_waits, daemon=True)
        rest.start()
        rest.join(LAST_SECONDS)

    def _write_what_waits(self) -> None:
        while self._waiting is not None and not self._waiting.empty():
            self._write(self._waiting.get())

    def _write(self, line: str) -> None:
        """Write a line; a file that is closed, full or gone loses it."""
        try:
            if self._waiting is None:
                sys.stderr.write(f"{line}\n")
                sys.stderr.flush()
            else:
                # Past Python's buffer, whose lock a write that never comes back would hold till the very end. Where
                # standard error was closed there is no `sys.stderr`, and its number may be another file's by now.
                os.write(sys.stderr.fileno(), f"{line}\n".encode(errors="replace"))
        except Exception:
            self._lost()


def configure_logs(handler: LineHandler, *, level: str, form: LogFormat) -> None:
    """Let every logger of the process write through `handler`, from `level` on."""
    root = logging.getLogger()
    for other in [attached for attached in root.handlers if isinstance(attached, LineHandler)]:
        root.removeHandler(other)
    handler.setFormatter(LineFormatter(form))
    root.addHandler(handler)
    root.setLevel(level.upper())
