"""The tables, and the rules the database itself states. The migrations make them; a test compares the two."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

# `version` counts the changes of a row, so that the second of two people who edit it at once is told.
agency = Table(
    "agency",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", String(40), nullable=False, unique=True),
    Column("name", String(300), nullable=False),
    Column("short_name", String(100), nullable=False),
    Column("block", String(100), nullable=False),
    Column("parent_id", ForeignKey("agency.id")),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("successor_id", ForeignKey("agency.id"), index=True),
    Column("version", Integer, nullable=False, server_default="1"),
    CheckConstraint("valid_from <= valid_to", name="dates_in_order"),
)

service_point = Table(
    "service_point",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("agency_id", ForeignKey("agency.id"), nullable=False),
    Column("code", String(7), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("successor_id", ForeignKey("service_point.id"), index=True),
    Column("version", Integer, nullable=False, server_default="1"),
    CheckConstraint("length(code) = 7", name="code_has_seven"),
    CheckConstraint("valid_from <= valid_to", name="dates_in_order"),
)

# What was done with printed codes. Append-only: triggers refuse every change and removal. `valid_from`, `valid_to`
# and `successor_code` are what the row of an ended code said before, so that the ending can be undone.
code_event = Table(
    "code_event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", ForeignKey("service_point.code"), nullable=False, index=True),
    Column("at", DateTime, nullable=False),
    Column("staff", String(60), nullable=False),
    Column("act", String(10), nullable=False),
    Column("new_code", ForeignKey("service_point.code"), index=True),
    Column("reason", String(10)),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("successor_code", ForeignKey("service_point.code")),
    Column("hangs_from", Date),
    Column("old_name", String(200)),
    Column("new_name", String(200)),
    CheckConstraint("act IN ('added', 'changed', 'replaced', 'revoked', 'undone', 'moved')", name="act_known"),
    CheckConstraint("reason IN ('lost', 'worn', 'tampered')", name="reason_known"),
    CheckConstraint("act <> 'replaced' OR new_code IS NOT NULL AND reason IS NOT NULL", name="replaced_by_a_code"),
    CheckConstraint(
        "act <> 'moved' OR hangs_from IS NOT NULL AND old_name IS NOT NULL AND new_name IS NOT NULL",
        name="moved_somewhere",
    ),
)

survey_round = Table(
    "survey_round",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", String(40), nullable=False, unique=True),
    Column("title", String(200), nullable=False),
    Column("instrument", String(40), nullable=False),
    Column("instrument_digest", String(64), nullable=False),
    Column("opens", Date, nullable=False),
    Column("closes", Date, nullable=False),
    Column("seals", Date, nullable=False),
    Column("basis", String(20), nullable=False),
    Column("asks", Text, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("previous_id", ForeignKey("survey_round.id")),
    Column("version", Integer, nullable=False, server_default="1"),
    CheckConstraint("opens <= closes AND closes <= seals", name="dates_in_order"),
    CheckConstraint("basis IN ('self_selected', 'probability')", name="basis_known"),
)

# Who takes part in a round, and the sample-size goal somebody set; without a row of the round everybody does,
# and without a goal the official rule gives it.
round_agency = Table(
    "round_agency",
    metadata,
    Column("round_id", ForeignKey("survey_round.id"), primary_key=True),
    Column("agency_id", ForeignKey("agency.id"), primary_key=True),
    Column("goal", Integer),
    CheckConstraint("goal > 0", name="goal_positive"),
)

# The design files of a probability round, as they were given: the one with the highest number counts, and none of
# those before is lost, so that a figure of then can be made again.
round_design = Table(
    "round_design",
    metadata,
    Column("round_id", ForeignKey("survey_round.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("given_on", Date, nullable=False),
    Column("staff", String(60), nullable=False),
    CheckConstraint("number > 0", name="number_positive"),
)

# No address, no exact time, no order of arrival: the primary key is a hash and SQLite keeps no rowid.
response = Table(
    "response",
    metadata,
    Column("round_id", ForeignKey("survey_round.id"), primary_key=True),
    Column("key", LargeBinary(16), primary_key=True),
    Column("service_point_id", ForeignKey("service_point.id"), nullable=False),
    Column("mode", String(8), nullable=False),
    Column("day", Date, nullable=False),
    Column("half", String(2)),
    Column("answers", Text, nullable=False),
    CheckConstraint("mode IN ('qr', 'kiosk', 'paper', 'assisted', 'import')", name="mode_known"),
    CheckConstraint("half IN ('am', 'pm')", name="half_known"),
    CheckConstraint("length(key) = 16", name="key_has_sixteen"),
    CheckConstraint(
        "rtrim(answers, '123456789abcdefghijklmnopqrstuvwxyzN.') = '' AND answers <> ''", name="answers_alphabet"
    ),
    sqlite_with_rowid=False,
)


def _comment_columns() -> tuple[Column[bytes], Column[int], Column[int], Column[str], CheckConstraint]:
    return (
        Column("key", LargeBinary(16), primary_key=True),
        Column("round_id", ForeignKey("survey_round.id"), nullable=False),
        Column("agency_id", ForeignKey("agency.id"), nullable=False),
        Column("text", Text, nullable=False),
        CheckConstraint("length(text) BETWEEN 1 AND 2000", name="text_length"),
    )


# Comments arrive in the inbox and are moved, all together and in the order of their random keys, by
# the nightly work: neither table says which response a comment came with.
comment_inbox = Table("comment_inbox", metadata, *_comment_columns(), sqlite_with_rowid=False)
comment = Table("comment", metadata, *_comment_columns(), sqlite_with_rowid=False)

import_file = Table(
    "import_file",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("round_id", ForeignKey("survey_round.id"), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("loaded_on", Date, nullable=False),
)

# How many people were served: the denominators of response rates and weights. Periods of one unit
# never overlap; that takes more than one row to see, so the import refuses it.
visit_count = Table(
    "visit_count",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("service_point_id", ForeignKey("service_point.id")),
    Column("agency_id", ForeignKey("agency.id")),
    Column("from_day", Date, nullable=False),
    Column("to_day", Date, nullable=False),
    Column("visits", Integer, nullable=False),
    CheckConstraint("(service_point_id IS NULL) <> (agency_id IS NULL)", name="one_unit"),
    CheckConstraint("from_day <= to_day", name="days_in_order"),
    CheckConstraint("visits >= 0", name="visits_not_negative"),
    UniqueConstraint("service_point_id", "from_day"),
    UniqueConstraint("agency_id", "from_day"),
)

# A published run keeps for ever the sums its figures are computed from. It is preliminary until a
# publication says that it is the round's last word; `method` is JSON of the method and the filters,
# `figures` the canonical text that verification makes again from the sums, `extras` JSON of what only
# the responses or a long simulation could tell, `withheld` JSON of the cells that are not shown and why.
run = Table(
    "run",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("round_id", ForeignKey("survey_round.id"), nullable=False),
    Column("published_on", Date, nullable=False),
    Column("number", Integer, nullable=False, unique=True),
    Column("code_version", String(40), nullable=False),
    Column("sums", Text, nullable=False),
    Column("kind", String(12), nullable=False, server_default="preliminary"),
    Column("method", Text, nullable=False, server_default="{}"),
    Column("figures", Text, nullable=False, server_default=""),
    Column("extras", Text, nullable=False, server_default="{}"),
    Column("withheld", Text, nullable=False, server_default=""),
    CheckConstraint("kind IN ('preliminary', 'final')", name="kind_known"),
)

# The sums of a published run taken apart by one axis, group by group, as unchangeable as the run.
run_breakdown = Table(
    "run_breakdown",
    metadata,
    Column("run_id", ForeignKey("run.id"), primary_key=True),
    Column("axis", String(40), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("groups", Text, nullable=False),
    Column("sums", Text, nullable=False),
)

# Charts are drawn when a run is published and kept with it, as unchangeable as the run.
run_chart = Table(
    "run_chart",
    metadata,
    Column("run_id", ForeignKey("run.id"), primary_key=True),
    Column("name", String(60), primary_key=True),
    Column("language", String(2), primary_key=True),
    Column("svg", Text, nullable=False),
    CheckConstraint("language IN ('vi', 'en')", name="language_known"),
)
