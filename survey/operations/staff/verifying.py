"""Somebody gives a name and a password: throttled, checked, and written down when it fails."""

from dataclasses import dataclass
from enum import Enum, auto

from sqlalchemy import Connection

from survey.operations.staff import throttle
from survey.operations.staff.passwords import as_one_time, is_password, stand_in
from survey.operations.staff.throttle import WINDOW, Buckets, LockReason
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.staff import accounts as staff
from survey.store.staff.accounts import Account
from survey.store.staff.acts import Act, Kind
from survey.store.staff.audit import save_audit, was_noted_since
from survey.store.staff.failures import delete_failures
from survey.store.subjects import ADDED


class SignInFault(Enum):
    """Why a password was not accepted. EXPIRED: it is the right one-time password, too late."""

    WRONG = auto()
    TOO_MANY = auto()
    EXPIRED = auto()


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody giving a name and a password; the buckets are what its failures are counted under."""

    username: str
    password: str
    buckets: Buckets


def make_attempt(secret: bytes, *, username: str, password: str, address: str, device: str = "") -> Attempt:
    """Return the attempt of somebody at a network address, which is kept only as a keyed hash.

    `device` names the browser when it was fully signed in as this account before.
    """
    name = username.strip().lower()
    buckets = throttle.make_buckets(secret, "account", name=name, address=address, device=device)
    return Attempt(name, password, buckets)


@tried_again
def verify(store: Store, attempt: Attempt) -> Account | SignInFault:
    """Return the account of a right name and password. A wrong name takes the time of a wrong password."""
    with store.reading() as connection:
        account = staff.find_account(connection, attempt.username)
    claimed = throttle.claim(store, attempt.buckets, unlocked=account.unlocked_at if account else None)
    if isinstance(claimed, LockReason):
        note_lock(store, account, claimed)
        return SignInFault.TOO_MANY
    right = _is_right(account, attempt.password)
    with store.writing(ADDED) as connection:
        if account is None or account.disabled or not right:
            note_failure(connection, account)
            return SignInFault.WRONG
        delete_failures(connection, claimed, buckets=attempt.buckets.cleared)
        if _is_late(account):
            note_failure(connection, account, reason="expired")
            return SignInFault.EXPIRED
    return account


def _is_right(account: Account | None, typed: str) -> bool:
    hashed = stand_in()
    if account is None:
        return is_password(hashed, typed)
    return is_password(account.password_hash, as_one_time(typed) if account.must_change else typed)


def _is_late(account: Account) -> bool:
    """Tell whether a one-time password came after its last hour; those of before there was one stay good."""
    until = account.one_time_until
    return account.must_change and until is not None and staff.utc_now() > until


def is_as_verified(connection: Connection, verified: Account) -> bool:
    """Tell whether an account may still sign in with the password it was verified by, and keep it so."""
    found = staff.find_account_by_id(connection, verified.id)
    return found is not None and not found.disabled and found.password_hash == verified.password_hash


def note_failure(connection: Connection, account: Account | None, *, reason: str = "wrong_password") -> None:
    """Write down a password that did not let somebody in."""
    # A name nobody has is not written down: it may be a password typed into the wrong box.
    name, why = (account.username, reason) if account else ("", "unknown_name")
    save_audit(connection, staff=name, act=Act.SIGN_IN_FAILURE, after={"reason": why})


def note_lock(store: Store, account: Account | None, why: str) -> None:
    """Write down that an account is locked, one line for as long as a lock lasts; a name nobody has is not noted."""
    if account is None:
        return
    about, since = Kind.ACCOUNT.named(account.username), staff.utc_now() - WINDOW
    with store.writing(ADDED) as connection:
        if not was_noted_since(connection, since, act=Act.LOCKED, about=about):
            save_audit(connection, staff="", act=Act.LOCKED, about=about, after={"reason": str(why)})
