"""Notice that this machine's clock went back: against its own steady one, the database's, and what is stored.

An answer counts on the day the clock says. One that is wrong cannot bring an answer out of its round, but onto a wrong
day of it, so somebody has to hear of it.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from survey.operations.clock import NOON, VIETNAM, now_in_vietnam
from survey.operations.seldom import Seldom
from survey.responses import HalfDay
from survey.store.engine import Store
from survey.store.monitoring.clocks import clock_of, latest_answer, latest_deed
from survey.watching.process import Fallback, fell_back
from survey.watching.runs import carried

# Clocks that are kept by the network are a second apart, and never a minute.
MOST_APART = timedelta(minutes=2)
# A step is told for a day, as long as answers of before it may be dated later than those of after it.
STEP_TOLD = 86_400.0
FIRST_LOOK, LOOK_AGAIN = 300.0, 3_600.0


class ClockKind(StrEnum):
    """What the clock is behind of."""

    ITSELF = "itself"
    DATABASE = "database"
    ANSWER = "answer"
    TRAIL = "trail"


@dataclass(frozen=True, slots=True)
class ClockFault:
    """What this machine's clock is behind of, and how far; less than nothing when it is ahead."""

    kind: ClockKind
    behind: timedelta

    def __str__(self) -> str:
        return f"the clock of this machine {_TOLD[self.kind]} ({told_span(self.behind)}); set it right"


_TOLD = {
    ClockKind.ITSELF: "went back while the application ran",
    ClockKind.DATABASE: "is not that of the database's server",
    ClockKind.ANSWER: "is behind the day of the latest answer",
    ClockKind.TRAIL: "is behind the latest line of the audit trail",
}


def told_span(span: timedelta) -> str:
    """Return how long something is, for logs.

    >>> told_span(timedelta(minutes=-125)), told_span(timedelta(days=1, seconds=20))
    ('2:05 hours', '24:00 hours')
    """
    minutes = round(abs(span).total_seconds() / 60)
    return f"{minutes // 60}:{minutes % 60:02} hours"


class ClockWatch:
    """Watches the clock of this process; `wall` and `steady` are its two clocks, in seconds."""

    def __init__(
        self, store: Store, *, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._store, self._wall, self._steady = store, wall, steady
        self._log = Seldom(logging.getLogger(__name__))
        self._highest = wall() - steady()
        self._step, self._stepped_at = timedelta(), 0.0
        self._look_at = steady() + FIRST_LOOK

    def tick(self) -> None:
        """Compare the two clocks of this process; it costs next to nothing. Once an hour a thread looks further."""
        steady = self._steady()
        ahead = self._wall() - steady
        if ahead > self._highest:
            self._highest = ahead
        elif self._highest - ahead > MOST_APART.total_seconds():
            self._note_step(timedelta(seconds=self._highest - ahead), ahead, steady)
        if steady > self._look_at:
            self._look_at = steady + LOOK_AGAIN
            threading.Thread(target=carried(self._look), name="clock watch", daemon=True).start()

    def _note_step(self, step: timedelta, ahead: float, steady: float) -> None:
        self._step, self._stepped_at, self._highest = step, steady, ahead
        self._tell([ClockFault(ClockKind.ITSELF, step)])

    def faults(self, *, last_day: date | None) -> list[ClockFault]:
        """Return what is wrong with the clock, and log it; `last_day` is that of the latest answer, as far as known."""
        self.tick()
        recent = self._step and self._steady() - self._stepped_at < STEP_TOLD
        faults = [ClockFault(ClockKind.ITSELF, self._step)] if recent else []
        with self._store.reading() as connection:
            faults += _stored_faults(connection, (last_day, None) if last_day else None)
        self._tell(faults)
        return faults

    def _look(self) -> None:
        try:
            self._tell(find_clock_faults(self._store))
        except SQLAlchemyError as error:
            # Whoever needs the database hears of it.
            fell_back(Fallback.CLOCK_LOOK, error)
            return

    def _tell(self, found: list[ClockFault]) -> None:
        for one in found:
            self._log.warn(str(one), about=one.kind)


def find_clock_faults(store: Store) -> list[ClockFault]:
    """Return how this machine's clock differs from the database's, and how far it is behind what is stored."""
    with store.reading() as connection:
        return [*_stored_faults(connection, latest_answer(connection))]


def _stored_faults(connection: Connection, answer: tuple[date, HalfDay | None] | None) -> Iterator[ClockFault]:
    moments = {
        ClockKind.DATABASE: clock_of(connection),
        ClockKind.ANSWER: _begin_of(*answer) if answer else None,
        ClockKind.TRAIL: latest_deed(connection),
    }
    now = now_in_vietnam()
    for kind, moment in moments.items():
        behind = moment - now if moment else timedelta()
        # What is stored is mostly older than now; only the two clocks can be apart both ways.
        if behind > MOST_APART or (kind is ClockKind.DATABASE and -behind > MOST_APART):
            yield ClockFault(kind, behind)


def _begin_of(day: date, half: HalfDay | None) -> datetime:
    return datetime(day.year, day.month, day.day, NOON if half is HalfDay.AFTERNOON else 0, tzinfo=VIETNAM)
