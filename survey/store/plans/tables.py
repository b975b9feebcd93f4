"""The tables of improvement plans: a plan, its tasks as the annex prints them, who reports on these, and what."""

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from survey.store.staff.tables import metadata

__all__ = ["improvement_plan", "metadata", "plan_progress", "plan_task", "plan_task_owner"]

# A plan belongs to an agency and starts from what fell in a round; `target` is JSON of the places to climb.
improvement_plan = Table(
    "improvement_plan",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("agency_id", ForeignKey("agency.id")),
    Column("round_id", ForeignKey("survey_round.id")),
    Column("copied_from_id", ForeignKey("improvement_plan.id")),
    Column("year", Integer, nullable=False),
    Column("title", String(500), nullable=False),
    Column("document", String(300), nullable=False),
    Column("target", Text, nullable=False, server_default="{}"),
    Column("made_on", Date, nullable=False),
    Column("staff", String(60), nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    CheckConstraint("year BETWEEN 2000 AND 2100", name="year_plausible"),
)

# One row of the annex. `part` is the dimension or item it answers to, empty for a task of no criterion; `finding` is
# what the analysis said of it in the round of the plan, as JSON. A deadline is a kind and what it says.
plan_task = Table(
    "plan_task",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("plan_id", ForeignKey("improvement_plan.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("heading", String(500), nullable=False),
    Column("part", String(20), nullable=False),
    Column("finding", Text, nullable=False, server_default="{}"),
    Column("task", Text, nullable=False),
    Column("lead", Text, nullable=False),
    Column("coordinating", Text, nullable=False),
    Column("deadline_kind", String(10), nullable=False),
    Column("deadline", String(100), nullable=False),
    Column("due_on", Date),
    Column("product", Text, nullable=False),
    Column("done_on", Date),
    Column("version", Integer, nullable=False, server_default="1"),
    CheckConstraint(
        "deadline_kind IN ('date', 'month', 'quarter', 'year', 'ongoing', 'none')", name="deadline_kind_known"
    ),
    CheckConstraint("(due_on IS NULL) = (deadline_kind IN ('ongoing', 'none'))", name="due_where_dated"),
    UniqueConstraint("plan_id", "position"),
)

# The agencies that report on a task, whoever's plan it stands in.
plan_task_owner = Table(
    "plan_task_owner",
    metadata,
    Column("task_id", ForeignKey("plan_task.id"), primary_key=True),
    Column("agency_id", ForeignKey("agency.id"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

plan_progress = Table(
    "plan_progress",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("task_id", ForeignKey("plan_task.id"), nullable=False, index=True),
    Column("reported_on", Date, nullable=False),
    Column("staff", String(60), nullable=False),
    Column("percent", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    CheckConstraint("percent BETWEEN 0 AND 100", name="percent_in_range"),
)
