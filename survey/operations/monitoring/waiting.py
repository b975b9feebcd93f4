"""What waits for somebody's act beside the fieldwork: feedback to answer, and tasks of plans whose day has passed."""

from dataclasses import dataclass
from datetime import date

from survey.operations.feedback.figures import CaseFigures, case_figures
from survey.operations.staff.rights import Scope
from survey.store.engine import Store
from survey.store.plans.lists import count_late


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many cases wait for an answer, how many of them for too long, and how many tasks are late."""

    cases: int
    overdue: int
    tasks: int


def waiting_for(store: Store, scope: Scope, *, today: date) -> Waiting:
    """Return what waits in scope."""
    found = (one for code, one in case_figures(store, today=today).items() if scope.holds(code))
    cases = sum(found, CaseFigures())
    with store.reading() as connection:
        tasks = count_late(connection, scope.agencies, today=today)
    return Waiting(cases.open, cases.overdue, tasks)
