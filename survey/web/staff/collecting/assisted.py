"""Answers by helping hand: the citizen's own form, filled in by a clerk for somebody who cannot."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from survey.errors import KeyReplayedError, RoundError, TurnError
from survey.fieldwork import SurveyRound, asked_questions, normalise_code
from survey.forms import messages
from survey.forms.collecting import AssistedForm
from survey.forms.response import ResponseForm
from survey.instrument import load_instrument
from survey.operations.clock import now_in_vietnam, today_in_vietnam
from survey.operations.collecting.assisted import HelpingDesk
from survey.operations.collecting.invitations import Invitation, Reception
from survey.operations.staff.rights import Permission
from survey.responses import RECEIPT_PATTERN, Mode
from survey.services import services
from survey.watching.process import Event, count
from survey.web.citizen.intake import bound_form, submission_of
from survey.web.citizen.pages import form_context, inlined, point_context, shared_context
from survey.web.citizen.questionnaire import make_sections
from survey.web.door.register import bare_area, bind_form, notice_page, own_agency, requires, signed_in, staff_headers
from survey.web.saying import said
from survey.web.security import make_headers
from survey.web.staff.collecting.entry import MOST_POINTS, own_points, point_choices, searched_points
from survey.wording import mark

bp = bare_area("assisted")

# What the citizen's templates say to somebody alone with a phone is put otherwise where a clerk holds the pen.
WORDS = {
    mark("Gửi đánh giá"): mark("Lưu phiếu"),
    mark("Cán bộ tại quầy không xem được phiếu của ông/bà."): (
        mark("Người nhập hộ giữ kín câu trả lời: không ghi lại, không kể lại cho bất kỳ ai.")
    ),
    mark("Mở phiếu mới cho người khác"): mark("Mở phiếu mới cho người tiếp theo"),
}
CLOSED = {
    Reception.RETIRED: mark("Điểm phục vụ này đã ngừng hoạt động nên không nhập hộ được."),
    Reception.EARLY: mark("Điểm phục vụ này chưa đến ngày hoạt động nên chưa nhập hộ được."),
    Reception.LEFT_OUT: mark("Đợt khảo sát đang mở không lấy ý kiến về cơ quan này nên không nhập hộ được."),
    Reception.UPCOMING: mark("Đợt khảo sát chưa mở nên chưa nhập hộ được."),
    Reception.CLOSED: mark("Không có đợt khảo sát nào đang mở ở điểm phục vụ này nên không nhập hộ được."),
}
STORED_BEFORE = mark(
    "Phiếu này đã được lưu trước đó với câu trả lời khác; câu trả lời đầu tiên được giữ. Hãy mở phiếu mới."
)

TOO_SOON = mark(
    "Phiếu trước vừa được lưu chưa đầy 40 giây nên phiếu này chưa được lưu; các câu đã chọn vẫn còn. "
    "Hãy đọc lại với người dân rồi bấm lưu sau {seconds} giây."
)


@bp.after_request
def _add_headers(response: Response) -> Response:
    """Let these pages wear the citizen's style, which stands inside them."""
    policy = make_headers(styles=[inlined("citizen.css")])["Content-Security-Policy"]
    staff_headers(response).headers["Content-Security-Policy"] = policy
    return response


@bp.get("/entry/assisted")
@requires(Permission.ENTER_RESPONSES)
def start() -> ResponseReturnValue:
    """Choose the service point, or go on to the one that was chosen."""
    points = own_points(today_in_vietnam())
    chosen = normalise_code(request.args.get("point", ""))
    if chosen in {point.code for point in points}:
        return redirect(url_for("assisted.show", code=chosen), 303)
    if chosen:
        abort(404)
    return render_template(
        "staff/collecting/assisted_start.html",
        choices=point_choices(searched_points(points)),
        points=len(points),
        most=MOST_POINTS,
        q=request.args.get("q", ""),
    )


@bp.get("/entry/assisted/<code>")
@requires(Permission.ENTER_RESPONSES)
def show(code: str) -> ResponseReturnValue:
    """Show the questionnaire to be read aloud."""
    invitation, today = _own_invitation(code), today_in_vietnam()
    numbered_round = invitation.round_on(today)
    if numbered_round is None or invitation.reception_on(today) is not Reception.OPEN:
        return _no_form(invitation, today)
    return _page(_SheetAsked(invitation, numbered_round[1], today))


# The answers carry a key of their own, by which they are stored once. A row that says when a form was sent would say
# when they were given, which is kept nowhere.
@bp.post("/entry/assisted/<code>")
@requires(Permission.ENTER_RESPONSES, once=False)
def receive(code: str) -> ResponseReturnValue:
    """Check, store once, and show the receipt."""
    invitation, now = _own_invitation(code), now_in_vietnam()
    try:
        return _store(invitation, now)
    except RoundError:
        return _no_form(invitation, now.date())
    except KeyReplayedError:
        return notice_page(mark("Phiếu đã được lưu"), STORED_BEFORE), 409


