"""How many answers staff stored for others: counted as they are stored, told in the trail."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from survey.store.collecting.tables import assisted_count


class HelpGiven(NamedTuple):
    """Answers somebody stored for others at a service point on a day."""

    staff: str
    point_code: str
    day: date
    responses: int


def count_help(connection: Connection, *, staff: str, point_code: str, day: date) -> int:
    """Count one answer and return how many there are of this day."""
    insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(assisted_count)
    added = insert.values(staff=staff, point_code=point_code, day=day, responses=1)
    more = {"responses": assisted_count.c.responses + 1}
    statement = added.on_conflict_do_update(index_elements=list(assisted_count.primary_key), set_=more)
    responses: int = connection.execute(statement.returning(assisted_count.c.responses)).scalar_one()
    return responses


def take_help_before(connection: Connection, day: date) -> list[HelpGiven]:
    """Remove and return what was counted of days before `day`."""
    past = assisted_count.c.day < day
    order = (assisted_count.c.day, assisted_count.c.point_code, assisted_count.c.staff)
    rows = [HelpGiven(*row) for row in connection.execute(select(assisted_count).where(past).order_by(*order))]
    connection.execute(delete(assisted_count).where(past))
    return rows
