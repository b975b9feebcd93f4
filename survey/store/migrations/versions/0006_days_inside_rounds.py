"""The day of a response lies inside its round: what is stored is mended, and what comes is moved by the database

The application sees to that itself. This is the second net, below clocks that are wrong, rounds that are shortened
while answers arrive, and statements written by hand.
"""

import logging

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

LOG = logging.getLogger("survey.store.migrations")

# Put together of our own words alone.
# ruff: noqa: S608
COLUMNS = "round_id, key, service_point_id, mode, day, half, answers"
OUTSIDE = "({day} < survey_round.opens OR {day} > survey_round.closes)"
# The columns of a response of such a day as it shall be. A response is never updated: another one takes its place.
MOVED = "{row}.round_id, {row}.key, {row}.service_point_id, {row}.mode, {nearest}, NULL, {row}.answers"
ON_SQLITE = (
    f"""
    CREATE TRIGGER response_day_inside AFTER INSERT ON response
    WHEN EXISTS (SELECT 1 FROM survey_round WHERE id = NEW.round_id AND {OUTSIDE.format(day="NEW.day")})
    BEGIN
      DELETE FROM response WHERE round_id = NEW.round_id AND key = NEW.key;
      INSERT INTO response ({COLUMNS})
        SELECT {MOVED.format(row="NEW", nearest="max(min(NEW.day, survey_round.closes), survey_round.opens)")}
        FROM survey_round WHERE id = NEW.round_id;
    END
    """,
    f"""
    CREATE TRIGGER survey_round_days_held AFTER UPDATE OF opens, closes ON survey_round
    WHEN NEW.opens <> OLD.opens OR NEW.closes <> OLD.closes
    BEGIN
      INSERT OR REPLACE INTO response ({COLUMNS})
        SELECT {MOVED.format(row="response", nearest="max(min(day, NEW.closes), NEW.opens)")}
        FROM response WHERE round_id = NEW.id AND (day < NEW.opens OR day > NEW.closes);
    END
    """,
)
MEND_ON_SQLITE = (
    f"INSERT OR REPLACE INTO response ({COLUMNS}) "
    f"SELECT {MOVED.format(row='response', nearest='max(min(day, survey_round.closes), survey_round.opens)')} "
    f"FROM response JOIN survey_round ON survey_round.id = round_id WHERE {OUTSIDE.format(day='day')}"
)
ON_POSTGRESQL = (
    # With no day outside the loop has nothing to do. What stands in it is planned for one row by its key, whatever
    # the table held when the plan was made.
    f"""
    CREATE FUNCTION response_day_inside() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE stray record;
    BEGIN
      FOR stray IN
        SELECT fresh.*, greatest(least(fresh.day, survey_round.closes), survey_round.opens) AS nearest
        FROM fresh JOIN survey_round ON survey_round.id = fresh.round_id WHERE {OUTSIDE.format(day="fresh.day")}
      LOOP
        DELETE FROM response WHERE response.round_id = stray.round_id AND response.key = stray.key;
        INSERT INTO response ({COLUMNS}) VALUES ({MOVED.format(row="stray", nearest="stray.nearest")});
      END LOOP;
      RETURN NULL;
    END $$
    """,
    # It comes after the checks of foreign keys, which wait for whoever holds the round to change its days.
    "CREATE TRIGGER response_day_inside AFTER INSERT ON response REFERENCING NEW TABLE AS fresh "
    "FOR EACH STATEMENT EXECUTE FUNCTION response_day_inside()",
    f"""
    CREATE FUNCTION survey_round_days_held() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      WITH moved AS (
        DELETE FROM response WHERE round_id = NEW.id AND (day < NEW.opens OR day > NEW.closes) RETURNING *)
      INSERT INTO response ({COLUMNS})
        SELECT {MOVED.format(row="moved", nearest="greatest(least(moved.day, NEW.closes), NEW.opens)")}
        FROM moved ORDER BY key;
      RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER survey_round_days_held AFTER UPDATE OF opens, closes ON survey_round FOR EACH ROW "
    "WHEN (NEW.opens <> OLD.opens OR NEW.closes <> OLD.closes) EXECUTE FUNCTION survey_round_days_held()",
)
MEND_ON_POSTGRESQL = (
    "WITH moved AS (DELETE FROM response USING survey_round "
    f"WHERE survey_round.id = response.round_id AND {OUTSIDE.format(day='response.day')} "
    "RETURNING response.*, greatest(least(response.day, survey_round.closes), survey_round.opens) AS nearest) "
    f"INSERT INTO response ({COLUMNS}) SELECT {MOVED.format(row='moved', nearest='nearest')} FROM moved "
    "ORDER BY round_id, key"
)
TRIGGERS = {"response_day_inside": "response", "survey_round_days_held": "survey_round"}


def upgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    # The net is there before what is stored is mended: what an older server takes in meanwhile falls into it.
    for statement in ON_SQLITE if on_sqlite else ON_POSTGRESQL:
        op.execute(statement)
    mended = op.get_bind().execute(sa.text(MEND_ON_SQLITE if on_sqlite else MEND_ON_POSTGRESQL)).rowcount
    if mended:
        LOG.warning("%d responses dated outside their round now count on its nearest day, without a half-day", mended)


def downgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table in TRIGGERS.items():
        op.execute(f"DROP TRIGGER {name}" if on_sqlite else f"DROP TRIGGER {name} ON {table}")
        if not on_sqlite:
            op.execute(f"DROP FUNCTION {name}()")
