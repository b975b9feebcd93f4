"""Feedback cases, screened comments, and improvement plans with their tasks and progress"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NEW = ("comment_screening", "plan_progress", "plan_task", "improvement_plan", "case_event", "feedback_case")


def upgrade() -> None:
    # Whether posters also say where the agency's results can be read.
    op.execute("ALTER TABLE poster_batch ADD COLUMN with_results BOOLEAN NOT NULL DEFAULT FALSE")
    # Every scan of a poster asks whether another code leads to it.
    op.create_index(op.f("ix_service_point_successor_id"), "service_point", ["successor_id"])
    _add_cases()
    _add_screening()
    _add_plans()
    _add_progress()


def _add_cases() -> None:
    op.create_table(
        "feedback_case",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("secret_digest", sa.String(length=64), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("escalated_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("assigned_to", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("public_text", sa.Text(), nullable=True),
        sa.Column("public_answer", sa.Text(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("satisfied", sa.Boolean(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("kind IN ('complaint', 'suggestion')", name=op.f("ck_feedback_case_kind_known")),
        sa.CheckConstraint(
            "state IN ('received', 'assigned', 'answered', 'refused')", name=op.f("ck_feedback_case_state_known")
        ),
        sa.CheckConstraint("(answer IS NULL) = (answered_on IS NULL)", name=op.f("ck_feedback_case_answer_dated")),
        sa.CheckConstraint(
            "answered_on IS NOT NULL OR published_on IS NULL", name=op.f("ck_feedback_case_answered_first")
        ),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 5000", name=op.f("ck_feedback_case_text_length")),
        sa.CheckConstraint(
            "received_on <= due_on AND received_on <= escalated_on", name=op.f("ck_feedback_case_days_in_order")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_feedback_case_agency_id")),
        sa.ForeignKeyConstraint(["assigned_to"], ["staff.id"], name=op.f("fk_feedback_case_assigned_to")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_feedback_case")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_feedback_case_agency_id"), "feedback_case", ["agency_id"])
    op.create_table(
        "case_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_code", sa.String(length=12), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("staff", sa.String(length=60), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_code"], ["feedback_case.code"], name=op.f("fk_case_event_case_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
    )
    op.create_index(op.f("ix_case_event_case_code"), "case_event", ["case_code"])


def _add_screening() -> None:
    op.create_table(
        "comment_screening",
        sa.Column("comment_key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("staff", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["survey_round.id"], name=op.f("fk_comment_screening_round_id")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_comment_screening_agency_id")),
        sa.PrimaryKeyConstraint("comment_key", name=op.f("pk_comment_screening")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_comment_screening_round_id"), "comment_screening", ["round_id"])


def _add_plans() -> None:
    op.create_table(
        "improvement_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=True),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("copied_from_id", sa.Integer(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("document", sa.String(length=300), nullable=False),
        sa.Column("target", sa.Text(), server_default="{}", nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("staff", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("year BETWEEN 2000 AND 2100", name=op.f("ck_improvement_plan_year_plausible")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_improvement_plan_agency_id")),
        sa.ForeignKeyConstraint(
            ["copied_from_id"], ["improvement_plan.id"], name=op.f("fk_improvement_plan_copied_from_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["survey_round.id"], name=op.f("fk_improvement_plan_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_improvement_plan")),
    )
    op.create_table(
        "plan_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("heading", sa.String(length=500), nullable=False),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("finding", sa.Text(), server_default="{}", nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("lead", sa.Text(), nullable=False),
        sa.Column("coordinating", sa.Text(), nullable=False),
        sa.Column("deadline_kind", sa.String(length=10), nullable=False),
        sa.Column("deadline", sa.String(length=100), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(due_on IS NULL) = (deadline_kind IN ('ongoing', 'none'))", name=op.f("ck_plan_task_due_where_dated")
        ),
        sa.CheckConstraint(
            "deadline_kind IN ('date', 'month', 'quarter', 'year', 'ongoing', 'none')",
            name=op.f("ck_plan_task_deadline_kind_known"),
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["improvement_plan.id"], name=op.f("fk_plan_task_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_task")),
        sa.UniqueConstraint("plan_id", "position", name=op.f("uq_plan_task_plan_id")),
    )


def _add_progress() -> None:
    op.create_table(
        "plan_progress",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("staff", sa.String(length=60), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name=op.f("ck_plan_progress_percent_in_range")),
        sa.ForeignKeyConstraint(["task_id"], ["plan_task.id"], name=op.f("fk_plan_progress_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_progress")),
    )
    op.create_index(op.f("ix_plan_progress_task_id"), "plan_progress", ["task_id"])


def downgrade() -> None:
    for table in NEW:
        op.drop_table(table)
    op.drop_index(op.f("ix_service_point_successor_id"), table_name="service_point")
    op.execute("ALTER TABLE poster_batch DROP COLUMN with_results")
