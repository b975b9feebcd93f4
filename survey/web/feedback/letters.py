"""Complaints and suggestions of citizens: an agency is chosen, a message sent, and followed with its receipt.

These pages know nothing of the survey: no session, no cookie, none of the form's script (which might send a waiting
response in the same minute). Code and secret travel in the body of a POST, never in an address.
"""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from survey.errors import CrowdedError, KeyReplayedError, UnknownCodeError
from survey.fieldwork import Agency
from survey.formatting import MOST_SOUGHT, compose, fold, format_date, vietnamese_key
from survey.forms.feedback import KINDS, MOST_CONTACT, MOST_TEXT, FeedbackForm, bind_feedback
from survey.forms.form_token import FormToken
from survey.operations.clock import today_in_vietnam
from survey.operations.feedback.receipts import (
    FollowedCase,
    LetterKind,
    Message,
    Rating,
    Receipt,
    SentCase,
    follow_case,
    rate_answer,
    send_case,
)
from survey.operations.registry.acting import AT_WORK, agencies_on
from survey.services import services
from survey.web.asked import asked_language
from survey.web.citizen.pages import shared_context
from survey.wording import Language, mark, word

bp = Blueprint("feedback", __name__, url_prefix="/feedback")

# What the form's token is bound to. No service point has a code of eight letters.
PLACE = "feedback"
MOST_FOUND, FEW_AGENCIES = 20, 12
# 5,000 letters of three bytes each are 45,000 characters of a form; twice as many can still be shown again.
MOST_BODY, MOST_RECEIPT_BODY = 131_072, 8_192
EXPIRED = mark("Trang này mở đã lâu. Nội dung vẫn còn nguyên, xin ông/bà bấm gửi lại.")
UNKNOWN_AGENCY = mark("Không có cơ quan này. Xin ông/bà tìm theo tên.")
NOT_WORKING = mark(
    "Cơ quan này không còn hoạt động hoặc chưa hoạt động nên không nhận phản ánh, kiến nghị. Mời "
    "ông/bà chọn cơ quan khác."
)
WRONG_RECEIPT = mark(
    "Mã phản ánh hoặc mã bí mật chưa đúng. Xin ông/bà xem lại từng chữ, từng số (không cần gõ dấu gạch ngang)."
)


@bp.before_request
def take_long_texts() -> None:
    """Let a text that is too long be shown again instead of refusing it unread; a receipt is short."""
    most = MOST_BODY if request.endpoint == "feedback.send" else MOST_RECEIPT_BODY
    request.max_content_length = request.max_form_memory_size = most


@bp.after_request
def keep_nowhere(response: Response) -> Response:
    """Keep what somebody sent, and the secret, out of the phone's memory of pages."""
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("")
def write() -> ResponseReturnValue:
    """Ask for the agency, then for the message."""
    wanted = request.args.get("agency", "")
    if not wanted:
        return _search_page()
    return _form_page(_addressee(wanted), bind_feedback(None, None))


@bp.post("")
def send() -> ResponseReturnValue:
    """Check the message, keep it once, and show its receipt this once."""
    to = _addressee(request.form.get("agency", ""))
    wait = services().feedback_flood.wait_seconds(to.agency.code, request.remote_addr or "")
    token = services().tokens.read(PLACE, request.form.get("token", ""))
    form = bind_feedback(token, request.form)
    if wait:
        return _busy_page(to, form, wait)
    if not form.validate() or token is None:
        return _form_page(to, form), 403 if form.token.errors else 400
    if wait := services().desk_pace.wait_seconds(to.agency.code):
        return _busy_page(to, form, wait)
    try:
        return _receipt_page(_kept(to, form, token)), 201
    except KeyReplayedError:
        return _replayed_page(to), 409
    except CrowdedError as crowded:
        return _busy_page(to, form, crowded.seconds, status=503)


@bp.errorhandler(UnknownCodeError)
def search_again(error: UnknownCodeError) -> ResponseReturnValue:
    """Say that there is no such agency, or that it does not work, and let another one be found."""
    notice = NOT_WORKING if error.kind == AT_WORK else UNKNOWN_AGENCY
    return _search_page(word(notice, asked_language())), 404


@bp.errorhandler(CrowdedError)
def follow_later(error: CrowdedError) -> ResponseReturnValue:
    """Say that too many look at receipts in this moment, and keep the code that was typed."""
    text = mark("Đang có nhiều người tra cứu cùng lúc. Xin ông/bà thử lại sau ít giây.")
    return _follow_page(text), 503, {"Retry-After": str(error.seconds)}


@dataclass(frozen=True, slots=True)
class _Addressee:
    """The agency a message is sent to, by its code, and the one that takes it in today."""

    code: str
    agency: Agency


def _addressee(code: str) -> _Addressee:
    return _Addressee(code, agencies_on(services().store, today_in_vietnam()).receiver(code))


def _kept(to: _Addressee, form: FeedbackForm, token: FormToken) -> SentCase:
    message = Message(to.code, LetterKind(form.kind.data), form.text.data, form.contact.data)
    return send_case(services().case_desk, message, key=token.key.secret, today=today_in_vietnam())


@bp.get("/follow")
def ask_receipt() -> ResponseReturnValue:
    """Ask for code and secret."""
    return _page("follow", code="", fault="")


