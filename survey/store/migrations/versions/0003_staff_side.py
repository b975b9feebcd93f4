"""Roles and second factors, successors of service points, rounds' agencies, posters, kiosks and paper"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COUNTED = ("agency", "service_point", "survey_round")
NEW = ("paper_sheet", "paper_batch", "kiosk", "poster_print", "poster_batch", "round_agency")
ALPHABET = "rtrim(answers, '123456789abcdefghijklmnopqrstuvwxyzN.') = '' AND answers <> ''"
ROLES = "role IN ('administrator', 'analyst', 'manager', 'clerk', 'auditor')"
ROLES_BEFORE = "role IN ('administrator')"


def upgrade() -> None:
    for table in COUNTED:
        op.execute(f"ALTER TABLE {table} ADD COLUMN version INTEGER NOT NULL DEFAULT 1")
    op.execute(
        "ALTER TABLE service_point ADD COLUMN successor_id INTEGER "
        "CONSTRAINT fk_service_point_successor_id REFERENCES service_point (id)"
    )
    _change_staff()
    op.create_table(
        "round_agency",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("goal", sa.Integer(), nullable=True),
        sa.CheckConstraint("goal > 0", name=op.f("ck_round_agency_goal_positive")),
        sa.ForeignKeyConstraint(["round_id"], ["survey_round.id"], name=op.f("fk_round_agency_round_id")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_round_agency_agency_id")),
        sa.PrimaryKeyConstraint("round_id", "agency_id", name=op.f("pk_round_agency")),
    )
    _add_posters()
    _add_kiosk()
    _add_paper()


def _change_staff() -> None:
    """Let accounts have every role; SQLite copies the table for that, and everybody signs in anew."""
    op.execute("DELETE FROM staff_session")
    op.execute("ALTER TABLE staff_session ADD COLUMN proved BOOLEAN NOT NULL DEFAULT FALSE")
    with op.batch_alter_table("staff") as staff:
        staff.drop_constraint(op.f("ck_staff_role_known"), type_="check")
        staff.add_column(sa.Column("agency_id", sa.Integer(), nullable=True))
        staff.add_column(sa.Column("totp_secret", sa.Text(), nullable=True))
        staff.add_column(sa.Column("totp_step", sa.Integer(), nullable=True))
        staff.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        staff.create_foreign_key(op.f("fk_staff_agency_id"), "agency", ["agency_id"], ["id"])
        staff.create_check_constraint(op.f("ck_staff_role_known"), ROLES)
        staff.create_check_constraint(
            op.f("ck_staff_agency_of_role"), "(agency_id IS NOT NULL) = (role IN ('manager', 'clerk'))"
        )


def _add_posters() -> None:
    op.create_table(
        "poster_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("staff", sa.String(length=60), nullable=False),
        sa.Column("size", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False, server_default=""),
        sa.CheckConstraint("size IN ('a4', 'a5', 'tent', 'sticker')", name=op.f("ck_poster_batch_size_known")),
        sa.CheckConstraint("state IN ('waiting', 'ready', 'failed')", name=op.f("ck_poster_batch_state_known")),
        sa.CheckConstraint("done BETWEEN 0 AND total", name=op.f("ck_poster_batch_done_in_range")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poster_batch")),
    )
    op.create_table(
        "poster_print",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("service_point_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["poster_batch.id"], name=op.f("fk_poster_print_batch_id")),
        sa.ForeignKeyConstraint(
            ["service_point_id"], ["service_point.id"], name=op.f("fk_poster_print_service_point_id")
        ),
        sa.PrimaryKeyConstraint("batch_id", "service_point_id", name=op.f("pk_poster_print")),
    )
    op.create_index(op.f("ix_poster_print_service_point_id"), "poster_print", ["service_point_id"])


def _add_kiosk() -> None:
    op.create_table(
        "kiosk",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("service_point_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("pin_salt", sa.String(length=32), nullable=False),
        sa.Column("pin_hash", sa.String(length=64), nullable=False),
        sa.Column("rest_seconds", sa.Integer(), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.Column("revoked_on", sa.Date(), nullable=True),
        sa.CheckConstraint("rest_seconds BETWEEN 3 AND 300", name=op.f("ck_kiosk_rest_in_range")),
        sa.CheckConstraint("created_on <= revoked_on", name=op.f("ck_kiosk_days_in_order")),
        sa.ForeignKeyConstraint(["service_point_id"], ["service_point.id"], name=op.f("fk_kiosk_service_point_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosk")),
        sa.UniqueConstraint("digest", name=op.f("uq_kiosk_digest")),
    )
    op.create_index(op.f("ix_kiosk_service_point_id"), "kiosk", ["service_point_id"])


def _add_paper() -> None:
    op.create_table(
        "paper_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("service_point_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("checked", sa.Boolean(), nullable=False),
        sa.Column("staff", sa.String(length=60), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("stored_on", sa.Date(), nullable=True),
        sa.Column("responses", sa.Integer(), nullable=False, server_default="0"),
        sa.CheckConstraint("opened_on <= stored_on", name=op.f("ck_paper_batch_days_in_order")),
        sa.CheckConstraint("responses >= 0", name=op.f("ck_paper_batch_responses_not_negative")),
        sa.ForeignKeyConstraint(["round_id"], ["survey_round.id"], name=op.f("fk_paper_batch_round_id")),
        sa.ForeignKeyConstraint(
            ["service_point_id"], ["service_point.id"], name=op.f("fk_paper_batch_service_point_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_batch")),
    )
    op.create_index(op.f("ix_paper_batch_service_point_id"), "paper_batch", ["service_point_id"])
    op.create_table(
        "paper_sheet",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("staff", sa.String(length=60), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_paper_sheet_number_positive")),
        sa.CheckConstraint("entry IN (1, 2)", name=op.f("ck_paper_sheet_entry_known")),
        sa.CheckConstraint(ALPHABET, name=op.f("ck_paper_sheet_answers_alphabet")),
        sa.ForeignKeyConstraint(["batch_id"], ["paper_batch.id"], name=op.f("fk_paper_sheet_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "number", "entry", name=op.f("pk_paper_sheet")),
    )


def downgrade() -> None:
    for table in NEW:
        op.drop_table(table)
    op.execute("DELETE FROM staff_session")
    op.execute("DELETE FROM staff WHERE role <> 'administrator'")
    with op.batch_alter_table("staff") as staff:
        staff.drop_constraint(op.f("ck_staff_agency_of_role"), type_="check")
        staff.drop_constraint(op.f("ck_staff_role_known"), type_="check")
        staff.drop_constraint(op.f("fk_staff_agency_id"), type_="foreignkey")
        for column in ("version", "totp_step", "totp_secret", "agency_id"):
            staff.drop_column(column)
        staff.create_check_constraint(op.f("ck_staff_role_known"), ROLES_BEFORE)
    op.execute("ALTER TABLE staff_session DROP COLUMN proved")
    op.execute("ALTER TABLE service_point DROP COLUMN successor_id")
    for table in COUNTED:
        op.execute(f"ALTER TABLE {table} DROP COLUMN version")
