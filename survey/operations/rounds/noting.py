"""What the audit trail is told of survey rounds by those who set them."""

from sqlalchemy import Connection

from survey.store.staff.acts import Act, Kind
from survey.store.staff.audit import Facts, save_audit


def note_round(connection: Connection, act: Act, code: str, *, by: str, **facts: Facts) -> None:
    """Write down what somebody did to a round; `facts` are what was so `before` and `after`."""
    save_audit(connection, staff=by, act=act, about=Kind.ROUND.named(code), **facts)
