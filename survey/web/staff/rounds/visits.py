"""How many people were served: typed in a table, or loaded from a file, for the time of a round."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.errors import ChangedMeanwhileError, Fault, RefusedDataError, UnknownCodeError
from survey.formatting import read_whole, vietnamese_key
from survey.forms import messages
from survey.forms.rounds import VisitFileForm, read_numbers
from survey.forms.staff import StaffForm
from survey.operations.clock import today_in_vietnam
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
from survey.operations.uploads.cells import CellError, read_date
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
from survey.web.listing import ListColumn, make_listing, wanted_view
from survey.web.saying import page_language, said
from survey.web.staff.rounds.rounds import no_round
from survey.wording import Phrase, mark, phrase

bp = staff_area("visits")

MOST_FILE = 5_000_000
# The period that was shown; with `new-` before it, what stands in the fields of the period.
DAYS = ("first", "last")
# Stands in what a button asks for where it names a period, and does not leave it to the fields.
CHOSEN = "chosen"
REVERSED = mark("Ngày cuối không được trước ngày đầu.")
OUTSIDE = mark("Khoảng thời gian phải nằm trong thời gian của đợt.")
NO_FILE = mark("Hãy chọn tệp .xlsx hoặc .csv.")


@dataclass(frozen=True, slots=True)
class VisitsAsked:
    """What the page is about: the period, whose numbers are typed, and the agency whose service points these are.

    `days` is what stands in the fields of the period, and `wrong` why that is none; then `period` is the usual one.
    """

    sheet: VisitSheet
    period: tuple[date, date]
    units: Sequence[VisitUnit]
    agency: VisitUnit | None
    days: tuple[str, str]
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class VisitsRefusal:
    """What was typed and why it was not stored: by code beside the numbers, or for the page as a whole.

    `before` is what was shown when it was typed, where that still is what it is held against.
    """

    typed: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str | Phrase] = field(default_factory=dict)
    text: str | Phrase = ""
    lines: Sequence[str] = ()
    changed: bool = False
    before: Mapping[str, str] = field(default_factory=dict)
    waiting: int = 0


@bp.get("/rounds/<code>/visits")
@requires(Permission.ENTER_VISITS)
def show(code: str) -> ResponseReturnValue:
    """Show the numbers of a period, to be typed."""
    asked = _asked(code, request.args)
    if asked is None:
        return no_round(code)
    return _page(asked, VisitsRefusal(text=asked.wrong) if asked.wrong else None), 400 if asked.wrong else 200


@bp.post("/rounds/<code>/visits")
@requires(Permission.ENTER_VISITS)
def save(code: str) -> ResponseReturnValue:
    """Store what was typed, all or nothing; or keep it, and show what else is asked for of the table."""
    form, view, typed = bind_form(StaffForm), wanted_view(), dict(request.form.items())
    visits = _asked(code, typed)
    if visits is None:
        return no_round(code)
    if not {name[2:] for name in typed if name[:2] in ("n.", "w.")} <= {unit.code for unit in visits.units}:
        abort(404)
    if not form.validate():
        return expired_page()
    chosen = view if view and CHOSEN in view else {name: typed.get(f"new-{name}", typed.get(name, "")) for name in DAYS}
    days = chosen.get("first", ""), chosen.get("last", "")
    period, wrong = _period(visits.sheet, *days)
    if wrong:
        refused = replace(visits, days=days, wrong=wrong)
        return _page(refused, VisitsRefusal(typed, text=wrong, before=_before(typed)), view), 400
    if view is None and period == visits.period:
        return _carried_out(visits, typed)
    return _turned(visits, period, view or request.args.to_dict(), typed)


def _turned(
    visits: VisitsAsked, period: tuple[date, date], view: Mapping[str, str], typed: Mapping[str, str]
) -> ResponseReturnValue:
    """Show another part of the table, or another period, with every number that was typed and is not stored yet."""
    first, last = map(str, period)
    kept = {name: text for name, text in typed.items() if name.startswith("n.") and _is_new(name, typed)}
    view = {**{name: text for name, text in view.items() if name != CHOSEN}, "first": first, "last": last}
    if not kept:
        return redirect(url_for("visits.show", code=visits.sheet.survey_round.code, _external=None, **view), 303)
    if view.get("agency", "") != (visits.agency.code if visits.agency else ""):
        text = phrase("Còn {count} số vừa nhập chưa lưu. Hãy lưu trước khi mở bảng khác.", count=len(kept))
        return _page(visits, VisitsRefusal(typed, text=text, before=_before(typed))), 400
    before = _before(typed) if period == visits.period else {}
    return _page(
        replace(visits, period=period, days=(first, last)),
        VisitsRefusal(kept, before=before, waiting=len(kept)),
        view,
    )


def _is_new(name: str, typed: Mapping[str, str]) -> bool:
    return typed[name].strip() != typed.get(f"w.{name[2:]}", "").strip()


def _before(typed: Mapping[str, str]) -> dict[str, str]:
    """Return what was shown of each number when it was typed."""
    return {name[2:]: text for name, text in typed.items() if name.startswith("w.")}


def _carried_out(visits: VisitsAsked, typed: dict[str, str]) -> ResponseReturnValue:
    units = {unit.code: unit for unit in visits.units if f"n.{unit.code}" in typed}
    numbers, faults = read_numbers(typed, units, least=0, most=MOST_VISITS)
    if faults:
        return _page(visits, VisitsRefusal(typed, faults, before=_before(typed))), 400
    was, _ = read_numbers(
        {f"n.{code}": text for code, text in _before(typed).items()}, units, least=0, most=MOST_VISITS
    )
    shown = {code: number for code, number in was.items() if number is not None}
    new = TypedVisits(visits.period, {units[code]: number for code, number in numbers.items()}, shown)
    return _stored(visits, new, typed)


def _stored(visits: VisitsAsked, new: TypedVisits, typed: Mapping[str, str]) -> ResponseReturnValue:
    try:
        changed = enter_visits(services().store, new, by=signed_in().account.username)
    except ChangedMeanwhileError:
        return _page(visits, VisitsRefusal(typed, changed=True)), 409
    except RefusedDataError as refused:
        codes = [unit.code for unit in new.numbers]
        faults = {codes[fault.line - 1]: _not_stored(fault) for fault in refused.faults}
        return _page(visits, VisitsRefusal(typed, faults, before=_before(typed))), 400
    first, last = new.period
    more = {"agency": visits.agency.code} if visits.agency else {}
    query = {"first": str(first), "last": str(last), "changed": str(changed), **more}
    return redirect(url_for("visits.show", code=visits.sheet.survey_round.code, _external=None, **query), 303)


@bp.post("/rounds/<code>/visits/file")
@requires(Permission.ENTER_VISITS, most=MostSent(MOST_FILE))
def load(code: str) -> ResponseReturnValue:
    """Load a table, all or nothing, and tell what is wrong line by line."""
    form = bind_form(VisitFileForm)
    visits = _asked(code, request.values)
    if visits is None:
        return no_round(code)
    if not form.validate():
        return expired_page()
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _page(visits, VisitsRefusal(lines=[NO_FILE])), 400
    by = signed_in().account.username
    try:
        data, titled = sent.read(), form.sheet.data
        loaded = load_visit_table(services().store, visits.sheet, data, name=sent.filename, by=by, titled=titled)
    except RefusedDataError as refused:
        return _page(visits, VisitsRefusal(lines=_lines(refused))), 400
    query = {"added": str(loaded.added), "replaced": str(loaded.replaced)}
    query |= {"hidden": str(loaded.hidden)} if loaded.hidden else {}
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
    visits = _asked(code, request.values)
    if visits is None:
        return no_round(code)
    content = template_file(visits.sheet.template, visits.period, layout=layout)
    response = Response(content, mimetype=KINDS[layout])
    response.headers.set("Content-Disposition", "attachment", filename=f"luot-giao-dich-{code}.{layout}")
    return response


def _asked(code: str, given: Mapping[str, str]) -> VisitsAsked | None:
    """Return what is asked for; 404 for an agency that is unknown or out of scope."""
    try:
        sheet = find_visit_sheet(services().store, code, own_scope())
    except UnknownCodeError:
        return None
    days = given.get("first", ""), given.get("last", "")
    period, wrong = _period(sheet, *days)
    shown = days if wrong else (str(period[0]), str(period[1]))
    wanted = given.get("agency", "")
    if not wanted:
        return VisitsAsked(sheet, period, sheet.agencies, None, shown, wrong)
    agency = next((unit for unit in sheet.agencies if unit.code == own_agency(wanted)), None)
    if agency is None:
        abort(404)
    return VisitsAsked(sheet, period, sheet.points.get(agency.code, ()), agency, shown, wrong)


def _period(sheet: VisitSheet, first: str, last: str) -> tuple[tuple[date, date], str]:
    """Return the period asked for, and nothing; or the usual one, and why what is asked for is none."""
    own, usual = sheet.survey_round, sheet.usual_period(today_in_vietnam())
    if not (first or last):
        return usual, ""
    try:
        days = read_date(first.strip()), read_date(last.strip())
    except CellError:
        return usual, messages.NOT_A_DAY
    if days[1] < days[0]:
        return usual, REVERSED
    return (days, "") if own.opens <= days[0] and days[1] <= own.closes else (usual, OUTSIDE)


def _columns(visits: VisitsAsked) -> tuple[ListColumn[VisitUnit], ...]:
    title = mark("Điểm phục vụ") if visits.agency else mark("Cơ quan")
    return (
        ListColumn("name", title, lambda unit: vietnamese_key(unit.name)),
        ListColumn("code", mark("Mã"), lambda unit: unit.code),
        ListColumn("visits", mark("Số lượt giao dịch")),
    )


def _page(visits: VisitsAsked, refusal: VisitsRefusal | None = None, view: Mapping[str, str] | None = None) -> str:
    own, today = visits.sheet.survey_round, today_in_vietnam()
    listing = make_listing(
        visits.units, _columns(visits), text=lambda unit: f"{unit.name} {unit.code}", view=view, in_form=True
    )
    on_page = {unit.code for unit in listing.rows}
    return render_template(
        "staff/rounds/visits.html",
        simulated=own.simulated,
        own=own,
        asked=visits,
        listing=listing,
        elsewhere=[unit for unit in visits.units if unit.code not in on_page],
        shown=visits.sheet.visits(visits.units, visits.period),
        next_period=visits.sheet.next_period(today),
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
        loaded = said("Đã nhập tệp: thêm {added} số, thay {replaced} số.", added=added, replaced=replaced)
        hidden = read_whole(request.args.get("hidden", ""))
        more = said("Trong tệp có {count} dòng đang bị ẩn (do lọc); các dòng đó cũng được đọc.", count=hidden)
        return f"{loaded} {more}" if hidden else loaded
    return ""
