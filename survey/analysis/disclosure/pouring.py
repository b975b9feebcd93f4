"""Hidden cells that need no linear programme, because whole lines of a table can be poured into each other.

A line is one group of people with all parts of the questionnaire: cells that no sum over domains joins, only
sums over parts. Everything that binds the inside of a line is linear and stays true when the contents of two
lines are put together. So where several hidden lines stand under the same totals, any of them may hold all
that they hold together, or nothing (docs/method/disclosure.md, section 3). With earlier releases, what
came into a line since the last of them can be poured, if the line is hidden in every release since.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from scipy.sparse import csr_array

from survey.analysis.disclosure.choice import Bindings
from survey.analysis.disclosure.releases import Stack
from survey.analysis.disclosure.tables import NOBODY, DisclosureTable, Flags
from survey.tallies import Integers


def lines_of(table: DisclosureTable) -> Integers:
    """Return the number of the line each cell belongs to: (cells,)."""
    # Loaded when it is needed, as in `disclosure_programme`.
    from scipy.sparse.csgraph import connected_components

    size = len(table.names)
    inner = csr_array(table.pooled.balance)
    pairs = table.within
    joined = csr_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    _, line = connected_components(csr_array(abs(inner).T @ abs(inner) + joined), directed=False)
    return np.asarray(line).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Pouring:
    """What can be poured in a stack: `line` (cells,) numbers the lines.

    `later` (published,) is the same cell in the next release that has it, `gain` (published,) its difference
    to the release before. Both are NOBODY where there is none.
    """

    bindings: Bindings
    stack: Stack
    line: Integers
    later: Integers
    gain: Integers

    def chain(self, cell: int) -> list[int]:
        """Return a cell and the same cell in all later releases."""
        found = [cell]
        while (cell := int(self.later[cell])) != NOBODY:
            found.append(cell)
        return found


def pouring_of(stack: Stack, bindings: Bindings) -> Pouring:
    """Return what can be poured in a stack, ready to be asked."""
    later, gain = np.full(stack.published, NOBODY), np.full(stack.published, NOBODY)
    distance = stack.release[stack.pairs[:, 0]] - stack.release[stack.pairs[:, 1]]
    # The nearest release is written last.
    for number in np.argsort(-distance, kind="stable"):
        newer, older = stack.pairs[number]
        later[older], gain[newer] = newer, stack.published + number
    return Pouring(bindings, stack, lines_of(stack.table), later, gain)


def cleared_by_pouring(pouring: Pouring, unknown: Flags, *, width: int) -> Flags:
    """Mark hidden cells (cells,) whose interval is at least `width` wide because their line can be poured.

    A line can when, in its release and all later ones, each of its cells is hidden or known to be empty, and
    none of them is a total over domains.
    """
    stack = pouring.stack
    cleared = np.zeros(len(unknown), np.bool_)
    since = np.full(stack.published, NOBODY)
    for cells in _alike(pouring, unknown):
        gain = pouring.gain[cells]
        poured = stack.table.responses[np.where(gain == NOBODY, cells, gain)].sum(axis=0)
        for cell in cells[:, poured >= width].ravel():
            moved = pouring.chain(int(cell))
            cleared[moved] = True
            since[moved] = np.maximum(since[moved], stack.release[cell])
    newer, older = stack.pairs.T
    cleared[stack.published :] = stack.release[older] < since[newer]
    return cleared


def _alike(pouring: Pouring, unknown: Flags) -> Iterator[Integers]:
    """Yield hidden cells (lines, parts), two lines or more, that stand under the same totals in all releases."""
    stack, held = pouring.stack, _held_lines(pouring, unknown)
    members: defaultdict[int, list[int]] = defaultdict(list)
    for cell in np.flatnonzero(unknown[: stack.published]):
        members[int(pouring.line[cell])].append(int(cell))
    alike: defaultdict[tuple[object, ...], list[list[int]]] = defaultdict(list)
    for cells in members.values():
        chains = [pouring.chain(cell) for cell in cells]
        if not held[pouring.line[list(chain.from_iterable(chains))]].any():
            alike[_standing(pouring, cells, chains)].append(cells)
    yield from (np.array(lines) for lines in alike.values() if len(lines) > 1)


def _held_lines(pouring: Pouring, unknown: Flags) -> Flags:
    """Mark the lines that cannot be poured by themselves."""
    table, size = pouring.stack.table, pouring.stack.published
    stuck = ~unknown[:size] & (table.responses[:size] > 0)
    stuck |= (pouring.gain != NOBODY) & table.free[pouring.gain]
    stuck[pouring.bindings.total[: pouring.bindings.own]] = True
    held = np.zeros(int(pouring.line.max()) + 1, np.bool_)
    held[pouring.line[:size][stuck]] = True
    return held


def _standing(pouring: Pouring, cells: Sequence[int], chains: Sequence[Sequence[int]]) -> tuple[object, ...]:
    """Return what two lines must share to be poured into each other: parts, totals, and releases."""
    bindings, items = pouring.bindings, pouring.stack.table.items
    return tuple(
        (
            int(items[cell]),
            pouring.gain[cell] == NOBODY,
            *(tuple(sorted(bindings.over_domains(moved_cell).tolist())) for moved_cell in moved),
        )
        for cell, moved in zip(cells, chains, strict=True)
    )
