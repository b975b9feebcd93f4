"""Keys derived (HKDF, RFC 5869) from SECRET_KEY, one for each purpose, and what is kept encrypted under them.

Where SECRET_KEY was changed, the keys of before still open what was sealed with them; only the newest seals.
"""

import base64
from typing import TypeAlias

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

# One key, or the newest and those before it.
SecretKeys: TypeAlias = bytes | tuple[bytes, ...]


def newest(keys: SecretKeys) -> bytes:
    """Return the key that signs and seals.

    >>> newest((b"new", b"old"))
    b'new'
    """
    return keys if isinstance(keys, bytes) else keys[0]


def derive(secret_key: bytes, purpose: str, length: int) -> bytes:
    """Return `length` bytes for a purpose; none of them leads to those of another one."""
    return HKDF(SHA256(), length, salt=None, info=purpose.encode()).derive(secret_key)


def make_sealer(keys: SecretKeys, purpose: str) -> MultiFernet:
    """Return what encrypts for a purpose with the newest key, and decrypts with any."""
    each = (keys,) if isinstance(keys, bytes) else keys
    return MultiFernet([Fernet(base64.urlsafe_b64encode(derive(key, purpose, 32))) for key in each])
