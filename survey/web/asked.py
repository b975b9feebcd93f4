"""What a citizen's request asks for."""

from urllib.parse import quote, urlencode

from flask import request

from survey.wording import Language


def asked_language() -> Language:
    """Return the language of the page: Vietnamese unless English was asked for."""
    return "en" if (request.args.get("lang") or request.form.get("language")) == "en" else "vi"


def asks_english(query: str) -> bool:
    """Tell whether the query of an address asks for English, whatever a messenger added to it.

    >>> asks_english("lang=en"), asks_english("fbclid=x&lang=en"), asks_english("lang=vi&lang=en"), asks_english("")
    (True, True, False, False)
    """
    return query == "lang=en" or next((part for part in query.split("&") if part.startswith("lang=")), "") == "lang=en"


def address_in_other_language() -> str:
    """Return the address of this very page in the other language; "" where it answers something that was sent."""
    if request.method not in ("GET", "HEAD"):
        return ""
    others = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    query = urlencode([*others, *([("lang", "en")] if asked_language() == "vi" else [])])
    # Two strokes at the beginning would be another host.
    return "/" + quote(request.path.lstrip("/")) + (f"?{query}" if query else "")


def wants_json() -> bool:
    """Tell whether the page's script is asking."""
    return request.headers.get("Accept", "") == "application/json"
