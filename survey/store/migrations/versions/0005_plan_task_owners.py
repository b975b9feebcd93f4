"""The agencies that report on a task of an improvement plan"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_task_owner",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_plan_task_owner_agency_id")),
        sa.ForeignKeyConstraint(["task_id"], ["plan_task.id"], name=op.f("fk_plan_task_owner_task_id")),
        sa.PrimaryKeyConstraint("task_id", "agency_id", name=op.f("pk_plan_task_owner")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_plan_task_owner_agency_id"), "plan_task_owner", ["agency_id"])


def downgrade() -> None:
    op.drop_table("plan_task_owner")
