"""How the answers to each item are spread over the scale: bars that all reach 100 per cent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from survey.analysis.comparing.comparison import LEAST_RESPONSES
from survey.fieldwork import SamplingBasis
from survey.formatting import format_count, format_percent
from survey.instrument.model import LocalText, Scale
from survey.reports.charts.drawing import (
    INK,
    JADE,
    NO_ANSWER,
    NOTHING,
    RED,
    SMALL,
    WITHHELD,
    Chart,
    empty_chart,
    finished,
    pixels,
    who_answered,
)
from survey.reports.charts.rows import ChartRow, TextColumn, height_of, marks_at, row_picture
from survey.wording import Language, mark, word

if TYPE_CHECKING:
    import altair as alt

# From the worst answer to the best. The ends are the colours of the faces on the citizen's page; what lies between is
# lighter than there, because the five faces without their mouths are too alike for the colour-blind and in grey.
COLOURS = (RED, "#f2b27a", "#dfe4ea", "#6fb0c6", JADE)
ON_COLOURS = ("#ffffff", INK, INK, INK, "#ffffff")
# A piece of a bar that is narrower has no room for its number.
LEAST_WRITTEN = 5.0
BAR = 20

TITLE = mark("Câu trả lời (%) theo tiêu chí: {subject}")
NOTE = mark("n: số câu trả lời hợp lệ. Trong thanh: tỷ lệ %, ghi từ 5% trở lên.")
SPAN_TOLD = mark("Tỷ lệ hài lòng và rất hài lòng cao nhất: {first}, {first_value}%; thấp nhất: {last}, {last_value}%.")


@dataclass(frozen=True, slots=True)
class Distribution:
    """How often each answer of the scale was given to one item, in the order of the scale."""

    code: str
    label: LocalText
    counts: tuple[int, ...]

    @property
    def answers(self) -> int:
        """The valid answers."""
        return sum(self.counts)

    def shares(self) -> tuple[float, ...]:
        """Return the share of each answer in per cent; an item that fewer than 10 answered has none.

        >>> Distribution("A1", LocalText("", ""), (1, 0, 3, 8, 8)).shares()
        (5.0, 0.0, 15.0, 40.0, 40.0)
        """
        return () if self.answers < LEAST_RESPONSES else tuple(100 * count / self.answers for count in self.counts)


def items_chart(
    items: Sequence[Distribution],
    scale: Scale,
    *,
    subject: str,
    basis: SamplingBasis,
    language: Language,
    simulated: bool = False,
) -> Chart:
    """Return one bar an item, in their order, made of the shares of the five answers with those from 5% on written in.

    An item that fewer than 10 answered has no bar. No item makes a picture that says so. Raises ValueError unless
    the scale and every item have five answers, for which there are colours.
    """
    if {len(scale.options), *(len(item.counts) for item in items)} != {len(COLOURS)}:
        raise ValueError("the chart has colours for a scale of exactly five answers")
    title = word(TITLE, language).format(subject=subject)
    if not items:
        return empty_chart("items", title, language=language)
    rows = [_row(item, language) for item in items]
    answers = [option.label.in_language(language) for option in scale.options]
    pieces = [piece for place, item in enumerate(items) for piece in _pieces(item, answers, place, language)]
    marks = [_bars(pieces, answers, height_of(rows)), _numbers(pieces, height_of(rows))]
    picture = row_picture(rows, word("Tiêu chí", language), [TextColumn("n", 64)], marks)
    notes = (*who_answered([basis], language, simulated=simulated), word(NOTE, language))
    return finished("items", picture, title, notes, text=f"{title}. {_told(items, scale, language)}")


def _row(item: Distribution, language: Language) -> ChartRow:
    shown = item.answers == 0 or item.answers >= LEAST_RESPONSES
    count = format_count(item.answers, language=language) if shown else "–"
    instead = "" if item.shares() else word(WITHHELD if item.answers else NO_ANSWER, language)
    return ChartRow(f"{item.code}. {item.label.in_language(language)}", (count,), instead)


def _pieces(
    item: Distribution, answers: Sequence[str], place: int, language: Language
) -> Iterator[Mapping[str, str | float]]:
    """Yield the pieces of a bar: from where to where in per cent, which answer, and the number written in."""
    shares = item.shares()
    ends = pairwise(accumulate(shares, initial=0.0))
    for answer, share, (start, end), on in zip(answers, shares, ends, ON_COLOURS, strict=False):
        number = format_percent(share, 0, language=language) if share >= LEAST_WRITTEN else ""
        middle, y = (start + end) / 2, marks_at(place)
        yield {"y": y, "start": start, "end": end, "middle": middle, "answer": answer, "text": number, "on": on}


def _bars(pieces: Sequence[Mapping[str, str | float]], answers: Sequence[str], height: float) -> "alt.Chart":
    import altair as alt

    legend = alt.Legend(title=None, orient="top", columns=3, columnPadding=32, symbolType="square", symbolSize=180)
    colours = alt.Scale(domain=list(answers), range=list(COLOURS))
    layer: alt.Chart = (
        alt.Chart({"values": pieces})
        .mark_bar(height=BAR, stroke="white", strokeWidth=1)
        .encode(_whole("start"), alt.X2("end:Q"), pixels(height), alt.Color("answer:N", scale=colours, legend=legend))
    )
    return layer


def _numbers(pieces: Sequence[Mapping[str, str | float]], height: float) -> "alt.Chart":
    import altair as alt

    layer: alt.Chart = (
        alt.Chart({"values": [piece for piece in pieces if piece["text"]]})
        .mark_text(fontSize=SMALL, baseline="middle")
        .encode(_whole("middle"), pixels(height), alt.Text("text:N"), alt.Color("on:N", scale=None))
    )
    return layer


def _whole(field: str) -> "alt.X":
    import altair as alt

    return alt.X(f"{field}:Q", axis=None, scale=alt.Scale(domain=[0, 100], nice=False))


def _told(items: Sequence[Distribution], scale: Scale, language: Language) -> str:
    """Return the items with the largest and the smallest share of satisfied answers, in words."""
    satisfied = [(option.points or 0) >= scale.satisfied_from for option in scale.options]
    named_shares = [
        (sum(share for share, good in zip(item.shares(), satisfied, strict=True) if good), item.label)
        for item in items
        if item.shares()
    ]
    if not named_shares:
        return f"{word(NOTHING, language)}."
    (low, last), (top, first) = min(named_shares, key=_share), max(named_shares, key=_share)
    return word(SPAN_TOLD, language).format(
        first=first.in_language(language),
        first_value=format_percent(top, language=language),
        last=last.in_language(language),
        last_value=format_percent(low, language=language),
    )


def _share(told: tuple[float, LocalText]) -> float:
    return told[0]
