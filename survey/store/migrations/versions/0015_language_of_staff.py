"""Everybody who signs in reads Vietnamese or English"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KNOWN = "language IN ('vi', 'en')"


def upgrade() -> None:
    with op.batch_alter_table("staff") as staff:
        staff.add_column(sa.Column("language", sa.String(2), nullable=False, server_default="vi"))
        staff.create_check_constraint(op.f("ck_staff_language_known"), KNOWN)


def downgrade() -> None:
    with op.batch_alter_table("staff") as staff:
        staff.drop_constraint(op.f("ck_staff_language_known"), type_="check")
        staff.drop_column("language")
