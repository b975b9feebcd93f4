"""The audit trail, for those who check."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from survey.errors import RefusedDataError
from survey.formatting import read_whole
from survey.forms import messages
from survey.operations.keeping import deeds, trail
from survey.operations.staff import accounts
from survey.operations.staff.rights import Permission
from survey.reports.sheets import KINDS
from survey.services import services
from survey.store.staff.accounts import list_accounts
from survey.store.staff.audit import LOOKED_THROUGH, TrailQuery, read_page
from survey.web.door.register import notice_page, requires, signed_in, staff_area
from survey.wording import mark

bp = staff_area("trail")

DEEDS_A_PAGE = 100
# The fields of the search, and what the trail calls them when somebody takes the file.
ASKED = {"staff": "staff", "act": "act", "from": "first_day", "to": "last_day"}
LONGEST_ASKED = 60
# Row numbers are integers of 32 bits in PostgreSQL.


@dataclass(frozen=True, slots=True)
class TrailWish:
    """What the address asks for, and what is wrong with it by field."""

    asked: TrailQuery
    faults: dict[str, str]


@bp.get("/audit")
@requires(Permission.READ_AUDIT)
def audit() -> ResponseReturnValue:
    """Show what was done, newest first."""
    wish, before = _wish(), read_whole(request.args.get("before", ""))
    with services().store.reading() as connection:
        page = read_page(connection, wish.asked, before=before, most=DEEDS_A_PAGE)
        names = [account.username for account in list_accounts(connection)]
    text = render_template(
        "staff/people/trail.html",
        page=page,
        names=names,
        acts=deeds.ACT_WORDS,
        given={name: request.args.get(name, "") for name in ASKED},
        faults=wish.faults,
        older=_query(before=page.before) if page.before else "",
        newest=_query() if before else "",
        file=_query(),
        words=deeds,
        moment=trail.moment_in_words,
        looked_through=LOOKED_THROUGH,
    )
    return text, 400 if wish.faults else 200


@bp.get("/audit.<any(csv, 'vi.csv', xlsx):layout>")
@requires(Permission.READ_AUDIT)
def audit_file(layout: str) -> ResponseReturnValue:
    """Send what was done as a file, and write that down too."""
    wish = _wish()
    if wish.faults:
        return audit()
    try:
        content = trail.trail_file(services().store, wish.asked, layout=layout)
    except RefusedDataError:
        return notice_page(mark("Tệp quá lớn"), mark("Một trang tính không chứa hết số dòng. Hãy tải tệp CSV.")), 409
    filters = {name: request.args[field][:LONGEST_ASKED] for field, name in ASKED.items() if request.args.get(field)}
    accounts.note_download(services().store, signed_in(), f"nhat-ky.{layout}", filters)
    response = Response(content, mimetype=KINDS[layout])
    response.headers.set("Content-Disposition", "attachment", filename=f"nhat-ky.{layout}")
    return response


def _wish() -> TrailWish:
    faults: dict[str, str] = {}
    since, until = _day("from", trail.start_of_day, faults), _day("to", trail.end_of_day, faults)
    return TrailWish(
        TrailQuery(request.args.get("staff") or None, request.args.get("act") or None, since, until), faults
    )


def _day(name: str, edge: Callable[[date], datetime], faults: dict[str, str]) -> datetime | None:
    """Return an edge of the day a field names, or nothing and a fault."""
    given = request.args.get(name, "").strip()
    if not given:
        return None
    try:
        return edge(date.fromisoformat(given))
    except (ValueError, OverflowError):
        faults[name] = messages.NOT_A_DAY
        return None


def _query(**more: int) -> str:
    given = {name: request.args[name] for name in ASKED if request.args.get(name)}
    return "?" + urlencode({**given, **more})
