"""What is remembered of collecting beside the answers: help that was given, the nightly work, and rows given out."""

from sqlalchemy import CheckConstraint, Column, Date, DateTime, ForeignKey, Integer, String, Table

from survey.store.tables import metadata

# How many answers somebody stored for others at a service point today; the night writes the number into the trail.
assisted_count = Table(
    "assisted_count",
    metadata,
    Column("staff", String(60), primary_key=True),
    Column("point_code", String(7), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("responses", Integer, nullable=False),
    CheckConstraint("responses > 0", name="responses_positive"),
    sqlite_with_rowid=False,
)

# The last nightly work that left nothing undone: when it was (UTC), and the day before which all is settled.
nightly_work = Table(
    "nightly_work",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("at", DateTime, nullable=False),
    Column("before_day", Date, nullable=False),
)

# Up to which day an agency's rows of a round were given out while answers still came, and how many these were.
rows_given = Table(
    "rows_given",
    metadata,
    Column("round_id", ForeignKey("survey_round.id"), primary_key=True),
    Column("agency_id", ForeignKey("agency.id"), primary_key=True),
    Column("last_day", String(10), nullable=False),
    Column("responses", Integer, nullable=False),
    CheckConstraint("responses > 0", name="responses_positive"),
)
