"""Answers somebody gives through a clerk or volunteer, because they cannot fill the form in themselves."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection

from survey.errors import TurnError
from survey.operations.collecting.invitations import Invitation
from survey.operations.collecting.pace import SenderPace
from survey.operations.collecting.responses import Recorder, Submission
from survey.responses import Mode
from survey.store.collecting.helping import HelpGiven, count_help, take_help_before
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.staff.acts import Act, Kind
from survey.store.staff.audit import Facts, save_audit
from survey.store.subjects import ADDED, SETTLING

# Until the night the trail tells the first of a day and every tenth: a line for each would tell when it was given.
TOLD_EACH = 10


@dataclass(frozen=True, slots=True)
class HelpingDesk:
    """Where answers given with help are taken in, at a human pace, and counted for whoever helps."""

    store: Store
    recorder: Recorder
    pace: SenderPace

    def record(self, invitation: Invitation, submission: Submission, *, staff: str, now: datetime) -> str:
        """Store a submission as one given with help, on today's half-day, and return its receipt.

        What is stored already has its receipt at once. Raises TurnError for another one that comes too soon, and as
        `Recorder.record` does.
        """
        given = replace(submission, mode=Mode.ASSISTED, given=None)
        if self.recorder.has(invitation, given, now=now):
            return given.key.receipt
        code = invitation.placed.point.code
        if wait := self.pace.wait_for_turn(staff, code):
            raise TurnError(wait)
        receipt = self.recorder.record(invitation, given, now=now)
        _count(self.store, staff=staff, point_code=code, day=now.date())
        return receipt


@tried_again
def _count(store: Store, *, staff: str, point_code: str, day: date) -> None:
    with store.writing(ADDED) as connection:
        responses = count_help(connection, staff=staff, point_code=point_code, day=day)
        if _is_told(responses):
            _tell(connection, HelpGiven(staff, point_code, day, responses))


@tried_again
def tell_of_help(store: Store, *, before: date) -> None:
    """Write into the trail, once a night, how many answers each person stored for others at each point on each day."""
    with store.writing(SETTLING) as connection:
        for help_given in take_help_before(connection, before):
            if not _is_told(help_given.responses):
                _tell(connection, help_given)


def _is_told(responses: int) -> bool:
    return responses == 1 or responses % TOLD_EACH == 0


def _tell(connection: Connection, given: HelpGiven) -> None:
    facts: Facts = {"day": given.day, "responses": given.responses}
    save_audit(
        connection, staff=given.staff, act=Act.ASSISTED_ENTRY, about=Kind.CODE.named(given.point_code), after=facts
    )
