"""Charts in rows: a name with its figures on one line, the marks on the line below.

Names above the marks leave them the whole width, so that long names and a phone go together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from survey.analysis.figures.estimates import Estimate
from survey.reports.charts.drawing import (
    INK,
    JADE,
    SLACK,
    SMALL,
    SOFT,
    WIDTH,
    ChartAxis,
    Words,
    axis_of,
    figure_of,
    layered,
    pixels,
    texts,
)

if TYPE_CHECKING:
    import altair as alt

# Pixels: the line of headings, one row, and in a row the middle of its name and of its marks.
HEAD, ROW = 30, 48
NAME_AT, MARKS_AT = 12, 33


@dataclass(frozen=True, slots=True)
class ChartRow:
    """A row's words: its name, the texts of the columns at the right, and what stands in place of marks."""

    name: str
    columns: tuple[str, ...]
    instead: str = ""
    colour: str = INK


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column of texts at the right: its heading and its width in pixels."""

    heading: str
    width: float


@dataclass(frozen=True, slots=True)
class Dot:
    """A figure in per cent with its range, `y` pixels from the top; what is None is not drawn."""

    y: float
    value: float | None
    low: float | None = None
    upp: float | None = None
    colour: str = JADE
    fill: str = JADE

    @classmethod
    def of(cls, estimate: Estimate, y: float, colour: str) -> "Dot":
        """Return the dot of an estimate; a range without two finite ends is none."""
        low, upp = figure_of(estimate.low), figure_of(estimate.upp)
        known = low is not None and upp is not None
        return cls(y, figure_of(estimate.value), low if known else None, upp if known else None, colour, colour)


def height_of(rows: Sequence[ChartRow]) -> float:
    """Return the height in pixels of a chart of these rows under their headings."""
    return HEAD + ROW * len(rows)


def marks_at(place: int) -> float:
    """Return how many pixels from the top the marks of a row lie."""
    return HEAD + ROW * place + MARKS_AT


def axis_for(dots: Sequence[Dot]) -> ChartAxis:
    """Return the axis that holds all dots with their ranges."""
    return axis_of(figure for dot in dots for figure in (dot.low, dot.value, dot.upp))


def row_texts(rows: Sequence[ChartRow], name: str, columns: Sequence[TextColumn]) -> Iterator["alt.Chart"]:
    """Yield the layers of words: the heading of the names, names, columns from the right, words instead of marks."""
    height, room = height_of(rows), WIDTH - sum(column.width for column in columns)
    yield texts([Words(NAME_AT, name, SOFT)], height=height, size=SMALL)
    named = [Words(_name_at(place), row.name, row.colour) for place, row in enumerate(rows)]
    yield texts(named, height=height, limit=SLACK * room)
    instead = [Words(marks_at(place), row.instead, SOFT) for place, row in enumerate(rows) if row.instead]
    yield texts(instead, height=height, size=SMALL)
    for number, column in enumerate(columns):
        end = room + sum(passed.width for passed in columns[: number + 1])
        figures = [Words(_name_at(place), row.columns[number], row.colour) for place, row in enumerate(rows)]
        yield texts([Words(NAME_AT, column.heading, SOFT)], height=height, x=end, align="right", size=SMALL)
        yield texts(figures, height=height, x=end, align="right")


def row_picture(
    rows: Sequence[ChartRow], name: str, columns: Sequence[TextColumn], marks: Sequence["alt.Chart"]
) -> "alt.LayerChart":
    """Return the picture of rows under the heading `name` and the columns' headings, with its marks below the words."""
    return layered([*marks, *row_texts(rows, name, columns)], height=height_of(rows))


def ranges(dots: Sequence[Dot], axis: ChartAxis, *, height: float) -> "alt.Chart":
    """Return the layer of the dots' ranges."""
    import altair as alt

    known = [asdict(dot) for dot in dots if dot.low is not None]
    layer: alt.Chart = (
        alt.Chart({"values": known})
        .mark_rule(strokeWidth=4, opacity=0.45)
        .encode(per_cent(axis, "low"), alt.X2("upp:Q"), pixels(height), alt.Color("colour:N", scale=None))
    )
    return layer


def points(dots: Sequence[Dot], axis: ChartAxis, *, height: float, size: float = 100) -> "alt.Chart":
    """Return the layer of the dots themselves."""
    import altair as alt

    known = [asdict(dot) for dot in dots if dot.value is not None]
    layer: alt.Chart = (
        alt.Chart({"values": known})
        .mark_point(shape="circle", size=size, strokeWidth=2.5, opacity=1)
        .encode(per_cent(axis), pixels(height), alt.Stroke("colour:N", scale=None), alt.Fill("fill:N", scale=None))
    )
    return layer


def per_cent(axis: ChartAxis, field: str = "value") -> "alt.X":
    """Return the horizontal channel of a field in per cent; its axis is on top, where a tall chart begins."""
    import altair as alt

    ticks = alt.Axis(orient="top", values=list(axis.ticks), format="d", title=None, domain=False, ticks=False)
    return alt.X(f"{field}:Q", axis=ticks, scale=alt.Scale(domain=[axis.low, axis.upp], nice=False, zero=False))


def _name_at(place: int) -> float:
    return HEAD + ROW * place + NAME_AT
