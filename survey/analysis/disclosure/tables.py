"""What is published, as sums: the cells of tables, and which of them add up to which (docs/method/disclosure.md)."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from survey.errors import DisclosureError
from survey.tallies import Integers, Numbers

Name = Hashable
Flags = NDArray[np.bool_]
NOBODY = -1


class SumColumn(IntEnum):
    """The columns of a table's `sums`: people, their valid, satisfied and dissatisfied answers, and all points."""

    RESPONSES = 0
    ANSWERS = 1
    SATISFIED = 2
    POINTS = 3
    DISSATISFIED = 4


@dataclass(frozen=True, slots=True)
class Total:
    """A cell that is the sum of other cells: `name` = Σ `parts`.

    Over domains every measure adds. Over parts of the questionnaire (`over_parts`) answers add, people do
    not: the same people answer several dimensions.
    """

    name: Name
    parts: tuple[Name, ...]
    over_parts: bool = False


@dataclass(frozen=True, slots=True)
class Worths:
    """What an answer can be worth in points: unsatisfied `low` … `under`, satisfied `good` … `high`.

    Of the unsatisfied ones those worth up to `bad` are dissatisfied; the others, from `middle` on, are neither.
    """

    low: int
    under: int
    good: int
    high: int
    bad: int = 0
    middle: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Additions:
    """Row r says: the cell `total[r]` is the sum of the cells marked in row r of `parts` (rows, cells)."""

    total: Integers
    parts: csr_array

    @property
    def balance(self) -> csr_array:
        """Return the matrix (rows, cells) that makes zero of every measure that adds."""
        ones = (np.ones(len(self.total)), (np.arange(len(self.total)), self.total))
        return csr_array(self.parts - csr_array(ones, shape=self.parts.shape))


@dataclass(frozen=True, slots=True, eq=False)
class DisclosureTable:
    """All cells that are looked at together; every array has a row per cell.

    `sums` (cells, measures) holds the leading columns of `SumColumn`, at least responses. `domains` add in every
    measure, `pooled` in all but responses. `within` (pairs, 2): the first cell has at most the responses of
    the second. `items` is the most answers one response can hold, 0 where that is not said. `whole` names the
    total of a cell that tells something about people (NOBODY elsewhere). `price` is what hiding a cell costs.
    `free` cells may be negative: differences between releases after responses were struck out.
    """

    names: tuple[Name, ...]
    sums: Integers
    domains: Additions
    pooled: Additions
    within: Integers
    items: Integers
    whole: Integers
    price: Numbers
    free: Flags
    worths: Worths | None = None

    @property
    def responses(self) -> Integers:
        """Return the responses of each cell."""
        return self.sums[:, SumColumn.RESPONSES]


def make_table(
    sums: Mapping[Name, Sequence[int]],
    totals: Iterable[Total],
    *,
    within: Iterable[tuple[Name, Name]] = (),
    items: Mapping[Name, int] | None = None,
    whole: Mapping[Name, Name] | None = None,
    price: Mapping[Name, float] | None = None,
    worths: Worths | None = None,
) -> DisclosureTable:
    """Return cells (name → responses and, as far as known, the other measures) with the sums that bind them.

    Raises DisclosureError when there is no cell, when measures are negative or not alike in number, when a
    total names a cell that is not there, and when it is not the sum of its parts.

    >>> table = make_table({"a": [12], "b": [30], "all": [42]}, [Total("all", ("a", "b"))])
    >>> table.responses.tolist()
    [12, 30, 42]
    """
    names, measured = tuple(sums), _checked(sums)
    place = {name: number for number, name in enumerate(names)}
    listed = list(totals)
    table = DisclosureTable(
        names=names,
        sums=measured,
        domains=_additions([total for total in listed if not total.over_parts], place),
        pooled=_additions([total for total in listed if total.over_parts], place),
        within=np.array([(place[part], place[of]) for part, of in within], np.int64).reshape(-1, 2),
        items=np.array([(items or {}).get(name, 0) for name in names], np.int64),
        whole=np.array([place[whole[name]] if whole and name in whole else NOBODY for name in names], np.int64),
        price=np.array([(price or {}).get(name, float(sums[name][0])) for name in names]),
        free=np.zeros(len(names), np.bool_),
        worths=worths,
    )
    _check_sums(table)
    return table


def _checked(sums: Mapping[Name, Sequence[int]]) -> Integers:
    widths = {len(measures) for measures in sums.values()}
    if len(widths) != 1 or not widths <= set(range(1, len(SumColumn) + 1)):
        raise DisclosureError("a table to be published needs at least one cell, and the same measures in every cell")
    measured = np.array(list(sums.values()))
    if not np.issubdtype(measured.dtype, np.integer) or (measured < 0).any():
        raise DisclosureError("responses and answers must be whole numbers, none of them negative")
    return measured.astype(np.int64)


def _additions(totals: Sequence[Total], place: Mapping[Name, int]) -> Additions:
    unknown = [name for total in totals for name in (total.name, *total.parts) if name not in place]
    if unknown:
        raise DisclosureError(f"a total speaks of {unknown[0]!r}, which is not a cell of the table")
    rows = np.repeat(np.arange(len(totals)), [len(total.parts) for total in totals])
    columns = np.array([place[name] for total in totals for name in total.parts], np.int64)
    parts = csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(totals), len(place)))
    return Additions(np.array([place[total.name] for total in totals], np.int64), parts)


def _check_sums(table: DisclosureTable) -> None:
    """Refuse totals that are not the sum of their parts: nothing hidden under them could be protected."""
    for additions, first in ((table.domains, SumColumn.RESPONSES), (table.pooled, SumColumn.ANSWERS)):
        wrong = np.argwhere(np.asarray(additions.balance @ table.sums)[:, first:])
        if len(wrong):
            row, measure = wrong[0][0], SumColumn(wrong[0][1] + first)
            held = int(table.sums[additions.total[row], measure])
            added = int((additions.parts[[row]] @ table.sums)[0, measure])
            name = table.names[additions.total[row]]
            raise DisclosureError(f"{name!r} has {held} {measure.name.lower()}, but its parts have {added} together")
