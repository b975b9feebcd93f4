"""Say which units of a block are surely among its five best, and which may be (docs/method/ranking.md).

Both are read off the simultaneous rank sets, so that with 95 % confidence they are right together and with every other
statement on the block: all units called certain are among the five best, and every one of the five best is called
certain or possible. The latter is the projection set for the τ-best of Mogstad, Romano, Shaikh and Wilhelm (2024).
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from survey.analysis.ranking.ranking import Ranking, RankRow
from survey.formatting import format_count
from survey.wording import Language, mark, word

TOP = 5


class TopPlace(StrEnum):
    """Whether a unit is among the five best: at most four units of its block are truly better."""

    CERTAIN = "certain"
    POSSIBLE = "possible"
    EXCLUDED = "excluded"


TOP_TITLE = mark("Nhóm 5 đơn vị đầu")
TOP_WORDS: Mapping[TopPlace, str] = MappingProxyType(
    {
        TopPlace.CERTAIN: mark("Chắc chắn"),
        TopPlace.POSSIBLE: mark("Có thể"),
        TopPlace.EXCLUDED: mark("Không thuộc"),
    }
)
SURE_OF_SOME = mark("Chắc chắn trong nhóm 5 đơn vị đầu (độ tin cậy 95 %, xét cùng lúc mọi đơn vị của khối): {units}.")
SURE_OF_NONE = mark(
    "Chưa đơn vị nào chắc chắn trong nhóm 5 đơn vị đầu (độ tin cậy 95 %, xét cùng lúc mọi đơn vị của khối)."
)
MAY_BE = mark("Số đơn vị có thể thuộc nhóm này: {count}.")
MAY_BE_TOO = mark("Ngoài ra, số đơn vị có thể thuộc nhóm này: {count}.")


def place_in_top(row: RankRow, ranked: int) -> TopPlace | None:
    """Return whether a unit is among the five best of a block with so many `ranked` units.

    None without a rank, and in a block of five or fewer, where all are among the five.
    """
    if ranked <= TOP or row.joint_low is None or row.joint_upp is None:
        return None
    if row.joint_upp <= TOP:
        return TopPlace.CERTAIN
    return TopPlace.POSSIBLE if row.joint_low <= TOP else TopPlace.EXCLUDED


def top_sentence(ranking: Ranking, names: Mapping[str, str], language: Language) -> str:
    """Return who is surely among the five best and how many others may be; nothing for a block of five or fewer."""
    ranked = ranking.ranked
    if len(ranked) <= TOP:
        return ""
    places = {row.unit: place_in_top(row, len(ranked)) for row in ranked}
    sure = "; ".join(names.get(unit, unit) for unit, place in places.items() if place is TopPlace.CERTAIN)
    others = sum(place is TopPlace.POSSIBLE for place in places.values())
    told = word(SURE_OF_SOME, language).format(units=sure) if sure else word(SURE_OF_NONE, language)
    may_be = word(MAY_BE_TOO if sure else MAY_BE, language).format(count=format_count(others, language=language))
    return f"{told} {may_be}" if others else told
