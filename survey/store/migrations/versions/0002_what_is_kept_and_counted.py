"""Visits, the rollup, charts of runs and keys of programs"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# ALTER TABLE in words, because both databases know these and Alembic's way would copy the table on
# SQLite, and with it lose the triggers that keep a run as it was published.
ADDED_TO_RUN = (
    "kind VARCHAR(12) NOT NULL DEFAULT 'preliminary' "
    "CONSTRAINT ck_run_kind_known CHECK (kind IN ('preliminary', 'final'))",
    "method TEXT NOT NULL DEFAULT '{}'",
    "figures TEXT NOT NULL DEFAULT ''",
    "extras TEXT NOT NULL DEFAULT '{}'",
    "withheld TEXT NOT NULL DEFAULT ''",
)

# What belongs to a run and is as unchangeable.
KEPT = ("run_chart", "run_breakdown")


def upgrade() -> None:
    op.create_table(
        "visit_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_point_id", sa.Integer(), nullable=True),
        sa.Column("agency_id", sa.Integer(), nullable=True),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.CheckConstraint("(service_point_id IS NULL) <> (agency_id IS NULL)", name=op.f("ck_visit_count_one_unit")),
        sa.CheckConstraint("from_day <= to_day", name=op.f("ck_visit_count_days_in_order")),
        sa.CheckConstraint("visits >= 0", name=op.f("ck_visit_count_visits_not_negative")),
        sa.ForeignKeyConstraint(
            ["service_point_id"], ["service_point.id"], name=op.f("fk_visit_count_service_point_id")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_visit_count_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_count")),
        sa.UniqueConstraint("service_point_id", "from_day", name=op.f("uq_visit_count_service_point_id")),
        sa.UniqueConstraint("agency_id", "from_day", name=op.f("uq_visit_count_agency_id")),
    )
    op.create_table(
        "rollup",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("service_point_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("responses", sa.Integer(), nullable=False),
        sa.Column("sums", sa.Text(), nullable=False),
        sa.CheckConstraint("mode IN ('qr', 'kiosk', 'paper', 'assisted', 'import')", name=op.f("ck_rollup_mode_known")),
        sa.CheckConstraint("responses > 0", name=op.f("ck_rollup_some_responses")),
        sa.ForeignKeyConstraint(["round_id"], ["survey_round.id"], name=op.f("fk_rollup_round_id")),
        sa.ForeignKeyConstraint(["service_point_id"], ["service_point.id"], name=op.f("fk_rollup_service_point_id")),
        sa.PrimaryKeyConstraint("round_id", "service_point_id", "week", "mode", name=op.f("pk_rollup")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "run_chart",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("svg", sa.Text(), nullable=False),
        sa.CheckConstraint("language IN ('vi', 'en')", name=op.f("ck_run_chart_language_known")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_run_chart_run_id")),
        sa.PrimaryKeyConstraint("run_id", "name", "language", name=op.f("pk_run_chart")),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=True),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.Column("revoked_on", sa.Date(), nullable=True),
        sa.CheckConstraint("created_on <= revoked_on", name=op.f("ck_api_key_days_in_order")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_api_key_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_key_digest")),
    )
    op.create_table(
        "run_breakdown",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("axis", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("groups", sa.Text(), nullable=False),
        sa.Column("sums", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_run_breakdown_run_id")),
        sa.PrimaryKeyConstraint("run_id", "axis", name=op.f("pk_run_breakdown")),
    )
    for column in ADDED_TO_RUN:
        op.execute(f"ALTER TABLE run ADD COLUMN {column}")
    for table in KEPT:
        _keep(table)


def _keep(table: str) -> None:
    """Let the database itself refuse to change or remove what belongs to a published run."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_keep() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_keep()"
    )


def downgrade() -> None:
    for table in ("api_key", *KEPT, "rollup", "visit_count"):
        op.drop_table(table)
    for column in ("withheld", "extras", "figures", "method", "kind"):
        op.execute(f"ALTER TABLE run DROP COLUMN {column}")
    if op.get_bind().dialect.name == "postgresql":
        for table in KEPT:
            op.execute(f"DROP FUNCTION {table}_keep()")
