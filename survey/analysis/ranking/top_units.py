"""Say which units of a block are surely among its five best, and which may be (docs/method/ranking.md).

Both are read off the simultaneous rank sets, so that with 95% confidence they are right together and with every other
statement on the block: all units called certain are among the five best, and every one of the five best is called
certain or possible. The latter is the projection set for the τ-best of Mogstad, Romano, Shaikh and Wilhelm (2024).
"""

from enum import StrEnum

from survey.analysis.ranking.ranking import RankRow

TOP = 5


class TopPlace(StrEnum):
    """Whether a unit is among the five best: at most four units of its block are truly better."""

    CERTAIN = "certain"
    POSSIBLE = "possible"
    EXCLUDED = "excluded"


def place_in_top(row: RankRow, ranked: int) -> TopPlace | None:
    """Return whether a unit is among the five best of a block with so many `ranked` units.

    None without a rank, and in a block of five or fewer, where all are among the five.
    """
    if ranked <= TOP or row.joint_low is None or row.joint_upp is None:
        return None
    if row.joint_upp <= TOP:
        return TopPlace.CERTAIN
    return TopPlace.POSSIBLE if row.joint_low <= TOP else TopPlace.EXCLUDED
