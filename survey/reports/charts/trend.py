"""A series over the rounds: lines only where figures may be subtracted, a mark where the ruler changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from survey.analysis.comparing.comparison import LEAST_RESPONSES, Break
from survey.analysis.comparing.series import Point, Series
from survey.formatting import format_count, format_month, format_percent
from survey.reports.charts.drawing import (
    INK,
    JADE,
    SLACK,
    SMALL,
    SOFT,
    WIDTH,
    Chart,
    ChartAxis,
    axis_of,
    empty_chart,
    figure_of,
    finished,
    layered,
    notes_for,
    plain,
)
from survey.wording import Language, mark, word

if TYPE_CHECKING:
    import altair as alt

Datum: TypeAlias = Mapping[str, str | float | None]

# Pixels: the picture, the gap a break takes, and the least a round's figure and a round's name need.
HEIGHT, GAP, FIGURE_WIDTH, NAME_WIDTH = 320, 34, 46, 70

TITLE = mark("Chỉ số (%) qua các đợt khảo sát: {subject}")
EVEN_NOTE = mark("Các đợt vẽ cách đều nhau.")
BREAK_NOTES = {
    "instrument": mark("Đổi mẫu phiếu: không so sánh được"),
    "formulas": mark("Đổi cách tính: không so sánh được"),
    "basis": mark("Đổi cách chọn người trả lời: không so sánh được"),
}
TREND_TOLD = mark("{rounds} đợt, từ {first} ({first_value}%) đến {last} ({last_value}%).")
ONE_TOLD = mark("Mới có một đợt: {first} ({first_value}%).")
BREAKS_TOLD = mark(
    "Số liệu có {count} lần thay đổi phiếu hoặc cách tính; không so sánh số liệu trước và sau mỗi lần thay đổi."
)


@dataclass(frozen=True, slots=True)
class _Places:
    """Pixels from the left of the rounds, segment by segment, and of the breaks; `step` lies between two rounds."""

    rounds: tuple[tuple[float, ...], ...]
    breaks: tuple[float, ...]
    step: float


def trend_chart(series: Series, *, subject: str, language: Language, simulated: bool = False) -> Chart:
    """Return the points with their ranges, joined within a segment only, and a dashed line with words at each break.

    `subject` names unit and part. A figure on fewer than 10 responses is not shown and interrupts the line. Rounds
    stand evenly apart, in the order of their days. No round makes a picture that says so.
    """
    title = word(TITLE, language).format(subject=subject)
    points = list(chain.from_iterable(series.segments))
    if not points:
        return empty_chart("trend", title, language=language)
    places = _places(series)
    data = list(_data(series, places, language))
    axis = axis_of(figure_of(_number(datum[field])) for datum in data for field in ("low", "value", "upp"))
    picture = layered(
        [*_marks(data, axis), *_written(data, axis, places.step), *_breaks(series, places, language)], height=HEIGHT
    )
    notes = notes_for([point.origin.basis for point in points], language, axis=axis, simulated=simulated)
    notes = (*notes, word(EVEN_NOTE, language))
    return finished("trend", picture, title, notes, text=f"{title}. {_told(series, points, language)}")


def _places(series: Series) -> _Places:
    counts = [len(segment) for segment in series.segments]
    step = (WIDTH - GAP * len(series.breaks)) / sum(counts)
    rounds, breaks, at = [], [], 0.0
    for number, count in enumerate(counts):
        if number:
            breaks.append(at + 0.75 * GAP)
            at += GAP
        rounds.append(tuple(at + step * (place + 0.5) for place in range(count)))
        at += step * count
    return _Places(tuple(rounds), tuple(breaks), step)


def _value(point: Point) -> float | None:
    few = point.estimate.responses < LEAST_RESPONSES
    return None if few else figure_of(point.estimate.value)


def _data(series: Series, places: _Places, language: Language) -> Iterator[Datum]:
    for number, (segment, row) in enumerate(zip(series.segments, places.rounds, strict=True)):
        for point, x in zip(segment, row, strict=True):
            value = _value(point)
            ends = (None if value is None else figure_of(end) for end in (point.estimate.low, point.estimate.upp))
            low, upp = ends
            yield {
                "x": x,
                "segment": number,
                "value": value,
                "low": low,
                "upp": upp,
                "top": value if upp is None else upp,
                "text": format_percent(value, language=language),
                "round": plain(point.origin.round_code),
                "month": format_month(point.opens),
            }


def _number(value: str | float | None) -> float | None:
    return value if isinstance(value, float | int) else None


def _across() -> "alt.X":
    import altair as alt

    return alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, WIDTH], nice=False))


def _per_cent(axis: ChartAxis, field: str = "value") -> "alt.Y":
    import altair as alt

    ticks = alt.Axis(values=list(axis.ticks), format="d", title=None, domain=False, ticks=False)
    return alt.Y(f"{field}:Q", axis=ticks, scale=alt.Scale(domain=[axis.low, axis.upp], nice=False, zero=False))


def _marks(data: Sequence[Datum], axis: ChartAxis) -> Iterator["alt.Chart"]:
    """Yield the ranges, the lines of the segments, and the points."""
    import altair as alt

    wide = alt.Chart({"values": [datum for datum in data if datum["low"] is not None and datum["upp"] is not None]})
    known = alt.Chart({"values": [datum for datum in data if datum["value"] is not None]})
    ranges = wide.mark_rule(strokeWidth=4, opacity=0.45, color=JADE)
    yield ranges.encode(_across(), _per_cent(axis, "low"), alt.Y2("upp:Q"))
    lines = alt.Chart({"values": data}).mark_line(strokeWidth=2, color=JADE, invalid="break-paths-show-domains")
    yield lines.encode(_across(), _per_cent(axis), alt.Detail("segment:N"))
    yield known.mark_point(size=100, filled=True, color=JADE, opacity=1).encode(_across(), _per_cent(axis))


def _written(data: Sequence[Datum], axis: ChartAxis, step: float) -> Iterator["alt.Chart"]:
    """Yield the names of the rounds, as many as there is room for, and the figures where there is room for all."""
    import altair as alt

    named = alt.Chart({"values": list(_apart(data))})
    names = named.mark_text(y=HEIGHT + 16, fontSize=SMALL, color=SOFT, limit=SLACK * NAME_WIDTH)
    yield names.encode(_across(), alt.Text("round:N"))
    yield named.mark_text(y=HEIGHT + 35, fontSize=SMALL, color=SOFT).encode(_across(), alt.Text("month:N"))
    if step >= FIGURE_WIDTH:
        known = alt.Chart({"values": [datum for datum in data if datum["value"] is not None]})
        figures = known.mark_text(dy=-10, fontSize=SMALL, color=INK)
        yield figures.encode(_across(), _per_cent(axis, "top"), alt.Text("text:N"))


def _apart(data: Sequence[Datum]) -> Iterator[Datum]:
    """Yield the rounds from the first on, without those too near to the one before."""
    free = 0.0
    for datum in data:
        x = _number(datum["x"]) or 0.0
        if x >= free:
            yield datum
            free = x + NAME_WIDTH


def _breaks(series: Series, places: _Places, language: Language) -> Sequence["alt.Chart"]:
    """Return the layers of dashed lines and of the words along them."""
    import altair as alt

    rows = [{"x": x, "text": _words(gap, language)} for x, gap in zip(places.breaks, series.breaks, strict=True)]
    chart = alt.Chart({"values": rows})
    lines = chart.mark_rule(strokeDash=[6, 4], strokeWidth=2, color=SOFT).encode(_across())
    words = chart.mark_text(angle=270, align="left", baseline="bottom", dy=-3, y=HEIGHT - 6, fontSize=SMALL, color=SOFT)
    return [lines, words.encode(_across(), alt.Text("text:N"))] if rows else []


def _words(gap: Break, language: Language) -> str:
    """Return the first reason of a break in words: a new questionnaire outweighs what comes with it."""
    return word(BREAK_NOTES[gap.reasons[0]], language)


def _told(series: Series, points: Sequence[Point], language: Language) -> str:
    """Return the first and the last figure and how often the series breaks, in words."""
    first, last = points[0], points[-1]
    span = word(TREND_TOLD if len(points) > 1 else ONE_TOLD, language).format(
        rounds=format_count(len(points), language=language),
        first=first.origin.round_code,
        first_value=format_percent(_value(first), language=language),
        last=last.origin.round_code,
        last_value=format_percent(_value(last), language=language),
    )
    return f"{span} {word(BREAKS_TOLD, language).format(count=len(series.breaks))}" if series.breaks else span
