"""Whom we measure, where, when and out of how many. Values only; the store keeps them."""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from itertools import combinations
from random import Random

from survey.formatting import plain_signs
from survey.instrument.model import Instrument, Question
from survey.telex import keys_of

SEAL_AFTER = timedelta(days=7)
CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 7
# Typed codes of every kind are shorter, with all that people put between their signs.
MOST_TYPED_CODE = 40


class SamplingBasis(StrEnum):
    """How respondents came into the data; printed on every table."""

    SELF_SELECTED = "self_selected"
    PROBABILITY = "probability"


class RoundState(StrEnum):
    """Computed from dates, never stored."""

    UPCOMING = "upcoming"
    OPEN = "open"
    CLOSED = "closed"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True)
class Agency:
    """A body being measured (cơ quan). `valid_to` is its last day; `successor_code` took over its work."""

    code: str
    name: str
    short_name: str
    block: str
    parent_code: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successor_code: str | None = None


@dataclass(frozen=True, slots=True)
class ServicePoint:
    """A place with its own QR code. `code` is unique for ever: a printed code is never used again."""

    code: str
    agency_code: str
    name: str
    valid_from: date | None = None
    valid_to: date | None = None

    def is_valid_on(self, day: date) -> bool:
        """Tell whether the poster of this point should be answered on `day`."""
        return (self.valid_from or day) <= day <= (self.valid_to or day)

    def is_in_use(self, first: date, last: date) -> bool:
        """Tell whether its poster can be answered on some day from `first` to `last`."""
        return (self.valid_from or first) <= last and first <= (self.valid_to or first)


@dataclass(frozen=True, slots=True)
class SurveyRound:
    """One repetition of the survey. Answers queued on phones are taken until `seals`.

    `asks` holds the codes of the questions outside the index that this round asks.
    """

    code: str
    title: str
    instrument: str
    instrument_digest: str
    opens: date
    closes: date
    seals: date
    basis: SamplingBasis = SamplingBasis.SELF_SELECTED
    asks: tuple[str, ...] = ()
    simulated: bool = False
    previous_code: str | None = None

    def state_on(self, day: date) -> RoundState:
        """Return the state on `day`."""
        if day < self.opens:
            return RoundState.UPCOMING
        if day <= self.closes:
            return RoundState.OPEN
        return RoundState.CLOSED if day <= self.seals else RoundState.SEALED

    def nearest_day(self, day: date) -> date:
        """Return the day of the round that is nearest to `day`."""
        return min(max(day, self.opens), self.closes)


@dataclass(frozen=True, slots=True)
class VisitCount:
    """How many people were served from `from_day` to `to_day`, both included: a denominator.

    Counted at one service point or, where only that is known, for one agency as a whole; exactly one of
    the two codes is set, the other is empty.
    """

    service_point_code: str
    agency_code: str
    from_day: date
    to_day: date
    visits: int

    @property
    def unit(self) -> tuple[str, str]:
        """Whom the count is of."""
        return self.service_point_code, self.agency_code

    def has_period_of(self, other: "VisitCount") -> bool:
        """Tell whether both count exactly the same days."""
        return (self.from_day, self.to_day) == (other.from_day, other.to_day)

    def overlaps(self, other: "VisitCount") -> bool:
        """Tell whether some day of one unit is counted in both."""
        return self.unit == other.unit and self.from_day <= other.to_day and other.from_day <= self.to_day


def asked_questions(survey_round: SurveyRound, instrument: Instrument) -> tuple[Question, ...]:
    """Return the questions this round asks, in the order of the form: every item, and what `asks` names."""
    return tuple(
        question for question in instrument.questions if question.kind == "item" or question.code in survey_round.asks
    )


def default_asks(instrument: Instrument, *, profile: bool = False, overall: bool = False) -> tuple[str, ...]:
    """Return the codes of the questions outside the index a new round asks; a sensitive one only by name, later."""
    wanted = {"profile": profile, "overall": overall}
    return tuple(
        fact.code for fact in instrument.facts if wanted.get(fact.kind, fact.asked_by_default) and not fact.sensitive
    )


