"""Recovery codes: ten, each lets its owner in once in place of a code of the telephone that is lost.

A code has 60 random bits, and of each only a slow digest (scrypt) is kept. All codes of an account have one salt, so
that one digest of what was typed is enough to look for it among them.
"""

import hashlib
import secrets

from survey.fieldwork import CODE_ALPHABET
from survey.operations.staff.accounts import SignedIn
from survey.operations.staff.passwords import in_groups, tidy_symbols
from survey.operations.turns import Turns
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.staff import recovery
from survey.store.staff.acts import Act
from survey.store.staff.audit import save_audit
from survey.store.subjects import ACCOUNTS

CODES, SYMBOLS = 10, 12
SALT_BYTES, DIGEST_BYTES = 16, 32
# 16 MiB of memory and some hundredths of a second for each.
SCRYPT_COST, SCRYPT_BLOCK = 2**14, 8
DIGESTING = Turns(1)


def looks_like_code(typed: str) -> bool:
    """Tell whether something typed can be a recovery code.

    >>> looks_like_code("k7mq-w3hd-99aa"), looks_like_code("123456")
    (True, False)
    """
    symbols = tidy_symbols(typed)
    return len(symbols) == SYMBOLS and set(symbols) <= set(CODE_ALPHABET)


def make_codes(store: Store, signed_in: SignedIn) -> tuple[str, ...]:
    """Return new recovery codes, as they are written on paper; those of before are good for nothing any more."""
    salt = secrets.token_hex(SALT_BYTES)
    codes = tuple("".join(secrets.choice(CODE_ALPHABET) for _ in range(SYMBOLS)) for _ in range(CODES))
    _keep(store, signed_in, [_digest(code, salt) for code in codes], salt=salt)
    return tuple(map(in_groups, codes))


@tried_again
def _keep(store: Store, signed_in: SignedIn, digests: list[str], *, salt: str) -> None:
    account = signed_in.account
    with store.writing(ACCOUNTS.of(account.id)) as connection:
        recovery.replace_codes(connection, account.id, digests, salt=salt)
        save_audit(connection, staff=account.username, act=Act.RECOVERY_CODES_MADE)


def count_left(store: Store, signed_in: SignedIn) -> int:
    """Return how many recovery codes somebody has left."""
    with store.reading() as connection:
        return recovery.count_codes(connection, signed_in.account.id)


def digest_typed(store: Store, account_id: int, typed: str) -> str:
    """Return the digest under which a typed code is kept, if it is one; nothing when the account has none left."""
    with store.reading() as connection:
        salt = recovery.find_salt(connection, account_id)
    return _digest(tidy_symbols(typed), salt) if salt else ""


def _digest(symbols: str, salt: str) -> str:
    cost = {"n": SCRYPT_COST, "r": SCRYPT_BLOCK, "p": 1, "dklen": DIGEST_BYTES}
    with DIGESTING.one_turn():
        return hashlib.scrypt(symbols.encode(), salt=salt.encode(), **cost).hex()
