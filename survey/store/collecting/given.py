"""What was given out of a round's rows while answers still come, agency by agency."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from survey.store.collecting.tables import rows_given


class RowsGiven(NamedTuple):
    """Up to which day, "2026-11-21", an agency's rows were given out, and how many these were."""

    last_day: str
    responses: int


def list_given(connection: Connection, round_id: int) -> dict[int, RowsGiven]:
    """Return what was given before, by agency (row number)."""
    columns = (rows_given.c.agency_id, rows_given.c.last_day, rows_given.c.responses)
    rows = connection.execute(select(*columns).where(rows_given.c.round_id == round_id))
    return {row[0]: RowsGiven(row[1], row[2]) for row in rows}


def save_given(connection: Connection, round_id: int, given: Mapping[int, RowsGiven]) -> None:
    """Remember what is given now, in place of what was."""
    connection.execute(delete(rows_given).where(rows_given.c.round_id == round_id))
    rows = [
        {"round_id": round_id, "agency_id": agency_id, "last_day": step.last_day, "responses": step.responses}
        for agency_id, step in given.items()
    ]
    if rows:
        connection.execute(insert(rows_given), rows)