# The code of a service point. Its symbols stand for the elements 0-31 of the finite field GF(32), and
# the code is a polynomial in them that vanishes at the field's generator x (x⁵ = x² + 1). The seven
# places thus carry seven different weights, none of them zero: one wrong symbol adds (weight × error),
# two swapped ones add (difference of weights × difference of symbols), and a field has no divisors of zero.


# What people put around a code, or a sentence behind it.
_AROUND = "/\\.,;:!?…()[]{}<>\"'“”‘’«»*"


def make_code(random: Random) -> str:
    """Return a new service point code: six symbols drawn from `random` and their check character.

    Pass `secrets.SystemRandom()` for codes that go to print and a seeded `Random` for repeatable ones.
    Whether the code is already taken, only the store can tell.
    """
    drawn = "".join(random.choices(CODE_ALPHABET, k=CODE_LENGTH - 1))
    return drawn + CODE_ALPHABET[_times_x(_remainder(drawn))]


def normalise_code(text: str) -> str:
    """Return what somebody typed as a code is written: upper-case, without spaces, hyphens and signs around it.

    What a keyboard set to Telex made of a code is taken back where exactly one well-formed code can have been typed.
    The characters a code never holds are left alone, and so are refused: `0` may stand for `Q` or `D`
    and `1` or `I` for `L`, `J` or `7`, so any guess would sometimes lead to another counter.

    >>> normalise_code(" k7m-2q4 d."), normalise_code("34LÊHE")
    ('K7M2Q4D', '34LEEHE')
    """
    codes = codes_typed(text)
    return min(codes) if len(codes) == 1 else written_code(text)


def codes_typed(text: str) -> frozenset[str]:
    """Return every well-formed code that can have been typed: of several, the registry tells which one there is.

    >>> sorted(codes_typed("34l-êhe.")), sorted(codes_typed("xin chào"))
    (['34LEEHE'], [])
    """
    typed = written_code(text)
    return frozenset([typed] if is_code(typed) else keys_of(typed, CODE_LENGTH, is_code))


def written_code(text: str) -> str:
    """Return what stands in a table as a code is written; nobody types thousands of them, so Telex is not looked for.

    >>> written_code(" k7m-2q4 d.")
    'K7M2Q4D'
    """
    return re.sub(r"[\s\-\u2010-\u2014]", "", plain_signs(text, MOST_TYPED_CODE)).strip(_AROUND).upper()


def is_code(text: str) -> bool:
    """Tell whether `text` is a well-formed code: seven symbols of the alphabet, the last one checking the others."""
    return len(text) == CODE_LENGTH and set(text) <= set(CODE_ALPHABET) and _remainder(text) == 0


def is_near(code: str, taken: Set[str]) -> bool:
    """Tell whether a code that is `taken` is this one or differs from it in two symbols: none differs in one only.

    The check symbol makes codes linear over GF(32), so those two symbols apart are the code plus one of 651 words.
    """
    return code in taken or any(other in taken for other in _two_apart(code))


def _two_apart(code: str) -> Iterator[str]:
    symbols = [CODE_ALPHABET.index(symbol) for symbol in code]
    for first, by, second, also in _light_words():
        one, other = CODE_ALPHABET[symbols[first] ^ by], CODE_ALPHABET[symbols[second] ^ also]
        yield f"{code[:first]}{one}{code[first + 1 : second]}{other}{code[second + 1 :]}"


@cache
def _light_words() -> tuple[tuple[int, int, int, int], ...]:
    """Return the words of two symbols whose remainder is 0: a place and what is added there, twice."""
    words = []
    for first, second in combinations(range(CODE_LENGTH), 2):
        for by in range(1, len(CODE_ALPHABET)):
            also = by
            for _ in range(second - first):
                also = _times_x(also)
            words.append((first, by, second, also))
    return tuple(words)


def _remainder(symbols: str) -> int:
    remainder = 0
    for symbol in symbols:
        remainder = _times_x(remainder) ^ CODE_ALPHABET.index(symbol)
    return remainder


def _times_x(element: int) -> int:
    doubled = element << 1
    return doubled ^ 0b100101 if doubled & 0b100000 else doubled
