"""The front page for people who type the address, and the health page for machines."""

from flask import Blueprint, abort, redirect
from flask.typing import ResponseReturnValue

from survey.fieldwork import codes_typed, normalise_code
from survey.services import services
from survey.web.asked import asked_language
from survey.web.citizen import notices
from survey.web.citizen.pages import page_path

bp = Blueprint("home", __name__)


@bp.get("/")
def front_page() -> ResponseReturnValue:
    """Ask for the code on the poster."""
    return notices.welcome(asked_language())


@bp.get("/<code>", strict_slashes=False)
def typed_code(code: str) -> ResponseReturnValue:
    """Lead a code that was typed right behind the host to its form; anything else is no page of ours."""
    return redirect(page_path(normalise_code(code), asked_language()), 303) if codes_typed(code) else abort(404)


@bp.get("/healthz")
def health() -> ResponseReturnValue:
    """Tell whether the application reaches its database, and whether that stores anything."""
    trouble = services().health.trouble()
    return f"{trouble or 'ok'}\n", 503 if trouble else 200, {"Content-Type": "text/plain; charset=utf-8"}
