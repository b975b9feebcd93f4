"""The signed, stateless token of the citizen's form: no session, no cookie, nothing kept on the server.

It proves that we handed out the form for this service point on this day, and carries the submission
key for phones without script.
"""

import base64
import binascii
import secrets
from dataclasses import dataclass
from datetime import date

from itsdangerous import BadSignature, Signer

from survey.responses import KEY_BYTES, SubmissionKey


@dataclass(frozen=True, slots=True)
class FormToken:
    """What a token says: the day the form was opened, and a key that no other form has."""

    issued_on: date
    key: SubmissionKey


class FormTokens:
    """Makes and reads tokens with the application's secret."""

    def __init__(self, secret: bytes) -> None:
        self._signer = Signer(secret, salt="form-token", sep=".")

    def make(self, code: str, today: date) -> str:
        """Return a new token for the service point `code`, 60 characters of URL-safe text."""
        key = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).rstrip(b"=").decode()
        signed = self._signer.get_signature(f"{code}.{today.toordinal()}.{key}")
        return f"{today.toordinal()}.{key}.{signed.decode()}"

    def read(self, code: str, text: str) -> FormToken | None:
        """Return what the token says, or None when it was not made here for this service point."""
        try:
            day, key, _ = text.split(".")
            self._signer.unsign(f"{code}.{text}")
            return FormToken(date.fromordinal(int(day)), SubmissionKey(base64.urlsafe_b64decode(key + "==")))
        except (BadSignature, ValueError, OverflowError, binascii.Error):
            return None
