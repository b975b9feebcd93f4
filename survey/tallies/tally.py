"""Sums over the responses of each group, and the one function that makes them."""

import json
from dataclasses import dataclass
from enum import IntEnum
from itertools import compress
from typing import NoReturn, Self

import numpy as np
from numpy.typing import NDArray

from survey.errors import AnswerError
from survey.tallies.layout import SYMBOLS, Characters, Integers, Numbers, RecordLayout

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
    def empty(cls, layout: RecordLayout, groups: int) -> Self:
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
        coarser = checked_groups(index, size, count=len(self.responses))
        return Tally(*(added_up(array, coarser, size) for array in (self.responses, self.counts, self.moments)))


def tally(records: Characters | bytes, layout: RecordLayout, *, groups: NDArray[np.integer], size: int) -> Tally:
    """Return the tally of `records` (n, width), ASCII codes, response i belonging to group `groups[i]` < `size`.

    Bytes are taken as records without separators. Raises AnswerError on a character its position cannot
    hold, ValueError on a record of another width or a group outside 0 … size - 1.
    """
    matrix = lines_of(records, layout.width) if isinstance(records, bytes) else records
    if matrix.shape[1:] != (layout.width,) or len(matrix) * layout.most_points**2 >= FIRST_INEXACT:
        raise ValueError(f"records must be {layout.width} characters wide, and few enough to be summed exactly")
    group_of = checked_groups(groups, size, count=len(matrix))
    by_position = matrix.tobytes("F")
    counts = _count(translated(by_position, layout.symbol_of, layout.width), layout, groups=group_of, size=size)
    if (counts.any(axis=0) & ~layout.allowed).any():
        _refuse(matrix, layout)
    moments = _sum_moments(by_position, layout, groups=group_of, size=size)
    return Tally(np.bincount(group_of, minlength=size), counts[:, :, :-1], moments)


def lines_of(block: bytes, width: int) -> Characters:
    """Return a block as its lines (n, width); raises ValueError when it does not divide into them."""
    if len(block) % width:
        raise ValueError(f"{len(block)} bytes do not divide into lines of {width} characters")
    return np.frombuffer(block, np.uint8).reshape(-1, width)


def checked_groups(groups: NDArray[np.integer], size: int, *, count: int) -> Integers:
    """Return the groups as integers; raises ValueError unless there are `count`, each from 0 to `size` - 1."""
    if groups.shape != (count,) or (count and not 0 <= groups.min() <= groups.max() < size):
        raise ValueError(f"there must be {count} groups, each from 0 to {size - 1}")
    return groups.astype(np.int64, casting="safe", copy=False)


def added_up(array: Integers, index: Integers, size: int) -> Integers:
    """Return the sums of the rows that share an index: (size, …)."""
    sums = np.zeros((size, *array.shape[1:]), np.int64)
    np.add.at(sums, index, array)
    return sums


def translated(by_position: bytes, table: bytes, width: int) -> Characters:
    """Return what a table of `RecordLayout` makes of records that were laid out position by position: (width, n)."""
    return np.frombuffer(by_position.translate(table), np.uint8).reshape(width, -1)


def _count(columns: Characters, layout: RecordLayout, *, groups: Integers, size: int) -> Integers:
    """Count each symbol (and, last, what is none) per group and position, a histogram for each position."""
    kinds = layout.symbols + 1
    cells = groups * kinds
    histograms = [np.bincount(cells + column, minlength=size * kinds).reshape(size, kinds) for column in columns]
    return np.stack(histograms, axis=1)


def _sum_moments(by_position: bytes, layout: RecordLayout, *, groups: Integers, size: int) -> Integers:
    tables = (layout.valid_of, layout.satisfied_of, layout.points_of)
    parts = zip(*(_part_sums(translated(by_position, table, layout.width), layout) for table in tables), strict=True)
    return np.stack([_moments(*part, groups=groups, size=size) for part in parts], axis=1)


def _part_sums(columns: Characters, layout: RecordLayout) -> list[Numbers]:
    """Sum what each response has in each dimension and, last, in all of them."""
    sums = [columns[list(positions)].sum(axis=0, dtype=np.float64) for positions in layout.dimensions]
    return [*sums, np.sum(sums, axis=0)]


def _moments(n: Numbers, y: Numbers, t: Numbers, *, groups: Integers, size: int) -> Integers:
    """Sum the nine products over the responses of each group, in the order of `Moment`.

    `bincount` adds weights as doubles; whole numbers below 2**53 lose nothing in them.
    """
    products = (n > 0, n, n * n, y, y * y, y * n, t, t * t, t * n)
    return np.stack([np.bincount(groups, product, size) for product in products], axis=1).astype(np.int64)


def _refuse(matrix: Characters, layout: RecordLayout) -> NoReturn:
    """Name the first character that its position cannot hold."""
    symbols = translated(matrix.tobytes("F"), layout.symbol_of, layout.width)
    position, row = np.argwhere([~may[column] for may, column in zip(layout.allowed, symbols, strict=True)])[0]
    offered = tuple(compress(SYMBOLS, layout.allowed[position]))[1:]
    raise AnswerError(layout.questions[position], chr(matrix[row, position]), offered)
