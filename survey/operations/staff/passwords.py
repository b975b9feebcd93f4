"""Passwords: Argon2id with the parameters of the OWASP cheat sheet (19 MiB, 2 passes, 1 lane).

They are composed (NFC) first, because Vietnamese keyboards write the same word in two ways.
"""

import secrets
import threading
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from survey.fieldwork import CODE_ALPHABET
from survey.formatting import to_nfc

# 16 symbols of the 32 that printed codes have: 80 random bits, and nothing that reads like something else.
ONE_TIME_SYMBOLS, IN_GROUPS_OF = 16, 4
# As long as it takes to hand one over, a week-end included.
ONE_TIME_GOOD_FOR = timedelta(hours=72)

HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Hashing costs memory and a core: a crowd at the sign-in page must not take them from the citizens.
_HASHING = threading.BoundedSemaphore(2)


def make_one_time() -> str:
    """Return a password to be written down, handed over and changed at once: four groups of four symbols."""
    return in_groups("".join(secrets.choice(CODE_ALPHABET) for _ in range(ONE_TIME_SYMBOLS)))


def in_groups(symbols: str) -> str:
    """Return symbols as they are written on paper.

    >>> in_groups("K7MQW3HD")
    'K7MQ-W3HD'
    """
    return "-".join(symbols[at : at + IN_GROUPS_OF] for at in range(0, len(symbols), IN_GROUPS_OF))


def tidy_symbols(typed: str) -> str:
    """Return symbols somebody copied from paper in whatever case and groups.

    >>> tidy_symbols(" k7mq w3hd–99AA ")
    'K7MQW3HD99AA'
    """
    return "".join(one for one in typed.upper() if one.isalnum())


def as_one_time(typed: str) -> str:
    """Return a one-time password as it was written, however it was copied; other passwords stay as they are."""
    symbols = tidy_symbols(typed)
    is_one = len(symbols) == ONE_TIME_SYMBOLS and set(symbols) <= set(CODE_ALPHABET)
    return in_groups(symbols) if is_one else typed


def good_until(now: datetime) -> datetime:
    """Return until when a one-time password made now is good."""
    return now + ONE_TIME_GOOD_FOR


def hash_password(password: str) -> str:
    """Return what is kept of a password."""
    with _HASHING:
        return HASHER.hash(to_nfc(password))


def is_password(hashed: str, password: str) -> bool:
    """Tell whether a password is the one that was hashed."""
    with _HASHING:
        try:
            return HASHER.verify(hashed, to_nfc(password))
        except (VerificationError, InvalidHashError):
            # What is no hash, such as that of a row somebody damaged, opens nothing.
            return False


@cache
def stand_in() -> str:
    """Return the hash an unknown name is checked against, so that it takes as long as a known one."""
    return hash_password(make_one_time())
