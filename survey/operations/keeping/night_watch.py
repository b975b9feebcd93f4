"""Notice that the nightly work was not done: what it removes would tell the order of arrival."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from survey.operations.clock import local_time, now_in_vietnam
from survey.store.collecting.nights import has_answer_before, last_night
from survey.store.engine import Store

# A day, and time for a night that began late or took long.
LONGEST = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class LateNight:
    """The nightly work that is due: when it was last done, if ever."""

    last: datetime | None

    def __str__(self) -> str:
        last = f"was last done on {self.last:%d/%m/%Y at %H:%M}" if self.last else "was never done"
        return f"the nightly work {last}; see that db settle runs every night"


def find_late_night(store: Store, *, now: datetime | None = None) -> LateNight | None:
    """Tell whether the nightly work is late; it is due as soon as there is an answer of the day before yesterday."""
    now = now or now_in_vietnam()
    with store.reading() as connection:
        night, is_due = last_night(connection), has_answer_before(connection, now.date() - timedelta(days=1))
    at = local_time(night.at) if night else None
    return LateNight(at) if is_due and (at is None or now - at > LONGEST) else None
