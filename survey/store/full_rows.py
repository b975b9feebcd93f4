"""Responses row by row, as an administrator may read them."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Connection, select

from survey.store.tables import response, service_point


def iter_full_rows(connection: Connection, round_id: int) -> Iterator[tuple[date, str, str, str]]:
    """Yield (day, service point code, mode, record) of every response of a round in key order, which is random."""
    statement = (
        select(response.c.day, service_point.c.code, response.c.mode, response.c.answers)
        .join(service_point)
        .where(response.c.round_id == round_id)
        .order_by(response.c.key)
    )
    found = connection.execute(statement.execution_options(yield_per=10_000))
    return ((row.day, row.code, row.mode, row.answers) for row in found)
