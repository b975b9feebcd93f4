"""Read the responses of a round one by one, for what is not made of sums."""

import numpy as np
from sqlalchemy import Connection

from survey.analysis.sampling.respondents import Respondents
from survey.operations.counting.counting import PlacedRound
from survey.responses import Mode
from survey.store.collecting.blocks import POINT_DIGITS, iter_blocks
from survey.tallies import Lines, Places, layout_of


def read_respondents(connection: Connection, placed_round: PlacedRound) -> Respondents:
    """Return every response of a round that has a place in it; the order means nothing."""
    layout, days = (
        layout_of(placed_round.instrument),
        (placed_round.survey_round.opens, placed_round.survey_round.closes),
    )
    places = Places(layout, service_points=list(placed_round.placed), point_digits=POINT_DIGITS, days=days)
    lots: list[Lines] = []
    modes: list[str] = []
    for mode in Mode:
        for block in iter_blocks(connection, placed_round.id, width=layout.width, mode=mode):
            lots.append(places.of(block).readable(layout))
            modes.append(mode.value)
    return Respondents(
        placed_round.points,
        np.concatenate([np.zeros(0, np.int64), *(lot.groups for lot in lots)]),
        np.concatenate([np.zeros(0, np.int64), *(lot.days for lot in lots)]),
        np.repeat(np.array(modes, "<U8"), [len(lot.groups) for lot in lots]),
        np.concatenate([np.zeros((0, layout.width), np.uint8), *(lot.records for lot in lots)]),
        placed_round.instrument,
    )
