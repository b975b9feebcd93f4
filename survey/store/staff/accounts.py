"""Staff accounts and their sessions. Times are UTC without a zone."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Row, Select, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from survey.store.changing import change
from survey.store.staff.tables import recovery_code, staff, staff_session, used_step
from survey.wording import Language


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may sign in. `must_change` means the password is the one-time one, good until `one_time_until`.

    Failed sign-ins before `unlocked_at` count no more; `wrong_codes` of the second factor were given in a row.
    `agency_id` is set for the roles of an agency. `totp_secret` is encrypted. `version` counts the changes others make;
    `language` is the one the person chose to read.
    """

    id: int
    username: str
    role: str
    agency_id: int | None
    password_hash: str
    must_change: bool
    disabled: bool
    totp_secret: str | None
    version: int
    language: Language
    one_time_until: datetime | None = None
    unlocked_at: datetime | None = None
    wrong_codes: int = 0


@dataclass(frozen=True, slots=True)
class StaffSession:
    """A session row: the digest of its cookie, whose it is, its two times, and whether the second factor was given.

    `confirmed` is when the password was asked last, `wrong_codes` how many were given in a row before it.
    """

    digest: str
    account: Account
    began: datetime
    last_seen: datetime
    proved: bool
    confirmed: datetime
    wrong_codes: int


def utc_now() -> datetime:
    """Return the current time as these tables keep it."""
    return datetime.now(UTC).replace(tzinfo=None)


def find_account(connection: Connection, username: str) -> Account | None:
    """Return the account of this name, disabled or not."""
    row = connection.execute(select(staff).where(staff.c.username == username)).first()
    return _to_account(row) if row else None


def find_account_by_id(connection: Connection, number: int) -> Account | None:
    """Return the account with this row number, disabled or not."""
    row = connection.execute(select(staff).where(staff.c.id == number)).first()
    return _to_account(row) if row else None


def list_accounts(connection: Connection) -> list[Account]:
    """Return all accounts in the order of their names."""
    return [_to_account(row) for row in connection.execute(select(staff).order_by(staff.c.username))]


def add_account(
    connection: Connection,
    *,
    username: str,
    role: str,
    agency_id: int | None,
    password_hash: str,
    until: datetime | None = None,
) -> None:
    """Add an account whose password is a one-time one."""
    values = {"username": username, "role": role, "agency_id": agency_id, "password_hash": password_hash}
    connection.execute(insert(staff).values(**values, one_time_until=until, must_change=True, disabled=False))


def set_one_time_password(
    connection: Connection, account_id: int, *, password_hash: str, until: datetime, now: datetime
) -> None:
    """Put a one-time password in, and let the failures before it count no more."""
    values = {"password_hash": password_hash, "must_change": True, "one_time_until": until, "unlocked_at": now}
    connection.execute(update(staff).where(staff.c.id == account_id).values(**values))


def change_own_password(connection: Connection, verified: Account, *, password_hash: str) -> bool:
    """Put in the password somebody chose, unless the account was disabled or got another one since it was verified.

    Tell whether it was done.
    """
    same = (staff.c.id == verified.id) & (staff.c.password_hash == verified.password_hash) & ~staff.c.disabled
    values = {"password_hash": password_hash, "must_change": False, "one_time_until": None}
    return connection.execute(update(staff).where(same).values(**values)).rowcount == 1


def set_language(connection: Connection, account_id: int, language: Language) -> None:
    """Keep the language somebody chose to read."""
    connection.execute(update(staff).where(staff.c.id == account_id).values(language=language))


def set_disabled(connection: Connection, account_id: int, *, disabled: bool) -> None:
    """Keep an account from signing in, or let it again."""
    values = {"disabled": disabled, "version": staff.c.version + 1}
    connection.execute(update(staff).where(staff.c.id == account_id).values(**values))


def set_rights(connection: Connection, account_id: int, *, role: str, agency_id: int | None, seen: int) -> None:
    """Give an account another role and agency, if its version is still `seen`; raises ChangedMeanwhileError."""
    change(connection, staff, staff.c.id == account_id, seen=seen, role=role, agency_id=agency_id)


def lock_administrators(connection: Connection) -> frozenset[int]:
    """Return the administrators who may sign in; until the transaction ends nobody else changes them."""
    active = (staff.c.role == "administrator") & ~staff.c.disabled
    return frozenset(connection.scalars(select(staff.c.id).where(active).order_by(staff.c.id).with_for_update()))


def save_second_factor(connection: Connection, account_id: int, *, secret: str) -> bool:
    """Keep the first secret of an account; False when there is one already."""
    statement = update(staff).where((staff.c.id == account_id) & staff.c.totp_secret.is_(None))
    return connection.execute(statement.values(totp_secret=secret)).rowcount == 1


