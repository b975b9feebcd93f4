"""What all charts share: colours, letters, words above the picture, and the drawing itself.

altair and vl-convert are loaded when something is drawn, never with this module: the processes that answer
citizens import reports and must not carry 100 MB for pictures they never make. docs/method/charts.md has the choices.
"""

import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from survey.fieldwork import SamplingBasis
from survey.formatting import to_nfc
from survey.reports.tables import simulation_notice
from survey.reports.words import MODEL_RANGE
from survey.wording import Language, mark, word

if TYPE_CHECKING:
    import altair as alt

Kind: TypeAlias = Literal["svg", "png"]

INK, SOFT, EDGE, GRID = "#14213a", "#556072", "#8290a3", "#e7ebf0"
JADE, RED = "#0b5d4b", "#b3261e"
# A picture in a page cannot load a font of its own; these are on every system or stand in for one another.
FONT = "Arial, Liberation Sans, DejaVu Sans, sans-serif"
# 360 pixels of a phone show 520 of the picture, so the smallest letters, 14, still come out above 9.
WIDTH, PADDING = 520, 12
LETTER, SMALL, HEADLINE = 15, 14, 17
TITLE_LINE, NOTE_LINE = 46, 66
# Letters are measured as Arial; where a reader has none, those that stand in are up to a sixth wider.
SLACK = 0.86
POINTS_PER_INCH = 192

