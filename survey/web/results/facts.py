"""The fact questions on the public pages: how many of a hundred chose each answer."""

from collections.abc import Iterable
from dataclasses import dataclass

from survey.analysis.disclosure.decide import WithheldReason
from survey.analysis.facts import FactLine
from survey.formatting import format_count, format_percent
from survey.operations.results.facts import PublishedFacts
from survey.web.analysis.tables import NO_RESPONSES, WITHHELD
from survey.wording import Language, word


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One answer: its share with the range, in words."""

    label: str
    share: str
    range: str


@dataclass(frozen=True, slots=True)
class QuestionLines:
    """A question with its answers; `withheld` stands in place of the figures that are not shown."""

    label: str
    responses: str
    withheld: str
    answers: tuple[AnswerLine, ...]


def fact_lines(facts: PublishedFacts, agency_code: str, language: Language) -> tuple[QuestionLines, ...]:
    """Return what an agency's people, or everybody's, said to the questions outside the index."""
    return tuple(_questions(facts.of(agency_code=agency_code), language))


def _questions(lines: Iterable[FactLine], language: Language) -> Iterable[QuestionLines]:
    for line in lines:
        label = line.question.short.in_language(language)
        if line.reason:
            words = NO_RESPONSES if line.reason is WithheldReason.NO_RESPONSES else WITHHELD
            yield QuestionLines(label, "", word(words, language), ())
        else:
            pairs = zip(line.question.options, line.shares, strict=True)
            answers = tuple(
                AnswerLine(
                    option.label.in_language(language),
                    format_percent(share.index, 2, language=language),
                    _range(line.range_of(share), language),
                )
                for option, share in pairs
            )
            yield QuestionLines(label, format_count(line.responses, language=language), "", answers)


def _range(ends: tuple[float | None, float | None], language: Language) -> str:
    if ends[0] is None:
        return "–"
    low, upp = (format_percent(end, 2, language=language) for end in ends)
    return word("từ {low} đến {upp}", language).format(low=low, upp=upp)
