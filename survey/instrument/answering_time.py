"""How long a questionnaire takes, worked out from its words: what the first screen promises must be kept.

Words are what stands between blanks: in Vietnamese that is a syllable.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from survey.instrument.model import Instrument, Question
from survey.wording import Language, word

# Words a minute. Silent reading of English prose has a mean of 238 (Brysbaert 2019, Journal of Memory and Language
# 109, 104047). Of Vietnamese syllables no such figure could be read; the slow reader, who says each word to himself,
# is an assumption too.
FAST_READING, SLOW_READING = 238, 140
# Seconds from the end of a question to the answer that is ticked; an assumption.
FAST_CHOICE, SLOW_CHOICE = 3, 6


@dataclass(frozen=True, slots=True)
class AnsweringTime:
    """Whole minutes, from those who read fast to those who read slowly.

    >>> time = AnsweringTime(3, 5)
    >>> str(time), time.in_language("vi"), AnsweringTime(1, 1).in_language("vi")
    ('3–5', '3 đến 5 phút', '1 phút')
    """

    least: int
    most: int

    def in_language(self, language: Language) -> str:
        """Return it in words."""
        if self.least == self.most:
            return word("{minutes} phút", language).format(minutes=self.most)
        return word("{least} đến {most} phút", language).format(least=self.least, most=self.most)

    def __str__(self) -> str:
        return str(self.most) if self.least == self.most else f"{self.least}–{self.most}"


def answering_time(instrument: Instrument, questions: Sequence[Question], language: Language) -> AnsweringTime:
    """Return how long these questions take in a language; the comment nobody has to write is not counted."""
    words, choices = sum(map(_count, _texts(instrument, questions, language))), len(questions)
    return AnsweringTime(
        math.ceil(words / FAST_READING + choices * FAST_CHOICE / 60),
        math.ceil(words / SLOW_READING + choices * SLOW_CHOICE / 60),
    )


def _texts(instrument: Instrument, questions: Sequence[Question], language: Language) -> Iterator[str]:
    """Yield what is read: headings, questions, and each set of answers once, for it is known when it comes again."""
    codes = {question.dimension for question in questions}
    yield from (dimension.label.in_language(language) for dimension in instrument.dimensions if dimension.code in codes)
    known: set[tuple[str, ...]] = set()
    for question in questions:
        yield question.wording.in_language(language, instrument.unit.in_language(language))
        answers = tuple(option.label.in_language(language) for option in question.options)
        yield from answers if answers not in known else ()
        known.add(answers)


def _count(text: str) -> int:
    return len(text.split())