NOTHING = mark("Chưa có số liệu để vẽ biểu đồ")
WITHHELD = mark("không công bố")
NO_ANSWER = mark("không có câu trả lời hợp lệ")
AXIS_NOTE = mark("Trục từ {low} đến {upp}%.")
RANGE_NOTE = mark("Vạch: {range}.")
BASIS_NOTES: Mapping[SamplingBasis, str] = {
    SamplingBasis.SELF_SELECTED: mark("Người trả lời tự nguyện tham gia, không do chọn mẫu ngẫu nhiên."),
    SamplingBasis.PROBABILITY: mark("Mẫu xác suất."),
}


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture and its words. `name` is a file name without ending, `svg` the picture for pages.

    `alt` says in one to three sentences, as plain text, what the picture shows with its main numbers. `spec` is the
    Vega-Lite specification as JSON, from which `png_of` draws the same picture for documents.
    """

    name: str
    svg: str
    alt: str
    spec: str


@dataclass(frozen=True, slots=True)
class Words:
    """Words whose middle lies `y` pixels from the top."""

    y: float
    text: str
    colour: str = INK


@dataclass(frozen=True, slots=True)
class ChartAxis:
    """The part of the per cent scale a chart shows, with its tick marks."""

    low: int
    upp: int
    ticks: tuple[int, ...]

    def note(self, language: Language) -> str:
        """Say which part of the scale is shown: not starting at 0 must not go unnoticed."""
        return word(AXIS_NOTE, language).format(low=self.low, upp=self.upp)


def draw(spec: str, kind: Kind) -> bytes:
    """Return the picture of a Vega-Lite specification (JSON), as SVG in UTF-8 or as PNG at 192 dots per inch.

    The same specification gives the same bytes. Text stays text in SVG. Raises ValueError on what is no specification.
    """
    import vl_convert

    if kind == "svg":
        return str(vl_convert.vegalite_to_svg(spec)).encode()
    return bytes(vl_convert.vegalite_to_png(spec, ppi=POINTS_PER_INCH))


def png_of(chart: Chart) -> bytes:
    """Return the chart as PNG, for files that cannot hold SVG."""
    return draw(chart.spec, "png")


def finished(
    name: str, picture: "alt.LayerChart | alt.VConcatChart", title: str, notes: Sequence[str], *, text: str
) -> Chart:
    """Return the chart of a picture, with its title and notes above and the looks all charts share."""
    import altair as alt

    heading = alt.TitleParams(
        text=textwrap.wrap(plain(title), TITLE_LINE),
        subtitle=textwrap.wrap(plain(" ".join(notes)).replace(" %", "\N{NO-BREAK SPACE}%"), NOTE_LINE),
        anchor="start",
        frame="group",
        offset=14,
    )
    whole = picture.properties(title=heading, padding=PADDING, background="white", config=_looks())
    spec = str(whole.to_json(indent=None))
    return Chart(name, draw(spec, "svg").decode(), plain(text), spec)


def empty_chart(name: str, title: str, *, language: Language, message: str = NOTHING) -> Chart:
    """Return a picture that only says that there is nothing to show, and why."""
    said = word(message, language)
    picture = layered([texts([Words(20, said, SOFT)], height=40)], height=40)
    return finished(name, picture, title, (), text=f"{title}. {said}.")


def layered(layers: Iterable["alt.Chart"], *, height: float) -> "alt.LayerChart":
    """Return the layers as one picture of the common width."""
    import altair as alt

    return alt.LayerChart(layer=list(layers), width=WIDTH, height=height)


def texts(
    rows: Sequence[Words],
    *,
    height: float,
    x: float = 0,
    align: Literal["left", "center", "right"] = "left",
    limit: float = 0,
    size: int = LETTER,
) -> "alt.Chart":
    """Return a layer of words in one column `x` pixels from the left, cut with “…” where longer than `limit`.

    A limit doubles the time a text takes to draw, so only what may be too long has one; 0 is none.
    """
    import altair as alt

    cleaned = [{"y": row.y, "text": plain(row.text), "colour": row.colour} for row in rows]
    layer: alt.Chart = (
        alt.Chart({"values": cleaned})
        .mark_text(x=x, align=align, baseline="middle", limit=limit, fontSize=size)
        .encode(pixels(height), alt.Text("text:N"), alt.Color("colour:N", scale=None))
    )
    return layer


def pixels(height: float, field: str = "y") -> "alt.Y":
    """Return the vertical channel of a field that holds pixels from the top."""
    import altair as alt

    return alt.Y(f"{field}:Q", axis=None, scale=alt.Scale(domain=[0, height], reverse=True, nice=False, padding=0))


def axis_of(figures: Iterable[float | None]) -> ChartAxis:
    """Return the part of 0-100 that holds every figure, in at most 8 steps of 5, 10 or 20 per cent.

    >>> axis_of([71.2, None, 88.0])
    ChartAxis(low=70, upp=90, ticks=(70, 75, 80, 85, 90))
    >>> axis_of([100.0]).low, axis_of([]).upp
    (95, 100)
    """
    known = [figure for figure in map(figure_of, figures) if figure is not None] or [0.0, 100.0]
    low, upp, step = min(known), max(known), 5
    while math.ceil(upp / step) - math.floor(low / step) > 8:
        step *= 2
    start, end = step * math.floor(low / step), step * math.ceil(upp / step)
    start, end = (start - step if start == end == 100 else start), (end + step if start == end < 100 else end)
    return ChartAxis(start, end, tuple(range(start, end + 1, step)))


def figure_of(value: float | None) -> float | None:
    """Return a figure that can be drawn: None for what is missing or not finite.

    >>> figure_of(82.5), figure_of(float("nan"))
    (82.5, None)
    """
    return value if value is not None and math.isfinite(value) else None


def plain(text: str) -> str:
    """Return text as a picture may hold it: composed (NFC), a space for what XML or one line cannot hold.

    >>> plain("Sở\\tNội vụ\\x00")
    'Sở Nội vụ '
    """
    return "".join(character if character.isprintable() else " " for character in to_nfc(text))


def notes_for(
    bases: Iterable[SamplingBasis], language: Language, *, axis: ChartAxis, simulated: bool
) -> tuple[str, ...]:
    """Return what stands above a picture with ranges: simulated or not, who answered, kind of range, axis."""
    distinct = tuple(dict.fromkeys(bases))
    kind = word(RANGE_NOTE, language).format(range=word(MODEL_RANGE, language))
    return (*who_answered(distinct, language, simulated=simulated), kind, axis.note(language))


def who_answered(bases: Iterable[SamplingBasis], language: Language, *, simulated: bool) -> tuple[str, ...]:
    """Return the notice of simulated responses where it is due, and how respondents came into the data."""
    notice = (f"{simulation_notice(language)}.",) if simulated else ()
    return (*notice, *(word(BASIS_NOTES[basis], language) for basis in bases))


def _looks() -> dict[str, Any]:
    """Return the configuration of all charts. `aria` off: the words are in the page's alternative text."""
    return {
        "aria": False,
        "font": FONT,
        "view": {"stroke": None},
        "title": {
            "color": INK,
            "fontSize": HEADLINE,
            "lineHeight": 22,
            "subtitleColor": SOFT,
            "subtitleFontSize": SMALL,
            "subtitleLineHeight": 19,
            "subtitlePadding": 6,
        },
        "legend": {"labelColor": INK, "labelFontSize": SMALL, "labelLimit": 200},
        "axis": {
            "labelColor": SOFT,
            "labelFontSize": SMALL,
            "titleColor": SOFT,
            "titleFontSize": SMALL,
            "titleFontWeight": "normal",
            "gridColor": GRID,
            "domainColor": EDGE,
            "tickColor": EDGE,
        },
    }
