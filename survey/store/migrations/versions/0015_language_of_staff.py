"""Everybody who signs in reads Vietnamese or English"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Both databases know this; a table that others point at could not be written anew on SQLite.
    op.execute(
        "ALTER TABLE staff ADD COLUMN language VARCHAR(2) DEFAULT 'vi' NOT NULL "
        "CONSTRAINT ck_staff_language_known CHECK (language IN ('vi', 'en'))"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE staff DROP COLUMN language")
