"""One respondent's answers, and the packed record they are kept in.

The record is one character per closed question in the instrument's order (one per option for a
multiple choice): `1`-`9` then `a`-`z` the option chosen, `N` not applicable, `.` no answer.
`AnswerRecord.pack` and `unpack` are the only two functions that know it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import blake2b

from survey.errors import AnswerError
from survey.instrument.model import NO_ANSWER, Instrument, Question

TICKED, NOT_TICKED = "1", "2"


class Mode(StrEnum):
    """How a response came in; figures are reported apart by mode before they are pooled."""

    QR = "qr"
    KIOSK = "kiosk"
    PAPER = "paper"
    ASSISTED = "assisted"
    IMPORT = "import"


class HalfDay(StrEnum):
    """Morning or afternoon: the finest time we keep of a response."""

    MORNING = "am"
    AFTERNOON = "pm"


class AnswerRecord:
    """The packed record of design section 5."""

    @staticmethod
    def pack(instrument: Instrument, answers: Mapping[str, str | frozenset[str]]) -> str:
        """Return the record of `answers` (question code → symbol, or the set of ticked symbols).

        A question that is not named has no answer. Raises AnswerError on a code or symbol the
        instrument does not offer.
        """
        unknown = set(answers) - {question.code for question in instrument.questions}
        if unknown:
            code = min(unknown)
            raise AnswerError(code, str(answers[code]), [question.code for question in instrument.questions])
        return "".join(_packed(question, answers.get(question.code)) for question in instrument.questions)

    @staticmethod
    def unpack(instrument: Instrument, record: str) -> dict[str, str | frozenset[str]]:
        """Return the answers given in `record`; questions without an answer are left out.

        Raises AnswerError when the record is not one of this instrument.
        """
        if len(record) != instrument.width:
            raise AnswerError("record", record, [f"{instrument.width} characters"])
        found = ((question, _unpacked(question, record)) for question in instrument.questions)
        return {question.code: answer for question, answer in found if answer}


def _packed(question: Question, answer: str | frozenset[str] | None) -> str:
    if question.multiple:
        return _packed_multiple(question, answer)
    if not answer:
        return NO_ANSWER
    if not isinstance(answer, str) or answer not in question.symbols:
        raise AnswerError(question.code, str(answer), question.symbols)
    return answer


def _packed_multiple(question: Question, answer: str | frozenset[str] | None) -> str:
    ticked = frozenset(answer or ())
    if not ticked:
        return NO_ANSWER * len(question.options)
    if not ticked <= frozenset(question.symbols):
        raise AnswerError(question.code, "".join(sorted(ticked)), question.symbols)
    return "".join(TICKED if symbol in ticked else NOT_TICKED for symbol in question.symbols)


def _unpacked(question: Question, record: str) -> str | frozenset[str]:
    packed = "".join(record[position] for position in question.positions)
    if packed == NO_ANSWER * len(packed):
        return ""
    if question.multiple:
        return _unpacked_multiple(question, packed)
    if packed not in question.symbols:
        raise AnswerError(question.code, packed, question.symbols)
    return packed


def _unpacked_multiple(question: Question, found: str) -> frozenset[str]:
    if TICKED not in found or not set(found) <= {TICKED, NOT_TICKED}:
        raise AnswerError(question.code, found, (TICKED, NOT_TICKED))
    return frozenset(symbol for symbol, mark in zip(question.symbols, found, strict=True) if mark == TICKED)


@dataclass(frozen=True, slots=True)
class Response:
    """One stored response: where, when (to the half-day), how, and the packed answers. No key, no order."""

    service_point: str
    day: date
    half: HalfDay | None
    mode: Mode
    record: str


RECEIPT_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
RECEIPT_PATTERN = rf"[{RECEIPT_ALPHABET}]{{4}}(-[{RECEIPT_ALPHABET}]{{4}}){{2}}"
KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class SubmissionKey:
    """The 128 random bits of one answering. It is never stored; only these three digests of it are.

    None of the digests can be computed from another one without the key, so a receipt does not lead
    to a row, nor a row to its comment.
    """

    secret: bytes

    @property
    def row(self) -> bytes:
        """Key of the response row."""
        return self._digest(b"row", KEY_BYTES)

    @property
    def comment(self) -> bytes:
        """Key of the comment."""
        return self._digest(b"comment", KEY_BYTES)

    @property
    def receipt(self) -> str:
        """Code shown to the respondent: 60 bits in three groups of four.

        >>> SubmissionKey(bytes(16)).receipt
        '9EZB-ECQL-YRVA'
        """
        number = int.from_bytes(self._digest(b"receipt", 8), "big")
        letters = "".join(RECEIPT_ALPHABET[number >> shift & 31] for shift in range(0, 60, 5))
        return "-".join((letters[:4], letters[4:8], letters[8:]))

    def _digest(self, purpose: bytes, size: int) -> bytes:
        return blake2b(self.secret, digest_size=size, person=purpose).digest()
