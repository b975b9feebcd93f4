"""Staff accounts: how one comes to be, the way in with a password, and the session after it."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from survey.errors import AccountError, ChangedMeanwhileError, UnknownCodeError
from survey.operations.staff.passwords import as_one_time, good_until, hash_password, is_password, make_one_time
from survey.operations.staff.rights import OF_AN_AGENCY, Role
from survey.operations.staff.verifying import Attempt as Attempt
from survey.operations.staff.verifying import SignInFault as SignInFault
from survey.operations.staff.verifying import is_as_verified, note_failure, verify
from survey.operations.staff.verifying import make_attempt as make_attempt
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.registry.agencies import list_agencies
from survey.store.staff import accounts as staff
from survey.store.staff.accounts import Account
from survey.store.staff.acts import BY_COMMAND, Act, DeedSubject, Kind
from survey.store.staff.audit import NOTHING, Facts, save_audit
from survey.store.subjects import ACCOUNTS, ADDED, REGISTRY

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
COOKIE_BYTES = 32

IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=12)
# A session's row is written at most once a minute, not at every page.
TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An account in a session that is not over; `session` is the digest of its cookie.

    `proved` says that the second factor was given in it, `began` and `confirmed` when it began and when the password
    was asked last, `wrong_codes` how many were given in a row before it.
    """

    account: Account
    session: str
    proved: bool
    began: datetime
    confirmed: datetime
    wrong_codes: int = 0


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session just begun; `cookie` is the only copy of its 256 random bits."""

    signed_in: SignedIn
    cookie: str


@tried_again
def add_staff(
    store: Store,
    username: str,
    *,
    role: Role = Role.ADMINISTRATOR,
    agency_code: str | None = None,
    by: str = BY_COMMAND,
) -> str:
    """Make an account and return the one-time password; raises AccountError and UnknownCodeError.

    Managers and clerks need an agency, the other roles have none.
    """
    if not USERNAME.fullmatch(username) or username == BY_COMMAND:
        raise AccountError(f"{username!r} cannot be a name: use a-z, 0-9, dot, hyphen, underscore, at most 60")
    password = make_one_time()
    hashed = hash_password(password)
    with store.writing(REGISTRY.read(), ACCOUNTS) as connection:
        if staff.find_account(connection, username):
            raise AccountError(f"there is already an account {username}; for a new password: staff reset {username}")
        agency_id = agency_of_role(connection, role, agency_code)
        values = {"username": username, "role": role, "password_hash": hashed}
        staff.add_account(connection, **values, agency_id=agency_id, until=good_until(staff.utc_now()))
        about, rights = Kind.ACCOUNT.named(username), {"role": role.value, "agency_code": agency_code}
        save_audit(connection, staff=by, act=Act.STAFF_ADDED, about=about, after=rights)
    return password


def agency_of_role(connection: Connection, role: Role, agency_code: str | None) -> int | None:
    """Return the row number of the agency an account of this role has; raises AccountError and UnknownCodeError."""
    if role not in OF_AN_AGENCY:
        if agency_code:
            raise AccountError(f"the role {role} sees every agency and cannot have one of its own")
        return None
    if not agency_code:
        raise AccountError(f"the role {role} needs an agency")
    numbers = {agency.code: number for number, agency in list_agencies(connection).items()}
    if agency_code not in numbers:
        raise UnknownCodeError("agency", agency_code)
    return numbers[agency_code]


@tried_again
def reset_staff(store: Store, username: str) -> str:
    """Return a new one-time password for an account, end its sessions, and let it sign in again.

    Raises UnknownCodeError.
    """
    password = make_one_time()
    hashed = hash_password(password)
    with store.writing(ACCOUNTS) as connection:
        account = known_account(connection, username)
        if account.disabled:
            staff.set_disabled(connection, account.id, disabled=False)
        give_password(connection, account, hashed, by=BY_COMMAND)
    return password


def give_password(connection: Connection, account: Account, hashed: str, *, by: str) -> None:
    """Put a one-time password in, end the sessions of an account and every wait before its next sign-in."""
    now = staff.utc_now()
    staff.set_one_time_password(connection, account.id, password_hash=hashed, until=good_until(now), now=now)
    staff.delete_sessions_of(connection, account.id)
    save_audit(connection, staff=by, act=Act.STAFF_RESET, about=Kind.ACCOUNT.named(account.username))


@tried_again
def disable_staff(store: Store, username: str) -> None:
    """Keep an account from signing in and end its sessions at once; raises UnknownCodeError.

    A command may do that to the last administrator too: another command lets somebody in again.
    """
    with store.writing(ACCOUNTS) as connection:
        account = known_account(connection, username)
        shut_out(connection, account, by=BY_COMMAND)


def shut_out(connection: Connection, account: Account, *, by: str) -> None:
    """Keep an account from signing in and end its sessions."""
    staff.set_disabled(connection, account.id, disabled=True)
    staff.delete_sessions_of(connection, account.id)
    save_audit(connection, staff=by, act=Act.STAFF_DISABLED, about=Kind.ACCOUNT.named(account.username))


def known_account(connection: Connection, username: str) -> Account:
    """Return the account of a name; raises UnknownCodeError."""
    account = staff.find_account(connection, username)
    if account is None:
        raise UnknownCodeError("staff account", username)
    return account


def sign_in(store: Store, attempt: Attempt) -> NewSession | SignInFault:
    """Begin a session if name and password are right and not too many failures came before."""
    account = verify(store, attempt)
    return account if isinstance(account, SignInFault) else _admitted(store, account)


@tried_again
def _admitted(store: Store, account: Account) -> NewSession | SignInFault:
    with store.writing(ACCOUNTS.of(account.id)) as connection:
        if not is_as_verified(connection, account):
            note_failure(connection, account)
            return SignInFault.WRONG
        now = staff.utc_now()
        if account.must_change:
            # It is for one sign-in: whoever uses it once more ends what was begun with it before.
            staff.delete_sessions_of(connection, account.id)
        staff.delete_old_sessions(connection, began_before=now - LONGEST, seen_before=now - IDLE)
        save_audit(connection, staff=account.username, act=Act.SIGN_IN, after={"way_in": "password"})
        return begin_session(connection, account.username, proved=False)


def change_password(store: Store, attempt: Attempt, *, new: str, asking: SignedIn) -> NewSession | SignInFault:
    """Put a new password in if the old one is right; every session ends and a new one begins, proved as `asking` was.

    Raises ChangedMeanwhileError when the account got another password, was disabled, or the asking session was
    ended before the new password was stored: a reset wins.
    """
    account = verify(store, attempt)
    if isinstance(account, SignInFault):
        return account
    return _change_password(store, account, hash_password(new), asking=asking)


def change_one_time_password(store: Store, *, new: str, asking: SignedIn) -> NewSession | SignInFault:
    """Put a new password in place of the one-time one the session was begun with; the same one again is WRONG.

    Raises as `change_password` does.
    """
    if is_password(asking.account.password_hash, as_one_time(new)):
        return SignInFault.WRONG
    return _change_password(store, asking.account, hash_password(new), asking=asking)


@tried_again
def _change_password(store: Store, account: Account, hashed: str, *, asking: SignedIn) -> NewSession:
    with store.writing(ACCOUNTS.of(account.id)) as connection:
        if not staff.change_own_password(connection, account, password_hash=hashed):
            raise ChangedMeanwhileError(f"the account {account.username} was changed meanwhile; sign in again")
        leave_session(connection, asking)
        staff.delete_sessions_of(connection, account.id)
        save_audit(connection, staff=account.username, act=Act.PASSWORD_CHANGE)
        return begin_session(connection, account.username, proved=asking.proved)


def confirm(store: Store, attempt: Attempt, *, asking: SignedIn) -> NewSession | SignInFault:
    """Ask for the password again: the asking session ends and another one begins, proved as that was.

    Raises ChangedMeanwhileError when somebody ended the asking session before.
    """
    account = verify(store, attempt)
    return account if isinstance(account, SignInFault) else _confirm(store, asking)


@tried_again
def _confirm(store: Store, asking: SignedIn) -> NewSession:
    with store.writing(ACCOUNTS.of(asking.account.id)) as connection:
        leave_session(connection, asking)
        return begin_session(connection, asking.account.username, proved=asking.proved)


def leave_session(connection: Connection, asking: SignedIn) -> None:
    """End the session that asks for another one; raises ChangedMeanwhileError when somebody ended it before."""
    if not staff.delete_session(connection, asking.session):
        raise ChangedMeanwhileError(f"a session of {asking.account.username} was ended meanwhile; sign in again")


def begin_session(
    connection: Connection, username: str, *, proved: bool, after: SignedIn | None = None, wrong_codes: int = 0
) -> NewSession:
    """Add a session of an account, whose rights are read afresh.

    One that comes `after` another session without a password remembers when that was asked.
    """
    cookie, account, now = secrets.token_urlsafe(COOKIE_BYTES), known_account(connection, username), staff.utc_now()
    digest, confirmed = digest_of(cookie), after.confirmed if after else now
    begun = SignedIn(account, digest, proved, now, confirmed, wrong_codes)
    times = {"now": now, "confirmed": confirmed}
    staff.save_session(connection, digest, account.id, proved=proved, wrong_codes=wrong_codes, **times)
    return NewSession(begun, cookie)


def digest_of(cookie: str) -> str:
    """Return what is kept of a cookie."""
    return hashlib.sha256(cookie.encode()).hexdigest()


def find_signed_in(store: Store, cookie: str) -> SignedIn | None:
    """Return who a cookie stands for, unless the session is over or the account disabled."""
    digest, now = digest_of(cookie), staff.utc_now()
    with store.reading() as connection:
        session = staff.find_session(connection, digest)
    if session is None or session.account.disabled or is_over(session, now=now):
        return None
    if now - session.last_seen >= TOUCH_EVERY:
        with store.writing(ADDED) as connection:
            staff.touch_session(connection, digest, now=now)
    times = session.began, session.confirmed
    return SignedIn(session.account, digest, session.proved, *times, session.wrong_codes)


def is_over(session: staff.StaffSession, *, now: datetime) -> bool:
    """Tell whether a session has been idle or open for too long."""
    return now - session.began >= LONGEST or now - session.last_seen >= IDLE


@tried_again
def sign_out(store: Store, signed_in: SignedIn) -> None:
    """End a session."""
    with store.writing(ACCOUNTS.of(signed_in.account.id)) as connection:
        staff.delete_session(connection, signed_in.session)
        save_audit(connection, staff=signed_in.account.username, act=Act.SIGN_OUT)


@tried_again
def note_act(store: Store, signed_in: SignedIn, act: Act, about: DeedSubject, after: Facts = NOTHING) -> None:
    """Write down what somebody did."""
    with store.writing(ADDED) as connection:
        save_audit(connection, staff=signed_in.account.username, act=act, about=about, after=after)


def note_download(store: Store, signed_in: SignedIn, name: str, asked: Facts = NOTHING) -> None:
    """Write down that somebody took a file, and what was asked to be in it."""
    note_act(store, signed_in, Act.DOWNLOAD, Kind.FILE.named(name), asked)
