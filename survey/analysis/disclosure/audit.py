"""How narrowly an outsider can tell a hidden cell: linear programmes over everything that is published.

What fits all that is published is a convex set of tables; its extent along the responses of a hidden cell is the
interval the outsider is left with. Whole numbers are not asked for, as is usual in this audit.
"""

from collections.abc import Iterator
from itertools import chain

import numpy as np
from scipy.sparse import csr_array, vstack

from survey.analysis.disclosure.programme import Programme, programme_of
from survey.analysis.disclosure.tables import DisclosureTable, Flags
from survey.tallies import Integers, Numbers

SLACK = 1e-6  # HiGHS keeps to its constraints to 1e-7.
# Every sweep clears cells that would else be asked for one by one, or hidden for want of a table that clears them.
SWEEPS = 8
LOT = 100  # Cells solved together: starting the solver costs as much as a small component, big ones cost more.


def narrow_cells(table: DisclosureTable, unknown: Flags, asked: Flags, *, width: int) -> Integers:
    """Return the places of asked hidden cells that are not cleared: their interval may be less than `width` wide.

    Empty exactly if every asked cell has an interval at least that wide. Whatever table a programme finds shows
    a possible value of all its cells at once, so a few programmes that move many cells clear most of them; the
    others are asked for one by one until one of those that hang together is narrow, and then all of these that
    were not cleared so far are returned. A cell for which the solver finds no answer counts as narrow.
    """
    programme = programme_of(table, unknown)
    wanted = [one for one in programme.components() if asked[programme.cells[one]].any()]
    lots = (_Lot(programme, components, asked, width) for components in _lots(wanted))
    return np.array(sorted(chain.from_iterable(lot.narrow() for lot in lots)), np.int64)


def helpful_cells(table: DisclosureTable, unknown: Flags, narrow: Integers, *, width: int) -> Iterator[Integers]:
    """Yield, for each narrow cell, the known cells that would widen its interval if they were hidden too.

    Those are the cells in sums that hold the cell back in its two programmes, by their dual prices: a cell of
    whose sums the prices do not cancel out would enter the programme with a gain. Without any, all known cells
    that share a sum with the hidden ones it hangs together with.
    """
    programme = programme_of(table, unknown)
    balance = csr_array(vstack([table.domains.balance, table.pooled.balance]))
    lot_of = {int(programme.cells[place]): lot for lot in programme.components() for place in lot}
    for cell in narrow:
        lot = programme.limited(lot_of[int(cell)])
        weights = (lot.cells == cell).astype(np.float64)
        gains = _gains(lot, weights, balance, float(width)) + _gains(lot, -weights, balance, float(width))
        helpful = np.flatnonzero(~unknown & (gains > SLACK))
        yield helpful if len(helpful) else np.flatnonzero(~unknown & (abs(balance[lot.sum_of]).sum(axis=0) > 0))


def _gains(programme: Programme, weights: Numbers, balance: csr_array, reach: float) -> Numbers:
    """Return how much a step of each cell of the table would help, over all measures (cells,)."""
    prices = csr_array(
        (programme.prices(weights, reach), (programme.sum_of, programme.measure_of)),
        shape=(balance.shape[0], programme.measures),
    )
    return np.asarray(abs(balance.T @ prices).sum(axis=1))


class _Lot:
    """Components that are solved together: `seen` (2, cells) is how far each cell is known to step down and up."""

    def __init__(self, programme: Programme, components: list[Integers], asked: Flags, width: int) -> None:
        self._programme = programme.limited(np.concatenate(components))
        self._component = np.repeat(np.arange(len(components)), [len(one) for one in components])
        self._asked, self._width = asked[self._programme.cells], width
        self._seen = np.zeros((2, len(self._programme.cells)))

    def narrow(self) -> list[int]:
        """Return the asked cells that are not cleared, as `narrow_cells` does."""
        for sweep in range(SWEEPS):
            # Cells that add up must move against each other, so signs are mixed; the same ones every time.
            signs = np.random.default_rng(sweep).choice([-1.0, 1.0], len(self._asked))
            self._step(np.where(self._waiting(), signs, 0.0))
        narrow = np.zeros(len(self._asked), np.bool_)
        while (left := self._waiting() & ~np.isin(self._component, self._component[narrow])).any():
            chosen = np.zeros(len(left), np.bool_)
            chosen[np.flatnonzero(left)[np.unique(self._component[left], return_index=True)[1]]] = True
            self._step(chosen.astype(np.float64))
            narrow |= chosen & self._waiting()
        return [int(cell) for cell in self._programme.cells[self._waiting()]]

    def _waiting(self) -> Flags:
        return np.asarray(self._asked & (self._seen[1] - self._seen[0] < self._width - SLACK))

    def _step(self, weights: Numbers) -> None:
        """Look at the tables that are furthest along `weights` and against them."""
        for direction in (weights, -weights):
            steps = self._programme.furthest(direction, float(self._width)) if weights.any() else None
            if steps is not None:
                self._seen = np.stack([np.minimum(self._seen[0], steps), np.maximum(self._seen[1], steps)])


def _lots(components: list[Integers]) -> Iterator[list[Integers]]:
    """Put small components together, so that one programme moves many of them."""
    waiting: list[Integers] = []
    for component in components:
        if waiting and sum(map(len, waiting)) + len(component) > LOT:
            yield waiting
            waiting = []
        waiting.append(component)
    if waiting:
        yield waiting


def _ends(programme: Programme, cell: int, reach: float) -> tuple[float, float]:
    """Return how far a cell can step down and up within `reach`; not at all where the solver finds no answer."""
    weights = (programme.cells == cell).astype(np.float64)
    place = int(np.argmax(weights))
    down, up = programme.furthest(-weights, reach), programme.furthest(weights, reach)
    return (0.0 if down is None else float(down[place])), (0.0 if up is None else float(up[place]))
