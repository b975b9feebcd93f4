"""Where the answers of an instrument stand in the packed record, and what they are worth."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from survey.instrument.model import NO_ANSWER, NOT_APPLICABLE, OPTION_SYMBOLS, Instrument, Question
from survey.responses import NOT_TICKED, TICKED

Integers: TypeAlias = NDArray[np.int64]
Characters: TypeAlias = NDArray[np.uint8]
Numbers: TypeAlias = NDArray[np.float64]

SYMBOLS = NO_ANSWER + NOT_APPLICABLE + OPTION_SYMBOLS


@dataclass(frozen=True, slots=True, eq=False)
class RecordLayout:
    """Where an instrument's answers stand in the record and what they are worth.

    `questions` holds the question code of each position, `dimensions` the positions of each dimension's
    items. `allowed` (positions, symbols + 1) tells what a position may hold; its last column stands for
    every character that is no symbol of this instrument. The tables are for `bytes.translate`: they turn
    a character into the number of its symbol, and an item's answer into 1 if valid, 1 if satisfied, its points.
    """

    questions: tuple[str, ...]
    dimensions: tuple[tuple[int, ...], ...]
    allowed: NDArray[np.bool_]
    symbol_of: bytes
    valid_of: bytes
    satisfied_of: bytes
    points_of: bytes

    @property
    def width(self) -> int:
        """Number of characters in a record."""
        return len(self.questions)

    @property
    def symbols(self) -> int:
        """Number of symbols counted apart: no answer, not applicable and each option."""
        return len(self.allowed[0]) - 1

    @property
    def most_points(self) -> int:
        """Points of a response that gives every item the best answer."""
        return max(self.points_of) * sum(map(len, self.dimensions))


def layout_of(instrument: Instrument) -> RecordLayout:
    """Return how to read and count the records of `instrument`.

    >>> from survey.instrument import load_instrument
    >>> layout_of(load_instrument("sipas-2023")).dimensions[1]
    (3, 4, 5, 6)
    """
    places = [question for question in instrument.questions for _ in question.positions]
    symbols = 1 + max(SYMBOLS.index(option.symbol) for question in places for option in question.options)
    points = {option.symbol: option.points or 0 for option in instrument.scale.options}
    return RecordLayout(
        questions=tuple(question.code for question in places),
        dimensions=tuple(_positions(instrument, dimension.code) for dimension in instrument.dimensions),
        allowed=np.array(
            [[symbol in _holds(question) for symbol in SYMBOLS[:symbols]] + [False] for question in places]
        ),
        symbol_of=_table({symbol: number for number, symbol in enumerate(SYMBOLS[:symbols])}, default=symbols),
        valid_of=_table(dict.fromkeys(points, 1)),
        satisfied_of=_table(
            {symbol: int(worth >= instrument.scale.satisfied_from) for symbol, worth in points.items()}
        ),
        points_of=_table(points),
    )


def _positions(instrument: Instrument, dimension: str) -> tuple[int, ...]:
    return tuple(question.positions[0] for question in instrument.questions if question.dimension == dimension)


def _holds(question: Question) -> tuple[str, ...]:
    return (NO_ANSWER, TICKED, NOT_TICKED) if question.multiple else (NO_ANSWER, *question.symbols)


def _table(values: Mapping[str, int], *, default: int = 0) -> bytes:
    return bytes(values.get(chr(code), default) for code in range(256))
