"""A line of the audit trail is data: what an act was done to, and what was so before and after; days have an index"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Made by hand: Alembic would write the whole table anew on SQLite, and its triggers would be lost.
COLUMNS = {"kind": "VARCHAR(20)", "subject": "TEXT", "before": "TEXT", "after": "TEXT"}


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.execute(f'ALTER TABLE audit ADD COLUMN "{name}" {kind}')
    op.create_index("ix_audit_at", "audit", ["at", "id"])


def downgrade() -> None:
    op.drop_index("ix_audit_at", "audit")
    for name in reversed(COLUMNS):
        op.execute(f'ALTER TABLE audit DROP COLUMN "{name}"')
