"""One-time passwords end, recovery codes, passwords asked again, ends of programs' keys, which SECRET_KEY it is"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0015"
branch_labels = None
depends_on = None

# Column by column: a table that others point at could not be written anew on SQLite.
MOMENT, NUMBER = (sa.DateTime(),), (sa.Integer(), sa.text("0"))
COLUMNS = {
    "staff": {"one_time_until": MOMENT, "unlocked_at": MOMENT, "wrong_codes": NUMBER},
    "staff_session": {"confirmed": MOMENT, "wrong_codes": NUMBER},
    "api_key": {"valid_to": (sa.Date(),), "used_on": (sa.Date(),)},
}


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for name, (kind, *default) in columns.items():
            op.add_column(table, sa.Column(name, kind, server_default=next(iter(default), None), nullable=not default))
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
