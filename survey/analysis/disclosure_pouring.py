"""Hidden cells that need no linear programme, because whole lines of a table can be poured into each other.

A line is one group of people with all parts of the questionnaire: cells that no sum over domains joins, only
sums over parts. Everything that binds the inside of a line is linear and stays true when the contents of two
lines are put together. So where several hidden lines stand under the same totals, any of them may hold all
that they hold together, or nothing (docs/method/disclosure.md, section 3).
"""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_array

from survey.analysis.disclosure_choice import Bindings
from survey.analysis.disclosure_tables import Flags, Table
from survey.tallies import Integers


def lines_of(table: Table) -> Integers:
    """Return the number of the line each cell belongs to: (cells,)."""
    # Loaded when it is needed, as in `disclosure_programme`.
    from scipy.sparse.csgraph import connected_components

    size = len(table.names)
    inner = csr_array(table.pooled.balance)
    pairs = table.within
    joined = csr_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    _, line = connected_components(csr_array(abs(inner).T @ abs(inner) + joined), directed=False)
    return np.asarray(line).astype(np.int64)


def cleared_by_pouring(bindings: Bindings, line: Integers, unknown: Flags, *, width: int) -> Flags:
    """Mark hidden cells (cells,) whose interval is at least `width` wide because their line can be poured.

    A line can when all its cells are hidden or known to be empty, and none of them is a total over domains.
    """
    responses = bindings.table.responses
    cleared = np.zeros(len(unknown), np.bool_)
    for lines in _alike(bindings, line, unknown):
        if len(lines) > 1:
            cells = np.array(lines)
            enough = responses[cells].sum(axis=0) >= width
            cleared[cells[:, enough].ravel()] = True
    return cleared


def _alike(bindings: Bindings, line: Integers, unknown: Flags) -> Iterator[list[list[int]]]:
    """Yield the lines, each as its hidden cells, that stand under the same totals and hold the same parts."""
    table = bindings.table
    stuck = (~unknown & (table.responses > 0)) | table.free
    stuck[table.domains.total] = True
    held = np.zeros(int(line.max()) + 1, np.bool_)
    held[line[stuck]] = True
    members: defaultdict[int, list[int]] = defaultdict(list)
    for cell in np.flatnonzero(unknown & ~held[line]):
        members[int(line[cell])].append(int(cell))
    alike: defaultdict[tuple[object, ...], list[list[int]]] = defaultdict(list)
    for cells in members.values():
        key = tuple((int(table.items[cell]), *_over_domains(bindings, cell)) for cell in cells)
        alike[key].append(cells)
    yield from alike.values()


def _over_domains(bindings: Bindings, cell: int) -> list[int]:
    rows = bindings.rows_of(cell)
    return sorted(rows[rows < bindings.domains].tolist())
