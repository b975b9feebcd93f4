"""The password asked again before what matters much, when it was not asked within the last ten minutes."""

from flask import redirect, request
from flask.typing import ResponseReturnValue

from survey.errors import ChangedMeanwhileError
from survey.forms import messages
from survey.forms.staff import PasswordAgainForm
from survey.operations.staff import accounts
from survey.operations.staff.rights import Permission
from survey.operations.staff.verifying import SignInFault
from survey.services import services
from survey.web.door.cookies import known_device, with_cookie
from survey.web.door.door import (
    become,
    begin_anew,
    bind_form,
    confirm_page,
    home_of,
    requires,
    resume_page,
    signed_in,
    wanted_path,
)
from survey.web.door.frame import staff_area
from survey.web.door.kept_form import carried_form

bp = staff_area("confirming")


@bp.route("/confirm", methods=["GET", "POST"])
@requires(Permission.OWN_ACCOUNT)
def confirm() -> ResponseReturnValue:
    """Ask for the password, then go on with what was asked for."""
    form, kept = bind_form(PasswordAgainForm), carried_form()
    if request.method == "GET":
        return confirm_page(form, kept)
    if not form.validate():
        return confirm_page(form, kept), 400
    asking = signed_in()
    try:
        outcome = accounts.confirm(services().store, _attempt(form.password.data), asking=asking)
    except ChangedMeanwhileError:
        return begin_anew(kept)
    if isinstance(outcome, SignInFault):
        wrong = outcome is SignInFault.WRONG
        form.password.errors = [messages.WRONG_OLD_PASSWORD if wrong else messages.TOO_MANY_SIGN_INS]
        return confirm_page(form, kept), 403 if wrong else 429
    become(outcome)
    resumed = resume_page(kept, messages.CONFIRMED) if kept else None
    return with_cookie(resumed or redirect(wanted_path() or home_of(asking.account), 303), outcome.cookie)


def _attempt(password: str) -> accounts.Attempt:
    secret, name = services().settings.secret_key, signed_in().account.username
    where = {"address": request.remote_addr or "", "device": known_device(name)}
    return accounts.make_attempt(secret, username=name, password=password, **where)
