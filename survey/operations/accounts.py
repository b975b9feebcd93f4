"""Staff accounts: who may sign in, the throttle before the password, and the session after it.

Passwords are kept as Argon2id with the parameters of the OWASP cheat sheet (19 MiB, 2 passes, 1 lane).
They are composed (NFC) first, because Vietnamese keyboards write the same word in two ways.
"""

import hashlib
import re
import secrets
import threading
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from functools import cache
from ipaddress import ip_address, ip_network

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Connection

from survey.errors import AccountError, UnknownCodeError
from survey.operations.rights import Role
from survey.store import staff
from survey.store.engine import Store
from survey.store.staff import Account, Act

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
COOKIE_BYTES, ONE_TIME_BYTES = 32, 15

IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=12)
# A session's row is written at most once a minute, not at every page.
TOUCH_EVERY = timedelta(minutes=1)

WINDOW = timedelta(minutes=15)
MOST_OF_ACCOUNT, MOST_OF_NETWORK = 5, 30

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Hashing costs memory and a core: a crowd at the sign-in page must not take them from the citizens.
_HASHING = threading.BoundedSemaphore(2)


class SignInFault(Enum):
    """Why a password was not accepted."""

    WRONG = auto()
    TOO_MANY = auto()


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody giving a name and a password; the buckets are what its failures are counted under."""

    username: str
    password: str
    account_bucket: str
    network_bucket: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An account in a session that is not over; `session` is the digest of its cookie.

    `proved` says that the second factor was given in it.
    """

    account: Account
    session: str
    proved: bool


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session just begun; `cookie` is the only copy of its 256 random bits."""

    account: Account
    cookie: str


def add_staff(store: Store, username: str) -> str:
    """Make an administrator and return the one-time password; raises AccountError."""
    if not USERNAME.fullmatch(username):
        raise AccountError(f"{username!r} cannot be a name: use a-z, 0-9, dot, hyphen, underscore, at most 60")
    password = secrets.token_urlsafe(ONE_TIME_BYTES)
    hashed = _hash(password)
    with store.writing() as connection:
        if staff.find_account(connection, username):
            raise AccountError(f"there is already an account {username}; for a new password: staff reset {username}")
        staff.add_account(connection, username=username, role=Role.ADMINISTRATOR, password_hash=hashed)
        staff.save_audit(connection, staff=username, act=Act.STAFF_ADDED, detail=Role.ADMINISTRATOR)
    return password


def reset_staff(store: Store, username: str) -> str:
    """Return a new one-time password for an account, end its sessions, and let it sign in again.

    Raises UnknownCodeError.
    """
    password = secrets.token_urlsafe(ONE_TIME_BYTES)
    hashed = _hash(password)
    with store.writing() as connection:
        account = _known(connection, username)
        staff.set_password(connection, account.id, password_hash=hashed, must_change=True)
        staff.delete_sessions_of(connection, account.id)
        staff.save_audit(connection, staff=username, act=Act.STAFF_RESET, detail="")
    return password


def disable_staff(store: Store, username: str) -> None:
    """Keep an account from signing in and end its sessions at once; raises UnknownCodeError."""
    with store.writing() as connection:
        account = _known(connection, username)
        staff.disable_account(connection, account.id)
        staff.delete_sessions_of(connection, account.id)
        staff.save_audit(connection, staff=username, act=Act.STAFF_DISABLED, detail="")


def _known(connection: Connection, username: str) -> Account:
    account = staff.find_account(connection, username)
    if account is None:
        raise UnknownCodeError("staff account", username)
    return account


def make_attempt(secret: bytes, *, username: str, password: str, address: str) -> Attempt:
    """Return the attempt of somebody at a network address, which is kept only as a keyed hash."""
    name = username.strip().lower()
    return Attempt(name, password, _bucket(secret, "account", name), _bucket(secret, "network", _network(address)))


def _network(address: str) -> str:
    """Return what one household or office holds: an IPv4 address, or the first 64 bits of an IPv6 one."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return address if found.version == 4 else str(ip_network((found, 64), strict=False))


def _bucket(secret: bytes, kind: str, text: str) -> str:
    key = hashlib.sha256(secret).digest()
    return hashlib.blake2b(text.encode(), digest_size=32, key=key, person=kind.encode()).hexdigest()


def sign_in(store: Store, attempt: Attempt) -> NewSession | SignInFault:
    """Begin a session if name and password are right and not too many failures came before."""
    account = _verified(store, attempt)
    if isinstance(account, SignInFault):
        return account
    with store.writing() as connection:
        now = staff.utc_now()
        staff.delete_old_sessions(connection, began_before=now - LONGEST, seen_before=now - IDLE)
        staff.save_audit(connection, staff=account.username, act=Act.SIGN_IN, detail="")
        return _begin(connection, account)


