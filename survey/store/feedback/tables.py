"""The tables of what people say: feedback cases, apart from any response, and the comments screened for print."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from survey.store.staff.tables import metadata

__all__ = ["case_event", "comment_screening", "feedback_case", "metadata"]

# A case stands for itself: no round, no response, no time of day, and a random code as its key, so that neither
# a column nor an order of arrival leads to a response. The contact is encrypted, the secret only a digest.
feedback_case = Table(
    "feedback_case",
    metadata,
    Column("code", String(12), primary_key=True),
    Column("secret_digest", String(64), nullable=False),
    Column("agency_id", ForeignKey("agency.id"), nullable=False, index=True),
    Column("kind", String(12), nullable=False),
    Column("text", Text, nullable=False),
    Column("contact", LargeBinary),
    Column("received_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("escalated_on", Date),
    Column("state", String(12), nullable=False),
    Column("assigned_to", ForeignKey("staff.id")),
    Column("answer", Text),
    Column("answered_on", Date),
    Column("public_text", Text),
    Column("public_answer", Text),
    Column("published_on", Date),
    Column("satisfied", Boolean),
    Column("version", Integer, nullable=False, server_default="1"),
    CheckConstraint("kind IN ('complaint', 'suggestion')", name="kind_known"),
    CheckConstraint("state IN ('received', 'assigned', 'answered', 'refused')", name="state_known"),
    CheckConstraint("length(text) BETWEEN 1 AND 5000", name="text_length"),
    CheckConstraint("received_on <= due_on AND received_on <= escalated_on", name="days_in_order"),
    CheckConstraint("(answer IS NULL) = (answered_on IS NULL)", name="answer_dated"),
    CheckConstraint("answered_on IS NOT NULL OR published_on IS NULL", name="answered_first"),
    sqlite_with_rowid=False,
)

# What happened to a case, by day; `detail` is for the desk and never public.
case_event = Table(
    "case_event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_code", ForeignKey("feedback_case.code"), nullable=False, index=True),
    Column("happened_on", Date, nullable=False),
    Column("what", String(20), nullable=False),
    Column("staff", String(60), nullable=False),
    Column("detail", Text, nullable=False),
)

# What was decided about a comment: shown in these words, which somebody may have shortened, or not at all (no
# words). The key is the comment's own; comments are written anew every night, so nothing refers to their rows.
comment_screening = Table(
    "comment_screening",
    metadata,
    Column("comment_key", LargeBinary(16), primary_key=True),
    Column("round_id", ForeignKey("survey_round.id"), nullable=False, index=True),
    Column("agency_id", ForeignKey("agency.id"), nullable=False),
    Column("text", Text, nullable=False),
    Column("decided_on", Date, nullable=False),
    Column("staff", String(60), nullable=False),
    sqlite_with_rowid=False,
)
