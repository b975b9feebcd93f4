"""How a paper sheet is typed on the numeric keypad.

Questions stand in groups, one field each: a dimension is typed as one digit per question. `0` (or `-`)
is no answer, `9` not applicable. A question a digit is not enough for, with many options or several
answers, has a field of its own, where the numbers of the options are typed with spaces between them;
there the last number is not applicable, if the question offers that.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from survey.formatting import LONGEST_TEXT, plain_signs
from survey.instrument import Instrument, LocalText, Question
from survey.instrument.model import NOT_APPLICABLE
from survey.wording import Phrase, phrase

Answers = dict[str, str | frozenset[str]]

NO_ANSWER_KEYS = frozenset("0-")
NOT_APPLICABLE_KEY = "9"
MOST_DIGIT_OPTIONS = 8
LETTER_OF_OTHERS = "K"


@dataclass(frozen=True, slots=True)
class KeyedQuestion:
    """A question and the sign that names it on the paper form: its code, or K1, K2 … outside the dimensions."""

    sign: str
    question: Question

    @property
    def by_digit(self) -> bool:
        """Tell whether one digit says its answer."""
        return not self.question.multiple and len(self.question.options) <= MOST_DIGIT_OPTIONS

    @property
    def keys(self) -> Mapping[str, str]:
        """Return what is typed for each answer (key → symbol), options in their order."""
        if not self.by_digit:
            return {str(place): symbol for place, symbol in enumerate(self.question.symbols, 1)}
        offered = {str(place): option.symbol for place, option in enumerate(self.question.options, 1)}
        return {**offered, NOT_APPLICABLE_KEY: NOT_APPLICABLE} if self.question.not_applicable else offered

    @property
    def keystrokes(self) -> int:
        """Return how many positions of the record it takes."""
        return len(self.question.positions)

    @property
    def accepted(self) -> Phrase:
        """Return in words what may be typed, as in “1–5, 9 hoặc 0”."""
        options = f"1–{len(self.question.options)}"
        extra = [key for key, symbol in self.keys.items() if symbol == NOT_APPLICABLE]
        return phrase("{keys} hoặc 0", keys=[options, *extra])

    def write(self, answers: Mapping[str, str | frozenset[str]]) -> str:
        """Return what is typed for its answer among `answers` (question code → symbol or symbols)."""
        answer = answers.get(self.question.code, "")
        chosen = {answer} if isinstance(answer, str) else answer
        return " ".join(key for key, symbol in self.keys.items() if symbol in chosen) or "0"


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """Questions typed into one field, which is named `name`."""

    name: str
    letter: str
    label: LocalText | Phrase
    questions: tuple[KeyedQuestion, ...]

    @property
    def size(self) -> int | None:
        """Return how many digits are typed; None where numbers are."""
        return len(self.questions) if self.questions[0].by_digit else None

    def read(self, typed: str) -> tuple[Answers, list[Phrase]]:
        """Return the answers typed, and what is wrong with them in words.

        Spaces between digits are passed over, full-width digits are read as digits.
        """
        text = plain_signs(typed, LONGEST_TEXT)
        return self._read_digits(re.sub(r"\s", "", text)) if self.size else _read_numbers(self.questions[0], text)

    def write(self, answers: Mapping[str, str | frozenset[str]]) -> str:
        """Return what is typed for these answers."""
        between = "" if self.size else " "
        return between.join(one.write(answers) for one in self.questions)

    def _read_digits(self, digits: str) -> tuple[Answers, list[Phrase]]:
        if len(digits) != self.size:
            counts = {"size": self.size, "typed": len(digits)}
            return {}, [phrase("Mục {letter}: cần {size} chữ số, đã gõ {typed}.", letter=self.letter, **counts)]
        pairs = list(zip(self.questions, digits, strict=True))
        wrong = [
            _not_taken(keyed, digit)
            for keyed, digit in pairs
            if digit not in keyed.keys and digit not in NO_ANSWER_KEYS
        ]
        return {keyed.question.code: keyed.keys[digit] for keyed, digit in pairs if digit in keyed.keys}, wrong


def _not_taken(one: KeyedQuestion, typed: str) -> Phrase:
    told = {"sign": one.sign, "accepted": one.accepted, "typed": typed}
    return phrase("Câu {sign}: chỉ nhận {accepted}, không nhận “{typed}”.", **told)


def _read_numbers(keyed: KeyedQuestion, text: str) -> tuple[Answers, list[Phrase]]:
    numbers = [number for number in re.split(r"[\s,;.]+", text) if number and number not in NO_ANSWER_KEYS]
    if unknown := [number for number in numbers if number not in keyed.keys]:
        return {}, [_not_taken(keyed, unknown[0][:20])]
    chosen = frozenset(keyed.keys[number] for number in numbers)
    if len(chosen) > 1 and not keyed.question.multiple:
        return {}, [phrase("Câu {sign}: chỉ nhận một số.", sign=keyed.sign)]
    if not chosen:
        return {}, []
    return {keyed.question.code: chosen if keyed.question.multiple else next(iter(chosen))}, []


def key_groups(instrument: Instrument, questions: Sequence[Question]) -> tuple[KeyGroup, ...]:
    """Return the fields a sheet of these questions is typed into, in the order of the form."""
    labels = {dimension.code: (dimension.letter, dimension.label) for dimension in instrument.dimensions}
    signed = list(_signed(questions))
    groups = [tuple(some) for _, some in groupby(signed, key=_place)]
    return tuple(
        KeyGroup(f"keys-{number}", *labels.get(some[0].question.dimension or "", _others(some)), some)
        for number, some in enumerate(groups, 1)
    )


def _others(some: Sequence[KeyedQuestion]) -> tuple[str, LocalText | Phrase]:
    """Return letter and label of a group outside the dimensions: a question alone is named by itself."""
    if len(some) == 1:
        return some[0].sign, some[0].question.short
    return LETTER_OF_OTHERS, phrase("Câu hỏi thêm")


def _place(one: KeyedQuestion) -> tuple[str | None, str]:
    return one.question.dimension, "" if one.by_digit else one.question.code


def _signed(questions: Sequence[Question]) -> Iterable[KeyedQuestion]:
    others = 0
    for question in questions:
        others += question.dimension is None
        yield KeyedQuestion(question.code if question.dimension else f"{LETTER_OF_OTHERS}{others}", question)
