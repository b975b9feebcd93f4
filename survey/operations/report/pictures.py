"""The charts of a report: those kept with the run, as large as a page has room for."""

import re
from collections.abc import Iterable, Iterator, Mapping

from survey.analysis.comparing.comparison import Key
from survey.operations.results.charts import ChartName, RunCharts
from survey.operations.results.drawing import ChartKind, ChartSubject, main_parts
from survey.reports.documents.model import DocumentPicture
from survey.reports.documents.round_chapters import MOST_DRAWN

# In millimetres: less than the text is wide, and than a page is high, so that text finds room beside it.
MOST_WIDE, MOST_HIGH = 125.0, 155.0
CAPTIONS: Mapping[ChartKind, str] = {
    ChartKind.OVERVIEW: "Kết quả chung theo yếu tố",
    ChartKind.FALLS: "Các mức giảm lớn nhất",
    ChartKind.RANKING: "Chỉ số và thứ hạng trong khối",
    ChartKind.DIMENSIONS: "Kết quả theo yếu tố, so với cả khối",
    ChartKind.ITEMS: "Câu trả lời theo tiêu chí",
    ChartKind.CHANGE: "Thay đổi so với đợt trước",
    ChartKind.TREND: "Chỉ số chung qua các đợt",
}


def round_pictures(charts: RunCharts, subject: ChartSubject) -> Mapping[str, DocumentPicture]:
    """Return the charts of a round by name: everybody, what fell, and blocks small enough for a page."""
    return dict(_pictures(charts, subject, _of_round(subject)))


def agency_pictures(charts: RunCharts, subject: ChartSubject, agency_code: str) -> Mapping[str, DocumentPicture]:
    """Return the charts of an agency by kind, as far as it has what they show; raises UnknownCodeError."""
    found = _pictures(charts, subject, (ChartName(kind, agency_code) for kind in _of_agency(subject, agency_code)))
    return {ChartName.parse(name).kind.value: picture for name, picture in found}


def _of_round(subject: ChartSubject) -> Iterator[ChartName]:
    shown, falls = subject.shown, subject.standing.falls_of(subject.shown)
    if any(shown.shows(shown.total[part]) for part in main_parts(shown.instrument)):
        yield ChartName(ChartKind.OVERVIEW)
    if falls and falls.rows:
        yield ChartName(ChartKind.FALLS)
    for place, ranking in enumerate(shown.rankings):
        if len(ranking.ranked) > 1 and len(ranking.rows) <= MOST_DRAWN:
            yield ChartName(ChartKind.RANKING, str(place))


def _of_agency(subject: ChartSubject, agency_code: str) -> Iterator[ChartKind]:
    shown, falls = subject.shown, subject.standing.falls_of(subject.shown)
    parts = main_parts(shown.instrument)
    yield ChartKind.DIMENSIONS
    if any(shown.shows(shown.rows[Key(agency_code, item.code)]) for item in shown.instrument.items):
        yield ChartKind.ITEMS
    differences = falls.comparison.differences if falls and falls.comparison.gap is None else {}
    if any(Key(agency_code, part) in differences for part in parts):
        yield ChartKind.CHANGE
    if sum(map(len, subject.standing.series_of(shown, agency_code).segments)) > 1:
        yield ChartKind.TREND


def _pictures(
    charts: RunCharts, subject: ChartSubject, names: Iterable[ChartName]
) -> Iterator[tuple[str, DocumentPicture]]:
    for name in names:
        kept, svg = charts.chart(name, subject), charts.svg(name, subject)
        width, height = _size(svg)
        scale = min(MOST_WIDE / width, MOST_HIGH / height)
        yield str(name), DocumentPicture(CAPTIONS[name.kind], svg, kept.alt, width * scale, height * scale)


def _size(svg: str) -> tuple[float, float]:
    """Return width and height of a picture in pixels, from its view box."""
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    if found is None:
        raise ValueError("a chart without a view box")
    return float(found[1]), float(found[2])
