"""Whose things the person at the other end may touch; what is another agency's is answered like what does not exist."""

from contextlib import suppress

from flask import abort, g, request
from sqlalchemy.exc import SQLAlchemyError

from survey.operations.staff import accounts
from survey.operations.staff.rights import Scope, find_scope
from survey.services import services
from survey.store.staff.acts import Act, Kind
from survey.web.door.door import signed_in, somebody


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


def note_absence() -> None:
    """Write down that somebody who has one agency asked one of our addresses for what is not there for them."""
    asking = somebody()
    if asking is None or request.url_rule is None:
        return
    # The answer is given already: what goes wrong here must not change it.
    with suppress(SQLAlchemyError):
        if own_scope().agencies is not None:
            address = Kind.ADDRESS.named(f"{request.method} {request.path}"[:200])
            accounts.note_act(services().store, asking, Act.REFUSED, address, {"reason": "not_there"})
