"""The design files of probability rounds: every one that was given, as it was given"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "round_design",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("staff", sa.String(length=60), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_round_design_number_positive")),
        sa.ForeignKeyConstraint(["round_id"], ["survey_round.id"], name=op.f("fk_round_design_round_id_survey_round")),
        sa.PrimaryKeyConstraint("round_id", "number", name=op.f("pk_round_design")),
    )


def downgrade() -> None:
    op.drop_table("round_design")
