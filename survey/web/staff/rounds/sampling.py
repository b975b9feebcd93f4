"""How a round was drawn and what its responses weigh: working figures for analysts, of which nothing is published."""

import base64
from collections.abc import Sequence

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from survey.analysis.figures.results import RoundResults
from survey.errors import ChangedMeanwhileError, DesignError, RefusedDataError, UnknownCodeError, WeightingError
from survey.fieldwork import SamplingBasis
from survey.formatting import format_count, format_percent
from survey.forms.rounds import MOST_FILE, DesignForm, WeightsForm
from survey.operations.clock import today_in_vietnam
from survey.operations.sampling import designs
from survey.operations.sampling.designs import DesignPreview, DesignSheet, GivenFile
from survey.operations.sampling.weighing import WeighingWish, weigh
from survey.operations.staff.accounts import note_download
from survey.operations.staff.rights import Permission
from survey.operations.uploads.tables import ARCHIVE
from survey.reports.sampling.weighing import (
    WORKING,
    shift_headings,
    shift_rows,
    step_lines,
    weighed_box,
    weighed_headings,
    weighed_rows,
)
from survey.reports.sheets import KINDS, Sheet, sheet_bytes
from survey.reports.tables import Row, method_box, range_text
from survey.services import services
from survey.web.door.register import MostSent, bind_form, expired_page, notice_page, requires, signed_in, staff_area
from survey.web.saying import page_language, said
from survey.web.staff.rounds.rounds import no_round
from survey.wording import mark

bp = staff_area("sampling", done={"kept": mark("Đã lưu thiết kế mẫu. Tệp được giữ nguyên cùng đợt.")})

# The name of a sheet in a file, Vietnamese whoever asks.
SHEET_NAME = mark("Thiết kế mẫu")
# A file that was looked at comes back a third longer.
MOST_SENT = MostSent(2 * MOST_FILE, 2 * MOST_FILE)
TOO_LARGE = mark("Tệp lớn quá 500 kB. Hãy chỉ để lại các cột cần thiết.")
NO_FILE = mark("Hãy chọn tệp .xlsx hoặc .csv.")
HEADINGS = (mark("Nội dung đánh giá"), mark("Chỉ số (%)"), mark("Khoảng tin cậy 95%"), mark("Số phiếu"))


@bp.get("/rounds/<code>/design")
@requires(Permission.EXPORT)
def show_design(code: str) -> ResponseReturnValue:
    """Show the design of a round and the figures it gives."""
    try:
        return _design_page(designs.find_design(services().store, code))
    except UnknownCodeError:
        return no_round(code)


@bp.post("/rounds/<code>/design")
@requires(Permission.PUBLISH, most=MOST_SENT)
def give_design(code: str) -> ResponseReturnValue:
    """Show what a file declares, or keep the one that was shown."""
    try:
        form = bind_form(DesignForm)
    except RequestEntityTooLarge:
        return notice_page(mark("Tệp quá lớn"), TOO_LARGE), 413
    if not form.validate():
        return expired_page()
    try:
        sheet = designs.find_design(services().store, code)
        if form.kept.data:
            return _kept(sheet, form)
        sent = request.files.get("file")
        if sent is None or not sent.filename:
            return _design_page(sheet, lines=[NO_FILE]), 400
        given = GivenFile(sent.read(), sent.filename)
        preview = designs.preview_design(services().store, code, given)
        return _design_page(sheet, preview=preview, given=given)
    except UnknownCodeError:
        return no_round(code)
    except (RefusedDataError, DesignError) as refused:
        return _design_page(sheet, lines=_reasons(refused)), 400


def _kept(sheet: DesignSheet, form: DesignForm) -> ResponseReturnValue:
    code, by, seen = sheet.survey_round.code, signed_in().account.username, form.seen.data or 0
    try:
        given = GivenFile(form.content, form.name.data or "design.csv")
    except ValueError:
        return _design_page(sheet, lines=[NO_FILE]), 400
    try:
        designs.give_design(services().store, code, given, today=today_in_vietnam(), by=by, seen=seen)
    except ChangedMeanwhileError:
        return _design_page(designs.find_design(services().store, code), changed=True), 409
    return redirect(url_for("sampling.show_design", code=code, _external=None, done="kept"), 303)


@bp.get("/rounds/<code>/design/given")
@requires(Permission.EXPORT)
def given_design(code: str) -> ResponseReturnValue:
    """Send the design file that counts, byte for byte as it was given."""
    try:
        sheet = designs.find_design(services().store, code)
    except UnknownCodeError:
        return no_round(code)
    if not sheet.kept:
        return redirect(url_for("sampling.show_design", code=code, _external=None), 303)
    ending = "xlsx" if sheet.kept[0].content.startswith(ARCHIVE) else "csv"
    return _sent(sheet.kept[0].content, f"thiet-ke-mau-{code}-{sheet.number}.{ending}", ending)


