"""What this process tells of itself, and what the others that serve the same instance tell.

Each process writes its counts into a file of its own in the folder `metrics` of the instance every few seconds, by a
thread; whoever is asked adds the others' files to its own. Nothing of this is on the way of a request.
"""

import json
import logging
import os
import secrets
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from survey.watching.counts import QUARTER, UNWRITTEN, Counted, Event, Fallback, Ledger, Sample
from survey.watching.lines import LogFormat
from survey.watching.logs import LineHandler, configure_logs
from survey.watching.runs import Area

__all__ = ["PROCESS", "Event", "Fallback", "Process", "count", "count_request", "fell_back", "passed_by"]

TICK = 15.0
# Who has not written for so long has ended; a day later its file goes.
ENDED, FORGOTTEN = 8 * TICK, 86_400.0
MOST_FILES, MOST_BYTES = 256, 65_536

log = logging.getLogger(__name__)


class Process:
    """The eyes of one process; there is one, made when the module is."""

    def __init__(self) -> None:
        self.name = secrets.token_hex(4)
        self.ledger = Ledger()
        self.handler = LineHandler(lost=self._lost, current_step=self._current_step)
        self._step = QUARTER
        self._folder: Path | None = None
        self._written: list[Sample] = []
        self._unwritten = self._unshown = False

    def configure(self, *, level: str, form: LogFormat) -> None:
        """Write the log from a level on, in one form."""
        configure_logs(self.handler, level=level, form=form)

    def begin(self, folder: Path, *, step: float = QUARTER, tick: float = TICK) -> None:
        """Begin to show what is counted, and to write the log by a thread: this process serves requests."""
        self._folder, self._step, self.ledger = folder, step, Ledger(size=step)
        self._written = self.ledger.samples()
        with suppress(OSError):
            # Now, so that no later moment at which it is made tells anything.
            folder.mkdir(mode=0o700, exist_ok=True)
        self.handler.start()
        threading.Thread(target=self._tick_for_ever, args=(tick,), name="watching", daemon=True).start()

    def tick(self) -> None:
        """Show the steps that are over, and write the file."""
        step = self.ledger.turn()
        if step is not None:
            self.handler.let_go(step, at=step * self._step)
        self._written = self.ledger.samples()
        self._keep()

    def told(self) -> Iterator[tuple[str, Sample]]:
        """Yield what every process of the instance tells, by the process's name; this one comes first."""
        yield from ((self.name, one) for one in (self._written if self._folder else self.ledger.samples()))
        yield self.name, Sample(UNWRITTEN, (), float(self._unwritten))
        for name, samples in _others(self._folder, self.name) if self._folder else ():
            yield from ((name, one) for one in samples)

    def _tick_for_ever(self, tick: float) -> None:
        while True:
            # On the clock's own grid, so that when a process began does not show in when it tells.
            time.sleep(tick - time.time() % tick)
            try:
                self.tick()
            except Exception:
                if not self._unshown:
                    log.exception("the counts of this process cannot be shown")
                self._unshown = True

    def _keep(self) -> None:
        if self._folder is None:
            return
        try:
            _write(self._folder / f"{self.name}.json", self._written)
            _remove_forgotten(self._folder)
        except OSError as error:
            if not self._unwritten:
                log.warning("the counts of this process cannot be written for the others: %s", error)
            self._unwritten = True
        else:
            self._unwritten = False

    def _lost(self) -> None:
        self.ledger.count_lost_line()

    def _current_step(self) -> int:
        return self.ledger.current_step()


def _write(path: Path, samples: Iterable[Sample]) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_suffix(".part")
    try:
        draft.write_text(
            json.dumps([[sample.name, sample.labels, sample.value] for sample in samples]), encoding="utf-8"
        )
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _others(folder: Path, own: str) -> Iterator[tuple[str, list[Sample]]]:
    """Yield the name and the values of every other process that still writes; a file that cannot be read is none."""
    with suppress(OSError):
        for path in sorted(folder.glob("*.json"))[:MOST_FILES]:
            if path.stem != own and (samples := _read(path)):
                yield path.stem, samples


def _read(path: Path) -> list[Sample]:
    try:
        stat = path.stat()
        if stat.st_size > MOST_BYTES or time.time() - stat.st_mtime > ENDED:
            return []
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [Sample(name, tuple((str(a), str(b)) for a, b in labels), float(value)) for name, labels, value in rows]
    except (OSError, ValueError, TypeError):
        return []


def _remove_forgotten(folder: Path) -> None:
    now = time.time()
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            if path.suffix in (".json", ".part") and now - path.stat().st_mtime > FORGOTTEN:
                os.unlink(path)


PROCESS = Process()


def count(event: Counted) -> None:
    """Count what a citizen met; it is shown when the quarter of an hour is over."""
    PROCESS.ledger.count(event)


def fell_back(place: Fallback, error: BaseException) -> None:
    """Count that another way had to be tried, and say so in the log once per process, without what was sent."""
    count(place)
    words = f"another way had to be tried: {place}"
    log.warning(words, exc_info=error, extra={"citizens": True})


@contextmanager
def passed_by(place: Fallback, kind: type[Exception]) -> Iterator[None]:
    """Go on without what fails inside with an error of a kind, counting that it did."""
    try:
        yield
    except kind as error:
        fell_back(place, error)


def count_request(area: Area, *, method: str, status: int, seconds: float) -> None:
    """Count a request of staff or of a program."""
    PROCESS.ledger.count_request(area, method=method, status=status, seconds=seconds)
