"""The second factor: six digits from an application on a telephone (TOTP, RFC 6238: SHA-1, 30 seconds).

The secret is kept encrypted (Fernet) under a key derived (HKDF, RFC 5869) from SECRET_KEY, so that a copy of the
database alone does not make codes. Until it is confirmed a secret is kept nowhere: it is derived from the session
it is offered in, stays the same while the page is loaded again, and is another one in the next session.
"""

import base64
import hmac
import time
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from cryptography.fernet import InvalidToken, MultiFernet
from pyotp import TOTP
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M
from sqlalchemy import Connection

from qr.codes import QUIET_ZONE, matrix_svg
from survey.errors import ChangedMeanwhileError
from survey.operations.sealing import SecretKeys, derive, make_sealer, newest
from survey.operations.staff import recovery, throttle
from survey.operations.staff.accounts import NewSession, SignedIn, begin_session, known_account, leave_session
from survey.operations.staff.throttle import LockReason
from survey.operations.staff.verifying import note_lock
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.staff import accounts
from survey.store.staff import recovery as kept_codes
from survey.store.staff.accounts import Account
from survey.store.staff.acts import BY_COMMAND, Act, Kind
from survey.store.staff.audit import save_audit
from survey.store.staff.failures import delete_failures
from survey.store.subjects import ACCOUNTS

ISSUER = "Hai Long"
SEAL_PURPOSE = "second factor: seal"
STEP_SECONDS = 30
# RFC 4226, 4, requirement 6 recommends secrets of 160 bits.
SECRET_BYTES = 20
# A telephone may be one step behind or ahead of the server.
SKEWS = (0, -1, 1)
# How long a used step is kept: a clock that was ahead by less than that brings no code twice.
STEPS_KEPT = 35 * 24 * 60 * 60 // STEP_SECONDS
# Guesses end after so many wrong codes in a row: whoever goes on needs a new second factor from an administrator.
MOST_WRONG = 20


class CodeFault(Enum):
    """Why a code was not accepted."""

    WRONG = auto()
    USED = auto()
    TOO_MANY = auto()
    UNREADABLE = auto()
    SHUT = auto()


def offer_secret(secret_key: SecretKeys, signed_in: SignedIn) -> str:
    """Return the secret to set up in a session: 32 letters and digits of base 32."""
    return base64.b32encode(
        derive(newest(secret_key), f"second factor: offer {signed_in.session}", SECRET_BYTES)
    ).decode()


