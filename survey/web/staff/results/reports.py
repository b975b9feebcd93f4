"""The official report of a published round, or of one agency in it, to be downloaded as Word or PDF."""

import time

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectChoice

from survey.errors import RoundError, UnknownCodeError
from survey.formatting import vietnamese_key
from survey.forms.report import WHOLE_ROUND, ReportForm
from survey.operations.clock import today_in_vietnam
from survey.operations.plans.lists import list_lines
from survey.operations.report.jobs import ReportOrder, find_order, order_report, report_file
from survey.operations.report.report import ReportFormat, Wanted
from survey.operations.report.supplements import plan_table
from survey.operations.results.published import PublishedRun
from survey.operations.staff.accounts import note_download
from survey.operations.staff.rights import Permission
from survey.reports.documents.model import Letterhead
from survey.services import services
from survey.store.jobs.jobs import Job, JobState
from survey.web.door.register import bind_form, notice_page, own_agency, own_scope, requires, signed_in, staff_area
from survey.web.saying import said
from survey.web.staff.rounds.rounds import no_round
from survey.wording import mark

KINDS = {
    ReportFormat.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ReportFormat.PDF: "application/pdf",
}
NOT_PUBLISHED = mark(
    "Đợt này chưa được công bố nên chưa có số liệu cho báo cáo. Trước hết hãy công bố đợt, ở trang của đợt."
)
OTHER_AGENCY = mark(
    "Kế hoạch của một cơ quan chỉ kèm được báo cáo của chính cơ quan đó. Hãy chọn kế hoạch khác hoặc đổi cơ quan."
)

LOOK_AGAIN = 2  # seconds

bp = staff_area("reports")


@bp.route("/rounds/<code>/report", methods=["GET", "POST"])
@requires(Permission.EXPORT)
def report(code: str) -> ResponseReturnValue:
    """Ask what the report should be like, and begin to make it."""
    try:
        shown = services().runs.standing().latest(code)
    except UnknownCodeError:
        return no_round(code)
    except RoundError:
        return notice_page(mark("Chưa có báo cáo"), NOT_PUBLISHED), 409
    form = bind_form(ReportForm)
    form.agency.choices, form.plan.choices = _agencies(shown), _plans(code)
    if request.method == "GET":
        form.day.data, form.issuer.data = today_in_vietnam(), services().settings.owner
        return _page(form, shown)
    if form.agency.data and form.agency.data != WHOLE_ROUND:
        own_agency(form.agency.data)
    if not form.validate():
        return _page(form, shown), 400
    return _begin(form, shown)


def _agencies(shown: PublishedRun) -> list[SelectChoice]:
    """Return the whole round, for whoever may touch all of it, and the agencies in scope by name."""
    scope = own_scope()
    own = [(code, name) for code, name in shown.names.items() if scope.holds(code)]
    whole = [SelectChoice(WHOLE_ROUND, mark("Toàn đợt, tất cả cơ quan"))] if scope.agencies is None else []
    return whole + [SelectChoice(code, name) for code, name in sorted(own, key=lambda one: vietnamese_key(one[1]))]


def _plans(round_code: str) -> list[SelectChoice]:
    """Return none, and the plans in scope that were made from this round."""
    lines = list_lines(services().store, own_scope(), today=today_in_vietnam())
    kept = [line.kept for line in lines if line.kept.plan.round_code == round_code]
    everybody = said("mọi cơ quan")
    plans = [SelectChoice(str(plan.id), f"{plan.plan.title} ({plan.agency or everybody})") for plan in kept]
    return [SelectChoice("", mark("Không kèm kế hoạch")), *plans]


def _begin(form: ReportForm, shown: PublishedRun) -> ResponseReturnValue:
    order = _order(form, shown)
    wanted = order.wanted
    try:
        if wanted.plan is not None:
            plan_table(services().store, wanted.plan, wanted.agency_code)
    except UnknownCodeError:
        form.plan.errors = [OTHER_AGENCY]
        return _page(form, shown), 400
    order_report(services().store, services().settings, order)
    return redirect(url_for("reports.made", code=wanted.round_code, key=order.key), 303)


def _order(form: ReportForm, shown: PublishedRun) -> ReportOrder:
    names = ("superior", "issuer", "number", "place", "signer")
    letterhead = Letterhead(day=form.day.given, **{name: form[name].data for name in names})
    agency = form.agency.data if form.agency.data != WHOLE_ROUND else None
    wanted = Wanted(shown.survey_round.code, letterhead, agency, int(form.plan.data) if form.plan.data else None)
    return ReportOrder(wanted, ReportFormat(form.layout.data), signed_in().account.username)


@bp.get("/rounds/<code>/report/<key>")
@requires(Permission.EXPORT)
def made(code: str, key: str) -> ResponseReturnValue:
    """Tell how far a report is that the person asked for, and where its file is."""
    order, job = _own_order(code, key)
    names = services().runs.standing().latest(code).names
    page = render_template(
        "staff/report/made.html",
        order=order,
        job=job,
        agency=names.get(order.wanted.agency_code or ""),
        file=report_file(services().settings, order),
        seconds=round((job.ended or time.time()) - job.began),
    )
    response = make_response(page)
    if job.state is JobState.RUNNING:
        response.headers["Refresh"] = str(LOOK_AGAIN)
    return response


@bp.get("/rounds/<code>/report/<key>/file")
@requires(Permission.EXPORT)
def download(code: str, key: str) -> ResponseReturnValue:
    """Send the file of a report the person asked for."""
    order, _ = _own_order(code, key)
    file = report_file(services().settings, order) or abort(404)
    note_download(services().store, signed_in(), order.file_name)
    response = Response(file.read_bytes(), mimetype=KINDS[order.layout])
    response.headers.set("Content-Disposition", "attachment", filename=order.file_name)
    return response


def _own_order(code: str, key: str) -> tuple[ReportOrder, Job]:
    pair = find_order(services().store, services().settings, key, staff=signed_in().account.username)
    order, job = pair or abort(404)
    if order.wanted.round_code != code:
        abort(404)
    if order.wanted.agency_code:
        own_agency(order.wanted.agency_code)
    return order, job


def _page(form: ReportForm, shown: PublishedRun) -> str:
    own = shown.survey_round
    return render_template(
        "staff/report/report.html",
        form=form,
        own=own,
        run=shown.head,
        agencies=len(shown.names),
        simulated=own.simulated,
    )
