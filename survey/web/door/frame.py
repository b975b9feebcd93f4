"""What stands around every staff page: who looks at it, in which language, on which day, and what was just done."""

from collections.abc import Mapping
from types import MappingProxyType

from flask import Blueprint, request

from survey.operations.clock import today_in_vietnam
from survey.web.door.door import somebody, staff_headers

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
    area.context_processor(lambda: _frame(done))
    return area


def _frame(done: Mapping[str, str]) -> dict[str, object]:
    told = done.get(request.args.get("done", ""), "") if request.method == "GET" else ""
    frame = {"language": "vi", "today": today_in_vietnam(), "done": told}
    found = somebody()
    return {**frame, "account": found.account} if found else frame
