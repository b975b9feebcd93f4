"""Removing the responses of a round whose time is over. Published runs and their sums stay."""

from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select

from survey.store.feedback.tables import comment_screening
from survey.store.tables import comment, comment_inbox, response, run


class RowsOfRound(NamedTuple):
    """How many rows of a round there are that come from single people; `decisions` hold words of comments."""

    responses: int
    comments: int
    decisions: int


def count_rows(connection: Connection, round_id: int) -> RowsOfRound:
    """Return what `delete_rows` would remove."""
    responses, decisions, *comments = (
        connection.execute(select(func.count()).select_from(table).where(table.c.round_id == round_id)).scalar_one()
        for table in _OF_PEOPLE
    )
    return RowsOfRound(responses, sum(comments), decisions)


def delete_rows(connection: Connection, round_id: int) -> RowsOfRound:
    """Remove the responses and comments of a round and return how many there were.

    What was decided about the comments goes with them: it holds their words.
    """
    responses, decisions, *comments = (
        connection.execute(delete(table).where(table.c.round_id == round_id)).rowcount for table in _OF_PEOPLE
    )
    return RowsOfRound(responses, sum(comments), decisions)


_OF_PEOPLE = (response, comment_screening, comment, comment_inbox)


def has_final_run(connection: Connection, round_id: int) -> bool:
    """Tell whether the last word of a round is published."""
    final = (run.c.round_id == round_id) & (run.c.kind == "final")
    return connection.execute(select(run.c.id).where(final).limit(1)).first() is not None
