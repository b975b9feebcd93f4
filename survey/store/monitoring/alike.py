"""How many responses have something in common, point by point: the mode, the half-day, or all answers."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, String, and_, cast, func, select

from survey.responses import Mode
from survey.store.tables import response

# Paper and files come in heaps, of one day and by one hand: only what people send is looked at.
SENT = response.c.mode.in_([Mode.QR, Mode.KIOSK, Mode.ASSISTED])


class Common(NamedTuple):
    """What responses may have in common, and which of them are looked at."""

    what: ColumnElement[str]
    among: ColumnElement[bool]


MODE = Common(response.c.mode, response.c.mode != Mode.IMPORT)
HALF_DAY = Common(cast(response.c.day, String).concat(response.c.half), and_(SENT, response.c.half.is_not(None)))
ANSWERS = Common(response.c.answers, SENT)


def count_alike(
    connection: Connection, round_id: int, common: Common, *, since: date | None = None, before: date
) -> list[tuple[int, str, int]]:
    """Return point (row number), what they have in common, and the responses, of some days."""
    some = [response.c.round_id == round_id, response.c.day < before, common.among]
    if since is not None:
        some.append(response.c.day >= since)
    statement = select(response.c.service_point_id, common.what, func.count()).where(*some)
    rows = connection.execute(statement.group_by(response.c.service_point_id, common.what))
    return [(row[0], row[1], row[2]) for row in rows]