def _store(invitation: Invitation, now: datetime) -> ResponseReturnValue:
    point = invitation.placed.point.code
    token = services().tokens.read(point, request.form.get("token", ""), mode=Mode.ASSISTED)
    survey_round, form = bound_form(invitation, token, request.form, now)
    sheet = _SheetAsked(invitation, survey_round, token.issued_on if token else now.date(), form)
    if not form.validate() or token is None:
        return make_response(_page(sheet), 403 if form.token_refused else 400)
    if not bind_form(AssistedForm).validate():
        return make_response(_page(sheet, messages.STAFF_PAGE_EXPIRED), 403)
    try:
        desk = HelpingDesk(services().store, services().recorder, services().pace)
        staff = signed_in().account.username
        receipt = desk.record(invitation, submission_of(form, token), staff=staff, now=now)
    except TurnError as error:
        page = _page(sheet, said(TOO_SOON, seconds=error.seconds))
        return make_response(page, 429, {"Retry-After": str(error.seconds)})
    count(Event.STORED)
    return redirect(url_for("assisted.thanks", code=point, receipt=receipt), 303)


@bp.get("/entry/assisted/<code>/thanks")
@requires(Permission.ENTER_RESPONSES)
def thanks(code: str) -> ResponseReturnValue:
    """Show the receipt and the way to the next person."""
    invitation, receipt = _own_invitation(code), request.args.get("receipt", "")
    if not re.fullmatch(RECEIPT_PATTERN, receipt):
        abort(404)
    marks = {
        "trial": services().settings.is_trial,
        "simulated": any(survey_round.simulated for _, survey_round in invitation.rounds),
    }
    context = {
        **shared_context("vi"),
        **_context(invitation, ""),
        **marks,
        "receipt": receipt,
        "agency_code": invitation.agency.code,
    }
    return render_template("staff/collecting/assisted_thanks.html", **context)


def _own_invitation(code: str) -> Invitation:
    """Return what a code of an agency in scope leads to; any other one is answered like one that does not exist."""
    invitation = services().invitations.find(code)
    if invitation is None:
        abort(404)
    own_agency(invitation.agency.code)
    return invitation


def _no_form(invitation: Invitation, today: date) -> ResponseReturnValue:
    text = CLOSED.get(invitation.reception_on(today), CLOSED[Reception.CLOSED])
    return notice_page(mark("Chưa nhập hộ được"), text), 409


@dataclass(frozen=True, slots=True, eq=False)
class _SheetAsked:
    """The questionnaire of a service point, with what was sent; shown again it keeps the day it was opened."""

    invitation: Invitation
    survey_round: SurveyRound
    issued_on: date
    form: ResponseForm | None = None

    @property
    def faults(self) -> dict[str, str]:
        """Return what is wrong, by the place on the page where it is."""
        if self.form is None:
            return {}
        faults = dict(self.form.answers.faults)
        if self.form.comment.errors:
            faults["comment"] = self.form.comment.errors[0]
        others = (*self.form.token.errors, *self.form.answers.errors)
        return faults if faults or not others else {"answers": others[0]}


def _page(sheet: _SheetAsked, fault: str = "") -> str:
    form, survey_round = sheet.form, sheet.survey_round
    faults = {"answers": fault} if fault else sheet.faults
    instrument = load_instrument(survey_round.instrument)
    sections = make_sections(
        instrument,
        asked_questions(survey_round, instrument),
        language="vi",
        chosen=form.answers.chosen if form else {},
        faults=form.answers.faults if form else {},
    )
    token = services().tokens.make(sheet.invitation.placed.point.code, sheet.issued_on, mode=Mode.ASSISTED)
    context = {
        **form_context(survey_round, "vi", services().settings),
        **_context(sheet.invitation, token),
        "sections": sections,
        "comment": (form.comment.data or "") if form else "",
        "faults": list(faults.items()),
    }
    return render_template("staff/collecting/assisted.html", **context)


def _context(invitation: Invitation, token: str) -> dict[str, object]:
    """Return what differs from the citizen's own page: where it leads, what it says, and that it has no script."""
    path = url_for("assisted.show", code=invitation.placed.point.code)
    return {**point_context(invitation, "vi", token), "path": path, "js": "", "_": _said}


def _said(message: str, **values: object) -> Markup:
    """Return a message of a page that is read aloud in Vietnamese, whatever language the clerk reads."""
    found = Markup(WORDS.get(message, message))  # noqa: S704  # a guard holds that it is written in a template
    return found.format(**values) if values else found
