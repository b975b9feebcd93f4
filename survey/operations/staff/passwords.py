"""Passwords: Argon2id with the parameters of the OWASP cheat sheet (19 MiB, 2 passes, 1 lane).

They are composed (NFC) first, because Vietnamese keyboards write the same word in two ways.
"""

import secrets
import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from survey.formatting import to_nfc

ONE_TIME_BYTES = 15

HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Hashing costs memory and a core: a crowd at the sign-in page must not take them from the citizens.
_HASHING = threading.BoundedSemaphore(2)


def make_one_time() -> str:
    """Return a password to be handed over and changed at once: 120 random bits in 20 characters."""
    return secrets.token_urlsafe(ONE_TIME_BYTES)


def hash_password(password: str) -> str:
    """Return what is kept of a password."""
    with _HASHING:
        return HASHER.hash(to_nfc(password))


def is_password(hashed: str, password: str) -> bool:
    """Tell whether a password is the one that was hashed."""
    with _HASHING:
        try:
            return HASHER.verify(hashed, to_nfc(password))
        except VerificationError:
            return False


@cache
def stand_in() -> str:
    """Return the hash an unknown name is checked against, so that it takes as long as a known one."""
    return hash_password(make_one_time())
