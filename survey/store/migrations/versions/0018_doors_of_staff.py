"""One-time passwords end, recovery codes, passwords asked again, ends of programs' keys, which SECRET_KEY it is"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Column by column: a table that others point at could not be written anew on SQLite.
COLUMNS: dict[str, dict[str, type[sa.DateTime | sa.Date | sa.Integer]]] = {
    "staff": {"one_time_until": sa.DateTime, "unlocked_at": sa.DateTime, "wrong_codes": sa.Integer},
    "staff_session": {"confirmed": sa.DateTime, "wrong_codes": sa.Integer},
    "api_key": {"valid_to": sa.Date, "used_on": sa.Date},
}


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for name, kind in columns.items():
            counts = kind is sa.Integer
            op.add_column(table, sa.Column(name, kind(), server_default="0" if counts else None, nullable=not counts))
    op.create_table(
        "recovery_code",
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["staff.id"], name=op.f("fk_recovery_code_account")),
        sa.PrimaryKeyConstraint("account", "digest", name=op.f("pk_recovery_code")),
    )
    op.create_table(
        "key_digest",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_key_digest")),
    )


def downgrade() -> None:
    op.drop_table("key_digest")
    op.drop_table("recovery_code")
    for table, columns in COLUMNS.items():
        for name in reversed(columns):
            op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
