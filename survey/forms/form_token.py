"""The signed, stateless token of the citizen's form: no session, no cookie, nothing kept on the server.

It proves that we handed out the form for this service point on this day and for this mode, and carries
the submission key for phones without script.
"""

import base64
import binascii
import secrets
from dataclasses import dataclass
from datetime import date

from itsdangerous import BadSignature, Signer

from survey.responses import KEY_BYTES, Mode, SubmissionKey


@dataclass(frozen=True, slots=True)
class FormToken:
    """What a token says: the day the form was opened, a key that no other form has, and the mode of its answers."""

    issued_on: date
    key: SubmissionKey
    mode: Mode = Mode.QR


class FormTokens:
    """Makes tokens with the application's secret, and reads those made with it or with one of the secrets before."""

    def __init__(self, secret: bytes, *before: bytes) -> None:
        # The library takes the last of a list for the newest.
        self._signer = Signer([*reversed(before), secret], salt="form-token", sep=".")

    def make(self, code: str, today: date, *, mode: Mode = Mode.QR) -> str:
        """Return a new token for the service point `code`, 60 characters of URL-safe text."""
        key = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).rstrip(b"=").decode()
        signed = self._signer.get_signature(f"{_place(code, mode)}.{today.toordinal()}.{key}")
        return f"{today.toordinal()}.{key}.{signed.decode()}"

    def read(self, code: str, text: str, *, mode: Mode = Mode.QR) -> FormToken | None:
        """Return what the token says, or None when it was not made here for this service point and mode."""
        try:
            day, key, _ = text.split(".")
            self._signer.unsign(f"{_place(code, mode)}.{text}")
            return FormToken(date.fromordinal(int(day)), SubmissionKey(base64.urlsafe_b64decode(key + "==")), mode)
        except (BadSignature, ValueError, OverflowError, binascii.Error):
            return None


def _place(code: str, mode: Mode) -> str:
    """Return what a signature binds a token to. Forms opened from a poster carry the code alone, as they always did."""
    return code if mode is Mode.QR else f"{code}.{mode}"
