"""What an outsider knows of hidden cells, as a linear programme (docs/method/disclosure.md).

Every published cell with its measures, every sum that binds cells, that nobody counts less than zero, that
a response holds at least one answer and at most as many as there are items, and what an answer can be worth.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csc_array, csr_array, eye_array, kron, vstack

from survey.analysis.disclosure.tables import DisclosureTable, Flags, SumColumn, Worths
from survey.tallies import Integers, Numbers

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

SOLVED, UNBOUNDED = 0, 3  # What linprog says of a programme.


@dataclass(frozen=True, slots=True, eq=False)
class Programme:
    """The tables that fit what is published, as steps away from the true one: variable i·measures + m.

    `cells` (n,) are the hidden cells. Steps keep `equal` @ step = 0, `less` @ step ≤ `room`, step ≥ `lowest`.
    Row r of `equal` is sum `sum_of[r]` of the table, those over domains first, in measure `measure_of[r]`.
    """

    cells: Integers
    measures: int
    sum_of: Integers
    measure_of: Integers
    equal: csc_array
    less: csc_array
    room: Numbers
    lowest: Numbers

    def components(self) -> list[Integers]:
        """Return the places of the cells that hang together by some constraint, component by component."""
        if not len(self.cells):
            return []
        rows = csr_array(vstack([self.equal, self.less]))
        variables = np.arange(rows.shape[1])
        of_cell = csr_array((np.ones(len(variables)), (variables, variables // self.measures)))
        touched = csr_array(abs(rows) @ of_cell)
        # Loaded when it is needed, as the solver below: a server that decides nothing is 20 MB smaller.
        from scipy.sparse.csgraph import connected_components

        _, label = connected_components(csr_array(touched.T @ touched), directed=False)
        order = np.argsort(label, kind="stable")
        return np.split(order, np.flatnonzero(np.diff(label[order])) + 1)

    def furthest(self, weights: Numbers, reach: float) -> Numbers | None:
        """Return the steps of responses (n,) that make `weights` @ steps largest, weighted cells within ± `reach`.

        Where only an infinite reach leaves a weighted cell unbounded, its step is infinite. None without
        an answer from the solver.
        """
        found = self._solved(weights, reach)
        if found.status == UNBOUNDED:
            return np.where(weights != 0, np.copysign(np.inf, weights), 0.0)
        return np.asarray(found.x[:: self.measures]) if found.status == SOLVED else None

    def prices(self, weights: Numbers, reach: float) -> Numbers:
        """Return what holds the steps back: the dual price of every row of `equal`, all zero without an answer."""
        found = self._solved(weights, reach)
        return np.asarray(found.eqlin.marginals) if found.status == SOLVED else np.zeros(len(self.sum_of))

    def _solved(self, weights: Numbers, reach: float) -> "OptimizeResult":
        from scipy.optimize import linprog

        weighted = np.repeat(weights, self.measures) * (np.arange(len(self.lowest)) % self.measures == 0)
        bounds = np.stack([self.lowest, np.full(len(self.lowest), np.inf)], axis=1)
        boxed = weighted != 0
        bounds[boxed] = np.clip(bounds[boxed], -reach, reach)
        zero = np.zeros(self.equal.shape[0])
        return linprog(-weighted, self.less, self.room, self.equal, zero, bounds, method="highs")

    def limited(self, chosen: Integers) -> "Programme":
        """Return the programme of some hidden cells that share no constraint with the others."""
        columns = (chosen[:, None] * self.measures + np.arange(self.measures)).ravel()
        equal, less = csr_array(self.equal[:, columns]), csr_array(self.less[:, columns])
        bound, limit = np.diff(equal.indptr) > 0, np.diff(less.indptr) > 0
        kept = csc_array(equal[bound]), csc_array(less[limit]), self.room[limit], self.lowest[columns]
        return Programme(self.cells[chosen], self.measures, self.sum_of[bound], self.measure_of[bound], *kept)


def programme_of(table: DisclosureTable, unknown: Flags) -> Programme:
    """Return what binds the cells that are not known to an outsider."""
    cells, measures = np.flatnonzero(unknown), table.sums.shape[1]
    balance = csr_array(vstack([table.domains.balance, table.pooled.balance]))[:, cells]
    pooled = np.repeat(np.arange(balance.shape[0]) >= len(table.domains.total), measures)
    sum_of, measure_of = np.divmod(np.arange(balance.shape[0] * measures), measures)
    equal = csr_array(kron(balance, eye_array(measures, format="csr"), format="csr"))
    # Over parts of the questionnaire answers add, people do not.
    bound = (np.diff(equal.indptr) > 0) & ~(pooled & (measure_of == SumColumn.RESPONSES))
    less, room = zip(*_limits(table, cells), strict=True)
    lowest = np.where(table.free[cells][:, None], -np.inf, -table.sums[cells]).ravel()
    limits = csc_array(vstack(less)), np.concatenate(room), lowest
    return Programme(cells, measures, sum_of[bound], measure_of[bound], csc_array(equal[bound]), *limits)


def _limits(table: DisclosureTable, cells: Integers) -> Iterator[tuple[csr_array, Numbers]]:
    """Yield inequalities over the steps and the room the true table leaves in them."""
    sums, bound = table.sums[cells], ~table.free[cells]
    per_cell = _per_cell(sums.shape[1], table.worths)
    rows = csr_array(kron(eye_array(len(cells), format="csr")[bound], per_cell))
    yield rows, rows @ -sums.ravel().astype(np.float64)
    if sums.shape[1] > SumColumn.ANSWERS:
        rows = _most_answers(table.items[cells], bound, sums.shape[1])
        yield rows, rows @ -sums.ravel().astype(np.float64)
    yield _within(table, cells)


def _per_cell(measures: int, worths: Worths | None) -> csr_array:
    """Return what holds inside every cell, rows @ measures ≤ 0: people ≤ answers, satisfied ≤ answers, points."""
    rows = [[1, -1, 0, 0, 0], [0, -1, 1, 0, 0]][: max(0, measures - 1)]
    if measures > SumColumn.POINTS and worths:
        rows.append([0, worths.low, worths.good - worths.low, -1, 0])
        rows.append([0, -worths.under, worths.under - worths.high, 1, 0])
    if measures > SumColumn.DISSATISFIED and worths:
        # Who is neither satisfied nor dissatisfied gives from `middle` to `under` points, where the scale has that.
        rows.append([0, -1, 1, 0, 1])
        rows.append([0, worths.middle, worths.good - worths.middle, -1, worths.low - worths.middle])
        rows.append([0, -worths.under, worths.under - worths.high, 1, worths.under - worths.bad])
    return csr_array(np.array(rows, np.float64).reshape(-1, len(SumColumn))[:, :measures])


def _most_answers(items: Integers, bound: Flags, measures: int) -> csr_array:
    """Return answers - items · responses ≤ 0 where it is known how many answers a response can hold."""
    known = np.flatnonzero(bound & (items > 0))
    rows = np.tile(np.arange(len(known)), 2)
    columns = np.r_[known * measures + SumColumn.ANSWERS, known * measures + SumColumn.RESPONSES]
    values = np.r_[np.ones(len(known)), -items[known]]
    return csr_array((values, (rows, columns)), shape=(len(known), len(items) * measures))


def _within(table: DisclosureTable, cells: Integers) -> tuple[csr_array, Numbers]:
    """Return responses of a part ≤ responses of the whole, where at least one of both is not known."""
    place = np.full(len(table.names), -1)
    place[cells] = np.arange(len(cells))
    pairs = table.within[~table.free[table.within].any(axis=1)]
    pairs = pairs[(place[pairs] >= 0).any(axis=1)]
    places, measures = place[pairs], table.sums.shape[1]
    rows, side = np.nonzero(places >= 0)
    columns = places[rows, side] * measures + SumColumn.RESPONSES
    matrix = csr_array((np.where(side == 0, 1.0, -1.0), (rows, columns)), shape=(len(pairs), len(cells) * measures))
    counts = table.responses[pairs]
    return matrix, (counts[:, 1] - counts[:, 0]).astype(np.float64)