def change_password(store: Store, attempt: Attempt, *, new: str) -> NewSession | SignInFault:
    """Put a new password in if the old one is right; every session ends and a new one begins."""
    account = _verified(store, attempt)
    if isinstance(account, SignInFault):
        return account
    hashed = _hash(new)
    with store.writing() as connection:
        staff.set_password(connection, account.id, password_hash=hashed, must_change=False)
        staff.delete_sessions_of(connection, account.id)
        staff.save_audit(connection, staff=account.username, act=Act.PASSWORD_CHANGE, detail="")
        return _begin(connection, account)


def _begin(connection: Connection, account: Account) -> NewSession:
    cookie = secrets.token_urlsafe(COOKIE_BYTES)
    staff.save_session(connection, digest=digest_of(cookie), account_id=account.id, now=staff.utc_now())
    return NewSession(account, cookie)


def digest_of(cookie: str) -> str:
    """Return what is kept of a cookie."""
    return hashlib.sha256(cookie.encode()).hexdigest()


def find_signed_in(store: Store, cookie: str) -> SignedIn | None:
    """Return who a cookie stands for, unless the session is over or the account disabled."""
    digest, now = digest_of(cookie), staff.utc_now()
    with store.reading() as connection:
        found = staff.find_session(connection, digest)
    if found is None or found.account.disabled or now - found.began >= LONGEST or now - found.last_seen >= IDLE:
        return None
    if now - found.last_seen >= TOUCH_EVERY:
        with store.writing() as connection:
            staff.touch_session(connection, digest, now=now)
    return SignedIn(found.account, digest, found.proved)


def sign_out(store: Store, signed_in: SignedIn) -> None:
    """End a session."""
    with store.writing() as connection:
        staff.delete_session(connection, signed_in.session)
        staff.save_audit(connection, staff=signed_in.account.username, act=Act.SIGN_OUT, detail="")


def note_act(store: Store, signed_in: SignedIn, act: Act, detail: str) -> None:
    """Write down what somebody did."""
    with store.writing() as connection:
        staff.save_audit(connection, staff=signed_in.account.username, act=act, detail=detail)


def _verified(store: Store, attempt: Attempt) -> Account | SignInFault:
    """Return the account of a right name and password. A wrong name takes the time of a wrong password."""
    claimed = _claim(store, attempt)
    if claimed is None:
        return SignInFault.TOO_MANY
    with store.reading() as connection:
        account = staff.find_account(connection, attempt.username)
    stand_in = _stand_in()
    right = _matches(account.password_hash if account else stand_in, attempt.password)
    with store.writing() as connection:
        if account is None or account.disabled or not right:
            _note_failure(connection, account)
            return SignInFault.WRONG
        staff.delete_failures(connection, claimed, bucket=attempt.account_bucket)
    return account


def _claim(store: Store, attempt: Attempt) -> tuple[int, ...] | None:
    """Count the attempt as a failure before the password is looked at; None when there were too many.

    It is committed first and counted afterwards, so that any number of attempts at the same moment
    get no more guesses than one after the other.
    """
    limits = {attempt.account_bucket: MOST_OF_ACCOUNT, attempt.network_bucket: MOST_OF_NETWORK}
    now = staff.utc_now()
    with store.writing() as connection:
        staff.delete_failures_before(connection, now - WINDOW)
        claimed = staff.save_failures(connection, tuple(limits), at=now)
    with store.reading() as connection:
        counts = {bucket: staff.count_failures(connection, bucket, since=now - WINDOW) for bucket in limits}
    if all(counts[bucket] <= most for bucket, most in limits.items()):
        return claimed
    with store.writing() as connection:
        # What was refused without a look at the password does not make the wait longer.
        staff.delete_failures(connection, claimed)
    return None


def _note_failure(connection: Connection, account: Account | None) -> None:
    # A name nobody has is not written down: it may be a password typed into the wrong box.
    name, detail = (account.username, "wrong password or disabled") if account else ("", "unknown name")
    staff.save_audit(connection, staff=name, act=Act.SIGN_IN_FAILURE, detail=detail)


def normalise_password(password: str) -> str:
    """Return a password as it is hashed and measured."""
    return unicodedata.normalize("NFC", password)


def _hash(password: str) -> str:
    with _HASHING:
        return _HASHER.hash(normalise_password(password))


def _matches(hashed: str, password: str) -> bool:
    with _HASHING:
        try:
            return _HASHER.verify(hashed, normalise_password(password))
        except VerificationError:
            return False


@cache
def _stand_in() -> str:
    """Return the hash an unknown name is checked against."""
    return _hash(secrets.token_urlsafe(ONE_TIME_BYTES))
