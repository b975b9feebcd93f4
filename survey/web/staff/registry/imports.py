"""A registry from spreadsheets: first a preview of what will change, then the change."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import Response, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from survey.errors import ChangedMeanwhileError, Fault, RefusedDataError, UnknownCodeError
from survey.formatting import vietnamese_key
from survey.forms.registry import ConfirmForm, UploadForm
from survey.forms.staff import StaffForm
from survey.operations.registry.changes import Edit, read_held
from survey.operations.registry.layouts import AGENCIES, SERVICE_POINTS, RegistrySheet
from survey.operations.registry.preview import Preview, apply_import, preview_import
from survey.operations.registry.templates import current_file, template_file
from survey.operations.registry.upload import read_upload, rows_of, sheets_of
from survey.operations.staff.accounts import note_download
from survey.operations.staff.rights import Permission
from survey.operations.uploads import previews
from survey.operations.uploads.xlsx_lines import UnclearSheetError
from survey.services import services
from survey.web.door.register import MostSent, bind_form, expired_page, notice_page, requires, signed_in, staff_area
from survey.web.listing import ListColumn, make_listing
from survey.web.saying import page_language, tell
from survey.wording import mark

bp = staff_area("imports", "/staff/registry")

# Files go to the disk as they come; what is parsed in memory is a part of one at a time.
MOST_UPLOAD, MOST_MEMORY = 10 * 2**20, 2**20
MOST_FAULTS = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TABLES = {"agencies": AGENCIES, "points": SERVICE_POINTS}
FILE_NAMES = {"agencies": "co-quan", "points": "diem-phuc-vu"}

TOO_LARGE = mark("Tệp lớn quá 10 MB. Hãy bỏ hình ảnh và các trang tính thừa, hoặc chia bảng thành nhiều tệp.")
UP_AGAIN = mark("Tải bảng lên lại")
NOTHING_CHOSEN = mark("Hãy chọn ít nhất một tệp.")
GONE = mark("Bảng này đã được nhập, đã quá một ngày, hoặc do tài khoản khác tải lên. Nếu cần, hãy tải lên lại.")
COLUMNS: tuple[ListColumn[Edit], ...] = (
    ListColumn("table", mark("Bảng, dòng")),
    ListColumn("act", mark("Thao tác")),
    ListColumn("name", mark("Tên"), lambda edit: vietnamese_key(edit.after.name)),
    ListColumn("code", mark("Mã"), lambda edit: edit.after.code),
    ListColumn("fields", mark("Thay đổi")),
)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line of a table on the page and what is wrong with it."""

    table: str
    line: int
    text: str


@bp.get("/import")
@requires(Permission.MANAGE_REGISTRY)
def choose() -> ResponseReturnValue:
    """Ask for tables."""
    return _page("import", form=bind_form(UploadForm))


@bp.post("/import")
@requires(Permission.MANAGE_REGISTRY, most=MostSent(MOST_UPLOAD, MOST_MEMORY))
def receive() -> ResponseReturnValue:
    """Read tables, keep them, and lead to their preview; or say all that is wrong with them."""
    try:
        form = bind_form(UploadForm)
    except RequestEntityTooLarge:
        # What was too large is not read, the token in it neither; so nothing of it may be done.
        return notice_page(mark("Tệp quá lớn"), TOO_LARGE, onward=(url_for("imports.choose"), UP_AGAIN)), 413
    if not form.validate():
        return expired_page()
    if not any(form[name].data for name in TABLES):
        form.form_errors.append(NOTHING_CHOSEN)
        return _page("import", form=form), 400
    return _received(form)


def _received(form: StaffForm) -> ResponseReturnValue:
    read = _read(form)
    wrong = read.wrong
    if wrong:
        # What the other table, or the rest of this one, is wrong about is told with it.
        wrong += [fault for sheet in read.sheets for fault in _in_rows(sheet)]
    else:
        preview = preview_import(services().store, read.sheets)
        wrong = list(_told(preview))
    if wrong or read.unclear:
        return _page("import", form=form, wrong=wrong, unclear=read.unclear, most=MOST_FAULTS), 400
    upload = previews.KeptUpload(rows_of(read.sheets), [*_notes(read.sheets)])
    token = previews.keep_upload(services().settings.instance, upload, staff=_username())
    return redirect(url_for("imports.show", token=token), 303)


@dataclass(frozen=True, slots=True)
class ReadTables:
    """The rows of both tables, what kept one from being read, and the sheets among which somebody has to choose."""

    sheets: tuple[RegistrySheet, RegistrySheet]
    wrong: list[Wrong]
    unclear: Mapping[str, Sequence[str]]


