"""Service points: added, edited, retired on a day, and taken back while nothing rests on that."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.errors import ChangedMeanwhileError, RegistryError, UnknownCodeError
from survey.fieldwork import ServicePoint
from survey.forms.registry import NewPointForm, PointForm, RetireForm, VersionedForm
from survey.forms.staff import StaffForm
from survey.operations.clock import today_in_vietnam
from survey.operations.registry import agencies
from survey.operations.registry.agencies import AgencyFile
from survey.operations.registry.layouts import SERVICE_POINTS
from survey.operations.staff.rights import Permission
from survey.services import services
from survey.store.registry.points import PlacedPoint
from survey.web.door.register import bind_form, own_agency, requires, staff_area
from survey.web.staff.registry.agencies import Differing, differences, refused, username

bp = staff_area("points")

POINT_WORDS = {name: SERVICE_POINTS.headings[name] for name in ("name", "valid_from", "valid_to")}


@bp.route("/agencies/<code>/points/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_POINTS)
def add(code: str) -> ResponseReturnValue:
    """Add a service point to an agency."""
    agency, form = _agency(code), bind_form(NewPointForm)
    if request.method == "GET":
        form.valid_from.data = today_in_vietnam()
        return _page("point_form", form=form, agency=agency)
    if not form.validate():
        return refused(form) or (_page("point_form", form=form, agency=agency), 400)
    new = ServicePoint("", code, form.name.data, form.valid_from.data, form.valid_to.data)
    try:
        point = agencies.add_point(services().store, new, staff=username())
    except RegistryError as error:
        form.form_errors.append(error)
        return _page("point_form", form=form, agency=agency), 400
    return redirect(url_for("registry.agency", code=code, point=point.code), 303)


@bp.route("/points/<code>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_POINTS)
def edit(code: str) -> ResponseReturnValue:
    """Change the name or the days of a service point."""
    kept, form = _kept(code), bind_form(PointForm)
    if request.method == "GET":
        form.show(kept.point)
        form.version.data = kept.version
        return _point_page("point_form", form, kept)

    def typed(stored: ServicePoint) -> ServicePoint:
        return replace(stored, name=form.name.data, valid_from=form.valid_from.data, valid_to=form.valid_to.data)

    return _saved("point_form", form, kept, typed, done="point-changed")


@bp.route("/points/<code>/retire", methods=["GET", "POST"])
@requires(Permission.MANAGE_POINTS)
def retire(code: str) -> ResponseReturnValue:
    """Ask for the last day of a service point, and set it."""
    kept, form = _kept(code), bind_form(RetireForm)
    if request.method == "GET":
        form.version.data, form.last.data = kept.version, _last_offered(kept.point)
        return _point_page("retire", form, kept)
    return _saved("retire", form, kept, lambda stored: replace(stored, valid_to=form.last.data), done="point-retired")


@bp.route("/points/<code>/restore", methods=["GET", "POST"])
@requires(Permission.MANAGE_POINTS)
def restore(code: str) -> ResponseReturnValue:
    """Ask whether a service point is used on without a last day, and do it."""
    kept, form = _kept(code), bind_form(VersionedForm)
    if request.method == "GET":
        form.version.data = kept.version
        return _point_page("restore", form, kept)
    return _saved("restore", form, kept, lambda stored: replace(stored, valid_to=None), done="point-restored")


def _saved(
    page: str, form: StaffForm, kept: PlacedPoint, change: Callable[[ServicePoint], ServicePoint], *, done: str
) -> ResponseReturnValue:
    """Make the change, or show the page again with what stands in its way."""
    if not form.validate():
        return refused(form) or (_point_page(page, form, kept), 400)
    today, code = today_in_vietnam(), kept.point.code
    try:
        agencies.change_point(services().store, code, change, seen=form.version.data, staff=username(), today=today)
    except ChangedMeanwhileError:
        return _changed_meanwhile(page, form, change)
    except RegistryError as error:
        form.form_errors.append(error)
        return _point_page(page, form, kept), 400
    return redirect(url_for("registry.agency", code=kept.point.agency_code, done=done), 303)


def _changed_meanwhile(
    page: str, form: StaffForm, change: Callable[[ServicePoint], ServicePoint]
) -> ResponseReturnValue:
    """Show what somebody else saved beside what was typed; saving again keeps what was typed."""
    kept = _kept(str((request.view_args or {})["code"]))
    form.version.data, form.version.raw_data = kept.version, None
    return _point_page(page, form, kept, differences(POINT_WORDS, kept.point, change(kept.point))), 409


def _last_offered(point: ServicePoint) -> date:
    today = today_in_vietnam()
    return max(today, point.valid_from or today)


def _kept(code: str) -> PlacedPoint:
    """Return a service point in scope."""
    try:
        kept = agencies.find_point(services().store, code)
    except UnknownCodeError:
        abort(404)
    own_agency(kept.point.agency_code)
    return kept


def _agency(code: str) -> AgencyFile:
    try:
        return agencies.find_agency(services().store, own_agency(code), today=today_in_vietnam())
    except UnknownCodeError:
        abort(404)


def _point_page(page: str, form: StaffForm, kept: PlacedPoint, differing: Differing | None = None) -> str:
    return _page(page, form=form, kept=kept, agency=_agency(kept.point.agency_code), differing=differing)


def _page(name: str, **values: object) -> str:
    return render_template(f"staff/registry/{name}.html", **values)
