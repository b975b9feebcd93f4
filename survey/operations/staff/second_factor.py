"""The second factor: six digits from an application on a telephone (TOTP, RFC 6238: SHA-1, 30 seconds).

The secret is kept encrypted (Fernet) under a key derived (HKDF, RFC 5869) from SECRET_KEY, so that a copy of the
database alone does not make codes. Until it is confirmed a secret is kept nowhere: it is derived from the session
it is offered in, stays the same while the page is loaded again, and is another one in the next session.
"""

import base64
import hmac
import time
from enum import Enum, auto
from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken
from pyotp import TOTP
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M
from sqlalchemy import Connection

from qr.codes import QUIET_ZONE, matrix_svg
from survey.errors import ChangedMeanwhileError
from survey.operations.sealing import derive, make_sealer
from survey.operations.staff import throttle
from survey.operations.staff.accounts import NewSession, SignedIn, begin_session, known_account, leave_session
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.staff import accounts
from survey.store.staff.accounts import Account
from survey.store.staff.acts import BY_COMMAND, Act, Kind
from survey.store.staff.audit import save_audit
from survey.store.subjects import ACCOUNTS

ISSUER = "Hai Long"
STEP_SECONDS = 30
# RFC 4226, 4, requirement 6 recommends secrets of 160 bits.
SECRET_BYTES = 20
# A telephone may be one step behind or ahead of the server.
SKEWS = (0, -1, 1)
# How long a used step is kept: a clock that was ahead by less than that brings no code twice.
STEPS_KEPT = 35 * 24 * 60 * 60 // STEP_SECONDS


class CodeFault(Enum):
    """Why a code was not accepted."""

    WRONG = auto()
    USED = auto()
    TOO_MANY = auto()
    UNREADABLE = auto()


def offer_secret(secret_key: bytes, signed_in: SignedIn) -> str:
    """Return the secret to set up in a session: 32 letters and digits of base 32."""
    return base64.b32encode(derive(secret_key, f"second factor: offer {signed_in.session}", SECRET_BYTES)).decode()


def draw_secret(secret: str, username: str) -> str:
    """Return the QR code, as SVG, that applications on telephones read a secret from."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(TOTP(secret, name=username, issuer=ISSUER, interval=STEP_SECONDS).provisioning_uri())
    return matrix_svg(code.get_matrix(), title=ISSUER)


@tried_again
def set_up(store: Store, secret_key: bytes, signed_in: SignedIn, *, code: str) -> NewSession | CodeFault:
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
        return begin_session(connection, account.username, proved=True)


def prove(store: Store, secret_key: bytes, signed_in: SignedIn, *, code: str, address: str) -> NewSession | CodeFault:
    """Take the code of an account that has a secret; the session ends and a proved one begins.

    A code counts once, and wrong ones are throttled like passwords. CodeFault.UNREADABLE: SECRET_KEY is
    no longer the one the secret was encrypted with. Raises ChangedMeanwhileError when the secret was reset or the
    session ended before the code counted: a reset wins.
    """
    account = signed_in.account
    secret = _unsealed(secret_key, account)
    if secret is None:
        return CodeFault.UNREADABLE
    buckets = throttle.make_buckets(secret_key, "second factor", name=account.username, address=address)
    claimed = throttle.claim(store, buckets)
    if claimed is None:
        return CodeFault.TOO_MANY
    failures = Failures(claimed, buckets.account)
    return _prove(store, signed_in, _step_of(secret, code), failures)


class Failures(NamedTuple):
    """The failures an attempt was counted as before it was looked at, and the bucket of its account."""

    claimed: tuple[int, ...]
    bucket: str


@tried_again
def _prove(store: Store, signed_in: SignedIn, step: int | None, failures: Failures) -> NewSession | CodeFault:
    account = signed_in.account
    with store.writing(ACCOUNTS.of(account.id)) as connection:
        _require_same_secret(connection, account)
        if step is None or not _take_step(connection, account, step):
            why = {"reason": "wrong_code" if step is None else "used_code"}
            save_audit(connection, staff=account.username, act=Act.SECOND_FACTOR_FAILURE, after=why)
            return CodeFault.WRONG if step is None else CodeFault.USED
        accounts.delete_failures(connection, failures.claimed, bucket=failures.bucket)
        leave_session(connection, signed_in)
        save_audit(connection, staff=account.username, act=Act.SIGN_IN, after={"way_in": "second_factor"})
        return begin_session(connection, account.username, proved=True)


@tried_again
def reset_second_factor(store: Store, username: str, *, by: str = BY_COMMAND) -> None:
    """Forget the second factor of somebody whose telephone is lost, and end the sessions; raises UnknownCodeError."""
    with store.writing(ACCOUNTS) as connection:
        account = known_account(connection, username)
        accounts.delete_second_factor(connection, account.id)
        accounts.delete_sessions_of(connection, account.id)
        save_audit(connection, staff=by, act=Act.SECOND_FACTOR_RESET, about=Kind.ACCOUNT.named(username))


def _require_same_secret(connection: Connection, seen: Account) -> None:
    """Raise ChangedMeanwhileError unless an account still has the secret a code was checked against; keep it so."""
    found = accounts.find_account_by_id(connection, seen.id)
    if found is None or found.totp_secret != seen.totp_secret:
        raise ChangedMeanwhileError(f"the second factor of {seen.username} was reset meanwhile; sign in again")


def _take_step(connection: Connection, account: Account, step: int) -> bool:
    """Let the code of a step count, once; what was used long before it is forgotten."""
    accounts.delete_steps_before(connection, step - STEPS_KEPT)
    return accounts.take_step(connection, account.id, step)


def _step_of(secret: str, code: str) -> int | None:
    """Return the time step a code was made for, or None when it is not of about now."""
    totp, now = TOTP(secret, interval=STEP_SECONDS), int(time.time()) // STEP_SECONDS
    made = (now + skew for skew in SKEWS)
    return next((step for step in made if hmac.compare_digest(totp.generate_otp(step), code)), None)


def _unsealed(secret_key: bytes, account: Account) -> str | None:
    try:
        return _sealer(secret_key).decrypt(account.totp_secret or "").decode()
    except InvalidToken:
        return None


def _sealer(secret_key: bytes) -> Fernet:
    return make_sealer(secret_key, "second factor: seal")
