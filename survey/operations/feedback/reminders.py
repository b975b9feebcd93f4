"""Which cases are due soon or overdue, agency by agency; what is overdue is brought before the agency above."""

from dataclasses import dataclass, field
from datetime import date

from survey.fieldwork import Agency
from survey.operations.feedback.working_days import WorkingDays
from survey.operations.registry.acting import CaseAgencies, read_agencies
from survey.store.engine import Store
from survey.store.feedback import cases
from survey.store.feedback.cases import CaseEvent, CaseHead
from survey.store.refusals import tried_again
from survey.store.staff.acts import BY_COMMAND, Act, Kind
from survey.store.staff.audit import save_audit
from survey.store.subjects import CASES, REGISTRY
from survey.wording import mark

# The history of a case is kept in Vietnamese, as its other words are.
TOLD_ABOVE = mark("{agency}; hạn {day}")


@dataclass(frozen=True, slots=True)
class Reminder:
    """The cases of one agency, by code: those due soon, those overdue, and those of them now shown to `parent`."""

    agency: Agency
    parent: Agency | None
    due_soon: list[str] = field(default_factory=list)
    overdue: list[str] = field(default_factory=list)
    escalated: list[str] = field(default_factory=list)


@tried_again
def remind(store: Store, working_days: WorkingDays, *, today: date, days: int) -> tuple[Reminder, ...]:
    """Return the agencies with a case that is overdue, or due within `days` working days, in the order of their codes.

    Overdue cases of an agency that has one above are escalated, each once: a second call escalates nothing. What came
    today is not named, as at the desk.
    """
    reminders: dict[str, Reminder] = {}
    with store.writing(REGISTRY.read(), CASES) as connection:
        agencies = read_agencies(connection, today)
        for case in cases.list_due(connection, working_days.after(today, days), today=today):
            reminder = _reminder(reminders, agencies.answering(case), agencies)
            (reminder.overdue if case.is_overdue_on(today) else reminder.due_soon).append(case.code)
            if case.is_overdue_on(today) and reminder.parent and cases.escalate(connection, case.code, on=today):
                reminder.escalated.append(case.code)
                cases.add_event(connection, case.code, _escalation(case, reminder.parent, today))
                done, about = {"done": "escalated", "escalated_to": reminder.parent.code}, Kind.CASE.named(case.code)
                save_audit(connection, staff=BY_COMMAND, act=Act.CASE_HANDLED, about=about, after=done)
    return tuple(reminders[code] for code in sorted(reminders))


def _reminder(found: dict[str, Reminder], agency: Agency, agencies: CaseAgencies) -> Reminder:
    return found.setdefault(agency.code, Reminder(agency, agencies.parent_of(agency)))


def _escalation(case: CaseHead, parent: Agency, today: date) -> CaseEvent:
    return CaseEvent(
        today, "escalated", BY_COMMAND, TOLD_ABOVE.format(agency=parent.name, day=f"{case.due_on:%d/%m/%Y}")
    )
