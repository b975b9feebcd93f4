"""Answers somebody gives through a clerk or volunteer, because they cannot fill the form in themselves."""

from dataclasses import replace
from datetime import date, datetime

from survey.operations.collecting.invitations import Invitation
from survey.operations.collecting.responses import Recorder, Submission
from survey.responses import Mode
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.staff.acts import Act, Kind
from survey.store.staff.audit import save_audit, was_noted_lately
from survey.store.subjects import ADDED


@tried_again
def note_assisting(store: Store, point_code: str, *, staff: str, today: date) -> None:
    """Write down, once a day, that somebody helps at a service point.

    A line for every response would tell when it was given.
    """
    about, day = Kind.CODE.named(point_code), {"day": today}
    with store.reading() as connection:
        if was_noted_lately(connection, staff=staff, act=Act.ASSISTED_ENTRY, about=about, after=day):
            return
    with store.writing(ADDED) as connection:
        save_audit(connection, staff=staff, act=Act.ASSISTED_ENTRY, about=about, after=day)


def record_assisted(recorder: Recorder, invitation: Invitation, submission: Submission, *, now: datetime) -> str:
    """Store a submission as one given with help, on today's half-day, and return its receipt.

    Raises as `Recorder.record` does.
    """
    return recorder.record(invitation, replace(submission, mode=Mode.ASSISTED, given=None), now=now)
