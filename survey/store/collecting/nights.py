"""When the nightly work was last done, and up to which day."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, delete, exists, insert, select

from survey.store.collecting.tables import nightly_work
from survey.store.staff.accounts import utc_now
from survey.store.tables import response, survey_round

SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Night:
    """Nightly work that left nothing undone: its moment (UTC without a zone), the day it settled up to."""

    at: datetime
    before: date


def save_night(connection: Connection, before: date) -> None:
    """Remember that all days before this one are settled now."""
    connection.execute(delete(nightly_work).where(nightly_work.c.name == SETTLED))
    connection.execute(insert(nightly_work).values(name=SETTLED, at=utc_now(), before_day=before))


def last_night(connection: Connection) -> Night | None:
    """Return the last one there was."""
    row = connection.execute(select(nightly_work).where(nightly_work.c.name == SETTLED)).first()
    return Night(row.at, row.before_day) if row else None


def has_answer_before(connection: Connection, day: date) -> bool:
    """Tell whether there is an answer of a day before `day`, simulated ones left out."""
    people = select(survey_round.c.id).where(survey_round.c.simulated.is_(False))
    return bool(connection.scalar(select(exists().where(response.c.round_id.in_(people), response.c.day < day))))
