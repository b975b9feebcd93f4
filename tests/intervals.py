"""What an attacker works out of a table: how many responses a hidden cell can have at least and at most."""

import numpy as np

from survey.analysis.disclosure.programme import Programme, programme_of
from survey.analysis.disclosure.tables import DisclosureTable


def intervals(table: DisclosureTable, unknown: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Return, for each asked hidden cell, the least and the most responses it can have: (asked, 2).

    `unknown` (cells,) marks the hidden cells, `asked` holds places of some of them. A bound is infinite where nothing
    published bounds the cell. Source: Fischetti and Salazar-González (2000): the attacker's two problems for each cell.
    """
    programme = programme_of(table, unknown)
    lot_of = {int(programme.cells[place]): lot for lot in programme.components() for place in lot}
    steps = [_ends(programme.limited(lot_of[int(cell)]), int(cell)) for cell in asked]
    return table.responses[asked][:, None] + np.array(steps, np.float64).reshape(-1, 2)


def _ends(programme: Programme, cell: int) -> list[float]:
    weights = (programme.cells == cell).astype(np.float64)
    place = int(np.argmax(weights))
    steps = (programme.furthest(sign * weights, np.inf) for sign in (-1, 1))
    return [0.0 if step is None else float(step[place]) for step in steps]
