"""What views and commands work with, made once per process by `survey.app`."""

from dataclasses import dataclass

from flask import current_app

from survey.forms.form_token import FormTokens
from survey.operations.board_making import Boards
from survey.operations.flood import FloodGuard
from survey.operations.invitations import Invitations
from survey.operations.published import PublishedAnalyses
from survey.operations.responses import Recorder
from survey.operations.working_days import WorkingDays
from survey.settings import Settings
from survey.store.engine import Store

EXTENSION = "hai-long"


@dataclass(frozen=True, slots=True)
class Services:
    """The parts below pages and commands, opened and ready."""

    settings: Settings
    store: Store
    invitations: Invitations
    recorder: Recorder
    tokens: FormTokens
    flood: FloodGuard
    feedback_flood: FloodGuard
    working_days: WorkingDays
    analyses: PublishedAnalyses
    boards: Boards


def services() -> Services:
    """Return the services of the current application."""
    found: Services = current_app.extensions[EXTENSION]
    return found
