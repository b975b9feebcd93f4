"""What is remembered of collecting beside the answers: help that was given, the nightly work, and rows given out"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assisted_count",
        sa.Column("staff", sa.String(length=60), nullable=False),
        sa.Column("point_code", sa.String(length=7), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("responses", sa.Integer(), nullable=False),
        sa.CheckConstraint("responses > 0", name=op.f("ck_assisted_count_responses_positive")),
        sa.PrimaryKeyConstraint("staff", "point_code", "day", name=op.f("pk_assisted_count")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "nightly_work",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("before_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_nightly_work")),
    )
    op.create_table(
        "rows_given",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.String(length=10), nullable=False),
        sa.Column("responses", sa.Integer(), nullable=False),
        sa.CheckConstraint("responses > 0", name=op.f("ck_rows_given_responses_positive")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_rows_given_agency_id_agency")),
        sa.ForeignKeyConstraint(["round_id"], ["survey_round.id"], name=op.f("fk_rows_given_round_id_survey_round")),
        sa.PrimaryKeyConstraint("round_id", "agency_id", name=op.f("pk_rows_given")),
    )


def downgrade() -> None:
    for table in ("rows_given", "nightly_work", "assisted_count"):
        op.drop_table(table)
