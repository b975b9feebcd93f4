"""One official questionnaire as frozen values.

Standard library only: the analysis, the form and the exports all read this, and none of them may
drag in the web or the database. Texts are plain text, never markup.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from survey.wording import Language

Confidence: TypeAlias = Literal["source", "reimplementation", "background", "ours"]
QuestionKind: TypeAlias = Literal["item", "fact", "profile", "overall"]
Definition: TypeAlias = Literal["percent_satisfied", "mean_over_max", "mean_rescaled"]
Aggregation: TypeAlias = Literal["pooled_answers", "mean_of_items", "mean_of_dimensions"]

NOT_APPLICABLE = "N"
NO_ANSWER = "."
OPTION_SYMBOLS = "123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class LocalText:
    """The same text in both languages; `{unit}` stands for the receiving point."""

    vi: str
    en: str

    def in_language(self, language: Language, unit: str = "") -> str:
        """Return the text in `language` with `{unit}` replaced."""
        return (self.vi if language == "vi" else self.en).replace("{unit}", unit)


# Of a whole questionnaire, and of the two answers that the share of an option is made of.
OVERALL_LABEL = LocalText(vi="Sự phục vụ nói chung", en="Service overall")
OTHER_ANSWER, THIS_ANSWER = (
    LocalText("câu trả lời khác", "another answer"),
    LocalText("câu trả lời này", "this answer"),
)


@dataclass(frozen=True, slots=True)
class Option:
    """One answer offered. `symbol` is its character in the answer record, `points` its score."""

    symbol: str
    label: LocalText
    points: int | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """The satisfaction scale in the official order; options at or above `satisfied_from` points are satisfied."""

    options: tuple[Option, ...]
    satisfied_from: int

    @property
    def highest(self) -> int:
        """Points of the best answer."""
        return max(option.points or 0 for option in self.options)


@dataclass(frozen=True, slots=True)
class Item:
    """One satisfaction criterion (tiêu chí). `short` is at most 80 characters, for statistics files."""

    code: str
    wording: LocalText
    short: LocalText
    confidence: Confidence
    number: str = ""
    not_applicable: LocalText | None = None


@dataclass(frozen=True, slots=True)
class Dimension:
    """One of the five measured aspects; `code` is the same in every instrument, the label is not."""

    code: str
    letter: str
    label: LocalText
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A closed question outside the index: a fact, the respondent's profile or the local overall question.

    `asked_by_default` says whether a round asks it without being told to; a `sensitive` one is asked
    only when it is named. `multiple` takes one record position per option (`1` ticked, `2` not).
    """

    code: str
    kind: QuestionKind
    wording: LocalText
    short: LocalText
    options: tuple[Option, ...]
    confidence: Confidence
    asked_by_default: bool
    multiple: bool = False
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class IndexMethod:
    """How the index is made of the answers; the identifiers are explained in docs/methodology.md."""

    definition: Definition
    aggregation: Aggregation
    missing: Literal["exclude"]
    decimals: int


@dataclass(frozen=True, slots=True)
class Question:
    """A closed question as the form, the record and the files see it, whatever it is for.

    `symbols` are the characters a position of it may hold besides `.`; `positions` are its places
    in the answer record (one, or one per option of a multiple choice).
    """

    code: str
    kind: QuestionKind
    dimension: str | None
    wording: LocalText
    short: LocalText
    options: tuple[Option, ...]
    not_applicable: LocalText | None
    multiple: bool
    positions: tuple[int, ...]
    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Instrument:
    """A questionnaire. `digest` is the SHA-256 of its file: an instrument in use never changes."""

    code: str
    title: LocalText
    legal_basis: LocalText
    unit: LocalText
    verified: bool
    note: LocalText
    scale: Scale
    dimensions: tuple[Dimension, ...]
    facts: tuple[Fact, ...]
    method: IndexMethod
    digest: str
    questions: tuple[Question, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """All satisfaction items in the order of the form."""
        return tuple(item for dimension in self.dimensions for item in dimension.items)

    @property
    def width(self) -> int:
        """Number of characters in an answer record."""
        return sum(len(question.positions) for question in self.questions)

    def question(self, code: str) -> Question:
        """Return the question with this code; raises KeyError."""
        return {question.code: question for question in self.questions}[code]


def number_questions(dimensions: tuple[Dimension, ...], scale: Scale, facts: tuple[Fact, ...]) -> tuple[Question, ...]:
    """Return all closed questions with their places in the answer record, items first."""
    return tuple(_placed(_unplaced(dimensions, scale, facts)))


def _unplaced(dimensions: tuple[Dimension, ...], scale: Scale, facts: tuple[Fact, ...]) -> Iterator[Question]:
    for dimension in dimensions:
        for item in dimension.items:
            own = (item.wording, item.short, scale.options, item.not_applicable)
            yield Question(
                item.code, "item", dimension.code, *own, False, (), _symbols(scale.options, item.not_applicable)
            )
    for fact in facts:
        texts = (fact.wording, fact.short, fact.options, None)
        yield Question(fact.code, fact.kind, None, *texts, fact.multiple, (), _symbols(fact.options, None))


def _symbols(options: tuple[Option, ...], not_applicable: LocalText | None) -> tuple[str, ...]:
    return (*(option.symbol for option in options), *([NOT_APPLICABLE] if not_applicable else []))


def _placed(questions: Iterator[Question]) -> Iterator[Question]:
    start = 0
    for question in questions:
        end = start + (len(question.options) if question.multiple else 1)
        yield replace(question, positions=tuple(range(start, end)))
        start = end
