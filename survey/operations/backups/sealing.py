"""A secret sealed with a passphrase: scrypt (RFC 7914) makes the key, Fernet encrypts and signs."""

import base64
import json
import secrets
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from survey.errors import BackupError

# 32 MiB and a tenth of a second for each guess.
COST, BLOCK, LANES = 1 << 15, 8, 1
SALT_BYTES = 16
LEAST_PASSPHRASE = 12


def seal(secret: Mapping[str, str], passphrase: str) -> bytes:
    """Return a secret that only the passphrase opens; raises BackupError for one that is easily guessed."""
    if len(passphrase) < LEAST_PASSPHRASE:
        raise BackupError(f"the passphrase must have at least {LEAST_PASSPHRASE} characters")
    salt = secrets.token_bytes(SALT_BYTES)
    token = _cipher(passphrase, salt).encrypt(json.dumps(secret).encode())
    return json.dumps({"salt": salt.hex(), "n": COST, "token": token.decode()}).encode()


def unseal(sealed: bytes, passphrase: str) -> Mapping[str, str]:
    """Return the secret; raises BackupError when the passphrase is another or the sealed bytes were changed."""
    try:
        kept = json.loads(sealed)
        opened = _cipher(passphrase, bytes.fromhex(kept["salt"]), cost=min(int(kept["n"]), COST)).decrypt(kept["token"])
        secret: Mapping[str, str] = json.loads(opened)
    except (InvalidToken, ValueError, KeyError, TypeError) as error:
        raise BackupError("the passphrase does not open the secret key of this backup") from error
    return secret


def _cipher(passphrase: str, salt: bytes, *, cost: int = COST) -> Fernet:
    key = Scrypt(salt=salt, length=32, n=cost, r=BLOCK, p=LANES).derive(passphrase.encode())
    return Fernet(base64.urlsafe_b64encode(key))