def _read(form: StaffForm) -> ReadTables:
    wrong: list[Wrong] = []
    sheets, unclear = {name: RegistrySheet(layout) for name, layout in TABLES.items()}, dict[str, Sequence[str]]()
    for name, layout in TABLES.items():
        if file := form[name].data:
            chosen = form[f"{name}_sheet"].data
            try:
                sheets[name] = read_upload(file.read(), layout, name=file.filename, sheet=chosen)
            except UnclearSheetError as several:
                unclear[name] = several.titles
            except RefusedDataError as refused:
                table = f"{tell(layout.title)} ({refused.file})"
                wrong += [Wrong(table, fault.line, fault.in_language(page_language())) for fault in refused.faults]
    return ReadTables((sheets["agencies"], sheets["points"]), wrong, unclear)


def _in_rows(sheet: RegistrySheet) -> Iterator[Wrong]:
    """Yield what is wrong with the rows of a table by themselves."""
    for row in sheet.rows:
        if row.faults:
            yield Wrong(sheet.layout.title, row.line, Fault(row.line, row.faults).in_language(page_language()))


def _notes(sheets: tuple[RegistrySheet, RegistrySheet]) -> Iterator[tuple[str, Mapping[str, str]]]:
    for sheet in sheets:
        for note in sheet.notes:
            yield sheet.layout.title, {"vi": note.in_language("vi"), "en": note.in_language("en")}


def _told(preview: Preview) -> Iterator[Wrong]:
    titles = {layout.file: layout.title for layout in TABLES.values()}
    for one in preview.faults:
        yield Wrong(titles[one.table], one.line, one.in_language(page_language()))


@bp.get("/import/<token>")
@requires(Permission.MANAGE_REGISTRY)
def show(token: str) -> ResponseReturnValue:
    """Show what the tables would change."""
    kept = _kept(token)
    return _preview_page(token, sheets_of(kept.tables), kept.notes)


@bp.post("/import/<token>")
@requires(Permission.MANAGE_REGISTRY)
def confirm(token: str) -> ResponseReturnValue:
    """Make the change that was shown, or show what it would be now."""
    form, kept = bind_form(ConfirmForm), _kept(token)
    if not form.validate():
        return expired_page()
    sheets = sheets_of(kept.tables)
    try:
        plan = apply_import(services().store, sheets, seen=form.seen.data, staff=_username())
    except ChangedMeanwhileError:
        return _preview_page(token, sheets, kept.notes, changed=True), 409
    previews.drop_upload(services().settings.instance, token)
    new = sum(edit.is_new for edit in plan.edits)
    return redirect(url_for("registry.agencies", added=new, changed=len(plan.edits) - new), 303)


@bp.get("/templates/<any(agencies, points):table>.xlsx")
@requires(Permission.MANAGE_REGISTRY)
def template(table: str) -> ResponseReturnValue:
    """Send a table to fill in."""
    return _sent(template_file(TABLES[table]), f"mau-{FILE_NAMES[table]}.xlsx")


@bp.get("/current/<any(agencies, points):table>.xlsx")
@requires(Permission.MANAGE_REGISTRY)
def current(table: str) -> ResponseReturnValue:
    """Send the registry as it is, to be edited and brought in again."""
    with services().store.reading() as connection:
        held = read_held(connection)
    name = f"danh-muc-{FILE_NAMES[table]}.xlsx"
    note_download(services().store, signed_in(), name)
    return _sent(current_file(TABLES[table], held), name)


def _sent(data: bytes, name: str) -> Response:
    response = Response(data, mimetype=XLSX)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _kept(token: str) -> previews.KeptUpload:
    """Return what somebody uploaded."""
    try:
        return previews.find_upload(services().settings.instance, token, staff=_username())
    except UnknownCodeError:
        onward = url_for("imports.choose"), UP_AGAIN
        abort(Response(notice_page(mark("Không còn bảng này"), GONE, onward=onward), 404))


def _preview_page(
    token: str,
    sheets: tuple[RegistrySheet, RegistrySheet],
    notes: Sequence[tuple[str, Mapping[str, str]]],
    *,
    changed: bool = False,
) -> str:
    preview = preview_import(services().store, sheets)
    listing = make_listing(preview.plan.edits, COLUMNS, text=lambda edit: f"{edit.after.code} {edit.after.name}")
    counts = [(layout.title, *preview.plan.counts(layout)) for layout in (AGENCIES, SERVICE_POINTS)]
    return _page(
        "preview",
        token=token,
        preview=preview,
        wrong=list(_told(preview)),
        notes=[(table, words[page_language()]) for table, words in notes],
        most=MOST_FAULTS,
        listing=listing,
        counts=counts,
        changed=changed,
        agencies=AGENCIES,
    )


def _username() -> str:
    name: str = signed_in().account.username
    return name


def _page(name: str, **values: object) -> str:
    return render_template(f"staff/registry/{name}.html", **values)
