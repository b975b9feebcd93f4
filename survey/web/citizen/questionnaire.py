"""The questionnaire as the citizen's template reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from survey.instrument import Instrument, Question
from survey.wording import Language, word

NO_CHOICES: Mapping[str, frozenset[str]] = {}
NO_FAULTS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """One question on the page. `options` are (symbol, label, level or None for not applicable)."""

    code: str
    wording: str
    options: tuple[tuple[str, str, int | None], ...]
    multiple: bool
    answer: frozenset[str]
    fault: str


@dataclass(frozen=True, slots=True)
class Section:
    """The questions of one dimension, or (without a letter) those outside the index."""

    letter: str
    label: str
    questions: tuple[AskedQuestion, ...]


def make_sections(
    instrument: Instrument,
    questions: Sequence[Question],
    *,
    language: Language,
    chosen: Mapping[str, frozenset[str]] = NO_CHOICES,
    faults: Mapping[str, str] = NO_FAULTS,
) -> tuple[Section, ...]:
    """Return the sections of the form in the official order, with what was chosen and what was wrong."""
    unit = instrument.unit.in_language(language)

    def asked(question: Question) -> AskedQuestion:
        return AskedQuestion(
            code=question.code,
            wording=question.wording.in_language(language, unit),
            options=_options(question, language),
            multiple=question.multiple,
            answer=chosen.get(question.code, frozenset()),
            fault=word(faults[question.code], language) if question.code in faults else "",
        )

    sections = [
        Section(
            dimension.letter,
            dimension.label.in_language(language),
            tuple(asked(question) for question in questions if question.dimension == dimension.code),
        )
        for dimension in instrument.dimensions
    ]
    others = tuple(asked(question) for question in questions if question.dimension is None)
    return (*sections, Section("", word("Câu hỏi thêm", language), others)) if others else tuple(sections)


def _options(question: Question, language: Language) -> tuple[tuple[str, str, int | None], ...]:
    # The overall question is outside every index, so its options carry no points; its faces are the scale's.
    faces = question.kind in ("item", "overall")
    options = tuple(
        (option.symbol, option.label.in_language(language), place if faces else None)
        for place, option in enumerate(question.options, 1)
    )
    if question.not_applicable is None:
        return options
    return (*options, ("N", question.not_applicable.in_language(language), None))
