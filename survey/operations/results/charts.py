"""The charts of published runs: drawn at publication or when first asked for, then kept with the run.

A chart that tells of one run alone is kept under its name. One that also tells of earlier rounds (a series, a change)
carries a digest of all the runs it was drawn from, because an earlier round may be published again.
"""

import html
import logging
import re
from dataclasses import dataclass

from survey.analysis.drivers.drivers import Drivers
from survey.errors import UnknownCodeError
from survey.operations.results.drawing import OF_EVERYBODY, ChartKind, ChartSubject, draw_chart
from survey.operations.results.standing import PublishedRuns
from survey.reports.charts.charts import Chart
from survey.store.engine import Store
from survey.store.results.charts import find_chart, find_chart_head, save_chart
from survey.store.subjects import ADDED
from survey.wording import Language

DIGEST = 12

# What the page of an agency shows, a change only where the round before can be compared.
OF_AGENCY = (ChartKind.DIMENSIONS, ChartKind.ITEMS, ChartKind.CHANGE, ChartKind.TREND)

logger = logging.getLogger(__name__)

# These tell of earlier rounds as well.
OF_SEVERAL_RUNS = frozenset({ChartKind.FALLS, ChartKind.CHANGE, ChartKind.TREND})


@dataclass(frozen=True, slots=True)
class ChartName:
    """A chart of a run: its kind and whom it is of, an agency by code or a block by its place among the rankings."""

    kind: ChartKind
    subject: str = ""

    @classmethod
    def parse(cls, text: str) -> "ChartName":
        """Return the name written `kind` or `kind-subject`; raises UnknownCodeError.

        >>> ChartName.parse("trend-S-NV")
        ChartName(kind=<ChartKind.TREND: 'trend'>, subject='S-NV')
        """
        kind, _, subject = text.partition("-")
        if kind not in list(ChartKind) or bool(subject) == (kind in OF_EVERYBODY):
            raise UnknownCodeError("chart", text, [one.value for one in ChartKind])
        return cls(ChartKind(kind), subject)

    def __str__(self) -> str:
        """Return the name as `parse` takes it."""
        return f"{self.kind}-{self.subject}" if self.subject else self.kind.value


@dataclass(frozen=True, slots=True)
class KeptChart:
    """A chart that is kept; `version` changes when anything it was drawn from does, `alt` is its text."""

    name: ChartName
    version: str
    alt: str


class RunCharts:
    """The charts of a store's published runs."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def chart(self, name: ChartName, subject: ChartSubject) -> KeptChart:
        """Return a chart's name, version and words, drawing it if it is not kept yet; raises UnknownCodeError."""
        with self._store.reading() as connection:
            head = find_chart_head(connection, *_place(name, subject))
        return KeptChart(name, version_of(name.kind, subject), _title_of(head or self._keep(name, subject)))

    def svg(self, name: ChartName, subject: ChartSubject) -> str:
        """Return a chart, drawing it if it is not kept yet; raises UnknownCodeError."""
        with self._store.reading() as connection:
            found = find_chart(connection, *_place(name, subject))
        return found or self._keep(name, subject)

    def _keep(self, name: ChartName, subject: ChartSubject) -> str:
        svg = _titled(draw_chart(name.kind, name.subject, subject))
        with self._store.writing(ADDED) as connection:
            save_chart(connection, *_place(name, subject), svg)
        return svg


def version_of(kind: ChartKind, subject: ChartSubject) -> str:
    """Return the identity of the run, or one of all the runs that the chart tells of."""
    return subject.standing.version_of_series(subject.shown) if kind in OF_SEVERAL_RUNS else subject.shown.id


def _place(name: ChartName, subject: ChartSubject) -> tuple[str, str, Language]:
    """Return where a chart is kept: its run, its name with a digest of other runs it tells of, its language."""
    several = name.kind in OF_SEVERAL_RUNS
    text = f"{name}.{version_of(name.kind, subject)[:DIGEST]}" if several else str(name)
    return subject.shown.id, text, subject.language


def keep_charts(store: Store, round_code: str, *, agencies: bool = False) -> None:
    """Draw what the first pages of a run just published show, in Vietnamese, and with `agencies` every agency's page.

    A fault is written to the log and goes no further: the run is published, and what is missing is drawn when
    somebody looks, as the pictures in English are.
    """
    try:
        standing = PublishedRuns(store).standing()
        subject, charts = ChartSubject(standing, standing.latest(round_code), "vi"), RunCharts(store)
        of_agencies = (name for code in subject.shown.agencies for name in agency_charts(subject, code))
        for name in (*first_charts(subject), *(of_agencies if agencies else ())):
            charts.svg(name, subject)
    except Exception:
        logger.exception("the charts of round %s could not be drawn at its publication", round_code)


def first_charts(subject: ChartSubject) -> tuple[ChartName, ...]:
    """Return the charts that are not of single agencies."""
    shown, falls = subject.shown, subject.standing.falls_of(subject.shown)
    return (
        ChartName(ChartKind.OVERVIEW),
        *([ChartName(ChartKind.FALLS)] if falls and falls.rows else []),
        *([ChartName(ChartKind.DRIVERS)] if isinstance(shown.extras.drivers, Drivers) else []),
        *(ChartName(ChartKind.RANKING, str(place)) for place in range(len(shown.rankings))),
    )


def agency_charts(subject: ChartSubject, agency_code: str) -> tuple[ChartName, ...]:
    """Return the charts of an agency's page."""
    falls = subject.standing.falls_of(subject.shown)
    compared = falls is not None and falls.comparison.gap is None
    kinds = (kind for kind in OF_AGENCY if compared or kind is not ChartKind.CHANGE)
    return tuple(ChartName(kind, agency_code) for kind in kinds)


def _titled(chart: Chart) -> str:
    """Return the picture with its words as its title, so that they are kept and never lost."""
    head, body = chart.svg.split(">", 1)
    return f"{head}><title>{html.escape(chart.alt)}</title>{body}"


def _title_of(svg: str) -> str:
    found = re.search(r"<title>(.*?)</title>", svg, re.DOTALL)
    return html.unescape(found[1]) if found else ""
