"""Sign-in put in front of the staff pages, and what every one of them needs from the door."""

from flask import Flask, Request
from flask.sessions import SessionInterface, SessionMixin

from survey.web.door import confirming, own_account, own_factor, second_factor, signing_in
from survey.web.door.door import (
    MostSent,
    bind_form,
    declared,
    expired_page,
    may,
    notice_page,
    requires,
    session_token,
    signed_in,
    staff_headers,
)
from survey.web.door.frame import bare_area, staff_area, this_page
from survey.web.door.scope import own_agency, own_scope

__all__ = [
    "MostSent",
    "bare_area",
    "bind_form",
    "declared",
    "expired_page",
    "may",
    "notice_page",
    "own_agency",
    "own_scope",
    "register_sign_in",
    "requires",
    "session_token",
    "signed_in",
    "staff_area",
    "staff_headers",
]


class NoSession(SessionInterface):
    """No Flask session: it reads as empty, cannot be written, and never sets a cookie."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        """Return nothing, which Flask makes an empty session of."""
        return None


def register_sign_in(app: Flask) -> None:
    """Put sign-in in front of the staff pages."""
    app.session_interface = NoSession()
    for module in (signing_in, second_factor, confirming, own_account, own_factor):
        app.register_blueprint(module.bp)
    app.jinja_env.globals.update(session_token=session_token, may=may, this_page=this_page)
