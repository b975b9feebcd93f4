"""What stands around every staff page: who looks at it, in which language, on which day, and what was just done."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from urllib.parse import urlencode

from flask import Blueprint, request

from survey.operations.clock import today_in_vietnam
from survey.operations.staff.accounts import SignedIn
from survey.store.staff.accounts import utc_now
from survey.web.door.door import somebody, staff_headers
from survey.web.saying import page_language, speak, tell

# One or two are one's own slips of the finger.
TOLD_FOR, TOLD_FROM = timedelta(minutes=10), 3
NOTHING: Mapping[str, str] = MappingProxyType({})


def staff_area(name: str, prefix: str = "/staff", *, done: Mapping[str, str] = NOTHING) -> Blueprint:
    """Return the blueprint of an area of the staff pages: their headers, and what their frame needs.

    A page that was led to after a deed names it in its address as `done`; `done` here has the words for each.
    """
    area = bare_area(name, prefix, done=done)
    area.after_request(staff_headers)
    return area


def bare_area(name: str, prefix: str = "/staff", *, done: Mapping[str, str] = NOTHING) -> Blueprint:
    """Return the blueprint of an area whose pages have headers of their own."""
    area = Blueprint(name, __name__, url_prefix=prefix)
    area.before_request(_settle_language)
    area.context_processor(lambda: _frame(done))
    return area


def this_page() -> str:
    """Return the path of the page somebody looks at, in whatever language; nothing where a form was sent to it."""
    if request.method != "GET":
        return ""
    asked = {name: values for name, values in request.args.to_dict(flat=False).items() if name not in ("lang", "done")}
    return f"{request.path}?{urlencode(asked, doseq=True)}" if asked else request.path


def _settle_language() -> None:
    """Speak the language the address asks for, else the one the person chose; forms are not read for it yet."""
    found, asked = somebody(), request.args.get("lang")
    usual = found.account.language if found else "vi"
    speak(usual if not asked else "en" if asked == "en" else "vi")


def _frame(done: Mapping[str, str]) -> dict[str, object]:
    told = done.get(request.args.get("done", ""), "") if request.method == "GET" else ""
    frame: dict[str, object] = {"language": page_language(), "today": today_in_vietnam(), "done": tell(told)}
    found = somebody()
    return {**frame, "account": found.account, "wrong_codes": _wrong_codes(found)} if found else frame


def _wrong_codes(found: SignedIn) -> int:
    """Return how many wrong codes were given before the session, if they are some and it has just begun."""
    told = found.wrong_codes >= TOLD_FROM and utc_now() - found.began < TOLD_FOR
    return found.wrong_codes if told else 0
