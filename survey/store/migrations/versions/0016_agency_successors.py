"""Who took over from an agency is looked up at every scan"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_agency_successor_id", "agency", ["successor_id"])


def downgrade() -> None:
    op.drop_index("ix_agency_successor_id", "agency")
