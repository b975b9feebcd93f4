"""A form that is sent twice, by a double click, is carried out once: the second sender gets the first one's answer.

A sent form is known by a digest of all of it: whose session sends it, where to, every field and file. The answer may
show what is shown once, such as a one-time password. So it is kept for a minute only, and encrypted under a key that
is made of the form itself: whoever has the database, and even SECRET_KEY, cannot read it without the form.
"""

import hashlib
import hmac
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from cryptography.fernet import InvalidToken

from survey.operations.sealing import derive, make_sealer
from survey.store.engine import Store
from survey.store.staff import sent_forms
from survey.store.staff.accounts import utc_now
from survey.store.subjects import ADDED

LONGEST_WAIT, PAUSE = 10.0, 0.05
# A longer answer is not kept.
MOST_ANSWER = 2**20
DIGEST_BYTES = 32


class Earlier(Enum):
    """What became of the same form sent before, where there is no answer to it."""

    NONE = auto()
    AT_WORK = auto()
    NOT_KEPT = auto()


@dataclass(frozen=True, slots=True)
class SentForm:
    """A form as it was sent: the digest it is found by, and what the key of its answer is made of."""

    digest: str
    material: bytes


@dataclass(frozen=True, slots=True)
class TakenForm:
    """A form that nobody sent before, and since when it is at work."""

    form: SentForm
    taken: datetime


def make_sent_form(secret_key: bytes, parts: Iterable[bytes]) -> SentForm:
    """Return the form that is made of these parts, in their order.

    >>> make_sent_form(b"k", [b"a", b"bc"]) == make_sent_form(b"k", [b"ab", b"c"])
    False
    """
    mixed = hmac.new(secret_key, digestmod=hashlib.sha256)
    for part in parts:
        mixed.update(len(part).to_bytes(8, "big") + part)
    material = mixed.digest()
    # Neither of the two digests of the form leads to the other.
    return SentForm(derive(material, "sent form: find", DIGEST_BYTES).hex(), material)


def find_earlier(store: Store, form: SentForm) -> bytes | Earlier:
    """Return the answer to the same form sent before; while that is at work, wait for it, at most 10 seconds."""
    until = time.monotonic() + LONGEST_WAIT
    while (found := _look(store, form)) is Earlier.AT_WORK and time.monotonic() < until:
        time.sleep(PAUSE)
    return found


def take_form(store: Store, form: SentForm) -> TakenForm | None:
    """Note that a form is at work, for everybody at once; None when the same one was sent before."""
    now = utc_now()
    with store.writing(ADDED) as connection:
        return TakenForm(form, now) if sent_forms.take_form(connection, form.digest, now=now) else None


def keep_answer(store: Store, taken: TakenForm, answer: bytes) -> None:
    """Keep the answer to a form for a minute, encrypted; of one that is too long only that it was given."""
    form = taken.form
    # What Fernet makes begins with the time in clear: the row has it already.
    sealed = make_sealer(form.material, "sent form: answer").encrypt(answer) if len(answer) <= MOST_ANSWER else b""
    with store.writing(ADDED) as connection:
        sent_forms.keep_answer(connection, form.digest, sealed, taken=taken.taken, now=utc_now())


def let_go(store: Store, taken: TakenForm) -> None:
    """Let a form that was refused, or failed, be sent again."""
    with store.writing(ADDED) as connection:
        sent_forms.let_go(connection, taken.form.digest, taken=taken.taken)


def _look(store: Store, form: SentForm) -> bytes | Earlier:
    with store.reading() as connection:
        row = sent_forms.find_form(connection, form.digest, now=utc_now())
    if row is None:
        return Earlier.NONE
    if row.answer is None:
        return Earlier.AT_WORK
    try:
        return make_sealer(form.material, "sent form: answer").decrypt(bytes(row.answer))
    except InvalidToken:
        return Earlier.NOT_KEPT
