"""The signed, stateless token of the citizen's form: no session, no cookie, nothing kept on the server.

It proves that we handed out the form for this service point on this day and for this mode, and carries the submission
key of the form's answers. A few further keys follow from that one, for the next people on the same device; the token
is good for these keys and for no other, and each of them is stored once.
"""

import base64
import binascii
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from itsdangerous import BadSignature, Signer

from survey.responses import KEY_BYTES, Mode, SubmissionKey

# How many keys follow from the one a token carries. A telephone is handed on a few times before the page is opened
# anew; a tablet goes on for days without the network. Who helps somebody opens a form for each.
FOLLOWING: Mapping[Mode, int] = MappingProxyType({Mode.QR: 5, Mode.KIOSK: 1_000})
# Forms that were opened before keys followed from the token's draw their own; for so long they are still taken.
DRAWN_KEYS_FOR = timedelta(days=14)
_COUNTED_BYTES = 2


@dataclass(frozen=True, slots=True)
class FormToken:
    """What a token says: the day the form was opened, a key that no other form has, and the mode of its answers.

    `draws_keys` marks a token of before keys followed from it: the page it belongs to draws its own.
    """

    issued_on: date
    key: SubmissionKey
    mode: Mode = Mode.QR
    draws_keys: bool = False

    def takes(self, key: SubmissionKey) -> bool:
        """Tell whether the token is good for a key: its own, or one of those that follow."""
        return self.draws_keys or number_of_key(self.key, key) <= FOLLOWING.get(self.mode, 0)

    def is_over_on(self, day: date) -> bool:
        """Tell whether the token is no longer taken on `day`; others are good until their round is sealed."""
        return self.draws_keys and day - self.issued_on > DRAWN_KEYS_FOR


def following_key(key: SubmissionKey, number: int) -> SubmissionKey:
    """Return the key that follows as number 0 (the key itself), 1, 2 … (below 65,536).

    Its last two bytes carry the number, exclusive or. What is stored and shown of a key is a digest of all of it, so
    that two keys of one token are as far apart there as any two.
    """
    counted = int.from_bytes(key.secret[-_COUNTED_BYTES:], "big") ^ number
    return SubmissionKey(key.secret[:-_COUNTED_BYTES] + counted.to_bytes(_COUNTED_BYTES, "big"))


def number_of_key(first: SubmissionKey, key: SubmissionKey) -> int:
    """Return as which number `key` follows from `first`; a number above all where it does not."""
    return int.from_bytes(first.secret, "big") ^ int.from_bytes(key.secret, "big")


class FormTokens:
    """Makes tokens with the application's secret, and reads those made with it or with one of the secrets before."""

    def __init__(self, secret: bytes, *before: bytes) -> None:
        # The library takes the last of a list for the newest.
        keys = [*reversed(before), secret]
        self._signer = Signer(keys, salt="form-token-of-keys", sep=".")
        self._of_before = Signer(keys, salt="form-token", sep=".")

    def make(self, code: str, today: date, *, mode: Mode = Mode.QR, key: SubmissionKey | None = None) -> str:
        """Return a new token for the service point `code`, 60 characters of URL-safe text; it draws its key itself."""
        secret = key.secret if key else secrets.token_bytes(KEY_BYTES)
        carried = base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
        signed = self._signer.get_signature(f"{_place(code, mode)}.{today.toordinal()}.{carried}")
        return f"{today.toordinal()}.{carried}.{signed.decode()}"

    def read(self, code: str, text: str, *, mode: Mode = Mode.QR) -> FormToken | None:
        """Return what the token says, or None when it was not made here for this service point and mode."""
        try:
            day, key, _ = text.split(".")
            drawn = self._draws_keys(f"{_place(code, mode)}.{text}")
            secret = SubmissionKey(base64.urlsafe_b64decode(key + "=="))
            return FormToken(date.fromordinal(int(day)), secret, mode, drawn)
        except (BadSignature, ValueError, OverflowError, binascii.Error):
            return None

    def _draws_keys(self, signed: str) -> bool:
        """Tell whether a token is one of before; raises BadSignature for one that was never made here."""
        if self._signer.validate(signed):
            return False
        self._of_before.unsign(signed)
        return True


def _place(code: str, mode: Mode) -> str:
    """Return what a signature binds a token to. Forms opened from a poster carry the code alone, as they always did."""
    return code if mode is Mode.QR else f"{code}.{mode}"
