"""Sign-in, sign-out and a new password."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.errors import ChangedMeanwhileError
from survey.forms import messages
from survey.forms.staff import CodeForm, NewPasswordForm, PasswordForm, SignInForm, StaffForm
from survey.operations.staff import accounts
from survey.operations.staff.accounts import NewSession, SignInFault
from survey.operations.staff.rights import Permission
from survey.operations.staff.throttle import WINDOW, claim_for_network
from survey.services import services
from survey.store.staff.accounts import utc_now
from survey.web.door.cookies import known_device, with_cookie, with_device
from survey.web.door.door import (
    ASKED_WITHIN,
    become,
    begin_anew,
    bind_form,
    empty_form,
    expired_page,
    home_of,
    next_step,
    requires,
    resume_page,
    sign_in_page,
    signed_in,
    somebody,
    staff_headers,
    wanted_path,
    with_next,
)
from survey.web.door.kept_form import KeptForm, carried_form, comes_from_elsewhere, is_host_changed
from survey.web.door.second_factor import code_page
from survey.web.saying import page_language

OLD_FAULTS = {
    SignInFault.WRONG: messages.WRONG_OLD_PASSWORD,
    SignInFault.TOO_MANY: messages.TOO_MANY_SIGN_INS,
    SignInFault.EXPIRED: messages.ONE_TIME_EXPIRED,
}

bp = Blueprint("auth", __name__, url_prefix="/staff")
bp.after_request(staff_headers)


@bp.get("/sign-in")
@requires(Permission.ANYONE)
def sign_in() -> ResponseReturnValue:
    """Ask for name and password."""
    return sign_in_page(SignInForm(formdata=None), kept=None)


@bp.post("/sign-in")
@requires(Permission.ANYONE)
def receive_sign_in() -> ResponseReturnValue:
    """Begin a session."""
    kept, form = carried_form(), SignInForm()
    if comes_from_elsewhere():
        fault = messages.HOST_CHANGED if is_host_changed() else messages.STAFF_PAGE_EXPIRED
        return sign_in_page(form, kept=None, fault=fault), 403
    attempt = _attempt(form.username.data or "", form.password.data or "")
    if not form.validate():
        few = claim_for_network(services().store, attempt.buckets)
        return (sign_in_page(form, kept=kept), 400) if few else _too_many(form, kept)
    outcome = accounts.sign_in(services().store, attempt)
    if outcome is SignInFault.WRONG:
        return sign_in_page(form, kept=kept, fault=messages.WRONG_SIGN_IN), 403
    if outcome is SignInFault.TOO_MANY:
        return _too_many(form, kept)
    if outcome is SignInFault.EXPIRED:
        return sign_in_page(form, kept=kept, fault=messages.ONE_TIME_EXPIRED), 403
    before = somebody()
    if before:
        accounts.sign_out(services().store, before)
    return _onward(outcome, kept)


def _too_many(form: SignInForm, kept: KeptForm | None) -> ResponseReturnValue:
    page = sign_in_page(form, kept=kept, fault=messages.TOO_MANY_SIGN_INS)
    return page, 429, {"Retry-After": str(WINDOW.seconds)}


@bp.post("/sign-out")
@requires(Permission.ADMISSION)
def sign_out() -> ResponseReturnValue:
    """End the session."""
    if not bind_form(StaffForm).validate():
        return expired_page()
    accounts.sign_out(services().store, signed_in())
    return with_cookie(redirect(url_for("auth.sign_in"), 303), "", max_age=0)


@bp.route("/password", methods=["GET", "POST"])
@requires(Permission.ADMISSION)
def change_password() -> ResponseReturnValue:
    """Put a new password in."""
    step = next_step(signed_in())
    if step and not signed_in().account.must_change:
        return redirect(with_next(step, wanted_path()), 303)
    kept, form = carried_form(), bind_form(_password_form())
    form.own_words = (signed_in().account.username, services().settings.owner)
    if request.method == "GET":
        return _password_page(form, kept)
    if not form.validate():
        return _password_page(form, kept), 400
    try:
        outcome = _changed(form)
    except ChangedMeanwhileError:
        return begin_anew(kept)
    if isinstance(outcome, SignInFault):
        return _password_page(form, kept), 429 if outcome is SignInFault.TOO_MANY else 403
    return _onward(outcome, kept, done="password")


def _password_form() -> type[NewPasswordForm]:
    """Return the form that changes a password: a one-time one that was given a moment ago is not asked for again."""
    asking = signed_in()
    given = asking.account.must_change and utc_now() - asking.confirmed <= ASKED_WITHIN
    return NewPasswordForm if given else PasswordForm


def _changed(form: NewPasswordForm) -> NewSession | SignInFault:
    """Put the new password in; what is wrong with it, or with the old one, is told in the form."""
    asking, store = signed_in(), services().store
    if isinstance(form, PasswordForm):
        attempt = _attempt(asking.account.username, form.old.data)
        outcome = accounts.change_password(store, attempt, new=form.new.data, asking=asking)
        if isinstance(outcome, SignInFault):
            form.old.errors = [OLD_FAULTS[outcome]]
    else:
        outcome = accounts.change_one_time_password(store, new=form.new.data, asking=asking)
        if isinstance(outcome, SignInFault):
            form.new.errors = [messages.PASSWORD_UNCHANGED]
    return outcome


def _onward(session: NewSession, kept: KeptForm | None, *, done: str | None = None) -> ResponseReturnValue:
    """Go on with a new session: to the next step, then to what was asked for, with what was typed."""
    become(session)
    step, account = next_step(session.signed_in), session.signed_in.account
    if kept:
        page: ResponseReturnValue = _next_page(kept)
    elif step:
        page = redirect(with_next(step, wanted_path()), 303)
    else:
        page = redirect(wanted_path() or (url_for("staff.overview", done=done) if done else home_of(account)), 303)
    answer = with_cookie(page, session.cookie)
    return answer if step else with_device(answer, account.username)


def _next_page(kept: KeptForm) -> str:
    """Return the next page itself: a redirect could not carry what was typed."""
    asking = signed_in()
    if asking.account.must_change:
        return _password_page(empty_form(_password_form()), kept)
    if next_step(asking):
        return code_page(empty_form(CodeForm), kept)
    return resume_page(kept, messages.KEPT_UNTIL_NOW)


def _password_page(form: NewPasswordForm, kept: KeptForm | None) -> str:
    account, wanted = signed_in().account, wanted_path()
    return render_template(
        "staff/password.html", language=page_language(), form=form, account=account, kept=kept, next=wanted
    )


def _attempt(username: str, password: str) -> accounts.Attempt:
    secret, address = services().settings.secret_key, request.remote_addr or ""
    device = known_device(username.strip().lower())
    return accounts.make_attempt(secret, username=username, password=password, address=address, device=device)
