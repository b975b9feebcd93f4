"""A table with the earlier releases of the same cells: what came in between is a cell too."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from scipy.sparse import block_diag, csr_array, vstack

from survey.analysis.disclosure.tables import NOBODY, Additions, DisclosureTable, Flags
from survey.errors import DisclosureError
from survey.tallies import Integers


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """The latest table, the earlier ones and all differences between them, as one table.

    The first `latest` cells are those of the latest table, the next ones the earlier tables', and the last
    `len(pairs)` the differences; difference i is cell `pairs[i, 0]` less the earlier cell `pairs[i, 1]`.
    `release` numbers the release of each cell that is no difference, from 0 for the earliest.
    """

    table: DisclosureTable
    latest: int
    pairs: Integers
    release: Integers

    @property
    def published(self) -> int:
        """Return the number of cells that are no differences."""
        return len(self.table.names) - len(self.pairs)

    def with_differences(self, unknown: Flags) -> Flags:
        """Return which cells an outsider does not know, given which of the published ones are hidden."""
        return np.concatenate([unknown, unknown[self.pairs].any(axis=1)])


def stacked(table: DisclosureTable, earlier: Sequence[DisclosureTable]) -> Stack:
    """Join the latest table with the earlier ones, the earliest first; the same name is the same cell.

    Of any two releases that both have a cell, later = earlier + difference, so a difference of two
    releases with another one between them counts as well. Raises DisclosureError when releases do not have
    the same measures.
    """
    layers = [table, *earlier]
    if len({layer.sums.shape[1] for layer in layers}) > 1:
        raise DisclosureError("releases can be compared only where they have the same measures")
    starts = _starts(layers)
    order = [*range(1, len(layers)), 0]
    matches = [pair for old, new in combinations(order, 2) for pair in _same_cells(layers, starts, old, new)]
    pairs = np.array(matches, np.int64).reshape(-1, 2)
    release = np.repeat([len(earlier), *range(len(earlier))], [len(layer.names) for layer in layers])
    return Stack(_joined(layers, pairs), len(table.names), pairs, release)


def _starts(layers: Sequence[DisclosureTable]) -> Integers:
    return np.cumsum([0, *(len(layer.names) for layer in layers)])


def _same_cells(layers: Sequence[DisclosureTable], starts: Integers, old: int, new: int) -> list[tuple[int, int]]:
    """Return the places of the cells that both layers have, the newer first."""
    place = {name: number for number, name in enumerate(layers[old].names, starts[old])}
    return [(here, place[name]) for here, name in enumerate(layers[new].names, starts[new]) if name in place]


def _joined(layers: Sequence[DisclosureTable], pairs: Integers) -> DisclosureTable:
    names = [name for layer in layers for name in layer.names]
    sums = np.concatenate([layer.sums for layer in layers])
    gained = sums[pairs[:, 0]] - sums[pairs[:, 1]]
    items = np.concatenate([layer.items for layer in layers])
    within = np.concatenate([layer.within + start for layer, start in zip(layers, _starts(layers)[:-1], strict=True)])
    return DisclosureTable(
        names=(*names, *(names[later] for later in pairs[:, 0])),
        sums=np.concatenate([sums, gained]),
        domains=_with_joints(_side_by_side([layer.domains for layer in layers], len(pairs)), pairs),
        pooled=_side_by_side([layer.pooled for layer in layers], len(pairs)),
        within=np.concatenate([within, _within_differences(within, pairs, len(sums))]),
        items=np.r_[items, items[pairs[:, 0]]],
        whole=np.r_[_whole(layers), np.full(len(pairs), NOBODY)],
        price=np.concatenate([layer.price for layer in layers] + [np.zeros(len(pairs))]),
        free=np.r_[np.zeros(len(sums), np.bool_), np.full(len(pairs), bool((gained < 0).any()))],
        worths=layers[0].worths,
    )


def _whole(layers: Sequence[DisclosureTable]) -> Integers:
    shifted = zip(layers, _starts(layers)[:-1], strict=True)
    return np.concatenate([np.where(layer.whole < 0, NOBODY, layer.whole + start) for layer, start in shifted])


def _side_by_side(additions: Sequence[Additions], extra: int) -> Additions:
    """Return the additions of each layer in the columns of its own cells, and `extra` empty columns."""
    widths = np.cumsum([0, *(one.parts.shape[1] for one in additions)])
    total = np.concatenate([one.total + start for one, (start, _) in zip(additions, pairwise(widths), strict=True)])
    parts = block_diag([*(one.parts for one in additions), csr_array((0, extra))], format="csr")
    return Additions(total, csr_array(parts))


def _with_joints(additions: Additions, pairs: Integers) -> Additions:
    """Add what binds releases: the later cell is the sum of the earlier one and of the difference."""
    size, width = len(pairs), additions.parts.shape[1]
    columns = np.r_[pairs[:, 1], width - size + np.arange(size)]
    joints = csr_array((np.ones(2 * size), (np.tile(np.arange(size), 2), columns)), shape=(size, width))
    return Additions(np.r_[additions.total, pairs[:, 0]], csr_array(vstack([additions.parts, joints])))


def _within_differences(within: Integers, pairs: Integers, size: int) -> Integers:
    """Return which differences lie within which, as their later and their earlier cells do."""
    place = {(later, earlier): number for number, (later, earlier) in enumerate(pairs.tolist(), size)}
    known = set(map(tuple, within.tolist()))
    of: dict[int, list[int]] = {}
    for part, whole in known:
        of.setdefault(part, []).append(whole)
    differences = [
        (number, place[wholes])
        for (later, earlier), number in place.items()
        for wholes in ((after, before) for after in of.get(later, ()) for before in of.get(earlier, ()))
        if wholes in place
    ]
    return np.array(sorted(differences), np.int64).reshape(-1, 2)
