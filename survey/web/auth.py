"""Sign-in, sign-out, a new password, and the one door in front of every staff page.

A session is a row in the database; the cookie holds 256 random bits and nothing else. Flask-Login asks
us for the account at each request. Flask's own signed session cookie is never opened.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ClassVar, ParamSpec
from urllib.parse import urlencode, urlsplit

from flask import (
    Blueprint,
    Flask,
    Request,
    Response,
    abort,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.sessions import SessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from werkzeug.exceptions import Forbidden

from survey.forms import messages
from survey.forms.staff_forms import PasswordForm, SessionTokens, SignInForm, StaffForm
from survey.operations import accounts
from survey.operations.accounts import WINDOW, SignedIn, SignInFault
from survey.operations.rights import BEFORE_ADMITTED, PERMISSIONS, Permission, Scope, find_scope
from survey.operations.services import services
from survey.web.security import make_headers

bp = Blueprint("auth", __name__, url_prefix="/staff")

Arguments = ParamSpec("Arguments")
View = Callable[Arguments, ResponseReturnValue]

_OWN_PATH = re.compile(r"/staff/(?:[\w-][\w.-]*(?:/[\w-][\w.-]*)*/?)?(?:\?[\w.=&%-]*)?", re.ASCII)


declared: dict[Callable[..., ResponseReturnValue], Permission] = {}


@dataclass(frozen=True, slots=True)
class StaffUser:
    """The person at the other end, in the shape Flask-Login asks for."""

    signed_in: SignedIn
    is_authenticated: ClassVar[bool] = True
    is_active: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    def get_id(self) -> str:
        """Return the name of the account."""
        return self.signed_in.account.username


class NoSession(SessionInterface):
    """No Flask session: it reads as empty, cannot be written, and never sets a cookie."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        """Return nothing, which Flask makes an empty session of."""
        return None


def register_sign_in(app: Flask) -> None:
    """Put sign-in in front of the staff pages."""
    app.session_interface = NoSession()
    # Without `init_app`: that would look after a cookie of its own at every request, the citizens' too.
    manager = LoginManager()
    app.login_manager = manager  # type: ignore[attr-defined]
    manager.session_protection = None
    manager.request_loader(_load_user)
    manager.unauthorized_handler(_ask_to_sign_in)
    app.register_blueprint(bp)
    app.jinja_env.globals.update(session_token=session_token, may=may)


def requires(permission: Permission) -> Callable[[View[Arguments]], View[Arguments]]:
    """Declare what a staff view needs; whoever lacks it does not reach the view."""

    def decorate(view: View[Arguments]) -> View[Arguments]:
        @wraps(view)
        def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> ResponseReturnValue:
            refusal = _refusal(permission)
            return view(*args, **kwargs) if refusal is None else refusal

        declared[guarded] = permission
        return guarded

    return decorate


def _refusal(permission: Permission) -> ResponseReturnValue | None:
    if permission is Permission.ANYONE:
        return None
    if not current_user.is_authenticated:
        return _ask_to_sign_in()
    account = current_user.signed_in.account
    if account.must_change and permission not in BEFORE_ADMITTED:
        return redirect(url_for("auth.change_password"), 303)
    if permission not in PERMISSIONS[account.role]:
        raise Forbidden
    return None


def signed_in() -> SignedIn:
    """Return who is at the other end of a view that requires a permission."""
    found: SignedIn = current_user.signed_in
    return found


def own_scope() -> Scope:
    """Return the agencies the person at the other end may touch, looked up once a request."""
    if "scope" not in g:
        g.scope = find_scope(services().store, signed_in().account)
    found: Scope = g.scope
    return found


def own_agency(agency_code: str) -> str:
    """Return the code of an agency in scope; any other one is answered like one that does not exist."""
    if not own_scope().holds(agency_code):
        abort(404)
    return agency_code


def may(name: str) -> bool:
    """Tell a template whether the person at the other end has the permission of this name."""
    known = current_user.is_authenticated
    return known and Permission[name] in PERMISSIONS[current_user.signed_in.account.role]


def session_token() -> str:
    """Return the CSRF token of the current session."""
    return _tokens().make()


def bind_form(form_class: type[StaffForm]) -> StaffForm:
    """Return the form of the current request, bound to the current session."""
    return form_class(meta={"csrf_context": _tokens()})


def staff_headers(response: Response) -> Response:
    """Add the headers of staff pages: kept nowhere, and saying to ourselves where a request came from."""
    own = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
    response.headers.update({**make_headers(), **own})
    return response


bp.after_request(staff_headers)


@bp.get("/sign-in")
@requires(Permission.ANYONE)
def sign_in() -> ResponseReturnValue:
    """Ask for name and password."""
    return _sign_in_page(SignInForm(formdata=None))


@bp.post("/sign-in")
@requires(Permission.ANYONE)
def receive_sign_in() -> ResponseReturnValue:
    """Begin a session."""
    form = SignInForm()
    if _comes_from_elsewhere():
        return _sign_in_page(form, messages.STAFF_PAGE_EXPIRED), 403
    if not form.validate():
        return _sign_in_page(form), 400
    found = accounts.sign_in(services().store, _attempt(form.username.data, form.password.data))
    if found is SignInFault.WRONG:
        return _sign_in_page(form, messages.WRONG_SIGN_IN), 403
    if found is SignInFault.TOO_MANY:
        return _sign_in_page(form, messages.TOO_MANY_SIGN_INS), 429, {"Retry-After": str(WINDOW.seconds)}
    if current_user.is_authenticated:
        accounts.sign_out(services().store, signed_in())
    page = url_for("auth.change_password") if found.account.must_change else _next_path()
    return _with_cookie(redirect(page, 303), found.cookie)


@bp.post("/sign-out")
@requires(Permission.OWN_ACCOUNT)
def sign_out() -> ResponseReturnValue:
    """End the session."""
    if not bind_form(StaffForm).validate():
        return expired_page()
    accounts.sign_out(services().store, signed_in())
    return _with_cookie(redirect(url_for("auth.sign_in"), 303), "", max_age=0)


@bp.route("/password", methods=["GET", "POST"])
@requires(Permission.OWN_ACCOUNT)
def change_password() -> ResponseReturnValue:
    """Put a new password in."""
    form = bind_form(PasswordForm)
    if request.method == "GET":
        return _password_page(form)
    if not form.validate():
        return _password_page(form), 400
    attempt = _attempt(signed_in().account.username, form.old.data)
    found = accounts.change_password(services().store, attempt, new=form.new.data)
    if isinstance(found, SignInFault):
        wrong = found is SignInFault.WRONG
        form.old.errors = [messages.WRONG_OLD_PASSWORD if wrong else messages.TOO_MANY_SIGN_INS]
        return _password_page(form), 403 if wrong else 429
    return _with_cookie(redirect(url_for("staff.overview", done="password"), 303), found.cookie)


def expired_page() -> ResponseReturnValue:
    """Refuse a form of another session."""
    return notice_page("Chưa thực hiện được", messages.STAFF_PAGE_EXPIRED), 403


def notice_page(title: str, text: str) -> str:
    """Return a staff page that says one thing."""
    account = signed_in().account
    return render_template("staff/notice.html", language="vi", title=title, text=text, account=account)


def _sign_in_page(form: SignInForm, fault: str = "") -> str:
    return render_template("staff/sign_in.html", language="vi", form=form, fault=fault, next=_next_path())


def _password_page(form: StaffForm) -> str:
    account = signed_in().account
    return render_template("staff/password.html", language="vi", form=form, account=account)


def _attempt(username: str, password: str) -> accounts.Attempt:
    secret, address = services().settings.secret_key, request.remote_addr or ""
    return accounts.make_attempt(secret, username=username, password=password, address=address)


def _load_user(asking: Request) -> StaffUser | None:
    cookie = asking.cookies.get(_cookie_name())
    found = accounts.find_signed_in(services().store, cookie) if cookie else None
    return StaffUser(found) if found else None


def _ask_to_sign_in() -> ResponseReturnValue:
    wanted = request.full_path.rstrip("?") if request.method == "GET" else ""
    query = f"?{urlencode({'next': wanted})}" if _OWN_PATH.fullmatch(wanted) else ""
    return redirect(url_for("auth.sign_in") + query, 303)


def _next_path() -> str:
    """Return where to go after sign-in: an own staff path, whatever was asked for."""
    wanted = request.values.get("next", "")
    return wanted if _OWN_PATH.fullmatch(wanted) else url_for("staff.overview")


def _comes_from_elsewhere() -> bool:
    """Tell whether another site made the browser send this request.

    Every browser of today names the origin of a POST, and those since 2023 the relation as well; only
    a program that is no browser sends neither, and no other site can make it send anything.
    """
    relation, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if relation is not None:
        return relation not in ("same-origin", "none")
    return origin is not None and urlsplit(origin).netloc != request.host


def _tokens() -> SessionTokens:
    return SessionTokens(services().settings.secret_key, signed_in().session)


def _cookie_name() -> str:
    # The prefix binds the cookie to this very host, and browsers take it over https only.
    return "hai_long" if services().settings.is_trial else "__Host-hai_long"


def _with_cookie(page: ResponseReturnValue, value: str, *, max_age: int | None = None) -> Response:
    """Set the cookie; it ends with the browser or, at the latest, when the session's row does."""
    response, secure = make_response(page), not services().settings.is_trial
    response.set_cookie(_cookie_name(), value, max_age=max_age, secure=secure, httponly=True, samesite="Lax")
    return response
