"""The registry: agencies are found, added and edited, and shown with their service points."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeAlias

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.errors import ChangedMeanwhileError, RegistryError, UnknownCodeError
from survey.fieldwork import Agency, ServicePoint
from survey.formatting import format_date, vietnamese_key
from survey.forms.registry import AgencyForm, NewAgencyForm
from survey.forms.staff import StaffForm
from survey.operations.clock import today_in_vietnam
from survey.operations.registry import agencies as registry
from survey.operations.registry.agencies import AgencyFile, ListedAgency, standing
from survey.operations.registry.layouts import AGENCIES
from survey.operations.staff.rights import Permission
from survey.services import services
from survey.web.door.register import bind_form, expired_page, own_agency, own_scope, requires, signed_in, staff_area
from survey.web.listing import ListColumn, make_listing
from survey.wording import mark

bp = staff_area(
    "registry",
    done={
        "agency-added": mark("Đã thêm cơ quan. Việc tiếp theo: thêm điểm phục vụ."),
        "agency-changed": mark("Đã lưu thông tin cơ quan."),
        "point-changed": mark("Đã lưu thông tin điểm phục vụ."),
        "point-retired": mark("Đã đặt ngày cuối cùng của điểm phục vụ. Nếu nhầm, hãy bấm “Dùng lại”."),
        "point-restored": mark("Điểm phục vụ được dùng lại với mã cũ."),
    },
)

Differing: TypeAlias = Sequence[tuple[str, str, str]]


def _standing_now(line: ListedAgency) -> str:
    return standing(line, today_in_vietnam()).in_language("vi")


COLUMNS: tuple[ListColumn[ListedAgency], ...] = (
    ListColumn("name", mark("Cơ quan"), lambda line: vietnamese_key(line.agency.name)),
    ListColumn("code", mark("Mã"), lambda line: line.agency.code),
    ListColumn("block", mark("Khối"), lambda line: vietnamese_key(line.agency.block)),
    ListColumn("parent", mark("Cấp trên"), lambda line: vietnamese_key(line.parent.name if line.parent else "")),
    ListColumn("points", mark("Điểm phục vụ đang dùng"), lambda line: line.points, number=True),
    ListColumn(
        "state", mark("Trạng thái"), lambda line: vietnamese_key(standing(line, today_in_vietnam()).in_language("vi"))
    ),
)
AGENCY_WORDS = {name: text for name, text in AGENCIES.headings.items() if name not in ("code", "successor_code")}


@bp.get("/agencies")
@requires(Permission.SEE_FIELDWORK)
def agencies() -> ResponseReturnValue:
    """List the agencies in scope."""
    today = today_in_vietnam()
    lines = registry.list_lines(services().store, own_scope(), today=today)
    listing = make_listing(lines, COLUMNS, text=_searched)
    return _page("agencies", listing=listing, any=bool(lines), imported=_imported())


def _searched(line: ListedAgency) -> str:
    agency = line.agency
    return f"{agency.code} {agency.name} {agency.short_name} {agency.block} {line.parent.name if line.parent else ''}"


def _imported() -> tuple[int, int] | None:
    """Return how many rows the import that led here added and changed."""
    added, changed = (request.args.get(name, type=int) for name in ("added", "changed"))
    return None if added is None or changed is None else (added, changed)


@bp.get("/agencies/<code>")
@requires(Permission.SEE_FIELDWORK)
def agency(code: str) -> ResponseReturnValue:
    """Show one agency with its service points."""
    agency_file, new = _found(code), request.args.get("point", "")
    return _page(
        "agency",
        found=agency_file,
        added=next((placed.point for placed in agency_file.points if placed.point.code == new), None),
        scope=own_scope(),
    )


@bp.route("/registry/agencies/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_REGISTRY)
def add() -> ResponseReturnValue:
    """Add an agency."""
    form = bind_form(NewAgencyForm)
    if request.method == "GET":
        return _form_page(form)
    if form.token.errors or not form.validate():
        return refused(form) or (_form_page(form), 400)
    try:
        registry.add_agency(services().store, form.agency(form.code.data), staff=username())
    except RegistryError as error:
        form.form_errors.append(error)
        return _form_page(form), 400
    return redirect(url_for("registry.agency", code=form.code.data, done="agency-added"), 303)


@bp.route("/agencies/<code>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_REGISTRY)
def edit(code: str) -> ResponseReturnValue:
    """Change an agency."""
    agency_file, form = _found(code), bind_form(AgencyForm)
    before = agency_file.line.agency
    if request.method == "GET":
        form.show(before)
        form.version.data = agency_file.version
        return _form_page(form, agency_file)
    if not form.validate():
        return refused(form) or (_form_page(form, agency_file), 400)
    try:
        _change(form, code)
    except ChangedMeanwhileError:
        return _changed_meanwhile(form, code)
    except RegistryError as error:
        form.form_errors.append(error)
        return _form_page(form, agency_file), 400
    return redirect(url_for("registry.agency", code=code, done="agency-changed"), 303)


def _change(form: StaffForm, code: str) -> None:
    registry.change_agency(
        services().store,
        code,
        lambda stored: form.agency(code, successor_code=stored.successor_code),
        seen=form.version.data,
        staff=username(),
    )


def _changed_meanwhile(form: StaffForm, code: str) -> ResponseReturnValue:
    """Show what somebody else saved beside what was typed; saving again keeps what was typed."""
    found = _found(code)
    stored = found.line.agency
    differing = differences(AGENCY_WORDS, stored, form.agency(code, successor_code=stored.successor_code))
    form.version.data, form.version.raw_data = found.version, None
    return _form_page(form, found, differing), 409


def differences(words: Mapping[str, str], theirs: Agency | ServicePoint, mine: Agency | ServicePoint) -> Differing:
    """Return the label, the stored text and the typed one of every value in which the two differ."""
    pairs = ((label, getattr(theirs, name), getattr(mine, name)) for name, label in words.items())
    return [(label, _shown(stored), _shown(typed)) for label, stored, typed in pairs if stored != typed]


def _shown(value: str | date | None) -> str:
    return format_date(value) if isinstance(value, date) else value or ""


def refused(form: StaffForm) -> ResponseReturnValue | None:
    """Return the page for a form of another session, or None for any other fault."""
    return expired_page() if form.token.errors else None


def username() -> str:
    """Return the name of the account at the other end."""
    name: str = signed_in().account.username
    return name


def _found(code: str) -> AgencyFile:
    try:
        return registry.find_agency(services().store, own_agency(code), today=today_in_vietnam())
    except UnknownCodeError:
        abort(404)


def _form_page(form: StaffForm, found: AgencyFile | None = None, differing: Differing | None = None) -> str:
    known = registry.all_agencies(services().store)
    form.offer(known, found.line.agency.code if found else "")
    blocks = sorted({one.block for one in known if one.block}, key=vietnamese_key)
    return _page("agency_form", form=form, found=found, blocks=blocks, differing=differing)


def _page(name: str, **values: object) -> str:
    return render_template(f"staff/registry/{name}.html", standing=standing, **values)
