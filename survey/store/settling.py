"""The nightly work: remove what still tells the order of arrival, and move the comments."""

from datetime import date

from sqlalchemy import Connection, text

from survey.responses import HalfDay
from survey.store.engine import Store


def settle(store: Store, before: tuple[date, HalfDay]) -> None:
    """Remove what still tells the order of arrival from all half-days before `before`, and move the comments.

    PostgreSQL: finished half-days that hold rows of more than one transaction are written again in
    key order by one transaction, so place (ctid), transaction number (xmin) and dump order say nothing. So are
    feedback cases: the transaction that took one in must not stand beside that of a response of the same hour.
    SQLite: VACUUM writes every page again in key order and empties the WAL.
    """
    with store.writing() as connection:
        _move_comments(connection)
        if not store.is_sqlite:
            _rewrite_half_days(connection, before)
            # One transaction for all of them; CLUSTER below puts them in the order of their random codes.
            connection.execute(text("UPDATE feedback_case SET code = code"))
    with store.outside_transaction() as connection:
        for command in _CLEANING[connection.dialect.name]:
            connection.execute(text(command))


_CLEANING = {
    "sqlite": ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"),
    # What was decided about comments holds words somebody may have taken back since.
    "postgresql": (
        *(f"VACUUM FULL {name}" for name in ("comment_inbox", "comment", "comment_screening", "response", "rollup")),
        "CLUSTER feedback_case USING pk_feedback_case",
    ),
}


def _move_comments(connection: Connection) -> None:
    # All comments are written again, the old with the new: a batch of its own would tell the day.
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE moving AS SELECT key, round_id, agency_id, text FROM comment "
            "UNION ALL SELECT key, round_id, agency_id, text FROM comment_inbox"
        )
    )
    connection.execute(text("DELETE FROM comment_inbox"))
    connection.execute(text("DELETE FROM comment"))
    connection.execute(text("INSERT INTO comment SELECT key, round_id, agency_id, text FROM moving ORDER BY key"))
    connection.execute(text("DROP TABLE moving"))


def _rewrite_half_days(connection: Connection, before: tuple[date, HalfDay]) -> None:
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE unsettled ON COMMIT DROP AS "
            "SELECT round_id, day, half FROM response WHERE (day, coalesce(half, 'am')) < (:day, :half) "
            "GROUP BY round_id, day, half HAVING count(DISTINCT xmin::text) > 1"
        ),
        {"day": before[0], "half": before[1]},
    )
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE rewritten ON COMMIT DROP AS SELECT response.* FROM response JOIN unsettled "
            "ON (response.round_id, response.day) = (unsettled.round_id, unsettled.day) "
            "AND response.half IS NOT DISTINCT FROM unsettled.half"
        )
    )
    same = "(response.round_id, response.key) = (rewritten.round_id, rewritten.key)"
    connection.execute(text(f"DELETE FROM response USING rewritten WHERE {same}"))  # noqa: S608
    connection.execute(text("INSERT INTO response SELECT * FROM rewritten ORDER BY round_id, key"))
