"""What acts decide is stated by the database too: days that must not overlap, codes of any case, a comment once"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from survey.errors import StoreError

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Table, the columns of which one has to be the same, the first and the last day.
PERIODS = (
    ("survey_round", (), "opens", "closes"),
    ("visit_count", ("service_point_id", "agency_id"), "from_day", "to_day"),
)
CODED = ("agency", "survey_round")
MENDING = "change one of the two, for instance in SQL: "


def upgrade() -> None:
    # A comment sent again while the night moved it could stand in both tables: one of them is enough.
    op.execute("DELETE FROM comment_inbox WHERE key IN (SELECT key FROM comment)")
    if offending := [*_shared_days(), *_same_codes()]:
        raise StoreError("\n".join((*offending, "nothing was changed; then run flask --app wsgi db upgrade again")))
    if op.get_bind().dialect.name == "sqlite":
        _upgrade_sqlite()
    else:
        _upgrade_postgresql()


def downgrade() -> None:
    for statement in _DOWN[op.get_bind().dialect.name]:
        op.execute(statement)


def _shared_days() -> Iterator[str]:
    """Name rounds that run, and visits of one unit that are counted, on one and the same day."""
    rounds = (
        "SELECT one.code, one.opens, one.closes, other.code, other.opens, other.closes FROM survey_round one "
        "JOIN survey_round other ON one.id < other.id AND one.opens <= other.closes AND other.opens <= one.closes"
    )
    for row in op.get_bind().execute(sa.text(rounds)):
        mend = f"UPDATE survey_round SET closes = '…' WHERE code = '{row[0]}'"  # noqa: S608  # a line to be read
        yield f"round {row[0]} ({row[1]} to {row[2]}) shares days with {row[3]} ({row[4]} to {row[5]}): {MENDING}{mend}"
    visits = (
        "SELECT one.id, one.from_day, one.to_day, other.id, other.from_day, other.to_day, "
        "coalesce(service_point.code, agency.code) FROM visit_count one JOIN visit_count other ON one.id < other.id "
        "AND (one.service_point_id = other.service_point_id OR one.agency_id = other.agency_id) "
        "AND one.from_day <= other.to_day AND other.from_day <= one.to_day "
        "LEFT JOIN service_point ON service_point.id = one.service_point_id "
        "LEFT JOIN agency ON agency.id = one.agency_id"
    )
    for row in op.get_bind().execute(sa.text(visits)):
        counted = f"visits of {row[6]} from {row[1]} to {row[2]} and from {row[4]} to {row[5]} share days"
        mend = f"DELETE FROM visit_count WHERE id = {row[3]}"  # noqa: S608  # a line to be read
        yield f"{counted}, so people are counted twice: {MENDING}{mend}"


def _same_codes() -> Iterator[str]:
    """Name codes that differ by their case alone."""
    for table in CODED:
        twice = f"SELECT lower(code) FROM {table} GROUP BY lower(code) HAVING count(*) > 1"  # noqa: S608
        found = f"SELECT id, code FROM {table} WHERE lower(code) IN ({twice}) ORDER BY lower(code), id"  # noqa: S608
        for number, code in op.get_bind().execute(sa.text(found)):
            mend = f"UPDATE {table} SET code = '{code}-2' WHERE id = {number}"  # noqa: S608  # a line to be read
            yield f"{table} {code} has the code of another one but for its case: {MENDING}{mend}"


def _upgrade_postgresql() -> None:
    op.execute(
        "ALTER TABLE survey_round ADD CONSTRAINT ex_survey_round_days "
        "EXCLUDE USING gist (daterange(opens, closes, '[]') WITH &&)"
    )
    for unit in ("service_point_id", "agency_id"):
        # A range of one number is compared without an extension.
        op.execute(
            f"ALTER TABLE visit_count ADD CONSTRAINT ex_visit_count_{unit} EXCLUDE USING gist "
            f"(int4range({unit}, {unit}, '[]') WITH &&, daterange(from_day, to_day, '[]') WITH &&) "
            f"WHERE ({unit} IS NOT NULL)"
        )
    for table in CODED:
        op.execute(f"CREATE UNIQUE INDEX uq_{table}_code_of_any_case ON {table} (lower(code))")
    op.execute(
        "CREATE FUNCTION comment_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF EXISTS (SELECT 1 FROM comment WHERE key = NEW.key) THEN RETURN NULL; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER comment_once BEFORE INSERT ON comment_inbox FOR EACH ROW EXECUTE FUNCTION comment_once()"
    )


def _upgrade_sqlite() -> None:
    for table, units, first, last in PERIODS:
        same = " OR ".join(f"other.{unit} = NEW.{unit}" for unit in units) or "true"
        shared = (
            f"SELECT 1 FROM {table} other WHERE other.id <> NEW.id AND ({same}) "  # noqa: S608
            f"AND other.{first} <= NEW.{last} AND other.{last} >= NEW.{first}"
        )
        for act in ("INSERT", "UPDATE"):
            # AFTER, because a new row has no number before; the row is taken back with the whole statement.
            op.execute(
                f"CREATE TRIGGER {table}_days_{act.lower()} AFTER {act} ON {table} WHEN EXISTS ({shared}) "
                f"BEGIN SELECT RAISE(ABORT, 'excluded: two of {table} share days'); END"
            )
    for table in CODED:
        op.execute(f"CREATE UNIQUE INDEX uq_{table}_code_of_any_case ON {table} (code COLLATE NOCASE)")
    op.execute(
        "CREATE TRIGGER comment_once BEFORE INSERT ON comment_inbox "
        "WHEN EXISTS (SELECT 1 FROM comment WHERE key = NEW.key) BEGIN SELECT RAISE(IGNORE); END"
    )


_DOWN = {
    "sqlite": (
        *(f"DROP TRIGGER {table}_days_{act}" for table, *_ in PERIODS for act in ("insert", "update")),
        *(f"DROP INDEX uq_{table}_code_of_any_case" for table in CODED),
        "DROP TRIGGER comment_once",
    ),
    "postgresql": (
        "ALTER TABLE survey_round DROP CONSTRAINT ex_survey_round_days",
        *(f"ALTER TABLE visit_count DROP CONSTRAINT ex_visit_count_{unit}" for unit in PERIODS[1][1]),
        *(f"DROP INDEX uq_{table}_code_of_any_case" for table in CODED),
        "DROP TRIGGER comment_once ON comment_inbox",
        "DROP FUNCTION comment_once()",
    ),
}