@bp.get("/<code>")
def ask_secret(code: str) -> ResponseReturnValue:
    """Ask for the secret of a case; whether there is one with this code is not said."""
    return _page("follow", path=f"/feedback/{code}", code=code[:20], fault="")


@bp.post("/follow")
def follow() -> ResponseReturnValue:
    """Show how far a case is to whoever has its receipt."""
    code, secret = _given("code"), _given("secret")
    if _is_flooding():
        return _follow_again(mark("Đã thử quá nhiều lần. Xin ông/bà thử lại sau một phút."), 429)
    found = follow_case(services().store, code, secret, today=today_in_vietnam())
    return _case_page(found, secret) if found else _follow_again(WRONG_RECEIPT, 404)


@bp.post("/rate")
def rate() -> ResponseReturnValue:
    """Keep whether the answer satisfies."""
    said, code, secret = request.form.get("satisfied"), _given("code"), _given("secret")
    if said not in ("yes", "no"):
        return redirect("/feedback/follow", 303)
    if _is_flooding():
        return _follow_again(mark("Đã thử quá nhiều lần. Xin ông/bà thử lại sau một phút."), 429)
    receipt, read = Receipt(code, secret), _given("answer")
    rated = rate_answer(services().store, receipt, read=read, satisfied=said == "yes", today=today_in_vietnam())
    if rated is None:
        return _follow_again(WRONG_RECEIPT, 404)
    return _case_page(rated.found, secret, None if rated.counted else rated), 200 if rated.counted else 409


def _given(name: str) -> str:
    return request.form.get(name, "")[:40]


def _is_flooding() -> bool:
    return services().feedback_flood.wait_seconds("receipts", request.remote_addr or "") > 0


def _search_page(notice: str = "") -> str:
    query = compose(request.args.get("q", "").strip(), MOST_SOUGHT)[:MOST_SOUGHT]
    offered, words = agencies_on(services().store, today_in_vietnam()).offered(), fold(query).split()
    matching = [
        agency
        for agency in offered
        if all(part in fold(f"{agency.name} {agency.short_name} {agency.code}") for part in words)
    ]
    shown = (
        sorted(matching, key=lambda agency: vietnamese_key(agency.name))
        if words or len(offered) <= FEW_AGENCIES
        else []
    )
    return _page(
        "search", path="/feedback", q=query, found=shown[:MOST_FOUND], more=len(shown) > MOST_FOUND, notice=notice
    )


def _form_page(to: _Addressee, form: FeedbackForm) -> str:
    provided, language, today = services(), asked_language(), today_in_vietnam()
    faults = {name: word(errors[0], language) for name, errors in form.errors.items() if name != "token"}
    if form.token.errors:
        faults = {"text": word(EXPIRED, language), **faults}
    return _page(
        "form",
        path=f"/feedback?agency={quote(to.code)}",
        agency=to.agency.name,
        agency_code=to.code,
        token=provided.tokens.make(PLACE, today),
        form=form,
        faults=faults,
        kinds=[(value, word(label, language)) for value, label in KINDS],
        most=MOST_TEXT,
        most_contact=MOST_CONTACT,
        due=format_date(provided.working_days.after(today, provided.settings.case_days), language=language),
        kept_days=provided.settings.case_contact_days,
        petitions=provided.settings.petition_office,
        urgent=provided.settings.contact,
    )


def _receipt_page(kept: SentCase) -> str:
    address = urlsplit(services().settings.public_url).netloc + "/feedback/follow"
    own = {
        "agency": kept.agency.name,
        "receipt": kept.receipt,
        "due": format_date(kept.due_on, language=asked_language()),
    }
    return _page("receipt", path="", **own, follow_address=address)


def _case_page(found: FollowedCase, secret: str, uncounted: Rating | None = None) -> str:
    case, today = found.case, today_in_vietnam()
    own = {"agency": found.agency.name, "agency_code": found.agency.code, "overdue": case.is_overdue_on(today)}
    return _page("case", path="", case=case, secret=secret, answer_mark=found.answer_mark, uncounted=uncounted, **own)


def _follow_again(fault: str, status: int) -> ResponseReturnValue:
    return _follow_page(fault), status


def _follow_page(fault: str) -> str:
    return _page("follow", code=_given("code"), fault=word(fault, asked_language()))


def _busy_page(to: _Addressee, form: FeedbackForm, wait: int, *, status: int = 429) -> ResponseReturnValue:
    form.validate()
    text = word("Đang có nhiều người gửi cùng lúc. Xin ông/bà bấm gửi lại sau {seconds} giây.", asked_language())
    form.text.errors = [text.format(seconds=wait)]
    return _form_page(to, form), status, {"Retry-After": str(wait)}


def _replayed_page(to: _Addressee) -> str:
    return _page("replayed", path="", agency=to.agency.name, agency_code=to.code)


def _page(name: str, *, path: str = "/feedback/follow", **shown: object) -> str:
    language = asked_language()
    own = {"service_point": word("Phản ánh, kiến nghị", language), "trial": services().settings.is_trial, "js": ""}
    context = {**shared_context(language), "agency": word("Đánh giá sự phục vụ", language), **own, **shown}
    switch = _in_other(path, language) if path and request.method == "GET" else ""
    return render_template(f"feedback/{name}.html", **context, other_language_path=switch)


def _in_other(path: str, language: Language) -> str:
    return path if language == "en" else path + ("&lang=en" if "?" in path else "?lang=en")
