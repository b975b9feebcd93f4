"""How many people were served: typed in a table, or loaded from a file, for the time of a round."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.errors import ChangedMeanwhileError, Fault, RefusedDataError, UnknownCodeError
from survey.formatting import read_whole, vietnamese_key
from survey.forms.rounds import PeriodForm, VisitFileForm, read_numbers
from survey.operations.rounds.visit_files import MOST_VISITS, template_file
from survey.operations.rounds.visits_page import (
    TypedVisits,
    VisitSheet,
    VisitUnit,
    enter_visits,
    find_visit_sheet,
    load_visit_table,
)
from survey.operations.staff.rights import Permission
from survey.operations.uploads.cells import read_date
from survey.reports.sheets import KINDS
from survey.services import services
from survey.web.door.register import (
    MostSent,
    bind_form,
    expired_page,
    own_agency,
    own_scope,
    requires,
    signed_in,
    staff_area,
)
from survey.web.listing import ListColumn, make_listing
from survey.web.saying import page_language, said
from survey.web.staff.rounds.rounds import no_round
from survey.wording import Phrase, mark

bp = staff_area("visits")

MOST_FILE = 5_000_000
OUTSIDE = mark("Khoảng thời gian phải nằm trong thời gian của đợt.")
NO_FILE = mark("Hãy chọn tệp .xlsx hoặc .csv.")


@dataclass(frozen=True, slots=True)
class VisitsAsked:
    """What the page is about: the period, whose numbers are typed, and the agency whose service points these are."""

    sheet: VisitSheet
    period: tuple[date, date]
    units: Sequence[VisitUnit]
    agency: VisitUnit | None


@dataclass(frozen=True, slots=True)
class VisitsRefusal:
    """What was typed and why it was not stored: by code beside the numbers, or for the page as a whole."""

    typed: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str | Phrase] = field(default_factory=dict)
    text: str | Phrase = ""
    lines: Sequence[str] = ()
    changed: bool = False


@bp.get("/rounds/<code>/visits")
@requires(Permission.ENTER_VISITS)
def show(code: str) -> ResponseReturnValue:
    """Show the numbers of a period, to be typed."""
    asked = _asked(code)
    return no_round(code) if asked is None else _page(asked)


@bp.post("/rounds/<code>/visits")
@requires(Permission.ENTER_VISITS)
def save(code: str) -> ResponseReturnValue:
    """Store what was typed, all or nothing."""
    form = bind_form(PeriodForm)
    visits = _asked(code)
    if visits is None:
        return no_round(code)
    typed = dict(request.form.items())
    units = {unit.code: unit for unit in visits.units}
    if not {name[2:] for name in typed if name[:2] in ("n.", "w.")} <= set(units):
        abort(404)
    right = form.validate()
    if form.token.errors:
        return expired_page()
    sent = [unit_code for unit_code in units if f"n.{unit_code}" in typed]
    numbers, faults = read_numbers(typed, sent, least=0, most=MOST_VISITS)
    own = visits.sheet.survey_round
    inside = right and own.opens <= form.first.given and form.last.given <= own.closes
    if faults or not inside:
        message = "" if inside else next((error for some in form.errors.values() for error in some), OUTSIDE)
        return _page(visits, VisitsRefusal(typed, faults, message)), 400
    shown, _ = read_numbers(
        {f"n.{unit_code}": typed.get(f"w.{unit_code}", "") for unit_code in sent}, sent, least=0, most=MOST_VISITS
    )
    before = {unit_code: number for unit_code, number in shown.items() if number is not None}
    period = form.first.given, form.last.given
    return _stored(
        visits, TypedVisits(period, {units[unit_code]: numbers[unit_code] for unit_code in sent}, before), typed
    )


def _stored(visits: VisitsAsked, new: TypedVisits, typed: Mapping[str, str]) -> ResponseReturnValue:
    try:
        changed = enter_visits(services().store, new, by=signed_in().account.username)
    except ChangedMeanwhileError:
        return _page(visits, VisitsRefusal(typed, changed=True)), 409
    except RefusedDataError as refused:
        codes = [unit.code for unit in new.numbers]
        faults = {codes[fault.line - 1]: _not_stored(fault) for fault in refused.faults}
        return _page(visits, VisitsRefusal(typed, faults)), 400
    first, last = new.period
    more = {"agency": visits.agency.code} if visits.agency else {}
    query = {"first": str(first), "last": str(last), "changed": str(changed), **more}
    return redirect(url_for("visits.show", code=visits.sheet.survey_round.code, _external=None, **query), 303)


@bp.post("/rounds/<code>/visits/file")
@requires(Permission.ENTER_VISITS, most=MostSent(MOST_FILE))
def load(code: str) -> ResponseReturnValue:
    """Load a table, all or nothing, and tell what is wrong line by line."""
    form = bind_form(VisitFileForm)
    visits = _asked(code)
    if visits is None:
        return no_round(code)
    if not form.validate():
        return expired_page()
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _page(visits, VisitsRefusal(lines=[NO_FILE])), 400
    by = signed_in().account.username
    try:
        loaded = load_visit_table(services().store, visits.sheet, sent.read(), name=sent.filename, by=by)
    except RefusedDataError as refused:
        return _page(visits, VisitsRefusal(lines=_lines(refused))), 400
    query = {"added": str(loaded.added), "replaced": str(loaded.replaced)}
    return redirect(url_for("visits.show", code=code, _external=None, **query), 303)


def _not_stored(fault: Fault) -> str:
    return said("Chưa lưu được: {told}.", told=fault.in_language(page_language()))


def _lines(refused: RefusedDataError) -> list[str]:
    language = page_language()
    return [said("Dòng {line}: {told}.", line=one.line, told=one.in_language(language)) for one in refused.faults]


@bp.get("/rounds/<code>/visits/template.<any(csv, 'vi.csv', xlsx):layout>")
@requires(Permission.ENTER_VISITS)
def template(code: str, layout: str) -> ResponseReturnValue:
    """Send the table to fill in, a line for every service point in scope."""
    visits = _asked(code)
    if visits is None:
        return no_round(code)
    content = template_file(visits.sheet.template, visits.period, layout=layout)
    response = Response(content, mimetype=KINDS[layout])
    response.headers.set("Content-Disposition", "attachment", filename=f"luot-giao-dich-{code}.{layout}")
    return response


def _asked(code: str) -> VisitsAsked | None:
    """Return what the request is about; 404 for an agency that is unknown or out of scope."""
    try:
        sheet = find_visit_sheet(services().store, code, own_scope())
    except UnknownCodeError:
        return None
    wanted = request.values.get("agency", "")
    if not wanted:
        return VisitsAsked(sheet, _period(sheet), sheet.agencies, None)
    agency = next((unit for unit in sheet.agencies if unit.code == own_agency(wanted)), None)
    if agency is None:
        abort(404)
    return VisitsAsked(sheet, _period(sheet), sheet.points.get(agency.code, ()), agency)


def _period(sheet: VisitSheet) -> tuple[date, date]:
    """Return the period asked for, else the latest one something is counted of, else the time of the round."""
    own = sheet.survey_round
    try:
        first, last = (read_date(request.values.get(name, "")) for name in ("first", "last"))
    except ValueError:
        return next(iter(sheet.periods), (own.opens, own.closes))
    return (first, last) if own.opens <= first <= last <= own.closes else (own.opens, own.closes)


def _columns(visits: VisitsAsked) -> tuple[ListColumn[VisitUnit], ...]:
    title = mark("Điểm phục vụ") if visits.agency else mark("Cơ quan")
    return (
        ListColumn("name", title, lambda unit: vietnamese_key(unit.name)),
        ListColumn("code", mark("Mã"), lambda unit: unit.code),
        ListColumn("visits", mark("Số lượt giao dịch")),
    )


def _page(visits: VisitsAsked, refusal: VisitsRefusal | None = None) -> str:
    own = visits.sheet.survey_round
    listing = make_listing(visits.units, _columns(visits), text=lambda unit: f"{unit.name} {unit.code}")
    return render_template(
        "staff/rounds/visits.html",
        simulated=own.simulated,
        own=own,
        asked=visits,
        listing=listing,
        shown=visits.sheet.visits(visits.units, visits.period),
        refusal=refusal or VisitsRefusal(),
        done="" if refusal else _told(),
        changed=refusal is not None and refusal.changed,
    )


def _told() -> str:
    """Return what was done, in words; numbers in the address that are none say nothing."""
    changed, added, replaced = (read_whole(request.args.get(name, "")) for name in ("changed", "added", "replaced"))
    if changed is not None:
        return said("Đã lưu: {count} số thay đổi.", count=changed)
    if added is not None and replaced is not None:
        return said("Đã nhập tệp: thêm {added} số, thay {replaced} số.", added=added, replaced=replaced)
    return ""