def replace_second_factor(connection: Connection, account_id: int, *, secret: str) -> None:
    """Keep another secret in place of the one there is, of which no code was used yet."""
    connection.execute(delete(used_step).where(used_step.c.account == account_id))
    connection.execute(update(staff).where(staff.c.id == account_id).values(totp_secret=secret))


def replace_sealed_factor(connection: Connection, account_id: int, *, sealed: str) -> None:
    """Keep the same secret encrypted under another key."""
    connection.execute(update(staff).where(staff.c.id == account_id).values(totp_secret=sealed))


def set_wrong_codes(connection: Connection, account_id: int, number: int) -> None:
    """Keep how many wrong codes were given in a row."""
    connection.execute(update(staff).where(staff.c.id == account_id).values(wrong_codes=number))


def take_step(connection: Connection, account_id: int, step: int) -> bool:
    """Note that the code of a time step was used; False when it was used before."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(used_step).values(account=account_id, step=step).on_conflict_do_nothing()
    return connection.execute(statement.returning(used_step.c.step)).first() is not None


def delete_steps_before(connection: Connection, step: int) -> None:
    """Forget the used steps before one."""
    connection.execute(delete(used_step).where(used_step.c.step < step))


def delete_second_factor(connection: Connection, account_id: int) -> None:
    """Forget the secret of an account, which of its codes were used, and its recovery codes."""
    connection.execute(delete(recovery_code).where(recovery_code.c.account == account_id))
    connection.execute(update(staff).where(staff.c.id == account_id).values(totp_secret=None))
    connection.execute(delete(used_step).where(used_step.c.account == account_id))


def save_session(
    connection: Connection,
    digest: str,
    account_id: int,
    *,
    now: datetime,
    confirmed: datetime,
    proved: bool,
    wrong_codes: int,
) -> None:
    """Add a session row: begun now, the password asked for when it was `confirmed`."""
    values = {"digest": digest, "staff_id": account_id, "began": now, "last_seen": now, "proved": proved}
    connection.execute(insert(staff_session).values(**values, confirmed=confirmed, wrong_codes=wrong_codes))


def list_sessions(connection: Connection, *, account_id: int | None = None) -> list[StaffSession]:
    """Return the session rows of one account, or of all, the one used last first."""
    statement = _sessions().order_by(staff_session.c.last_seen.desc(), staff_session.c.digest)
    chosen = statement if account_id is None else statement.where(staff_session.c.staff_id == account_id)
    return [_to_session(row) for row in connection.execute(chosen)]


def find_session(connection: Connection, digest: str) -> StaffSession | None:
    """Return the session with this digest, however old it is."""
    row = connection.execute(_sessions().where(staff_session.c.digest == digest)).first()
    return _to_session(row) if row else None


def touch_session(connection: Connection, digest: str, *, now: datetime) -> None:
    """Note that a session was used."""
    connection.execute(update(staff_session).where(staff_session.c.digest == digest).values(last_seen=now))


def delete_session(connection: Connection, digest: str) -> bool:
    """End one session; tell whether it was there."""
    return connection.execute(delete(staff_session).where(staff_session.c.digest == digest)).rowcount == 1


def delete_sessions_of(connection: Connection, account_id: int, *, but: str = "") -> int:
    """End every session of an account but the one with the digest `but`; return how many there were."""
    whose = (staff_session.c.staff_id == account_id) & (staff_session.c.digest != but)
    return connection.execute(delete(staff_session).where(whose)).rowcount


def delete_old_sessions(connection: Connection, *, began_before: datetime, seen_before: datetime) -> None:
    """Remove the rows of sessions that are over."""
    over = or_(staff_session.c.began < began_before, staff_session.c.last_seen < seen_before)
    connection.execute(delete(staff_session).where(over))


def _sessions() -> Select[tuple[object, ...]]:
    # Both tables have a column of this name: in the row `wrong_codes` is the account's.
    own = [column for column in staff_session.c if column is not staff_session.c.wrong_codes]
    return select(*own, staff_session.c.wrong_codes.label("before"), staff).join(staff)


def _to_session(row: Row[tuple[object, ...]]) -> StaffSession:
    confirmed, wrong = row.confirmed or row.began, row.before
    return StaffSession(row.digest, _to_account(row), row.began, row.last_seen, row.proved, confirmed, wrong)


def _to_account(row: Row[tuple[object, ...]]) -> Account:
    return Account(
        id=row.id,
        username=row.username,
        role=row.role,
        agency_id=row.agency_id,
        password_hash=row.password_hash,
        must_change=row.must_change,
        disabled=row.disabled,
        totp_secret=row.totp_secret,
        version=row.version,
        language=row.language,
        one_time_until=row.one_time_until,
        unlocked_at=row.unlocked_at,
        wrong_codes=row.wrong_codes,
    )
