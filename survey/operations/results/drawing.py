"""Draw the charts of a published run: from what may be shown of it to the picture."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TypedDict

from survey.analysis.comparing.comparison import Key
from survey.analysis.comparing.falls import Fall
from survey.analysis.drivers.drivers import Drivers
from survey.analysis.figures.results import OVERALL, IndexRow
from survey.errors import UnknownCodeError
from survey.fieldwork import SamplingBasis
from survey.instrument.model import OVERALL_LABEL, Instrument, LocalText
from survey.operations.results.distributions import distributions_of
from survey.operations.results.published import PublishedRun
from survey.operations.results.standing import Standing
from survey.reports.charts.charts import (
    Change,
    Chart,
    change_chart,
    dimensions_chart,
    drivers_chart,
    items_chart,
    ranking_chart,
    trend_chart,
)
from survey.reports.charts.overview import overview_chart
from survey.wording import Language, mark, word

EVERYBODY = mark("Tất cả cơ quan")
LARGEST_FALLS = mark("các mức giảm lớn nhất")
MOST_FALLS = 10


class ChartKind(StrEnum):
    """What a chart shows: of all agencies, of a block, or of one agency."""

    OVERVIEW = "overview"
    FALLS = "falls"
    DRIVERS = "drivers"
    RANKING = "ranking"
    DIMENSIONS = "dimensions"
    ITEMS = "items"
    CHANGE = "change"
    TREND = "trend"


class Manner(TypedDict):
    """What every chart is told."""

    basis: SamplingBasis
    language: Language
    simulated: bool


@dataclass(frozen=True, slots=True)
class ChartSubject:
    """What charts are drawn of: a run among what else is published, in a language."""

    standing: Standing
    shown: PublishedRun
    language: Language

    @property
    def manner(self) -> Manner:
        """What every chart is told."""
        own = self.shown.survey_round
        return {"basis": own.basis, "language": self.language, "simulated": own.simulated}


def draw_chart(kind: ChartKind, code: str, subject: ChartSubject) -> Chart:
    """Return a chart of everybody, of an agency by its code, or of a block by its place among the rankings.

    Raises UnknownCodeError when there is no such agency, block or figure.
    """
    if kind in OF_EVERYBODY:
        return OF_EVERYBODY[kind](subject)
    return OF_ONE[kind](subject, code)


def main_parts(instrument: Instrument) -> tuple[str, ...]:
    """Return the codes of the dimensions and, last, of the whole."""
    return (*(dimension.code for dimension in instrument.dimensions), OVERALL)


def shown_rows(shown: PublishedRun, code: str) -> tuple[IndexRow, ...]:
    """Return the rows of an agency's dimensions and of the whole that may be shown; raises UnknownCodeError."""
    shown.agency(code)
    found = (shown.rows[Key(code, part)] for part in main_parts(shown.instrument))
    return tuple(row for row in found if shown.shows(row))


def _overview(subject: ChartSubject) -> Chart:
    shown = subject.shown
    rows = [shown.total[part] for part in main_parts(shown.instrument)]
    everybody = word(EVERYBODY, subject.language)
    return overview_chart([row for row in rows if shown.shows(row)], subject=everybody, **subject.manner)


def _falls(subject: ChartSubject) -> Chart:
    falls, names = subject.standing.falls_of(subject.shown), subject.shown.names
    letters = {one.code: one.letter for one in subject.shown.instrument.dimensions}
    rows = falls.rows[:MOST_FALLS] if falls else ()
    changes = [Change(_short(fall, names, letters), fall.before, fall.after, fall.difference) for fall in rows]
    return change_chart(changes, subject=word(LARGEST_FALLS, subject.language), **subject.manner)


def _short(fall: Fall, names: Mapping[str, str], letters: Mapping[str, str]) -> LocalText:
    """Return the letter or code of what fell and the agency; there is no room for both names in full."""
    text = f"{letters.get(fall.key.part, fall.key.part)} – {names[fall.key.unit]}"
    return LocalText(text, text)


def _drivers(subject: ChartSubject) -> Chart:
    drivers = subject.shown.extras.drivers
    if not isinstance(drivers, Drivers):
        raise UnknownCodeError("chart of the run", ChartKind.DRIVERS)
    return drivers_chart(drivers, subject=word(EVERYBODY, subject.language), **subject.manner)


def _ranking(subject: ChartSubject, place: str) -> Chart:
    places = {str(number): ranking for number, ranking in enumerate(subject.shown.rankings)}
    if place not in places:
        raise UnknownCodeError("block of the run", place)
    return ranking_chart(places[place], subject.shown.names, **subject.manner)


def _dimensions(subject: ChartSubject, code: str) -> Chart:
    shown, agency = subject.shown, subject.shown.agency(code)
    blocks = (shown.blocks[Key(agency.block, part)] for part in main_parts(shown.instrument))
    beside = [row for row in blocks if shown.shows(row)]
    return dimensions_chart(shown_rows(shown, code), beside, subject=agency.agency, **subject.manner)


def _items(subject: ChartSubject, code: str) -> Chart:
    shown, name = subject.shown, subject.shown.agency(code).agency
    distributions = distributions_of(shown, code)
    return items_chart(distributions, shown.instrument.scale, subject=name, **subject.manner)


def _change(subject: ChartSubject, code: str) -> Chart:
    name = subject.shown.agency(code).agency
    return change_chart(list(_changes(subject, code)), subject=name, **subject.manner)


def _changes(subject: ChartSubject, code: str) -> Iterator[Change]:
    """Yield what both rounds have of the dimensions and of the whole."""
    shown, falls = subject.shown, subject.standing.falls_of(subject.shown, code)
    before = subject.standing.previous_of(shown)
    if falls is None or before is None:
        return
    for part in main_parts(shown.instrument):
        key = Key(code, part)
        difference = falls.comparison.differences.get(key)
        first, second = (run.rows[key].estimate if key in run.rows else None for run in (before, shown))
        if difference and first and second:
            yield Change(shown.rows[key].label, first, second, difference)


def _trend(subject: ChartSubject, code: str) -> Chart:
    name = f"{subject.shown.agency(code).agency}, {OVERALL_LABEL.in_language(subject.language)}"
    series = subject.standing.series_of(subject.shown, code)
    return trend_chart(series, subject=name, language=subject.language, simulated=subject.manner["simulated"])


OF_EVERYBODY: Mapping[ChartKind, Callable[[ChartSubject], Chart]] = MappingProxyType(
    {ChartKind.OVERVIEW: _overview, ChartKind.FALLS: _falls, ChartKind.DRIVERS: _drivers}
)
OF_ONE: Mapping[ChartKind, Callable[[ChartSubject, str], Chart]] = MappingProxyType(
    {
        ChartKind.RANKING: _ranking,
        ChartKind.DIMENSIONS: _dimensions,
        ChartKind.ITEMS: _items,
        ChartKind.CHANGE: _change,
        ChartKind.TREND: _trend,
    }
)
