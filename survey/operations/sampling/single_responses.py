"""Read the responses of a round one by one, for what is not made of sums."""

import numpy as np
from sqlalchemy import Connection

from survey.analysis.sampling.respondents import Respondents
from survey.operations.counting.counting import PlacedRound
from survey.responses import Mode
from survey.store.collecting.blocks import POINT_DIGITS, iter_blocks
from survey.tallies import Lines, Places, layout_of


def read_respondents(connection: Connection, found: PlacedRound) -> Respondents:
    """Return every response of a round that has a place in it; the order means nothing."""
    layout, days = layout_of(found.instrument), (found.survey_round.opens, found.survey_round.closes)
    places = Places(layout, service_points=list(found.placed), point_digits=POINT_DIGITS, days=days)
    lots: list[Lines] = []
    modes: list[str] = []
    for mode in Mode:
        for block in iter_blocks(connection, found.id, width=layout.width, mode=mode):
            lots.append(places.of(block).readable(layout))
            modes.append(mode.value)
    return Respondents(
        found.points,
        np.concatenate([np.zeros(0, np.int64), *(one.groups for one in lots)]),
        np.concatenate([np.zeros(0, np.int64), *(one.days for one in lots)]),
        np.repeat(np.array(modes, "<U8"), [len(one.groups) for one in lots]),
        np.concatenate([np.zeros((0, layout.width), np.uint8), *(one.records for one in lots)]),
        found.instrument,
    )
