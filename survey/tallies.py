"""Count packed records: the only counting code, used by the store, the analysis and Spark alike.

Everything is an integer, and tallies add: the tally of two sets of responses is the sum of their
tallies. It needs numpy and the instrument, nothing else, so it runs wherever the records are: in the
process that reads the database, or on a Spark worker through `mapInArrow`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import reduce
from itertools import compress
from operator import add
from typing import NoReturn, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from survey.errors import AnswerError
from survey.instrument.model import NO_ANSWER, NOT_APPLICABLE, OPTION_SYMBOLS, Instrument, Question
from survey.responses import NOT_TICKED, TICKED

Integers: TypeAlias = NDArray[np.int64]
Characters: TypeAlias = NDArray[np.uint8]
Numbers: TypeAlias = NDArray[np.float64]

SYMBOLS = NO_ANSWER + NOT_APPLICABLE + OPTION_SYMBOLS
ARRAYS = ("responses", "counts", "moments")
FIRST_INEXACT = 2**53


class Moment(IntEnum):
    """The last axis of `Tally.moments`: sums over responses of n valid answers, y satisfied ones and t points."""

    RESPONSES = 0
    N = 1
    NN = 2
    Y = 3
    YY = 4
    YN = 5
    T = 6
    TT = 7
    TN = 8


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
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


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """How the responses of each group answered: integers, the group is the first axis.

    `responses` (groups,). `counts` (groups, positions, symbols): responses that hold each symbol, in the
    order of `SYMBOLS`, at each position. `moments` (groups, dimensions + 1, 9): the sums named by `Moment`
    per dimension and, last, over all items; enough for any ratio of them and its standard error.
    """

    responses: Integers
    counts: Integers
    moments: Integers

    @classmethod
    def empty(cls, layout: Layout, groups: int) -> Self:
        """Return the tally of no response at all."""
        parts = len(layout.dimensions) + 1
        shapes = (groups,), (groups, layout.width, layout.symbols), (groups, parts, len(Moment))
        return cls(*(np.zeros(shape, np.int64) for shape in shapes))

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Return the tally that `to_bytes` wrote."""
        arrays = json.loads(stored)
        return cls(*(np.array(arrays[name]["sums"], np.int64).reshape(arrays[name]["shape"]) for name in ARRAYS))

    def to_bytes(self) -> bytes:
        """Return the canonical form, the same for equal tallies: JSON of plain integers in ASCII."""
        arrays = ((name, getattr(self, name)) for name in ARRAYS)
        plain = {name: {"shape": array.shape, "sums": array.ravel().tolist()} for name, array in arrays}
        return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode("ascii")

    def equals(self, other: "Tally") -> bool:
        """Tell whether both hold the same sums of the same groups."""
        return all(np.array_equal(getattr(self, name), getattr(other, name)) for name in ARRAYS)

    def __add__(self, other: "Tally") -> "Tally":
        """Return the tally of both sets of responses; raises ValueError unless groups and instrument agree."""
        if (self.counts.shape, self.moments.shape) != (other.counts.shape, other.moments.shape):
            raise ValueError("tallies add only over the same groups of the same instrument")
        return Tally(self.responses + other.responses, self.counts + other.counts, self.moments + other.moments)

    def regrouped(self, index: NDArray[np.integer], size: int) -> "Tally":
        """Return the tally of `size` coarser groups; group g goes into group `index[g]`."""
        coarser = _checked(index, size, count=len(self.responses))
        return Tally(*(_added_up(array, coarser, size) for array in (self.responses, self.counts, self.moments)))


