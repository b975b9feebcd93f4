"""Keys derived (HKDF, RFC 5869) from SECRET_KEY, one for each purpose, and what is kept encrypted under them."""

import base64

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derive(secret_key: bytes, purpose: str, length: int) -> bytes:
    """Return `length` bytes for a purpose; none of them leads to those of another one."""
    return HKDF(SHA256(), length, salt=None, info=purpose.encode()).derive(secret_key)


def make_sealer(secret_key: bytes, purpose: str) -> Fernet:
    """Return what encrypts and decrypts for a purpose."""
    return Fernet(base64.urlsafe_b64encode(derive(secret_key, purpose, 32)))
