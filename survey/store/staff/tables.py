"""The tables of the agencies' side: who signs in, what was done, posters, shared tablets and paper forms."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from survey.store.tables import metadata

__all__ = [
    "api_key",
    "audit",
    "key_digest",
    "kiosk",
    "metadata",
    "paper_batch",
    "paper_sheet",
    "poster_batch",
    "poster_print",
    "recovery_code",
    "sent_form",
    "sign_in_failure",
    "staff",
    "staff_session",
    "used_step",
]

# Keys of programs that read. The key itself is shown once and never kept; without an agency it reads
# what is published of all of them. It is good until `valid_to`, if it has an end, and was last shown on `used_on`.
api_key = Table(
    "api_key",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("label", String(100), nullable=False),
    Column("agency_id", ForeignKey("agency.id")),
    Column("created_on", Date, nullable=False),
    Column("revoked_on", Date),
    Column("valid_to", Date),
    Column("used_on", Date),
    CheckConstraint("created_on <= revoked_on", name="days_in_order"),
)

# A manager is responsible for an agency and all below it, a clerk for one agency; the others see the whole
# province. `totp_secret` is encrypted. A one-time password is good until `one_time_until`; failed sign-ins before
# `unlocked_at` count no more; `wrong_codes` were given in a row.
staff = Table(
    "staff",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("username", String(60), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("agency_id", ForeignKey("agency.id")),
    Column("password_hash", String(200), nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("totp_secret", Text),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("language", String(2), nullable=False, server_default="vi"),
    Column("one_time_until", DateTime),
    Column("unlocked_at", DateTime),
    Column("wrong_codes", Integer, nullable=False, server_default="0"),
    CheckConstraint("language IN ('vi', 'en')", name="language_known"),
    CheckConstraint("role IN ('administrator', 'analyst', 'manager', 'clerk', 'auditor')", name="role_known"),
    CheckConstraint("(agency_id IS NOT NULL) = (role IN ('manager', 'clerk'))", name="agency_of_role"),
)

# `proved` says that the second factor was given, where the role needs one; `confirmed` when the password was asked
# last, if not when the session began; `wrong_codes` how many were given in a row before it.
staff_session = Table(
    "staff_session",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("began", DateTime, nullable=False),
    Column("last_seen", DateTime, nullable=False),
    Column("proved", Boolean, nullable=False, server_default="0"),
    Column("confirmed", DateTime),
    Column("wrong_codes", Integer, nullable=False, server_default="0"),
)

# What lets somebody in whose telephone is lost, each once: slow digests (scrypt) under one salt for all of an account.
recovery_code = Table(
    "recovery_code",
    metadata,
    Column("account", ForeignKey("staff.id"), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("salt", String(32), nullable=False),
)

# A digest of the SECRET_KEY all nodes must have in common.
key_digest = Table("key_digest", metadata, Column("digest", String(64), primary_key=True))

# The time steps whose codes were taken: each works once, in whatever order a clock that was put right brings them.
used_step = Table(
    "used_step",
    metadata,
    Column("account", ForeignKey("staff.id"), primary_key=True),
    Column("step", Integer, primary_key=True, autoincrement=False),
)

sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("bucket", String(64), nullable=False, index=True),
    Column("at", DateTime, nullable=False),
)

# Forms that were sent a moment ago, by a digest of all of each; the answer is encrypted under a key made of the form.
sent_form = Table(
    "sent_form",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("at", DateTime, nullable=False),
    Column("answer", LargeBinary),
)

# Append-only: triggers refuse every change and removal. A line tells of an act by its thing (kind and name) and by
# JSON of what was so before and after; lines written before lines were data have a free text, `detail`, instead.
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", DateTime, nullable=False),
    Column("staff", String(60), nullable=False),
    Column("act", String(60), nullable=False),
    Column("detail", Text, nullable=False),
    Column("kind", String(20)),
    Column("subject", Text),
    Column("before", Text),
    Column("after", Text),
    Index("ix_audit_at", "at", "id"),
)

# What was printed when: a batch of sheets and the service points on them. A batch is set in the
# background; `done` of `total` posters are ready, and `fault` says why one failed.
poster_batch = Table(
    "poster_batch",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("made_at", DateTime, nullable=False),
    Column("staff", String(60), nullable=False),
    Column("size", String(10), nullable=False),
    Column("title", String(300), nullable=False),
    Column("with_results", Boolean, nullable=False, server_default="0"),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("fault", Text, nullable=False, server_default=""),
    CheckConstraint("size IN ('a4', 'a5', 'tent', 'sticker')", name="size_known"),
    CheckConstraint("state IN ('waiting', 'ready', 'failed')", name="state_known"),
    CheckConstraint("done BETWEEN 0 AND total", name="done_in_range"),
)

poster_print = Table(
    "poster_print",
    metadata,
    Column("batch_id", ForeignKey("poster_batch.id"), primary_key=True),
    Column("service_point_id", ForeignKey("service_point.id"), primary_key=True, index=True),
)

# A shared tablet: the digest of the secret in its address, and of the PIN that leaves it.
kiosk = Table(
    "kiosk",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("service_point_id", ForeignKey("service_point.id"), nullable=False, index=True),
    Column("label", String(100), nullable=False),
    Column("pin_salt", String(32), nullable=False),
    Column("pin_hash", String(64), nullable=False),
    Column("rest_seconds", Integer, nullable=False),
    Column("created_on", Date, nullable=False),
    Column("revoked_on", Date),
    CheckConstraint("rest_seconds BETWEEN 3 AND 300", name="rest_in_range"),
    CheckConstraint("created_on <= revoked_on", name="days_in_order"),
)

# Paper forms being keyed in: sheets wait here under the number written on them until the batch is
# stored, when its sheets are removed. `entry` is 2 for the second keying of a checked batch.
paper_batch = Table(
    "paper_batch",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("round_id", ForeignKey("survey_round.id"), nullable=False),
    Column("service_point_id", ForeignKey("service_point.id"), nullable=False, index=True),
    Column("day", Date, nullable=False),
    Column("checked", Boolean, nullable=False),
    Column("staff", String(60), nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("stored_on", Date),
    Column("responses", Integer, nullable=False, server_default="0"),
    CheckConstraint("opened_on <= stored_on", name="days_in_order"),
    CheckConstraint("responses >= 0", name="responses_not_negative"),
)

paper_sheet = Table(
    "paper_sheet",
    metadata,
    Column("batch_id", ForeignKey("paper_batch.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("entry", Integer, primary_key=True),
    Column("answers", Text, nullable=False),
    Column("staff", String(60), nullable=False),
    CheckConstraint("number > 0", name="number_positive"),
    CheckConstraint("entry IN (1, 2)", name="entry_known"),
    CheckConstraint(
        "rtrim(answers, '123456789abcdefghijklmnopqrstuvwxyzN.') = '' AND answers <> ''", name="answers_alphabet"
    ),
)
