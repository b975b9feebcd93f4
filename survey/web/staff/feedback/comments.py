"""The comments of a round: read one by one, and decided about many at once."""

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlencode

from flask import abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from survey.errors import ChangedMeanwhileError, RoundError, UnknownCodeError
from survey.formatting import MOST_SOUGHT, compose, format_count, read_whole
from survey.forms.staff import StaffForm
from survey.operations.clock import today_in_vietnam
from survey.operations.feedback import screening
from survey.operations.feedback.screening import CommentPage, CommentQuery, Screening
from survey.operations.staff.rights import Permission
from survey.services import services
from survey.store.feedback.screening import CommentDecision
from survey.typed.screening import SentDecision, find_doubts, read_choices
from survey.web.door.register import (
    bind_form,
    expired_page,
    notice_page,
    own_agency,
    requires,
    signed_in,
    staff_area,
)
from survey.web.saying import page_language, said, tell
from survey.web.staff.rounds.rounds import no_round
from survey.wording import mark

bp = staff_area("comments")

NAMES = ("decision", "agency", "q", "after")
EVERYTHING = "all"
DECISIONS: Mapping[str, str] = {
    CommentDecision.WAITING: mark("Chưa xem"),
    CommentDecision.SHOWN: mark("Đăng"),
    CommentDecision.HIDDEN: mark("Không đăng"),
    EVERYTHING: mark("Tất cả"),
}
NOT_YET = mark("Chưa đọc được ý kiến"), mark("Ý kiến của đợt này chưa đọc được.")


@bp.get("/rounds/<code>/comments")
@requires(Permission.EXPORT)
def show(code: str) -> ResponseReturnValue:
    """Show some comments, those nobody has decided about unless others are asked for."""
    found = _screening(code)
    if found is None:
        return no_round(code)
    asked = _asked()
    return _page(found, screening.read_page(services().store, found, asked))


@bp.post("/rounds/<code>/comments")
@requires(Permission.EXPORT)
def save(code: str) -> ResponseReturnValue:
    """Store what was decided, all of it or nothing."""
    form = bind_form(StaffForm)
    if not form.validate():
        return expired_page()
    screened = _screening(code)
    if screened is None:
        return no_round(code)
    if not screened.can_be_read:
        return notice_page(*NOT_YET), 409
    _asked()
    choices = read_choices(request.form)
    sent = _sent(screened, choices)
    faults = {
        comment.key: tell(choices[comment.key].fault(comment.text, comment.shown) or "") for comment in sent.comments
    }
    if any(faults.values()):
        return _page(screened, sent, choices=choices, faults=faults), 400
    return _stored(screened, choices)


def _sent(found: Screening, choices: Mapping[bytes, SentDecision]) -> CommentPage:
    """Return the comments something was sent of; 404 when one is none of the round."""
    try:
        return CommentPage(screening.list_sent(services().store, found, choices.keys()), None)
    except UnknownCodeError:
        abort(404)


def _stored(screened: Screening, choices: Mapping[bytes, SentDecision]) -> ResponseReturnValue:
    code, by = screened.survey_round.code, signed_in().account.username
    shown = {key: choice.words for key, choice in choices.items() if choice.words is not None}
    seen = {key: choice.seen for key, choice in choices.items()}
    try:
        done = screening.decide(services().store, code, shown, seen=seen, today=today_in_vietnam(), by=by)
    except ChangedMeanwhileError:
        # Read again: whoever saves once more has seen what the other one decided.
        return _page(screened, _sent(screened, choices), choices=choices, changed=True), 409
    except RoundError:
        return notice_page(*NOT_YET), 409
    return redirect(request.path + _query(shown=str(done.shown), hidden=str(done.hidden)), 303)


def _screening(code: str) -> Screening | None:
    try:
        return screening.find_screening(services().store, code, today=today_in_vietnam())
    except UnknownCodeError:
        return None


def _asked() -> CommentQuery:
    """Return which comments the address asks for; 404 for an agency out of scope."""
    asked, agency = _decision(), request.args.get("agency", "")
    if agency:
        own_agency(agency)
    decision = None if asked == EVERYTHING else CommentDecision(asked)
    return CommentQuery(decision, agency, compose(request.args.get("q", ""), MOST_SOUGHT), _after())


def _decision() -> str:
    asked = request.args.get("decision", "")
    return asked if asked in DECISIONS else CommentDecision.WAITING.value


def _after() -> tuple[str, bytes] | None:
    """Return the place in the order behind which the page begins, if the address names one."""
    agency, _, key = request.args.get("after", "").rpartition(".")
    try:
        return (agency, bytes.fromhex(key)) if agency and key else None
    except ValueError:
        return None


def _query(**more: str) -> str:
    """Return the query of the page that was asked for, with some parts changed."""
    asked = {name: request.args.get(name, "") for name in NAMES}
    return "?" + urlencode({name: value for name, value in {**asked, **more}.items() if value})


def _page(
    screened: Screening,
    page: CommentPage,
    *,
    choices: Mapping[bytes, SentDecision] = MappingProxyType({}),
    faults: Mapping[bytes, str] = MappingProxyType({}),
    changed: bool = False,
) -> str:
    return render_template(
        "staff/feedback/comments.html",
        simulated=screened.survey_round.simulated,
        own=screened.survey_round,
        found=screened,
        page=page,
        choices=choices,
        faults=faults,
        changed=changed,
        asked={**{name: request.args.get(name, "") for name in NAMES}, "decision": _decision()},
        decisions=_decisions(screened),
        names={line.agency_code: line.agency_name for line in screened.counts},
        here=_query(),
        first=_query(after=""),
        following=_query(after=f"{page.after[0]}.{page.after[1].hex()}") if page.after else "",
        looked_through=screening.LOOKED_THROUGH,
        mark_of=screening.mark_of,
        find_doubts=find_doubts,
        done="" if faults or changed else _told(),
    )


def _decisions(found: Screening) -> list[tuple[str, str, int, str]]:
    """Return the kinds of comments: name, title, how many there are in the round, and the address of the list."""
    counts = {name: found.of(None if name == EVERYTHING else CommentDecision(name)) for name in DECISIONS}
    return [(name, title, counts[name], _query(decision=name, after="")) for name, title in DECISIONS.items()]


def _told() -> str:
    """Return what was done, in words; numbers in the address that are none say nothing."""
    shown, hidden = (read_whole(request.args.get(name, "")) for name in ("shown", "hidden"))
    if shown is None or hidden is None:
        return ""
    if shown + hidden == 0:
        return said("Không có quyết định nào mới.")
    counts = {
        name: format_count(number, language=page_language()) for name, number in (("shown", shown), ("hidden", hidden))
    }
    return said("Đã lưu: {shown} ý kiến đăng, {hidden} ý kiến không đăng.", **counts)
