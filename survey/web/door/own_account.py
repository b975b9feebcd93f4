"""The account of the person at the other end: rights, second factor, open sessions."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from survey.errors import ChangedMeanwhileError
from survey.forms.staff import LanguageForm, StaffForm
from survey.operations.keeping.trail import moment_in_words
from survey.operations.staff import people, recovery
from survey.operations.staff.rights import ROLE_WORDS, Permission, Role
from survey.services import services
from survey.web.door.door import begin_anew, bind_form, expired_page, requires, signed_in, wanted_path
from survey.web.door.frame import staff_area
from survey.wording import mark

bp = staff_area(
    "own_account",
    done={
        "sessions": mark("Đã kết thúc các phiên làm việc khác."),
        "second-factor": mark("Đã bật xác thực hai bước."),
        "telephone": mark("Đã đổi điện thoại xác thực; điện thoại cũ không còn dùng được."),
    },
)


@bp.get("/account")
@requires(Permission.OWN_ACCOUNT)
def account() -> ResponseReturnValue:
    """Show the rights, the second factor and the open sessions of whoever asks."""
    asking = signed_in()
    return render_template(
        "staff/account.html",
        person=people.find_person(services().store, asking.account.id),
        role=ROLE_WORDS[Role(asking.account.role)],
        sessions=people.open_sessions(services().store, asking.account),
        current=asking.session,
        codes_left=recovery.count_left(services().store, asking),
        moment=moment_in_words,
    )


@bp.post("/account/language")
@requires(Permission.OWN_ACCOUNT)
def choose_language() -> ResponseReturnValue:
    """Show the staff pages in the other language from now on, beginning with the page the choice was made on."""
    form = bind_form(LanguageForm)
    if not form.validate():
        return expired_page()
    people.choose_language(services().store, signed_in().account, "en" if form.chosen.data == "en" else "vi")
    return redirect(wanted_path() or url_for("own_account.account"), 303)


@bp.post("/account/sessions")
@requires(Permission.OWN_ACCOUNT)
def end_other_sessions() -> ResponseReturnValue:
    """End the other sessions of whoever asks."""
    if not bind_form(StaffForm).validate():
        return expired_page()
    try:
        people.end_other_sessions(services().store, signed_in())
    except ChangedMeanwhileError:
        return begin_anew(None)
    return redirect(url_for("own_account.account", done="sessions"), 303)
