"""Feedback as a citizen sees it: sent, followed with a receipt, and the answer rated.

The form token carries 128 random bits, drawn for this one form. The code of the case and its secret are two digests
of them: sending the same form twice finds the same case, and neither leads to the other. Of the secret only a
digest is kept, a slow one (scrypt), because a secret that people write down is short. No session, no time of day,
and no event is written when a case arrives: numbered rows would tell in which order they came.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from cryptography.fernet import InvalidToken
from sqlalchemy import Connection

from survey.errors import KeyReplayedError
from survey.fieldwork import CODE_ALPHABET, Agency, normalise_code
from survey.operations.feedback.typed_receipts import typed_codes, typed_secrets
from survey.operations.feedback.working_days import WorkingDays
from survey.operations.registry.acting import read_agencies
from survey.operations.sealing import SecretKeys, make_sealer
from survey.operations.turns import Turns
from survey.responses import HalfDay
from survey.store.collecting.settling import settle
from survey.store.engine import Store
from survey.store.feedback import cases
from survey.store.feedback.cases import CODE_LETTERS, Case, NewCase, is_case_code
from survey.store.refusals import tried_again
from survey.store.staff.acts import BY_COMMAND, Act
from survey.store.staff.audit import save_audit
from survey.store.subjects import ADDED, CASES, SETTLING, Subject

SECRET_LETTERS = 12
CONTACT_PURPOSE = "feedback: contact"
# 16 MiB of memory and some hundredths of a second for each attempt.
MARK_BYTES = 8
SCRYPT_COST, SCRYPT_BLOCK, DIGEST_BYTES = 2**14, 8, 32
_SLOW = Turns(2)


class LetterKind(StrEnum):
    """What a citizen sends."""

    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody wrote, cleaned and masked; `contact` is empty for whoever leaves none."""

    agency_code: str
    kind: LetterKind
    text: str
    contact: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What opens a case: its code, 40 bits, and its secret, 60 bits, as they are shown."""

    code: str
    secret: str


@dataclass(frozen=True, slots=True)
class SentCase:
    """A case as it is kept: its receipt, the agency that answers for it, and the last day for that."""

    receipt: Receipt
    agency: Agency
    due_on: date


@dataclass(frozen=True, slots=True)
class FollowedCase:
    """A case its sender looks at, and the agency that answers for it today."""

    case: Case
    agency: Agency

    @property
    def answer_mark(self) -> str:
        """What the page carries of the answer it shows: another one has another mark; empty without an answer."""
        answer = self.case.answer
        return hashlib.blake2b(answer.encode(), digest_size=MARK_BYTES).hexdigest() if answer else ""


@dataclass(frozen=True, slots=True)
class Rating:
    """What a citizen said of an answer: counted only when the case is still answered in the words that were read."""

    found: FollowedCase
    satisfied: bool
    counted: bool


def receipt_of(key: bytes) -> Receipt:
    """Return the receipt of the form with this key.

    >>> receipt_of(bytes(16)) == receipt_of(bytes(16)), len(receipt_of(bytes(16)).code)
    (True, 8)
    """
    secret = _letters(key, b"case secret", SECRET_LETTERS)
    return Receipt(_letters(key, b"case code", CODE_LETTERS), "-".join(secret[at : at + 4] for at in (0, 4, 8)))


def _letters(key: bytes, purpose: bytes, count: int) -> str:
    # 256 is a multiple of the 32 letters, so each of them is as likely as the others.
    digest = hashlib.blake2b(key, digest_size=count, person=purpose).digest()
    return "".join(CODE_ALPHABET[byte % len(CODE_ALPHABET)] for byte in digest)


def _digest(code: str, secret: str) -> str:
    with _SLOW.one_turn():
        digest = hashlib.scrypt(
            secret.encode(), salt=code.encode(), n=SCRYPT_COST, r=SCRYPT_BLOCK, p=1, dklen=DIGEST_BYTES
        )
    return digest.hex()


@dataclass(frozen=True, slots=True)
class CaseDesk:
    """What taking in a case needs besides the case."""

    store: Store
    secret_key: SecretKeys
    working_days: WorkingDays
    days: int


@tried_again
def send_case(desk: CaseDesk, message: Message, *, key: bytes, today: date) -> SentCase:
    """Keep a message to an agency, once; the row names the agency it was sent to, whoever does its work today.

    So the case comes back when a takeover is undone. Raises UnknownCodeError for an agency there is not or whose work
    nobody does, and KeyReplayedError when the same form was sent before and said something else.
    """
    receipt = receipt_of(key)
    due_on = desk.working_days.after(today, desk.days)
    digest = _digest(receipt.code, normalise_code(receipt.secret))
    with desk.store.writing(ADDED) as connection:
        agencies = read_agencies(connection, today)
        agencies.receiver(message.agency_code)
        new = NewCase(
            code=receipt.code,
            secret_digest=digest,
            agency_id=agencies.ids[message.agency_code],
            kind=message.kind,
            text=message.text,
            contact=_sealed(desk.secret_key, message.contact) if message.contact else None,
            received_on=today,
            due_on=due_on,
        )
        if not cases.save_case(connection, new):
            _require_same(connection, new, message, desk.secret_key)
        kept = cases.find_case(connection, receipt.code)
    return SentCase(receipt, agencies.answering(kept), kept.due_on)


def _require_same(connection: Connection, new: NewCase, message: Message, secret_key: SecretKeys) -> None:
    """Raise KeyReplayedError unless the kept case is what a form that comes again says."""
    kept = cases.find_case(connection, new.code)
    contact = open_contact(secret_key, kept.contact) if kept.contact else ""
    said = (kept.kind, kept.text, contact) == (message.kind, message.text, message.contact)
    # A case the desk has touched may have been sent on to another agency.
    there = kept.agency_id == new.agency_id or kept.version > 1
    if not (said and there and cases.find_secret_digest(connection, new.code) == new.secret_digest):
        raise KeyReplayedError(f"the form of case {new.code} was sent before and said something else")


def follow_case(store: Store, code: str, secret: str, *, today: date) -> FollowedCase | None:
    """Return the case a receipt opens, None for a wrong code or a wrong secret, which take the same time."""
    codes, secrets = typed_codes(code), typed_secrets(secret, SECRET_LETTERS)
    with store.reading() as connection:
        digests = {typed: cases.find_secret_digest(connection, typed) for typed in codes if is_case_code(typed)}
    # Of codes that may have been meant hardly ever two are there; where none is, no fewer digests are made. Nothing is
    # held meanwhile: one waits for one's turn.
    meant = next((typed for typed, kept in digests.items() if kept), codes[0])
    if not any(_opens(digests.get(meant), _digest(meant, typed)) for typed in secrets):
        return None
    with store.reading() as connection:
        case, agencies = cases.find_case(connection, meant), read_agencies(connection, today)
    return FollowedCase(case, agencies.answering(case))


def _opens(kept: str | None, given: str) -> bool:
    return hmac.compare_digest(kept or "", given)


@tried_again
def rate_answer(store: Store, receipt: Receipt, *, read: str, satisfied: bool, today: date) -> Rating | None:
    """Keep whether the answer satisfies whoever holds the receipt; None for a wrong one. It can be said anew.

    `read` is the mark of the answer that was read. It counts for no other one: the agency may have corrected it.
    """
    followed = follow_case(store, receipt.code, receipt.secret, today=today)
    if followed is None:
        return None
    answer, code = followed.case.answer, followed.case.code
    if answer is None or followed.answer_mark != read:
        return Rating(followed, satisfied, counted=False)
    with store.writing(CASES.of(code)) as connection:
        counted = cases.rate(connection, code, answer=answer, satisfied=satisfied)
    now = follow_case(store, receipt.code, receipt.secret, today=today)
    return Rating(now, satisfied, counted) if now else None


def _sealed(secret_key: SecretKeys, contact: str) -> bytes:
    # What Fernet makes begins with the time in clear, to the second: it gets none.
    return make_sealer(secret_key, CONTACT_PURPOSE).encrypt_at_time(contact.encode(), 0)


def open_contact(secret_key: SecretKeys, sealed: bytes) -> str | None:
    """Return a contact; None when SECRET_KEY is no longer the one it was encrypted with."""
    try:
        return make_sealer(secret_key, CONTACT_PURPOSE).decrypt(sealed).decode()
    except InvalidToken:
        return None


def last_day_of_contacts(today: date, days: int) -> date:
    """Return the day before which a case must have been answered for its contact to be gone."""
    return today - timedelta(days=days)


def forget_contacts(store: Store, *, today: date, days: int) -> int:
    """Remove the contacts of cases answered more than `days` days ago, and return how many there were.

    The files of the database are written anew then, as after the removal of responses. Raises as that does.
    """
    with store.holding(SETTLING) as settling:
        gone = _forget_contacts(store, settling, answered_before=last_day_of_contacts(today, days))
        if gone:
            settle(store, (today, HalfDay.MORNING), held=settling).require_whole()
    return gone


@tried_again
def _forget_contacts(store: Store, settling: Subject, *, answered_before: date) -> int:
    with store.writing(settling, CASES) as connection:
        gone = cases.delete_contacts(connection, answered_before=answered_before)
        if gone:
            save_audit(connection, staff=BY_COMMAND, act=Act.CONTACTS_FORGOTTEN, before={"contacts": gone})
    return gone
