"""What was done with printed codes stands in a table of its own; until now it had to be read out of the audit trail"""

import re
from collections.abc import Iterator
from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NOTHING = "-"
WAS = r"was (?P<valid_from>\S+) (?P<valid_to>\S+) (?P<successor_code>\S+)"
LINES = {
    "replaced": rf"point (?P<code>\w+), new (?P<new_code>\w+), reason (?P<reason>lost|worn|tampered), {WAS}",
    "revoked": rf"point (?P<code>\w+), {WAS}",
    "undone": r"point (?P<code>\w+), undone(?:, new (?P<new_code>\w+))?",
    "moved": r"point (?P<code>\w+), on (?P<hangs_from>\S+), from «(?P<old_name>.*)», to «(?P<new_name>.*)»",
}
DAYS = ("valid_from", "valid_to", "hangs_from")
CODES = ("code", "new_code", "successor_code")
# These lines begin with the code.
PLAIN = {"point_added": "added", "point_changed": "changed"}
TOLD_OF = ("code_replaced", "code_revoked", "code_moved", *PLAIN)
CODE_LENGTH, LONGEST_NAME = 7, 200
AT_ONCE = 1_000


def upgrade() -> None:
    event = _create()
    _forbid_changes()
    _read_the_trail(event)


def downgrade() -> None:
    op.drop_table("code_event")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION code_event_keep()")


def _create() -> sa.Table:
    acts = ", ".join(f"'{one}'" for one in (*PLAIN.values(), *LINES))
    return op.create_table(
        "code_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=CODE_LENGTH), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("staff", sa.String(length=60), nullable=False),
        sa.Column("act", sa.String(length=10), nullable=False),
        sa.Column("new_code", sa.String(length=CODE_LENGTH), nullable=True),
        sa.Column("reason", sa.String(length=10), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("successor_code", sa.String(length=CODE_LENGTH), nullable=True),
        sa.Column("hangs_from", sa.Date(), nullable=True),
        sa.Column("old_name", sa.String(length=LONGEST_NAME), nullable=True),
        sa.Column("new_name", sa.String(length=LONGEST_NAME), nullable=True),
        sa.CheckConstraint(f"act IN ({acts})", name=op.f("ck_code_event_act_known")),
        sa.CheckConstraint("reason IN ('lost', 'worn', 'tampered')", name=op.f("ck_code_event_reason_known")),
        sa.CheckConstraint(
            "act <> 'replaced' OR new_code IS NOT NULL AND reason IS NOT NULL",
            name=op.f("ck_code_event_replaced_by_a_code"),
        ),
        sa.CheckConstraint(
            "act <> 'moved' OR hangs_from IS NOT NULL AND old_name IS NOT NULL AND new_name IS NOT NULL",
            name=op.f("ck_code_event_moved_somewhere"),
        ),
        *(
            sa.ForeignKeyConstraint([name], ["service_point.code"], name=op.f(f"fk_code_event_{name}"))
            for name in CODES
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_event")),
    )


def _forbid_changes() -> None:
    for name in ("code", "new_code"):
        op.create_index(f"ix_code_event_{name}", "code_event", [name])
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER code_event_no_{act.lower()} BEFORE {act} ON code_event "
                "BEGIN SELECT RAISE(ABORT, 'code_event is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION code_event_keep() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'code_event is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER code_event_keep BEFORE UPDATE OR DELETE ON code_event "
        "FOR EACH ROW EXECUTE FUNCTION code_event_keep()"
    )


def _read_the_trail(event: sa.Table) -> None:
    """Take over what the trail tells of codes that are in the registry, in its order; other lines are left alone."""
    codes = frozenset(op.get_bind().scalars(sa.text("SELECT code FROM service_point")))
    found = [one for one in _told() if {one[name] for name in CODES} - {None} <= codes]
    for first in range(0, len(found), AT_ONCE):
        op.get_bind().execute(sa.insert(event), found[first : first + AT_ONCE])


def _told() -> Iterator[dict[str, object]]:
    columns = (sa.column("at", sa.DateTime), *map(sa.column, ("staff", "act", "detail")))
    trail = sa.table("audit", sa.column("id", sa.Integer), *columns)
    wanted = sa.select(trail).where(trail.c.act.in_(TOLD_OF)).order_by(trail.c.id)
    for row in op.get_bind().execute(wanted):
        values = _plain(row.act, row.detail) if row.act in PLAIN else _read(row.detail)
        if values:
            empty = dict.fromkeys((*CODES, *DAYS, "reason", "old_name", "new_name"))
            yield {**empty, **values, "at": row.at, "staff": row.staff}


def _plain(act: str, detail: str) -> dict[str, object]:
    return {"act": PLAIN[act], "code": detail[:CODE_LENGTH]}


def _read(detail: str) -> dict[str, object] | None:
    """Return what a line tells; None where it is not one of the four, or holds what is no day or too long a name."""
    for act, pattern in LINES.items():
        if found := re.fullmatch(pattern, detail):
            return _with_days({"act": act, **found.groupdict()})
    return None


def _with_days(values: dict[str, str | None]) -> dict[str, object] | None:
    given = {name: None if values.get(name) == NOTHING else values.get(name) for name in (*DAYS, "successor_code")}
    try:
        days = {name: date.fromisoformat(given[name] or "") for name in DAYS if given[name] is not None}
    except ValueError:
        return None
    if any(len(values.get(name) or "") > LONGEST_NAME for name in ("old_name", "new_name")):
        return None
    return {**values, **given, **days}
