"""Responses row by row, as an administrator may read them."""

from collections.abc import Iterator

from sqlalchemy import Connection, String, cast, select

from survey.store.tables import response, service_point


def iter_full_rows(connection: Connection, round_id: int) -> Iterator[tuple[str, str, str, str]]:
    """Yield (day, service point code, mode, record) of every response of a round in key order, which is random.

    The day is told as it is written, "2026-11-21".
    """
    statement = (
        select(cast(response.c.day, String), service_point.c.code, response.c.mode, response.c.answers)
        .join(service_point)
        .where(response.c.round_id == round_id)
        .order_by(response.c.key)
    )
    rows = connection.execute(statement.execution_options(yield_per=10_000))
    return ((row[0], row[1], row[2], row[3]) for row in rows)
