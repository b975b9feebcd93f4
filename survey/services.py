"""What views and commands work with, made once per process by `survey.app`."""

from collections.abc import Hashable
from dataclasses import dataclass

from flask import current_app

from survey.forms.form_token import FormTokens
from survey.operations.cache import Kept
from survey.operations.collecting.flood import FloodGuard, Pace
from survey.operations.collecting.invitations import Invitations
from survey.operations.collecting.pace import SenderPace
from survey.operations.collecting.responses import Recorder
from survey.operations.feedback.receipts import CaseDesk
from survey.operations.feedback.working_days import WorkingDays
from survey.operations.keeping.clock_watch import ClockWatch
from survey.operations.keeping.health import Health
from survey.operations.monitoring.board_making import Boards
from survey.operations.results.charts import RunCharts
from survey.operations.results.standing import PublishedRuns
from survey.settings import Settings
from survey.store.engine import Store

EXTENSION = "hai-long"


@dataclass(frozen=True, slots=True)
class Services:
    """The parts below pages and commands, opened and ready; `pages` keeps public pages that are dear to write."""

    settings: Settings
    store: Store
    invitations: Invitations
    recorder: Recorder
    tokens: FormTokens
    flood: FloodGuard
    feedback_flood: FloodGuard
    pace: SenderPace
    desk_pace: Pace
    working_days: WorkingDays
    runs: PublishedRuns
    charts: RunCharts
    pages: Kept[Hashable, str]
    boards: Boards
    clock: ClockWatch
    health: Health

    @property
    def case_desk(self) -> CaseDesk:
        """Return what takes in feedback cases."""
        return CaseDesk(self.store, self.settings.secret_keys, self.working_days, self.settings.case_days)


def services() -> Services:
    """Return the services of the current application."""
    found: Services = current_app.extensions[EXTENSION]
    return found