@bp.get("/rounds/<code>/design/template.<any(csv, 'vi.csv', xlsx):layout>")
@requires(Permission.EXPORT)
def design_template(code: str, layout: str) -> ResponseReturnValue:
    """Send a table of the agencies of a round, to be filled in."""
    try:
        sheet = designs.find_design(services().store, code)
    except UnknownCodeError:
        return no_round(code)
    rows = ((agency, None) for agency in sheet.known["agency"])
    table = Sheet(SHEET_NAME, ("agency_code", "population"), rows)
    return _sent(sheet_bytes(table, layout), f"thiet-ke-mau-{code}.{layout}", layout)


def _sent(content: bytes, name: str, layout: str) -> Response:
    note_download(services().store, signed_in(), name)
    response = Response(content, mimetype=KINDS[layout])
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _design_page(
    sheet: DesignSheet,
    *,
    preview: DesignPreview | None = None,
    given: GivenFile | None = None,
    lines: Sequence[str] = (),
    changed: bool = False,
) -> str:
    own, figures, why = sheet.survey_round, None, ""
    if sheet.kept and not preview:
        try:
            figures = designs.figures_by_design(services().store, own.code)
        except (DesignError, RefusedDataError) as refused:
            why = "; ".join(_reasons(refused))
    return render_template(
        "staff/rounds/design.html",
        simulated=own.simulated,
        own=own,
        drawn=own.basis is SamplingBasis.PROBABILITY,
        sheet=sheet,
        preview=preview,
        given=given,
        carried=base64.b64encode(given.content).decode("ascii") if given else "",
        lines=lines,
        changed=changed,
        why=why,
        box=method_box(figures[0], page_language()) if figures else (),
        headings=HEADINGS,
        tables=_tables(*figures) if figures else (),
        working=WORKING,
    )


def _tables(total: RoundResults, agencies: RoundResults) -> list[tuple[str, list[Row]]]:
    language = page_language()
    whole: list[Row] = [
        (row.label.in_language(language), *_figures(total, place)) for place, row in enumerate(total.rows)
    ]
    each: list[Row] = [(row.domain.agency, *_figures(agencies, place)) for place, row in enumerate(agencies.rows)]
    return [(said("Toàn bộ mẫu"), whole), (said("Từng cơ quan, sự phục vụ nói chung"), each)]


def _figures(results: RoundResults, place: int) -> tuple[str, str, str]:
    row, decimals, language = results.rows[place], results.method.decimals, page_language()
    return (
        format_percent(row.index, decimals, language=language),
        range_text(row.estimate, decimals, language),
        format_count(row.responses, language=language),
    )


@bp.get("/rounds/<code>/weights")
@requires(Permission.EXPORT)
def show_weights(code: str) -> ResponseReturnValue:
    """Ask for margins."""
    try:
        return _weights_page(designs.find_design(services().store, code), bind_form(WeightsForm))
    except UnknownCodeError:
        return no_round(code)


@bp.post("/rounds/<code>/weights")
@requires(Permission.EXPORT, most=MOST_SENT)
def weigh_round(code: str) -> ResponseReturnValue:
    """Show the figures that margins give; nothing is kept."""
    try:
        form = bind_form(WeightsForm)
    except RequestEntityTooLarge:
        return notice_page(mark("Tệp quá lớn"), TOO_LARGE), 413
    try:
        sheet = designs.find_design(services().store, code)
    except UnknownCodeError:
        return no_round(code)
    if not form.validate():
        return expired_page() if form.token.errors else (_weights_page(sheet, form), 400)
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _weights_page(sheet, form, lines=[NO_FILE]), 400
    given = GivenFile(sent.read(), sent.filename)
    wish = WeighingWish(given, form.lower.value, form.upper.value, form.leave_out.data)
    try:
        weighed = weigh(services().store, code, wish)
    except (RefusedDataError, WeightingError, DesignError) as refused:
        return _weights_page(sheet, form, lines=_reasons(refused)), 400
    language = page_language()
    tables = {
        said("Chỉ số của toàn bộ phiếu được tính"): (
            (said("Nội dung đánh giá"), *weighed_headings(language)),
            weighed_rows(weighed, language),
        ),
        said("Tỷ trọng của từng nhóm"): (shift_headings(language), shift_rows(weighed, language)),
    }
    box, steps = weighed_box(weighed, language), step_lines(weighed, language)
    return _weights_page(sheet, form, tables=tables, box=box, steps=steps)


def _weights_page(sheet: DesignSheet, form: WeightsForm, **values: object) -> str:
    return render_template(
        "staff/rounds/weights.html",
        simulated=sheet.survey_round.simulated,
        own=sheet.survey_round,
        sheet=sheet,
        form=form,
        working=WORKING,
        **{"lines": (), "tables": {}, "box": (), "steps": (), **values},
    )


def _reasons(refused: RefusedDataError | DesignError | WeightingError) -> list[str]:
    """Return what is wrong, a line of the file each where it is one."""
    language = page_language()
    if isinstance(refused, RefusedDataError):
        return [said("Dòng {line}: {told}.", line=one.line, told=one.in_language(language)) for one in refused.faults]
    told = refused.in_language(language)
    return [f"{told[:1].upper()}{told[1:]}."]
