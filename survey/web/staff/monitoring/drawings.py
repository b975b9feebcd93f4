"""Days in rows and in small drawings: bars as the text of an SVG path need no script, no style and no request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from survey.operations.monitoring.boards import AgencyOnBoard, Board, PointLine
from survey.operations.monitoring.live_counts import MODES
from survey.responses import Mode

SHOWN_DAYS = 30
BAR, STEP, HEIGHT = 4, 5, 30


@dataclass(frozen=True, slots=True)
class Bars:
    """The last days of a service point: the path of its bars, and what a reader hears instead."""

    path: str
    responses: int
    highest: int
    highest_day: date


@dataclass(frozen=True, slots=True)
class DayLine:
    """A day of a table: its responses by mode, and whether anybody at all answered in the agency."""

    day: date
    by_mode: Mapping[Mode, int]
    is_working: bool

    @property
    def responses(self) -> int:
        """Responses of all modes."""
        return sum(self.by_mode.values())


def bars_path(counts: Sequence[int]) -> str:
    """Return the path of one bar a day, the highest as high as the drawing; a day without responses has none.

    >>> bars_path([1, 0, 2])
    'M0 30v-15h4v15zM10 30v-30h4v30z'
    """
    highest = max(counts, default=0)
    # The fewest responses are still to be seen beside a day with many.
    heights = [max(2, round(HEIGHT * count / highest)) if count else 0 for count in counts]
    drawn = [(place * STEP, height) for place, height in enumerate(heights) if height]
    return "".join(f"M{left} {HEIGHT}v-{height}h{BAR}v{height}z" for left, height in drawn)


def draw_bars(board: Board, points: Sequence[PointLine]) -> dict[int, Bars]:
    """Return the bars of the last days of every service point, by row number."""
    return {point.place.id: _bars(_last_days(board), _shown(board, point.place.id)) for point in points}


def _bars(days: Sequence[date], shown: Sequence[int]) -> Bars:
    highest = max(shown)
    return Bars(bars_path(shown), sum(shown), highest, days[shown.index(highest)])


def _shown(board: Board, point_id: int) -> list[int]:
    """Return the responses of a service point on each of the last days; before the round began there are none."""
    by_day = board.counts.by_day([point_id]).tolist()
    return [by_day[place] if 0 <= place < len(by_day) else 0 for place in _places(board)]


def day_lines(board: Board, line: AgencyOnBoard, chosen: Sequence[PointLine]) -> list[DayLine]:
    """Return the last days of some service points of an agency, the latest first."""
    ids, everybody = [point.place.id for point in chosen], board.counts.by_day(line.point_ids).tolist()
    tables = {mode: board.counts.by_day(ids, mode).tolist() for mode in MODES}
    return [
        DayLine(day, {mode: table[place] for mode, table in tables.items()}, everybody[place] > 0)
        for day, place in zip(reversed(_last_days(board)), reversed(_places(board)), strict=True)
        if 0 <= place < len(everybody)
    ]


def _last_days(board: Board) -> list[date]:
    """Return the last days of the round that are counted, the latest last."""
    last = min(board.counted_to, board.survey_round.closes)
    return [last - timedelta(days=back) for back in range(SHOWN_DAYS - 1, -1, -1)]


def _places(board: Board) -> list[int]:
    return [(day - board.counts.opens).days for day in _last_days(board)]
