"""What the audit trail is told of improvement plans."""

from sqlalchemy import Connection

from survey.store.staff.acts import Act, Kind
from survey.store.staff.audit import Facts, save_audit


def note_plan(connection: Connection, act: Act, number: int, *, staff: str, **facts: Facts) -> None:
    """Write down what somebody did to a plan; `facts` are what was so `before` and `after`."""
    save_audit(connection, staff=staff, act=act, about=Kind.PLAN.named(number), **facts)
