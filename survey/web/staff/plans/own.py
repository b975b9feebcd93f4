"""Improvement plans as they stand for the person who asks, and what their forms share."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeAlias

from flask import abort, g, render_template, request
from flask.typing import ResponseReturnValue

from survey.errors import UnknownCodeError
from survey.fieldwork import SurveyRound
from survey.forms.registry import VersionedForm
from survey.forms.staff import StaffForm
from survey.operations.clock import today_in_vietnam
from survey.operations.plans.owners import holds_plan, may_report, owns
from survey.operations.plans.plans import PlanSheet, TaskFile, find_sheet
from survey.operations.registry.acting import CaseAgencies, agencies_on
from survey.operations.results.standing import Standing
from survey.services import services
from survey.web.door.register import expired_page, may, own_scope, signed_in

PLAN = "<int(max=2147483647):number>"

Differing: TypeAlias = Sequence[tuple[str, str, str]]


@contextmanager
def still_there() -> Iterator[None]:
    """Answer that a plan is not there when it never was, or when somebody removed it meanwhile."""
    try:
        yield
    except UnknownCodeError:
        abort(404)


def own_plan(number: int) -> PlanSheet:
    """Return a plan in scope; any other one is answered like one that does not exist."""
    sheet = _any_plan(number)
    return sheet if sees_plan(sheet) else abort(404)


def own_task(number: int, task: int) -> tuple[PlanSheet, TaskFile]:
    """Return a task of a plan in scope, or one that an agency in scope reports on, with the plan it stands in.

    Any other one is answered like one that does not exist; so is a finding that nobody has given a task.
    """
    sheet = _any_plan(number)
    file = next((one for one in sheet.given if one.kept.id == task), None)
    if file is None or not (sees_plan(sheet) or owns(own_scope(), file.kept.task)):
        abort(404)
    return sheet, file


def sees_plan(sheet: PlanSheet) -> bool:
    """Tell whether a plan is in the scope of the person who asks."""
    return holds_plan(own_scope(), sheet.kept.plan)


def reports_on(sheet: PlanSheet, file: TaskFile) -> bool:
    """Tell whether the person who asks reports on a task."""
    return may_report(own_scope(), sheet.kept.plan, file.kept.task, manages=may("MANAGE_PLANS"))


def registry() -> CaseAgencies:
    """Return the registry as it is today, read once for a page."""
    if "registry" not in g:
        g.registry = agencies_on(services().store, today_in_vietnam())
    found: CaseAgencies = g.registry
    return found


def agency_names() -> dict[str, str]:
    """Return the names of all agencies by code."""
    return {code: one.name for code, one in registry().by_code.items()}


def _any_plan(number: int) -> PlanSheet:
    with still_there():
        return find_sheet(services().store, number)


def standing() -> Standing:
    """Return what is published now."""
    return services().runs.standing()


def username() -> str:
    """Return the name of the account at the other end."""
    name: str = signed_in().account.username
    return name


def round_of(sheet: PlanSheet, published: Standing) -> SurveyRound | None:
    """Return the round of a plan, if it has one."""
    return published.rounds.get(sheet.kept.plan.round_code or "")


def round_choices(published: Standing) -> list[tuple[str, str]]:
    """Return the rounds that have a published run by code and title, the one that opened last first."""
    return [(code, published.rounds[code].title) for code in published.heads]


def round_titles() -> dict[str, str]:
    """Return the titles of all rounds by code."""
    return {code: one.title for code, one in standing().rounds.items()}


def fill(form: VersionedForm, values: Mapping[str, str], *, version: int) -> None:
    """Put into a form what is stored."""
    for name, value in values.items():
        form[name].data = value
    form.version.data = version


def differing(form: VersionedForm, values: Mapping[str, str], *, version: int) -> Differing:
    """Return label, stored and typed text where these differ, and let whoever saves again have seen them."""
    form.version.data, form.version.raw_data = version, None
    pairs = [(form[name], value) for name, value in values.items()]
    return [(field.label.text, value, field.data or "") for field, value in pairs if value != (field.data or "")]


def refused(form: StaffForm, page: str) -> ResponseReturnValue:
    """Return the page for a form of another session, or the form again with its faults."""
    return expired_page() if form.token.errors else (page, 400)


def sheet_page(name: str, sheet: PlanSheet, **values: object) -> str:
    """Return a page about one plan; figures of a simulated round say so."""
    own = round_of(sheet, standing())
    simulated = own is not None and own.simulated
    about = {"survey_round": own, "simulated": simulated, "names": agency_names(), "named": _named_task(sheet)}
    return plan_page(name, sheet=sheet, titles=round_titles(), **about, **values)


def _named_task(sheet: PlanSheet) -> TaskFile | None:
    """Return the task whose owners were just taken from its lead units, as the address says."""
    return next((one for one in sheet.given if str(one.kept.id) == request.args.get("named")), None)


def plan_page(name: str, **values: object) -> str:
    """Return one of the pages of plans."""
    return render_template(f"staff/plans/{name}.html", **values)
