"""Accounts: who may sign in, in which role, for which agency."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.errors import AccountError, ChangedMeanwhileError, UnknownCodeError
from survey.formatting import vietnamese_key
from survey.forms import messages
from survey.forms.people import NewPersonForm, RightsForm
from survey.forms.staff import StaffForm
from survey.operations.clock import today_in_vietnam
from survey.operations.keeping import trail
from survey.operations.staff import accounts, people
from survey.operations.staff.passwords import good_until
from survey.operations.staff.people import Person, Rights
from survey.operations.staff.rights import OF_AN_AGENCY, ROLE_WORDS, Permission, Role, needs_second_factor
from survey.operations.staff.second_factor import reset_second_factor
from survey.services import services
from survey.store.registry.agencies import list_agencies
from survey.store.staff.accounts import utc_now
from survey.web.door.register import bind_form, expired_page, notice_page, requires, signed_in, staff_area
from survey.web.listing import ListColumn, make_listing
from survey.web.saying import said, tell
from survey.wording import mark

# Row numbers are integers of 32 bits in PostgreSQL.
NUMBER = "<int(max=2147483647):number>"


@dataclass(frozen=True, slots=True)
class AccountDeed:
    """Something done to an account after asking once: its words, and what does it."""

    title: str
    button: str
    done: str
    do: Callable[[Person], None]


def _reset_factor(person: Person) -> None:
    reset_second_factor(services().store, person.account.username, by=_by())


def _end_sessions(person: Person) -> None:
    people.end_sessions(services().store, person.account.id, by=_by())


def _disable(person: Person) -> None:
    people.disable_person(services().store, person.account.id, by=_by())


def _enable(person: Person) -> None:
    people.enable_person(services().store, person.account.id, by=_by())


DEEDS = {
    "second-factor": AccountDeed(
        mark("Cấp lại xác thực hai bước"),
        mark("Cấp lại"),
        mark("Đã cấp lại xác thực hai bước; người dùng đặt khóa mới ở lần đăng nhập tới."),
        _reset_factor,
    ),
    "sessions": AccountDeed(
        mark("Kết thúc các phiên làm việc"), mark("Kết thúc"), mark("Đã kết thúc các phiên làm việc."), _end_sessions
    ),
    "disable": AccountDeed(mark("Khóa tài khoản"), mark("Khóa tài khoản"), mark("Đã khóa tài khoản."), _disable),
    "enable": AccountDeed(mark("Mở lại tài khoản"), mark("Mở lại"), mark("Đã mở lại tài khoản."), _enable),
}
bp = staff_area(
    "people",
    done={
        "rights": mark("Đã lưu vai trò và cơ quan."),
        "added": mark(
            "Tài khoản này đã được thêm từ trước. Mật khẩu dùng một lần không hiện lại được; nếu chưa ghi lại, hãy cấp "
            "mật khẩu khác."
        ),
    }
    | {name: one.done for name, one in DEEDS.items()},
)

COLUMNS: tuple[ListColumn[Person], ...] = (
    ListColumn("name", mark("Tên đăng nhập"), key=lambda one: one.account.username),
    ListColumn("role", mark("Vai trò"), key=lambda one: vietnamese_key(_role(one))),
    ListColumn("agency", mark("Cơ quan"), key=lambda one: vietnamese_key(one.agency.name if one.agency else "")),
    ListColumn("state", mark("Trạng thái"), key=lambda one: vietnamese_key(state_of(one))),
    ListColumn("factor", mark("Xác thực hai bước"), key=lambda one: one.account.totp_secret is None),
    ListColumn("sessions", mark("Phiên đang mở"), key=lambda one: one.sessions, number=True),
)


def state_of(person: Person) -> str:
    """Return in the language of the page whether somebody can sign in."""
    if person.account.disabled:
        return said("Đã khóa")
    return said("Chưa đổi mật khẩu lần đầu") if person.account.must_change else said("Đang dùng")


def _role(person: Person) -> str:
    return tell(ROLE_WORDS[Role(person.account.role)])


def _by() -> str:
    return signed_in().account.username


@bp.get("/people")
@requires(Permission.MANAGE_STAFF)
def list_people() -> ResponseReturnValue:
    """Show everybody who may sign in."""
    found = people.list_people(services().store)
    listing = make_listing(found, COLUMNS, text=_searched)
    return _page("list", listing=listing, state_of=state_of, role_of=_role)


def _searched(one: Person) -> str:
    agency = f"{one.agency.name} {one.agency.code}" if one.agency else ""
    return f"{one.account.username} {_role(one)} {agency} {state_of(one)}"


@bp.route("/people/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_STAFF, recent=True)
def add() -> ResponseReturnValue:
    """Make an account and show its one-time password."""
    form = _rights_form(NewPersonForm, None)
    if request.method == "GET":
        return _page("new", form=form)
    if not form.validate():
        return _page("new", form=form), 400
    name, role = form.username.data, Role(form.role.data)
    try:
        password = accounts.add_staff(services().store, name, role=role, agency_code=form.agency.data or None, by=_by())
    except AccountError:
        added = _just_added(form)
        if added:
            return redirect(url_for("people.person", number=added.account.id, done="added"), 303)
        form.username.errors = [messages.USERNAME_TAKEN]
        return _page("new", form=form), 400
    return _slip(name, password, new=True)


def _just_added(form: NewPersonForm) -> Person | None:
    """Return the account the same form made before, which nobody used yet: the page with its password was reloaded."""
    wanted = form.username.data, form.role.data, form.agency.data or None
    for holder in people.list_people(services().store):
        account, code = holder.account, holder.agency.code if holder.agency else None
        if (account.username, account.role, code) == wanted and account.must_change and not holder.sessions:
            return holder
    return None


def _slip(username: str, password: str, *, new: bool) -> str:
    """Return the page that shows a one-time password, once, as a slip to be printed and handed over."""
    settings, until = services().settings, trail.moment_in_words(good_until(utc_now()))
    slip = {"owner": settings.owner, "address": f"{urlsplit(settings.public_url).netloc}/staff/", "until": until}
    return _page("password", username=username, password=password, new=new, **slip)


@bp.get(f"/people/{NUMBER}")
@requires(Permission.MANAGE_STAFF)
def person(number: int) -> ResponseReturnValue:
    """Show one account and what can be done with it."""
    found = _found(number)
    return _person_page(found, _rights_form(RightsForm, found))


@bp.post(f"/people/{NUMBER}")
@requires(Permission.MANAGE_STAFF, recent=True)
def change_rights(number: int) -> ResponseReturnValue:
    """Give somebody another role or agency."""
    holder = _found(number)
    form = _rights_form(RightsForm, holder)
    if not form.validate():
        return _person_page(holder, form), 400
    rights = Rights(Role(form.role.data), form.agency.data or None, form.seen)
    try:
        people.change_rights(services().store, number, rights, by=_by())
    except ChangedMeanwhileError:
        meanwhile = _found(number)
        form.version.data = meanwhile.account.version
        return _person_page(meanwhile, form, changed=True), 409
    except AccountError:
        form.role.errors = [messages.LAST_ADMINISTRATOR]
        return _person_page(holder, form), 409
    return redirect(url_for("people.person", number=number, done="rights"), 303)


@bp.route(f"/people/{NUMBER}/password", methods=["GET", "POST"])
@requires(Permission.MANAGE_STAFF, recent=True)
def give_password(number: int) -> ResponseReturnValue:
    """Ask, then give somebody a new one-time password and show it."""
    holder = _found(number)
    if request.method == "GET":
        return _page("deed", person=holder, name="password", deed=None)
    if not bind_form(StaffForm).validate():
        return expired_page()
    password = people.give_new_password(services().store, number, by=_by())
    return _slip(holder.account.username, password, new=False)


@bp.route(f"/people/{NUMBER}/<any(disable, enable, sessions, 'second-factor'):name>", methods=["GET", "POST"])
@requires(Permission.MANAGE_STAFF, recent=True)
def do(number: int, name: str) -> ResponseReturnValue:
    """Ask, then do something to an account."""
    holder, deed = _found(number), DEEDS[name]
    if request.method == "GET":
        return _page("deed", person=holder, name=name, deed=deed)
    if not bind_form(StaffForm).validate():
        return expired_page()
    try:
        deed.do(holder)
    except AccountError:
        return notice_page(mark("Chưa khóa được tài khoản"), messages.LAST_ADMINISTRATOR), 409
    return redirect(url_for("people.person", number=number, done=name), 303)


def _found(number: int) -> Person:
    try:
        return people.find_person(services().store, number)
    except UnknownCodeError:
        abort(404)


def _rights_form(form_class: type[RightsForm], holder: Person | None) -> RightsForm:
    """Return the form of the current request, else filled with the rights somebody has."""
    form = bind_form(form_class)
    roles = {role.value: words for role, words in ROLE_WORDS.items()}
    form.offer(roles, _agencies(holder), of_an_agency=OF_AN_AGENCY)
    if request.method == "GET" and holder:
        form.role.data, form.version.data = holder.account.role, holder.account.version
        form.agency.data = holder.agency.code if holder.agency else ""
    elif request.method == "GET":
        form.role.data = Role.CLERK.value
    return form


def _agencies(holder: Person | None) -> dict[str, str]:
    """Return names by code of the agencies that exist today, and the one somebody has, in alphabetical order."""
    today = today_in_vietnam()
    with services().store.reading() as connection:
        agencies = list_agencies(connection).values()
    own = holder.agency.code if holder and holder.agency else None
    offered = [agency for agency in agencies if (agency.valid_to or today) >= today or agency.code == own]
    return {
        agency.code: f"{agency.name} ({agency.code})"
        for agency in sorted(offered, key=lambda agency: vietnamese_key(agency.name))
    }


def _person_page(holder: Person, form: RightsForm, *, changed: bool = False) -> str:
    return _page(
        "person",
        person=holder,
        form=form,
        changed=changed,
        state=state_of(holder),
        role=_role(holder),
        needs_factor=needs_second_factor(holder.account, services().settings.second_factor_roles),
        sessions=people.open_sessions(services().store, holder.account),
        moment=trail.moment_in_words,
    )


def _page(template: str, **values: object) -> str:
    return render_template(f"staff/people/{template}.html", **values)
