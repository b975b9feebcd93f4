"""Importance and performance: which parts go with the overall answer, and how well each is rated."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from survey.analysis.drivers.driver_places import Driver
from survey.analysis.drivers.drivers import Drivers
from survey.fieldwork import SamplingBasis
from survey.formatting import format_percent
from survey.reports.charts.drawing import (
    JADE,
    RED,
    SLACK,
    SMALL,
    SOFT,
    WIDTH,
    Chart,
    ChartAxis,
    Words,
    axis_of,
    empty_chart,
    finished,
    layered,
    texts,
    who_answered,
)
from survey.reports.words import ASSOCIATION, IMPORTANCE, PERFORMANCE
from survey.wording import Language, mark, word

if TYPE_CHECKING:
    import altair as alt

Placed: TypeAlias = Mapping[str, str | float]

HEIGHT = 360
# Pixels of one line of the list below the picture.
LINE = 24

TITLE = mark("Liên quan với hài lòng chung và mức hài lòng: {subject}")
NOTE = mark(
    "Vạch: khoảng ước lượng (95%) của tỷ trọng. Nét đứt: trung bình. Chấm rỗng: khoảng ước lượng "
    "chứa mức trung bình, hoặc mức hài lòng khác trung bình không quá 1 điểm hay không quá dao động "
    "ngẫu nhiên, nên vị trí có thể do ngẫu nhiên."
)
AXES_NOTE = mark("Trục ngang từ {left} đến {right}%, trục dọc từ {low} đến {upp}%.")
URGENT = mark("Nên xem xét trước")
FIRST_TOLD = mark("Liên quan nhiều nhất: {part}, tỷ trọng {importance}%, mức hài lòng {performance}%.")
URGENT_TOLD = mark("Nên xem xét trước: {parts}.")


@dataclass(frozen=True, slots=True)
class _Plane:
    """The two axes."""

    across: ChartAxis
    upwards: ChartAxis
    language: Language

    def note(self) -> str:
        """Say which part of each scale is shown."""
        ends = {"left": self.across.low, "right": self.across.upp, "low": self.upwards.low, "upp": self.upwards.upp}
        return word(AXES_NOTE, self.language).format(**ends)

    def x(self, field: str) -> "alt.X":
        """Return the channel of performance."""
        import altair as alt

        title = word(PERFORMANCE, self.language)
        axis = alt.Axis(values=list(self.across.ticks), format="d", title=title, grid=False, ticks=False)
        scale = alt.Scale(domain=[self.across.low, self.across.upp], nice=False, zero=False, padding=12)
        return alt.X(f"{field}:Q", axis=axis, scale=scale)

    def y(self, field: str) -> "alt.Y":
        """Return the channel of importance; its title lies on top, where it can be read without turning the head."""
        import altair as alt

        axis = alt.Axis(
            values=list(self.upwards.ticks),
            format="d",
            title=word(IMPORTANCE, self.language),
            titleAngle=0,
            titleAlign="left",
            titleAnchor="start",
            titleX=0,
            titleY=-12,
            grid=False,
            ticks=False,
        )
        scale = alt.Scale(domain=[self.upwards.low, self.upwards.upp], nice=False, zero=False)
        return alt.Y(f"{field}:Q", axis=axis, scale=scale)


def drivers_chart(
    drivers: Drivers, *, subject: str, basis: SamplingBasis, language: Language, simulated: bool = False
) -> Chart:
    """Return the parts as numbered points, performance across and importance upwards, with a list of them below.

    Upright lines are the ranges of importance, dashed lines the means. A part whose quadrant may be chance is hollow,
    and red is only what should be looked at first. No part makes a picture that says so.
    """
    import altair as alt

    title = word(TITLE, language).format(subject=subject)
    if not drivers.rows:
        return empty_chart("drivers", title, language=language)
    placed = [_placed(number, driver) for number, driver in enumerate(drivers.rows, start=1)]
    across = axis_of([drivers.mean_performance, *(driver.performance for driver in drivers.rows)])
    upwards = axis_of(figure for driver in drivers.rows for figure in (driver.low, driver.upp, drivers.mean_importance))
    plane = _Plane(across, upwards, language)
    corner = [_corner(plane)] if any(driver.is_urgent for driver in drivers.rows) else []
    marks = [*_means(drivers, plane), *corner, _ranges(placed, plane), *_points(placed, plane)]
    picture = alt.VConcatChart(vconcat=[layered(marks, height=HEIGHT), _list(drivers.rows, language)], spacing=24)
    notes = (*who_answered([basis], language, simulated=simulated), f"{word(ASSOCIATION, language)}.")
    notes = (*notes, word(NOTE, language), plane.note())
    return finished("drivers", picture, title, notes, text=f"{title}. {_told(drivers.rows, language)}")


def _placed(number: int, driver: Driver) -> Placed:
    colour = RED if driver.is_urgent else JADE
    return {
        "number": str(number),
        "importance": driver.importance,
        "low": driver.low,
        "upp": driver.upp,
        "performance": driver.performance,
        "colour": colour,
        "fill": colour if driver.placed else "#ffffff",
        "on": "#ffffff" if driver.placed else colour,
    }


def _means(drivers: Drivers, plane: _Plane) -> Iterator["alt.Chart"]:
    import altair as alt

    means = {"importance": drivers.mean_importance, "performance": drivers.mean_performance}
    line = alt.Chart({"values": [means]}).mark_rule(strokeDash=[6, 4], color=SOFT)
    yield line.encode(plane.x("performance"))
    yield line.encode(plane.y("importance"))


def _corner(plane: _Plane) -> "alt.Chart":
    """Return the words in the corner of what goes much with the overall answer and is rated low."""
    import altair as alt

    layer: alt.Chart = (
        alt.Chart({"values": [{"text": word(URGENT, plane.language)}]})
        .mark_text(x=6, y=12, align="left", fontSize=SMALL, color=RED)
        .encode(alt.Text("text:N"))
    )
    return layer


def _ranges(placed: Sequence[Placed], plane: _Plane) -> "alt.Chart":
    import altair as alt

    layer: alt.Chart = (
        alt.Chart({"values": placed})
        .mark_rule(strokeWidth=3, opacity=0.35)
        .encode(plane.x("performance"), plane.y("low"), alt.Y2("upp:Q"), alt.Color("colour:N", scale=None))
    )
    return layer


def _points(placed: Sequence[Placed], plane: _Plane) -> Iterator["alt.Chart"]:
    """Yield the points and the numbers in them."""
    import altair as alt

    where = plane.x("performance"), plane.y("importance")
    chart = alt.Chart({"values": placed})
    circle = chart.mark_point(shape="circle", size=420, strokeWidth=2, opacity=0.9)
    yield circle.encode(*where, alt.Stroke("colour:N", scale=None), alt.Fill("fill:N", scale=None))
    number = chart.mark_text(fontSize=SMALL, fontWeight="bold", baseline="middle")
    yield number.encode(*where, alt.Text("number:N"), alt.Color("on:N", scale=None))


def _list(drivers: Sequence[Driver], language: Language) -> "alt.LayerChart":
    """Return what the numbers in the points stand for."""
    names = [f"{place}. {driver.label.in_language(language)}" for place, driver in enumerate(drivers, start=1)]
    height = LINE * len(names)
    said = [Words(LINE * place + LINE / 2, name) for place, name in enumerate(names)]
    return layered([texts(said, height=height, limit=SLACK * WIDTH)], height=height)


def _told(drivers: Sequence[Driver], language: Language) -> str:
    """Return the part that goes most with the overall answer, and which to look at first, in words."""
    first = max(drivers, key=_by_importance)
    urgent = [row.label.in_language(language) for row in drivers if row.is_urgent]
    sentence = word(FIRST_TOLD, language).format(
        part=first.label.in_language(language),
        importance=format_percent(first.importance, language=language),
        performance=format_percent(first.performance, language=language),
    )
    return f"{sentence} {word(URGENT_TOLD, language).format(parts='; '.join(urgent))}" if urgent else sentence


def _by_importance(driver: Driver) -> float:
    return driver.importance