def draw_secret(secret: str, username: str) -> str:
    """Return the QR code, as SVG, that applications on telephones read a secret from."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(TOTP(secret, name=username, issuer=ISSUER, interval=STEP_SECONDS).provisioning_uri())
    return matrix_svg(code.get_matrix(), title=ISSUER)


@tried_again
def set_up(store: Store, secret_key: SecretKeys, signed_in: SignedIn, *, code: str) -> NewSession | CodeFault:
    """Keep the offered secret if `code` was made from it; the session ends and a proved one begins.

    Guessing is no use here, since the page that asks for the code shows the secret: it is not throttled. An
    account that has a secret already keeps it (CodeFault.USED). Raises ChangedMeanwhileError when the session
    was ended before the secret was kept.
    """
    secret, account = offer_secret(secret_key, signed_in), signed_in.account
    step = _step_of(secret, code)
    if step is None:
        return CodeFault.WRONG
    sealed = _sealer(secret_key).encrypt(secret.encode()).decode()
    with store.writing(ACCOUNTS.of(account.id)) as connection:
        if not accounts.save_second_factor(connection, account.id, secret=sealed):
            return CodeFault.USED
        leave_session(connection, signed_in)
        _take_step(connection, account, step)
        save_audit(connection, staff=account.username, act=Act.SECOND_FACTOR_SET)
        return _begin_proved(connection, signed_in)


@dataclass(frozen=True, slots=True)
class CodeAttempt:
    """Somebody giving a code of a telephone, or a recovery code, at a network address or on a known device."""

    code: str
    address: str
    device: str = ""


def prove(
    store: Store, secret_key: SecretKeys, signed_in: SignedIn, *, code: str, address: str, device: str = ""
) -> NewSession | CodeFault:
    """Take the code of an account that has a secret; the session ends and a proved one begins.

    A code counts once, and wrong ones are throttled like passwords; after 20 in a row nothing is looked at any more
    (CodeFault.SHUT). CodeFault.UNREADABLE: SECRET_KEY is no longer the one the secret was encrypted with. Raises
    ChangedMeanwhileError when the secret was reset or the session ended before the code counted: a reset wins.
    """
    return _claim_and_prove(store, secret_key, signed_in, CodeAttempt(code, address, device))


def change_telephone(
    store: Store, secret_key: SecretKeys, signed_in: SignedIn, attempt: CodeAttempt, *, new_code: str
) -> NewSession | CodeFault | None:
    """Put the offered secret in place of the one there is; None when `new_code` was not made from it.

    Every other session ends. What else can be wrong is told as by `prove`, and so is what it raises.
    """
    secret = offer_secret(secret_key, signed_in)
    step = _step_of(secret, new_code)
    if step is None:
        return None
    new = NewSecret(_sealer(secret_key).encrypt(secret.encode()).decode(), step)
    return _claim_and_prove(store, secret_key, signed_in, attempt, new=new)


class NewSecret(NamedTuple):
    """A secret to be kept, encrypted, and the time step of the code that was made from it."""

    sealed: str
    step: int


def _claim_and_prove(
    store: Store, secret_key: SecretKeys, signed_in: SignedIn, attempt: CodeAttempt, *, new: NewSecret | None = None
) -> NewSession | CodeFault:
    account, secret = signed_in.account, _unsealed(secret_key, signed_in.account)
    if account.wrong_codes >= MOST_WRONG:
        return CodeFault.SHUT
    if secret is None:
        return CodeFault.UNREADABLE
    where = {"name": account.username, "address": attempt.address, "device": attempt.device}
    buckets = throttle.make_buckets(newest(secret_key), "second factor", **where)
    claimed = throttle.claim(store, buckets, unlocked=account.unlocked_at)
    if isinstance(claimed, LockReason):
        note_lock(store, account, claimed)
        return CodeFault.TOO_MANY
    given = _given(store, account, secret, attempt.code)
    outcome = _prove(store, signed_in, given, Failures(claimed, buckets.cleared), new=new)
    if outcome is CodeFault.SHUT:
        note_lock(store, account, "codes_in_a_row")
    return outcome


@dataclass(frozen=True, slots=True)
class GivenCode:
    """What a code is: of a time step, a recovery code by its digest, or neither."""

    step: int | None
    digest: str = ""


def _given(store: Store, account: Account, secret: str, code: str) -> GivenCode:
    if recovery.looks_like_code(code):
        return GivenCode(None, recovery.digest_typed(store, account.id, code))
    return GivenCode(_step_of(secret, code))


class Failures(NamedTuple):
    """The failures an attempt was counted as before it was looked at, and the buckets of its account."""

    claimed: tuple[int, ...]
    buckets: tuple[str, ...]


@tried_again
def _prove(
    store: Store, signed_in: SignedIn, given: GivenCode, failures: Failures, *, new: NewSecret | None
) -> NewSession | CodeFault:
    account = signed_in.account
    with store.writing(ACCOUNTS.of(account.id)) as connection:
        now = _require_same_secret(connection, account)
        if now.wrong_codes >= MOST_WRONG:
            return CodeFault.SHUT
        if not _take(connection, account, given):
            return _note_wrong(connection, now, given)
        delete_failures(connection, failures.claimed, buckets=failures.buckets)
        leave_session(connection, signed_in)
        if new:
            accounts.replace_second_factor(connection, account.id, secret=new.sealed)
            accounts.take_step(connection, account.id, new.step)
            accounts.delete_sessions_of(connection, account.id)
            save_audit(connection, staff=account.username, act=Act.SECOND_FACTOR_CHANGED)
        else:
            way_in = {"way_in": "recovery_code" if given.digest else "second_factor"}
            save_audit(connection, staff=account.username, act=Act.SIGN_IN, after=way_in)
        return _begin_proved(connection, signed_in)


def _take(connection: Connection, account: Account, given: GivenCode) -> bool:
    if given.digest:
        return kept_codes.take_code(connection, account.id, given.digest)
    return given.step is not None and _take_step(connection, account, given.step)


def _note_wrong(connection: Connection, account: Account, given: GivenCode) -> CodeFault:
    used = given.step is not None
    why = {"reason": "used_code" if used else "wrong_code"}
    save_audit(connection, staff=account.username, act=Act.SECOND_FACTOR_FAILURE, after=why)
    accounts.set_wrong_codes(connection, account.id, account.wrong_codes + 1)
    if account.wrong_codes + 1 >= MOST_WRONG:
        return CodeFault.SHUT
    return CodeFault.USED if used else CodeFault.WRONG


def _begin_proved(connection: Connection, signed_in: SignedIn) -> NewSession:
    """Begin a proved session, which tells its owner how many wrong codes were given before it."""
    name = signed_in.account.username
    wrong = known_account(connection, name).wrong_codes
    accounts.set_wrong_codes(connection, signed_in.account.id, 0)
    return begin_session(connection, name, proved=True, after=signed_in, wrong_codes=wrong)


@tried_again
def reset_second_factor(store: Store, username: str, *, by: str = BY_COMMAND) -> None:
    """Forget the second factor of somebody whose telephone is lost, and end the sessions; raises UnknownCodeError."""
    with store.writing(ACCOUNTS) as connection:
        account = known_account(connection, username)
        accounts.delete_second_factor(connection, account.id)
        accounts.delete_sessions_of(connection, account.id)
        save_audit(connection, staff=by, act=Act.SECOND_FACTOR_RESET, about=Kind.ACCOUNT.named(username))


def _require_same_secret(connection: Connection, seen: Account) -> Account:
    """Return the account as it is, kept so; raises ChangedMeanwhileError when it has another secret than was seen."""
    found = accounts.find_account_by_id(connection, seen.id)
    if found is None or found.totp_secret != seen.totp_secret:
        raise ChangedMeanwhileError(f"the second factor of {seen.username} was reset meanwhile; sign in again")
    return found


def _take_step(connection: Connection, account: Account, step: int) -> bool:
    """Let the code of a step count, once; what was used long before it is forgotten."""
    accounts.delete_steps_before(connection, step - STEPS_KEPT)
    return accounts.take_step(connection, account.id, step)


def _step_of(secret: str, code: str) -> int | None:
    """Return the time step a code was made for, or None when it is not of about now."""
    totp, now = TOTP(secret, interval=STEP_SECONDS), int(time.time()) // STEP_SECONDS
    made = (now + skew for skew in SKEWS)
    return next((step for step in made if hmac.compare_digest(totp.generate_otp(step), code)), None)


def _unsealed(secret_key: SecretKeys, account: Account) -> str | None:
    try:
        return _sealer(secret_key).decrypt(account.totp_secret or "").decode()
    except InvalidToken:
        return None


def _sealer(secret_key: SecretKeys) -> MultiFernet:
    return make_sealer(secret_key, SEAL_PURPOSE)
