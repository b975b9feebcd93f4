"""The second factor: setting it up with a telephone, and giving its code after the password."""

import base64

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from survey.errors import ChangedMeanwhileError
from survey.forms import messages
from survey.forms.staff import CodeForm
from survey.operations.clock import now_in_vietnam
from survey.operations.staff import second_factor
from survey.operations.staff.accounts import NewSession, SignedIn
from survey.operations.staff.rights import Permission
from survey.operations.staff.second_factor import CodeFault
from survey.operations.staff.throttle import WINDOW
from survey.services import services
from survey.web.door.cookies import known_device, with_cookie, with_device
from survey.web.door.door import (
    become,
    begin_anew,
    bind_form,
    home_of,
    next_step,
    requires,
    resume_page,
    signed_in,
    wanted_path,
    with_next,
)
from survey.web.door.frame import staff_area
from survey.web.door.kept_form import KeptForm, carried_form
from survey.web.saying import page_language, said

bp = staff_area("second_factor")

IN_GROUPS_OF = 4
STATUS = {CodeFault.TOO_MANY: 429}


@bp.route("/second-factor", methods=["GET", "POST"])
@requires(Permission.ADMISSION)
def enter() -> ResponseReturnValue:
    """Ask for a code: the first one made from a new secret, or the one that admits."""
    asking, kept = signed_in(), carried_form()
    if asking.account.must_change:
        return redirect(with_next(str(next_step(asking)), wanted_path()), 303)
    if asking.proved:
        return redirect(wanted_path() or home_of(asking.account), 303)
    form = bind_form(CodeForm)
    if request.method == "GET":
        return code_page(form, kept)
    if not form.validate():
        return code_page(form, kept), 400
    return _take(form, kept)


def _take(form: CodeForm, kept: KeptForm | None) -> ResponseReturnValue:
    asking = signed_in()
    try:
        taken = _taken(asking, form.code.data)
    except ChangedMeanwhileError:
        return begin_anew(kept)
    if isinstance(taken, CodeFault):
        form.code.errors = [fault_in_words(taken)]
        wait = {"Retry-After": str(WINDOW.seconds)} if taken is CodeFault.TOO_MANY else {}
        return code_page(form, kept), STATUS.get(taken, 403), wait
    become(taken)
    page = (
        resume_page(kept, messages.KEPT_UNTIL_NOW) if kept else redirect(wanted_path() or home_of(asking.account), 303)
    )
    return with_device(with_cookie(page, taken.cookie), asking.account.username)


def _taken(asking: SignedIn, code: str) -> NewSession | CodeFault:
    store, keys = services().store, services().settings.secret_keys
    if asking.account.totp_secret is None:
        return second_factor.set_up(store, keys, asking, code=code)
    where = {"address": request.remote_addr or "", "device": known_device(asking.account.username)}
    return second_factor.prove(store, keys, asking, code=code, **where)


def fault_in_words(fault: CodeFault) -> str:
    """Return in the language of the page why a code was not taken."""
    words = {
        CodeFault.WRONG: said(messages.WRONG_CODE, time=f"{now_in_vietnam():%H:%M:%S}"),
        CodeFault.USED: messages.CODE_USED,
        CodeFault.TOO_MANY: messages.TOO_MANY_SIGN_INS,
        CodeFault.UNREADABLE: messages.SECRET_UNREADABLE,
        CodeFault.SHUT: messages.CODES_SHUT,
    }
    return words[fault]


def code_page(form: CodeForm, kept: KeptForm | None) -> str:
    """Return the page that asks for a code, with the secret when there is none yet."""
    account = signed_in().account
    values = {"language": page_language(), "form": form, "account": account, "kept": kept, "next": wanted_path()}
    values["help"] = services().settings.support
    if account.totp_secret is not None:
        return render_template("staff/second_factor.html", **values)
    return render_template("staff/second_factor_new.html", **values, **offer())


def offer() -> dict[str, object]:
    """Return the secret offered in this session, as a picture and in groups, for a template."""
    asking = signed_in()
    secret = second_factor.offer_secret(services().settings.secret_keys, asking)
    drawing = base64.b64encode(second_factor.draw_secret(secret, asking.account.username).encode()).decode()
    groups = [secret[start : start + IN_GROUPS_OF] for start in range(0, len(secret), IN_GROUPS_OF)]
    return {"groups": groups, "drawing": drawing}