def layout_of(instrument: Instrument) -> Layout:
    """Return how to read and count the records of `instrument`.

    >>> from survey.instrument import load_instrument
    >>> layout_of(load_instrument("sipas-2023")).dimensions[1]
    (3, 4, 5, 6)
    """
    places = [question for question in instrument.questions for _ in question.positions]
    symbols = 1 + max(SYMBOLS.index(option.symbol) for question in places for option in question.options)
    points = {option.symbol: option.points or 0 for option in instrument.scale.options}
    return Layout(
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


def tally(records: Characters | bytes, layout: Layout, *, groups: NDArray[np.integer], size: int) -> Tally:
    """Return the tally of `records` (n, width), ASCII codes, response i belonging to group `groups[i]` < `size`.

    Bytes are taken as records without separators. Raises AnswerError on a character its position cannot
    hold, ValueError on a record of another width or a group outside 0 … size - 1.
    """
    matrix = _lines(records, layout.width) if isinstance(records, bytes) else records
    if matrix.shape[1:] != (layout.width,) or len(matrix) * layout.most_points**2 >= FIRST_INEXACT:
        raise ValueError(f"records must be {layout.width} characters wide, and few enough to be summed exactly")
    found = _checked(groups, size, count=len(matrix))
    by_position = matrix.tobytes("F")
    counts = _count(_translated(by_position, layout.symbol_of, layout), layout, groups=found, size=size)
    if (counts.any(axis=0) & ~layout.allowed).any():
        _refuse(matrix, layout)
    moments = _sum_moments(by_position, layout, groups=found, size=size)
    return Tally(np.bincount(found, minlength=size), counts[:, :, :-1], moments)


def tally_blocks(blocks: Iterable[bytes], layout: Layout, *, service_points: Sequence[int], point_digits: int) -> Tally:
    """Return the tally of blocks as `parse_block` takes them; group g is the service point with id `service_points[g]`.

    One block at a time is held. Raises as `parse_block` and `tally` do, and ValueError on a service
    point that is not listed.
    """
    group_of = np.full(max(service_points, default=-1) + 2, -1)
    group_of[list(service_points)] = np.arange(len(service_points))
    size = len(service_points)
    parsed = (parse_block(block, layout, point_digits=point_digits) for block in blocks)
    tallies = (tally(records, layout, groups=_numbered(ids, group_of), size=size) for ids, records in parsed)
    return reduce(add, tallies, Tally.empty(layout, size))


def parse_block(block: bytes, layout: Layout, *, point_digits: int) -> tuple[Integers, Characters]:
    """Return the service point ids (n,) and the records (n, width) of a block of lines without separators.

    A line is the id in `point_digits` decimal digits, zero-padded, and the record. Raises ValueError when
    the block does not divide into such lines.
    """
    lines = _lines(block, point_digits + layout.width)
    digits = lines[:, :point_digits] - ord("0")
    if (digits > 9).any():
        raise ValueError(f"each line must begin with a service point id of {point_digits} digits")
    ids = reduce(lambda found, digit: found * 10 + digit, digits.T, np.zeros(len(lines), np.int64))
    return ids, lines[:, point_digits:]


def _lines(block: bytes, width: int) -> Characters:
    if len(block) % width:
        raise ValueError(f"{len(block)} bytes do not divide into lines of {width} characters")
    return np.frombuffer(block, np.uint8).reshape(-1, width)


def _numbered(ids: Integers, group_of: Integers) -> Integers:
    """Turn ids into group numbers; the last entry of `group_of` stands for every id beyond the table."""
    groups = group_of[np.minimum(ids, len(group_of) - 1)]
    if (groups < 0).any():
        raise ValueError(f"a response names the service point {ids[groups < 0][0]}, which is not among those counted")
    return groups


def _checked(groups: NDArray[np.integer], size: int, *, count: int) -> Integers:
    if groups.shape != (count,) or (count and not 0 <= groups.min() <= groups.max() < size):
        raise ValueError(f"there must be {count} groups, each from 0 to {size - 1}")
    return groups.astype(np.int64, casting="safe", copy=False)


def _added_up(array: Integers, index: Integers, size: int) -> Integers:
    sums = np.zeros((size, *array.shape[1:]), np.int64)
    np.add.at(sums, index, array)
    return sums


def _translated(by_position: bytes, table: bytes, layout: Layout) -> Characters:
    return np.frombuffer(by_position.translate(table), np.uint8).reshape(layout.width, -1)


def _count(columns: Characters, layout: Layout, *, groups: Integers, size: int) -> Integers:
    """Count each symbol (and, last, what is none) per group and position, a histogram for each position."""
    kinds = layout.symbols + 1
    cells = groups * kinds
    histograms = [np.bincount(cells + column, minlength=size * kinds).reshape(size, kinds) for column in columns]
    return np.stack(histograms, axis=1)


def _sum_moments(by_position: bytes, layout: Layout, *, groups: Integers, size: int) -> Integers:
    tables = (layout.valid_of, layout.satisfied_of, layout.points_of)
    parts = zip(*(_part_sums(_translated(by_position, table, layout), layout) for table in tables), strict=True)
    return np.stack([_moments(*part, groups=groups, size=size) for part in parts], axis=1)


def _part_sums(columns: Characters, layout: Layout) -> list[Numbers]:
    """Sum what each response has in each dimension and, last, in all of them."""
    sums = [columns[list(positions)].sum(axis=0, dtype=np.float64) for positions in layout.dimensions]
    return [*sums, np.sum(sums, axis=0)]


def _moments(n: Numbers, y: Numbers, t: Numbers, *, groups: Integers, size: int) -> Integers:
    """Sum the nine products over the responses of each group, in the order of `Moment`.

    `bincount` adds weights as doubles; whole numbers below 2**53 lose nothing in them.
    """
    products = (n > 0, n, n * n, y, y * y, y * n, t, t * t, t * n)
    return np.stack([np.bincount(groups, product, size) for product in products], axis=1).astype(np.int64)


def _refuse(matrix: Characters, layout: Layout) -> NoReturn:
    """Name the first character that its position cannot hold."""
    symbols = _translated(matrix.tobytes("F"), layout.symbol_of, layout)
    position, row = np.argwhere([~may[column] for may, column in zip(layout.allowed, symbols, strict=True)])[0]
    offered = tuple(compress(SYMBOLS, layout.allowed[position]))[1:]
    raise AnswerError(layout.questions[position], chr(matrix[row, position]), offered)
