"""The nightly work: remove what still tells the order of arrival, and move the comments.

It runs once at a time over all nodes. Rows are moved by statements that name what they remove, so what commits
meanwhile stays where it is until the next night. Each step stands alone: a night that was cut short is made up by
the next one.
"""

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from survey.errors import BusyError, StoreError
from survey.responses import HalfDay
from survey.store.collecting.nights import save_night
from survey.store.engine import Store
from survey.store.refusals import refused_in_words, tried_again
from survey.store.subjects import CASES, SETTLING, Subject

# Who waits for a whole table lets nobody else in: not for long, and not often.
TABLE_SECONDS = 2
TABLE_TRIES = 5
TABLE_PAUSE = 1.0
EMPTY_JOURNAL = "PRAGMA wal_checkpoint(TRUNCATE)"


@dataclass(frozen=True, slots=True)
class Settled:
    """What a night did; `left` are the tables that could not be written anew because somebody read them for long."""

    left: tuple[str, ...]

    def require_whole(self) -> None:
        """Raise StoreError when something was left for the next time."""
        if self.left:
            tables = ", ".join(self.left)
            raise StoreError(
                f"these tables are read by somebody for so long that they could not be written anew: {tables}; "
                "nothing is lost, but their files still tell the order of arrival: run db settle again"
            )


def settle(store: Store, before: tuple[date, HalfDay], *, held: Subject | None = None) -> Settled:
    """Remove what still tells the order of arrival from all half-days before `before`, and move the comments.

    PostgreSQL: finished half-days that hold rows of more than one transaction are written again in
    key order by one transaction, so place (ctid), transaction number (xmin) and dump order say nothing. So are
    feedback cases: the transaction that took one in must not stand beside that of a response of the same hour.
    SQLite: VACUUM writes every page again in key order and empties the WAL. `held` is the nightly work for whoever
    holds it already; raises BusyError when somebody else is at it.
    """
    if held is None:
        with store.holding(SETTLING) as settling:
            return settle(store, before, held=settling)
    _move_comments(store, held)
    settled = _settled_sqlite(store) if store.is_sqlite else _settled_postgresql(store, held, before)
    if not settled.left:
        _note_night(store, held, before[0])
    if store.is_sqlite:
        _run_alone(store, EMPTY_JOURNAL)
    return settled


def _settled_postgresql(store: Store, held: Subject, before: tuple[date, HalfDay]) -> Settled:
    _rewrite_half_days(store, held, before)
    _rewrite_cases(store, held)
    return Settled(tuple(table for table, command in _WRITTEN_ANEW if not written_anew(store, command)))


@tried_again
def _note_night(store: Store, held: Subject, before: date) -> None:
    with store.writing(held) as connection:
        save_night(connection, before)


# What was decided about comments holds words somebody may have taken back since. Sheets were removed by day.
_WRITTEN_ANEW = (
    *((name, f"VACUUM FULL {name}") for name in ("comment_inbox", "comment_screening", "response")),
    ("comment", "VACUUM FULL comment"),
    ("paper_sheet", "VACUUM FULL paper_sheet"),
    ("feedback_case", "CLUSTER feedback_case USING pk_feedback_case"),
)


@tried_again
def _move_comments(store: Store, held: Subject) -> None:
    # All comments are written again, the old with the new: a batch of its own would tell the day.
    moves = _MOVES_OF_SQLITE if store.is_sqlite else _MOVES_OF_POSTGRESQL
    with store.writing(held) as connection:
        for move in moves:
            connection.execute(text(move))


_MOVES_OF_SQLITE = (
    "INSERT INTO comment (key, round_id, agency_id, text) "
    "SELECT key, round_id, agency_id, text FROM comment_inbox WHERE true ON CONFLICT DO NOTHING",
    "DELETE FROM comment_inbox",
)
# One statement: it moves what it removed and nothing else. A comment that stands in both tables stays once.
_MOVES_OF_POSTGRESQL = (
    """
    WITH old AS (DELETE FROM comment RETURNING key, round_id, agency_id, text),
         new AS (DELETE FROM comment_inbox RETURNING key, round_id, agency_id, text)
    INSERT INTO comment (key, round_id, agency_id, text)
    SELECT key, round_id, agency_id, text
    FROM (SELECT 0 AS place, * FROM old UNION ALL SELECT 1, * FROM new) AS moved
    ORDER BY key, place
    ON CONFLICT DO NOTHING
    """,
)


@tried_again
def _rewrite_half_days(store: Store, held: Subject, before: tuple[date, HalfDay]) -> None:
    with store.writing(held) as connection:
        connection.execute(text(_REWRITE), {"day": before[0], "half": before[1]})


_REWRITE = """
    WITH unsettled AS (
      SELECT round_id, day, half FROM response WHERE (day, coalesce(half, 'am')) < (:day, :half)
      GROUP BY round_id, day, half HAVING count(DISTINCT xmin::text) > 1),
    gone AS (
      DELETE FROM response USING unsettled
      WHERE (response.round_id, response.day) = (unsettled.round_id, unsettled.day)
      AND response.half IS NOT DISTINCT FROM unsettled.half RETURNING response.*)
    INSERT INTO response SELECT * FROM gone ORDER BY round_id, key
"""


@tried_again
def _rewrite_cases(store: Store, held: Subject) -> None:
    # One transaction for all of them; CLUSTER then puts them in the order of their random codes.
    with store.writing(held, CASES) as connection:
        connection.execute(text("UPDATE feedback_case SET code = code"))


def _settled_sqlite(store: Store) -> Settled:
    _run_alone(store, "VACUUM")
    return Settled(())


def _run_alone(store: Store, *commands: str) -> None:
    with store.outside_transaction() as connection:
        for command in commands:
            connection.execute(text(command))


def written_anew(store: Store, command: str, *, tries: int = TABLE_TRIES) -> bool:
    """Run a command that needs a whole table of PostgreSQL for itself; False when readers did not let go of it.

    While it waits for a reader, everybody else waits behind it, citizens' answers too: so it waits briefly, and
    lets them through before it tries again.
    """
    for attempt in range(tries):
        if attempt:
            time.sleep(TABLE_PAUSE)
        with suppress(BusyError), store.outside_transaction() as connection, refused_in_words((SETTLING,)):
            connection.execute(text(f"SET lock_timeout = '{TABLE_SECONDS}s'"))
            try:
                connection.execute(text(command))
            finally:
                connection.execute(text("RESET lock_timeout"))
            return True
    return False
