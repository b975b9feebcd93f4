"""One-time passwords end, recovery codes, passwords asked again, ends of programs' keys, which SECRET_KEY it is"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0015"
branch_labels = None
depends_on = None

# Made by hand: a table that others point at could not be written anew on SQLite.
COLUMNS = {
    "staff": {
        "one_time_until": "TIMESTAMP",
        "unlocked_at": "TIMESTAMP",
        "wrong_codes": "INTEGER DEFAULT 0 NOT NULL",
    },
    "staff_session": {"confirmed": "TIMESTAMP", "wrong_codes": "INTEGER DEFAULT 0 NOT NULL"},
    "api_key": {"valid_to": "DATE", "used_on": "DATE"},
}


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for name, kind in columns.items():
            op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")
    op.create_table(
        "recovery_code",
        sa.Column("account", sa.Integer, sa.ForeignKey("staff.id", name="fk_recovery_code_account")),
        sa.Column("digest", sa.String(64)),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("account", "digest", name="pk_recovery_code"),
    )
    op.create_table(
        "key_digest",
        sa.Column("digest", sa.String(64)),
        sa.PrimaryKeyConstraint("digest", name="pk_key_digest"),
    )


def downgrade() -> None:
    op.drop_table("key_digest")
    op.drop_table("recovery_code")
    for table, columns in COLUMNS.items():
        for name in reversed(columns):
            op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
