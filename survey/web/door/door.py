"""The one door in front of every staff page: who is at the other end, what that person may do, and to whom.

A session is a row in the database; the cookie holds 256 random bits and nothing else. Flask's own signed session
cookie is never opened.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, TypeVar
from urllib.parse import urlencode

from flask import Response, abort, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.forms import messages
from survey.forms.staff import PasswordAgainForm, SessionTokens, SignInForm, StaffForm, make_page_mark
from survey.operations.staff import accounts
from survey.operations.staff.accounts import NewSession, SignedIn
from survey.operations.staff.rights import (
    BEFORE_ADMITTED,
    PERMISSIONS,
    Permission,
    needs_second_factor,
)
from survey.operations.staff.sent_forms import Earlier
from survey.services import services
from survey.store.staff.accounts import Account, utc_now
from survey.store.staff.acts import Act, Kind
from survey.web.door.cookies import session_cookie
from survey.web.door.kept_form import DOOR, OWN_PATH, KeptForm, allow_carried, asked_path, carried_form, posted_form
from survey.web.door.sent_once import carry_out, earlier_answer, sent_form
from survey.web.saying import page_language, tell
from survey.web.security import make_headers
from survey.wording import Phrase, mark

Arguments = ParamSpec("Arguments")
View = Callable[Arguments, ResponseReturnValue]
Form = TypeVar("Form", bound=StaffForm)

# So long ago the password may have been asked for where it has to be asked again.
ASKED_WITHIN = timedelta(minutes=10)
declared: dict[Callable[..., ResponseReturnValue], Permission] = {}


@dataclass(frozen=True, slots=True)
class MostSent:
    """How many bytes a form may have, and how many of them each part that is no file."""

    content: int
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """What a view needs of whoever asks for it: a permission, and perhaps a password given a moment ago."""

    permission: Permission
    recent: bool = False


def requires(
    permission: Permission, *, most: MostSent | None = None, once: bool = True, recent: bool = False
) -> Callable[[View[Arguments]], View[Arguments]]:
    """Declare what a staff view needs; whoever lacks it does not reach the view.

    Its forms may have `most` bytes. Each is carried out once, though it be sent twice; `once` is False for a view
    that sees to that itself. What is `recent` asks for the password again when that was not done within ten minutes.
    """

    def decorate(view: View[Arguments]) -> View[Arguments]:
        @wraps(view)
        def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> ResponseReturnValue:
            def answer() -> ResponseReturnValue:
                return view(*args, **kwargs)

            need = Need(permission, recent=recent)
            if once and request.method == "POST":
                return _answer_once(need, most, answer)
            refusal = _refusal(need)
            return answer() if refusal is None else refusal

        declared[guarded] = permission
        return guarded

    return decorate


def _answer_once(need: Need, most: MostSent | None, answer: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    """Carry out a form, or answer it as the same one was answered that was sent a moment ago.

    Whose session ended in the meantime, as it does with a new password, gets that answer too: the form itself, with
    its token, says who asks. But only who is let in, or is about to sign in, begins anything.
    """
    if most and somebody():
        request.max_content_length, request.max_form_memory_size = most.content, most.memory
    if request.path in DOOR:
        allow_carried()
    form = sent_form(session_cookie())
    outcome = earlier_answer(form) if form else Earlier.NONE
    if outcome is Earlier.NONE:
        refusal = _refusal(need)
        if refusal is not None:
            return refusal
        outcome = carry_out(form, answer) if form else make_response(answer())
    return _busy_page(outcome) if isinstance(outcome, Earlier) else outcome


def _busy_page(why: Earlier) -> ResponseReturnValue:
    """Say that the same form was sent before, to whom its answer cannot be shown."""
    text = messages.SENT_NOT_KEPT if why is Earlier.NOT_KEPT else messages.SENT_AT_WORK
    if not somebody():
        return sign_in_page(SignInForm(formdata=None), kept=None, note=text), 409
    return notice_page(mark("Biểu mẫu này đã được gửi"), text), 409


def _refusal(need: Need) -> ResponseReturnValue | None:
    permission = need.permission
    if permission is Permission.ANYONE:
        return None
    if not somebody():
        return ask_to_sign_in()
    step = next_step(signed_in())
    if step and permission not in BEFORE_ADMITTED:
        return redirect(with_next(step, asked_path() if request.method == "GET" else ""), 303)
    if permission not in PERMISSIONS[signed_in().account.role]:
        return _refuse(signed_in())
    return _ask_again() if need.recent and utc_now() - signed_in().confirmed > ASKED_WITHIN else None


def _ask_again() -> ResponseReturnValue:
    """Lead to the page that asks for the password once more, which carries along what was typed."""
    page, kept = url_for("confirming.confirm"), posted_form()
    if kept is None:
        return redirect(with_next(page, asked_path()), 303)
    return confirm_page(empty_form(PasswordAgainForm), kept), 403


def confirm_page(form: PasswordAgainForm, kept: KeptForm | None) -> str:
    """Return the page that asks for the password again."""
    account, wanted = signed_in().account, wanted_path()
    return render_template("staff/confirm.html", form=form, kept=kept, next=wanted, account=account)


def _refuse(found: SignedIn) -> ResponseReturnValue:
    """Send home whoever asks for the front page of others; refuse the rest and write it down."""
    if request.path == url_for("staff.overview"):
        return redirect(home_of(found.account), 303)
    address = Kind.ADDRESS.named(f"{request.method} {request.path}"[:200])
    accounts.note_act(services().store, found, Act.REFUSED, address)
    return notice_page(mark("Không có quyền"), messages.NO_RIGHT), 403


def next_step(asking: SignedIn) -> str | None:
    """Return the page somebody has to pass before any other, or None for whoever is admitted."""
    if asking.account.must_change:
        return url_for("auth.change_password")
    roles = services().settings.second_factor_roles
    if needs_second_factor(asking.account, roles) and not asking.proved:
        return url_for("second_factor.enter")
    return None


def home_of(account: Account) -> str:
    """Return the first page of a role."""
    sees = Permission.SEE_FIELDWORK in PERMISSIONS[account.role]
    return url_for("staff.overview") if sees else url_for("trail.audit")


def somebody() -> SignedIn | None:
    """Return who the cookie of the request stands for, looked up once; None when nobody is signed in."""
    if "somebody" not in g:
        cookie = session_cookie()
        g.somebody = accounts.find_signed_in(services().store, cookie) if cookie else None
    found: SignedIn | None = g.somebody
    return found


def signed_in() -> SignedIn:
    """Return who is at the other end of a view that requires a permission."""
    return somebody() or abort(403)


def become(found: NewSession) -> None:
    """Let the rest of the request be answered to whoever has just begun a session."""
    g.somebody = found.signed_in


def may(name: str) -> bool:
    """Tell a template whether the person at the other end has the permission of this name."""
    if not somebody() or (next_step(signed_in()) and Permission[name] not in BEFORE_ADMITTED):
        return False
    return Permission[name] in PERMISSIONS[signed_in().account.role]


def session_token() -> str:
    """Return the CSRF token of the current session."""
    return _tokens().make()


def bind_form(form_class: type[Form]) -> Form:
    """Return the form of the current request, bound to the current session."""
    return form_class(meta={"csrf_context": _tokens()})


def empty_form(form_class: type[Form]) -> Form:
    """Return a form with nothing in it, though the current request sends another one."""
    return form_class(formdata=None, meta={"csrf_context": _tokens()})


def _tokens() -> SessionTokens:
    if "page_mark" not in g:
        g.page_mark = make_page_mark()
    newest, *before = services().settings.secret_keys
    return SessionTokens(newest, signed_in().session, g.page_mark, tuple(before))


def staff_headers(response: Response) -> Response:
    """Add the headers of staff pages: kept nowhere, and saying to ourselves where a request came from."""
    own = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
    response.headers.update({**make_headers(), **own})
    return response


def ask_to_sign_in() -> ResponseReturnValue:
    """Lead to the sign-in page, which carries along what was typed."""
    if request.method == "GET":
        return redirect(with_next(url_for("auth.sign_in"), asked_path()), 303)
    kept = posted_form() or carried_form()
    note = messages.SIGNED_OUT_KEPT if kept else messages.SIGNED_OUT
    return sign_in_page(SignInForm(formdata=None), kept=kept, note=note), 403


def begin_anew(kept: KeptForm | None) -> ResponseReturnValue:
    """Lead whoever was about to begin another session, while somebody changed the account, to the sign-in page."""
    return sign_in_page(SignInForm(formdata=None), kept=kept, note=messages.ACCOUNT_CHANGED), 409


def sign_in_page(form: SignInForm, *, kept: KeptForm | None, fault: str = "", note: str = "") -> str:
    """Return the page that asks for name and password."""
    wanted = wanted_path()
    return render_template(
        "staff/sign_in.html",
        language=page_language(),
        form=form,
        fault=tell(fault),
        note=tell(note),
        next=wanted,
        kept=kept,
        page_mark=make_page_mark(),
        help=services().settings.support,
    )


def expired_page() -> ResponseReturnValue:
    """Refuse a form of another session; what our own page sent can be sent again with the token of this one."""
    kept = posted_form()
    if kept is None:
        return notice_page(mark("Chưa thực hiện được"), messages.STAFF_PAGE_EXPIRED), 403
    return resume_page(kept, messages.KEPT_OF_BEFORE), 403


def resume_page(kept: KeptForm, text: str) -> str:
    """Return the page from which a kept form is sent again."""
    return notice_page(mark("Tiếp tục thao tác đang làm"), text, kept=kept)


def notice_page(
    title: str,
    text: str | Phrase,
    *,
    kept: KeptForm | None = None,
    again: str = "",
    onward: tuple[str, str] = ("", ""),
    error_id: str = "",
) -> str:
    """Return a staff page that says one thing; `again` is the address of the page it was about.

    `onward` is where one goes from there and what that is called, `error_id` the number of an error by which it is
    found in the log.
    """
    account = signed_in().account
    more = {"kept": kept, "again": again, "onward": onward, "home": home_of(account), "error_id": error_id}
    return render_template(
        "staff/notice.html", language=page_language(), title=tell(title), text=tell(text), account=account, **more
    )


def wanted_path() -> str:
    """Return the own staff path that was asked for before the door was shown, or nothing."""
    wanted = request.values.get("next", "")
    return wanted if OWN_PATH.fullmatch(wanted) else ""


def with_next(page: str, wanted: str) -> str:
    """Return the address of a page of the door that leads to an own staff path afterwards."""
    return f"{page}?{urlencode({'next': wanted})}" if wanted else page
