"""The front page for people who type the address, and the health page for machines."""

from datetime import UTC, datetime, time, timedelta

from flask import Blueprint, abort, redirect
from flask.typing import ResponseReturnValue

from survey.fieldwork import bare, codes_typed, normalise_code
from survey.operations.clock import today_in_vietnam
from survey.services import services
from survey.web.asked import asked_language
from survey.web.citizen import notices
from survey.web.citizen.pages import page_path

bp = Blueprint("home", __name__)

# The short addresses that paper and letters carry, which may come with the end of their sentence.
PLACES = {"feedback": "/feedback", "results": "/results/", "k": "/K"}
GOOD_FOR = timedelta(days=180)


@bp.get("/")
def front_page() -> ResponseReturnValue:
    """Ask for the code on the poster."""
    return notices.welcome(asked_language())


@bp.get("/<code>", strict_slashes=False)
def typed_code(code: str) -> ResponseReturnValue:
    """Lead a code that was typed right behind the host to its form; anything else is no page of ours."""
    place = bare(code).casefold()
    if place in PLACES and place != code:
        return redirect(PLACES[place] + ("?lang=en" if asked_language() == "en" else ""), 303)
    return redirect(page_path(normalise_code(code), asked_language()), 303) if codes_typed(code) else abort(404)


@bp.get("/healthz")
def health() -> ResponseReturnValue:
    """Tell whether the application reaches its database, and whether that stores anything."""
    trouble = services().health.trouble()
    return f"{trouble or 'ok'}\n", 503 if trouble else 200, {"Content-Type": "text/plain; charset=utf-8"}


@bp.get("/.well-known/security.txt")
def security_text() -> ResponseReturnValue:
    """Tell finders of a weakness whom to write to (RFC 9116), where a setting names somebody."""
    settings = services().settings
    if not settings.security_contact:
        abort(404)
    # The text is good for less than a year, as the RFC recommends, and says the same all day long.
    expires = datetime.combine(today_in_vietnam() + GOOD_FOR, time(), UTC)
    lines = {
        "Contact": settings.security_contact,
        "Expires": f"{expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages": "vi, en",
        "Canonical": f"{settings.public_url}/.well-known/security.txt",
    }
    text = "".join(f"{name}: {value}\n" for name, value in lines.items())
    return text, 200, {"Content-Type": "text/plain; charset=utf-8"}
