"""One's own second factor: another telephone, and recovery codes for the day the telephone is lost."""

from urllib.parse import urlsplit

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.errors import ChangedMeanwhileError
from survey.forms import messages
from survey.forms.staff import NewTelephoneForm, StaffForm
from survey.operations.clock import today_in_vietnam
from survey.operations.staff import recovery, second_factor
from survey.operations.staff.accounts import make_attempt
from survey.operations.staff.rights import Permission
from survey.operations.staff.second_factor import CodeAttempt, CodeFault
from survey.operations.staff.verifying import SignInFault, verify
from survey.services import services
from survey.web.door.cookies import known_device, with_cookie
from survey.web.door.door import become, begin_anew, bind_form, expired_page, requires, signed_in
from survey.web.door.frame import staff_area
from survey.web.door.second_factor import fault_in_words, offer

bp = staff_area("own_factor")


@bp.route("/account/telephone", methods=["GET", "POST"])
@requires(Permission.OWN_ACCOUNT)
def change_telephone() -> ResponseReturnValue:
    """Put another telephone in place of the one there is."""
    if signed_in().account.totp_secret is None:
        return redirect(url_for("second_factor.enter"), 303)
    form = bind_form(NewTelephoneForm)
    if request.method == "GET":
        return _telephone_page(form)
    if not form.validate():
        return expired_page() if form.token.errors else (_telephone_page(form), 400)
    try:
        return _change(form)
    except ChangedMeanwhileError:
        return begin_anew(None)


def _change(form: NewTelephoneForm) -> ResponseReturnValue:
    store, asking, address = services().store, signed_in(), request.remote_addr or ""
    name, keys = asking.account.username, services().settings.secret_keys
    where = {"address": address, "device": known_device(name)}
    verified = verify(store, make_attempt(keys[0], username=name, password=form.password.data, **where))
    if isinstance(verified, SignInFault):
        wrong = verified is SignInFault.WRONG
        form.password.errors = [messages.WRONG_OLD_PASSWORD if wrong else messages.TOO_MANY_SIGN_INS]
        return _telephone_page(form), 403 if wrong else 429
    attempt = CodeAttempt(form.code.data, **where)
    changed = second_factor.change_telephone(store, keys, asking, attempt, new_code=form.new_code.data)
    if changed is None:
        form.new_code.errors = [messages.WRONG_NEW_CODE]
        return _telephone_page(form), 403
    if isinstance(changed, CodeFault):
        form.code.errors = [fault_in_words(changed)]
        return _telephone_page(form), 429 if changed is CodeFault.TOO_MANY else 403
    become(changed)
    return with_cookie(redirect(url_for("own_account.account", done="telephone"), 303), changed.cookie)


def _telephone_page(form: NewTelephoneForm) -> str:
    return render_template("staff/telephone.html", form=form, **offer())


@bp.post("/account/recovery")
@requires(Permission.OWN_ACCOUNT, recent=True)
def make_recovery_codes() -> ResponseReturnValue:
    """Make ten recovery codes and show them, this once."""
    if not bind_form(StaffForm).validate():
        return expired_page()
    if signed_in().account.totp_secret is None:
        return redirect(url_for("second_factor.enter"), 303)
    settings = services().settings
    codes = recovery.make_codes(services().store, signed_in())
    address = f"{urlsplit(settings.public_url).netloc}/staff/"
    slip = {"owner": settings.owner, "address": address, "made_on": today_in_vietnam()}
    return render_template("staff/recovery.html", codes=codes, **slip)
