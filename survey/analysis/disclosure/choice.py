"""Which further cells to hide so that those already hidden cannot be worked out from sums."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array, csr_array, vstack

from survey.analysis.disclosure.rules import THRESHOLD, are_unanimous
from survey.analysis.disclosure.tables import DisclosureTable, Flags, SumColumn
from survey.tallies import Integers, Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Bindings:
    """All sums of a table: row r binds the cell `total[r]` and those marked in row r of `parts`.

    `cells` marks both in one matrix, by row, `rows` by column. In the first `domains` rows responses add, in
    the others answers; the first `own` bind cells of one release, those up to `domains` join releases.
    """

    table: DisclosureTable
    total: Integers
    parts: csr_array
    cells: csr_array
    rows: csc_array
    domains: int
    own: int

    def cells_of(self, row: int) -> Integers:
        """Return the cells a row binds, in the order of the table."""
        return np.asarray(self.cells.indices[self.cells.indptr[row] : self.cells.indptr[row + 1]])

    def rows_of(self, cell: int) -> Integers:
        """Return the rows that bind a cell."""
        return np.asarray(self.rows.indices[self.rows.indptr[cell] : self.rows.indptr[cell + 1]])

    def over_domains(self, cell: int) -> Integers:
        """Return the rows over domains that bind a cell to others of its release."""
        rows = self.rows_of(cell)
        return rows[rows < self.own]

    def beside(self, cell: int) -> Integers:
        """Return the cells that stand under the same totals over domains; none for a cell that is a total itself."""
        rows = self.over_domains(cell)
        if not len(rows) or (self.total[rows] == cell).any():
            return np.zeros(0, np.int64)
        return np.setdiff1d(np.concatenate([self.cells_of(int(row)) for row in rows]), self.total[rows])


def bindings_of(table: DisclosureTable, *, joints: int = 0) -> Bindings:
    """Return the sums of a table, ready to be walked along; the last `joints` over domains join releases."""
    total = np.r_[table.domains.total, table.pooled.total]
    parts = csr_array(vstack([table.domains.parts, table.pooled.parts]))
    ones = (np.ones(len(total)), (np.arange(len(total)), total))
    cells = csr_array(parts + csr_array(ones, shape=parts.shape))
    cells.sort_indices()
    domains = len(table.domains.total)
    return Bindings(table, total, parts, cells, csc_array(cells), domains, domains - joints)


def picks_for_sums(bindings: Bindings, unknown: Flags, demanding: Flags, hideable: Flags) -> list[int]:
    """Return cells to hide because a single sum gives a demanding cell away, at most one for each such sum.

    A sum does when only one of its cells is unknown; when its total is known and the unknown parts have fewer
    than 10 responses together, since none of them can be more than all; and when these parts together
    are fewer than 30 responses that all say the same.
    """
    weak = np.flatnonzero(_weak_sums(bindings, unknown, demanding))
    return _picked((bindings.cells_of(int(row)) for row in weak), hideable, _scores(bindings, unknown))


def picks_for_cells(bindings: Bindings, helpful: Iterable[Integers], unknown: Flags, hideable: Flags) -> list[int]:
    """Return cells to hide because several sums together leave cells too narrow an interval.

    `helpful` holds, for each narrow cell, those that may widen it.
    """
    return _picked(helpful, hideable, _scores(bindings, unknown))


def _weak_sums(bindings: Bindings, unknown: Flags, demanding: Flags) -> Flags:
    parts, total, table = bindings.parts, bindings.total, bindings.table
    known_total = ~unknown[total]
    sums = np.asarray(parts @ (table.sums * unknown[:, None])).astype(np.int64)
    size = sums[:, SumColumn.RESPONSES].copy()
    if table.sums.shape[1] > SumColumn.ANSWERS:
        size[bindings.domains :] = sums[bindings.domains :, SumColumn.ANSWERS]
    may_be_negative = np.asarray(parts @ (unknown & table.free)) > 0
    alike = are_unanimous(sums)
    alike[bindings.domains :] = False
    single = np.asarray(bindings.cells @ unknown) == 1
    demanded = np.asarray(bindings.cells @ demanding) > 0
    return np.asarray(demanded & (single | (known_total & (alike | ((size < THRESHOLD) & ~may_be_negative)))))


def _scores(bindings: Bindings, unknown: Flags) -> Numbers:
    """Return what hiding each cell costs: its price, and that again for every sum in which it would be the first."""
    untouched = np.asarray(bindings.cells @ unknown) == 0
    return np.asarray(bindings.table.price * (1 + untouched @ bindings.cells))


def _picked(wanted: Iterable[Integers], hideable: Flags, scores: Numbers) -> list[int]:
    """Return the cheapest hideable cell of each lot, leaving out lots that an earlier pick has helped."""
    picks: dict[int, None] = {}
    for cells in wanted:
        options = cells[hideable[cells]]
        if len(options) and not picks.keys() & set(options.tolist()):
            picks[int(options[np.argmin(scores[options])])] = None
    return list(picks)
