"""The steps of the second factor that were used, each once, instead of the last one only"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "used_step",
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["account"], ["staff.id"], name=op.f("fk_used_step_account")),
        sa.PrimaryKeyConstraint("account", "step", name=op.f("pk_used_step")),
    )
    op.execute("INSERT INTO used_step (account, step) SELECT id, totp_step FROM staff WHERE totp_step IS NOT NULL")
    op.execute("ALTER TABLE staff DROP COLUMN totp_step")


def downgrade() -> None:
    op.execute("ALTER TABLE staff ADD COLUMN totp_step INTEGER")
    op.execute("UPDATE staff SET totp_step = (SELECT max(step) FROM used_step WHERE used_step.account = staff.id)")
    op.drop_table("used_step")
