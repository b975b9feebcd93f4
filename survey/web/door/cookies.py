"""The two cookies of staff, both kept from citizens' pages: the session's, and one by which a browser is known again.

A browser that was fully signed in is known by a signed cookie of its own for each account, which admits to nothing:
it only has its own count of wrong passwords, so that nobody elsewhere can use up the tries of its owner.
"""

import hashlib
import secrets
from datetime import timedelta

from flask import Response, make_response, request
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, TimestampSigner

from survey.services import services

DEVICE_KEPT = timedelta(days=180)
DEVICE_BYTES, NAME_BYTES = 16, 6


def session_cookie() -> str:
    """Return the value of the session's cookie that the request shows, nothing without one."""
    return request.cookies.get(_session_name(), "")


def with_cookie(page: ResponseReturnValue, value: str, *, max_age: int | None = None) -> Response:
    """Set the session's cookie; it ends with the browser or, at the latest, when the session's row does."""
    response, secure = make_response(page), not services().settings.is_trial
    response.set_cookie(_session_name(), value, max_age=max_age, secure=secure, httponly=True, samesite="Lax")
    return response


def known_device(username: str) -> str:
    """Return what this browser is called when it was fully signed in as this account before, else nothing."""
    shown = request.cookies.get(_device_name(username), "")
    try:
        return _signer(username).unsign(shown, max_age=int(DEVICE_KEPT.total_seconds())).decode()
    except BadSignature:
        return ""


def with_device(page: ResponseReturnValue, username: str) -> Response:
    """Let this browser be known again as one that was fully signed in as this account."""
    response, name = make_response(page), known_device(username) or secrets.token_urlsafe(DEVICE_BYTES)
    response.set_cookie(
        _device_name(username),
        _signer(username).sign(name).decode(),
        max_age=DEVICE_KEPT,
        path="/staff",
        secure=not services().settings.is_trial,
        httponly=True,
        samesite="Lax",
    )
    return response


def _session_name() -> str:
    # The prefix binds the cookie to this very host, and browsers take it over https only.
    return "hai_long" if services().settings.is_trial else "__Host-hai_long"


def _device_name(username: str) -> str:
    key = hashlib.sha256(services().settings.secret_key).digest()
    account = hashlib.blake2b(username.encode(), digest_size=NAME_BYTES, key=key, person=b"device").hexdigest()
    return f"hai_long_{account}" if services().settings.is_trial else f"__Secure-hai_long_{account}"


def _signer(username: str) -> TimestampSigner:
    return TimestampSigner(services().settings.secret_key, salt=f"staff-device:{username}")
