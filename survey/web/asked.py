"""What a citizen's request asks for."""

from flask import request

from survey.wording import Language


def asked_language() -> Language:
    """Return the language of the page: Vietnamese unless English was asked for."""
    return "en" if (request.args.get("lang") or request.form.get("language")) == "en" else "vi"


def wants_json() -> bool:
    """Tell whether the page's script is asking."""
    return request.headers.get("Accept", "") == "application/json"
