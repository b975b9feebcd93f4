"""The rollup goes: its sums were counted every night and read by nobody"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("rollup")


def downgrade() -> None:
    """Bring the empty table back; a version that knows it counts its sums again from the responses."""
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
