"""The fact questions (harassment, payments, trips …): how many chose each answer, never a part of an index.

A share is that of a satisfaction item with two answers: “this option” and “another one”. So every option becomes an
item of a questionnaire made of the facts, every fact a dimension of it, and all that counts, estimates and protects
items does so here. Source: docs/methodology.md, section 2.5.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from survey.analysis.disclosure.decide import WithheldReason
from survey.analysis.figures.results import Domain, IndexRow
from survey.fieldwork import SurveyRound, asked_questions
from survey.instrument.model import (
    NO_ANSWER,
    OTHER_ANSWER,
    THIS_ANSWER,
    Dimension,
    IndexMethod,
    Instrument,
    Item,
    Option,
    Question,
    Scale,
    number_questions,
)
from survey.responses import TICKED
from survey.tallies import DAY_WIDTH, SYMBOLS, Characters, Integers, Moment, Tally, layout_of

# What a share is made of: an answer is this option, or it is another one.
OTHER, THIS = "1", "2"
SCALE = Scale(
    (
        Option(OTHER, OTHER_ANSWER, 0),
        Option(THIS, THIS_ANSWER, 1),
    ),
    satisfied_from=1,
)
METHOD = IndexMethod("percent_satisfied", "pooled_answers", "exclude", 2)


@dataclass(frozen=True, slots=True)
class FactOption:
    """One option of a fact question; `part` is its name among the items of `instrument_of_facts`."""

    question: Question
    option: Option

    @property
    def part(self) -> str:
        """The code of the option's share."""
        return f"{self.question.code}_{self.option.symbol}"


@dataclass(frozen=True, slots=True, eq=False)
class FactLine:
    """One question of one agency, block or everybody; `shares` are the rows of its options, in their order.

    The index of a row is the share in per cent of those who answered the question, `responses` how many these are.
    `reason` tells why it is not shown.
    """

    domain: Domain
    question: Question
    shares: tuple[IndexRow, ...]
    reason: WithheldReason | None

    @property
    def responses(self) -> int:
        """How many answered the question."""
        return self.shares[0].responses

    def range_of(self, share: IndexRow) -> tuple[float | None, float | None]:
        """Return the 95% range of a share with two decimals: more of them would tell apart who is hidden in a sum."""
        one = share.estimate
        if one is None or one.low is None or one.upp is None:
            return None, None
        return round(one.low, 2), round(one.upp, 2)


def facts_asked(survey_round: SurveyRound, instrument: Instrument) -> tuple[Question, ...]:
    """Return the fact questions that a round asks, in the order of the form."""
    return tuple(one for one in asked_questions(survey_round, instrument) if one.kind == "fact")


def choices_of(questions: Iterable[Question]) -> tuple[FactOption, ...]:
    """Return every option of some questions."""
    return tuple(FactOption(question, option) for question in questions for option in question.options)


def instrument_of_facts(instrument: Instrument, questions: Collection[Question]) -> Instrument:
    """Return the questionnaire whose dimensions are the questions and whose items are their options."""
    dimensions = tuple(
        Dimension(
            question.code,
            "",
            question.short,
            tuple(map(_item_of, choices_of([question]))),
        )
        for question in questions
    )
    numbered = number_questions(dimensions, SCALE, ())
    return replace(instrument, scale=SCALE, dimensions=dimensions, facts=(), method=METHOD, questions=numbered)


def _item_of(choice: FactOption) -> Item:
    return Item(choice.part, choice.option.label, choice.option.label, "background")


def blocks_of_facts(
    blocks: Iterable[bytes], instrument: Instrument, questions: Collection[Question], *, point_digits: int
) -> Iterator[bytes]:
    """Yield blocks of dated lines as `count_blocks` takes them, each record as one of `instrument_of_facts`."""
    head = point_digits + DAY_WIDTH
    for block in blocks:
        lines = np.frombuffer(block, np.uint8).reshape(-1, head + instrument.width)
        columns = [_marks(lines[:, head:], one) for one in choices_of(questions)]
        yield np.column_stack([lines[:, :head], *columns]).tobytes()


def _marks(records: Characters, choice: FactOption) -> Characters:
    """Return, for every record, whether it holds this option, another one or no answer to the question."""
    question, symbol = choice.question, choice.option.symbol
    place = question.positions[question.options.index(choice.option)] if question.multiple else question.positions[0]
    column = records[:, place]
    chosen = column == ord(TICKED if question.multiple else symbol)
    return np.where(column == ord(NO_ANSWER), ord(NO_ANSWER), np.where(chosen, ord(THIS), ord(OTHER))).astype(np.uint8)


def tally_of_facts(tally: Tally, instrument: Instrument, questions: Collection[Question]) -> Tally:
    """Return what a tally of `instrument` holds of the facts as one of `instrument_of_facts`.

    How the options of a question come together is not in a tally, so the moments of whole questions are left 0; the
    shares of options follow from the counts.
    """
    fact_instrument = instrument_of_facts(instrument, questions)
    layout, choices = layout_of(fact_instrument), choices_of(questions)
    counts = np.zeros((len(tally.responses), layout.width, layout.symbols), np.int64)
    for place, choice in enumerate(choices):
        answers, chosen = _held(tally, choice)
        counts[:, place, SYMBOLS.index(NO_ANSWER)] = tally.responses - answers
        counts[:, place, SYMBOLS.index(THIS)], counts[:, place, SYMBOLS.index(OTHER)] = chosen, answers - chosen
    moments = np.zeros((len(tally.responses), len(layout.dimensions) + 1, len(Moment)), np.int64)
    return Tally(tally.responses, counts, moments)


def _held(tally: Tally, choice: FactOption) -> tuple[Integers, Integers]:
    """Return how many of each group answered the question, and how many chose the option."""
    question = choice.question
    place = question.positions[question.options.index(choice.option)] if question.multiple else question.positions[0]
    answers = tally.responses - tally.counts[:, place, SYMBOLS.index(NO_ANSWER)]
    symbol = TICKED if question.multiple else choice.option.symbol
    return answers, tally.counts[:, place, SYMBOLS.index(symbol)]
