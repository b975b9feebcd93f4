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
    Column("successor_id", ForeignKey("agency.id")),
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
    CheckConstraint("length(code) = 7", name="code_has_seven"),
    CheckConstraint("valid_from <= valid_to", name="dates_in_order"),
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
    CheckConstraint("opens <= closes AND closes <= seals", name="dates_in_order"),
    CheckConstraint("basis IN ('self_selected', 'probability')", name="basis_known"),
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

# A published run keeps for ever the sums its figures are computed from.
run = Table(
    "run",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("round_id", ForeignKey("survey_round.id"), nullable=False),
    Column("published_on", Date, nullable=False),
    Column("number", Integer, nullable=False, unique=True),
    Column("code_version", String(40), nullable=False),
    Column("sums", Text, nullable=False),
)

staff = Table(
    "staff",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("username", String(60), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    CheckConstraint("role IN ('administrator')", name="role_known"),
)

staff_session = Table(
    "staff_session",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("began", DateTime, nullable=False),
    Column("last_seen", DateTime, nullable=False),
)

sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("bucket", String(64), nullable=False, index=True),
    Column("at", DateTime, nullable=False),
)

# Append-only: triggers refuse every change and removal.
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", DateTime, nullable=False),
    Column("staff", String(60), nullable=False),
    Column("act", String(60), nullable=False),
    Column("detail", Text, nullable=False),
)
