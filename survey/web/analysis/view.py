"""What every analysis page is made from, and what it is made into."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from flask import url_for

from survey.analysis.disclosure.decide import THRESHOLD
from survey.operations.results.charts import ChartName
from survey.operations.results.drawing import ChartSubject
from survey.operations.results.published import PublishedRun
from survey.operations.results.standing import PublishedRuns, Standing
from survey.reports.tables import method_box
from survey.services import services
from survey.web.analysis.tables import PageTable
from survey.wording import Language, word


@dataclass(frozen=True, slots=True)
class View:
    """A request for a page: of which run, in which language, with which questions; `whole` asks for every row."""

    standing: Standing
    shown: PublishedRun
    language: Language
    asked: Mapping[str, str]
    whole: bool

    @property
    def runs(self) -> PublishedRuns:
        """The published runs."""
        return self.standing.runs

    @property
    def code(self) -> str:
        """The code of the round."""
        return self.shown.survey_round.code

    @property
    def index_title(self) -> str:
        """What the index of this run is called."""
        return word("Chỉ số (%)", self.language)

    def address(self, page: str, **values: str) -> str:
        """Return the address of a page about this round, in the same language."""
        query = values | ({"lang": "en"} if self.language == "en" else {})
        path = url_for(f"analysis.{page}", code=self.code)
        return f"{path}?{urlencode(query)}" if query else path

    def agency_address(self, agency_code: str) -> str:
        """Return the address of an agency's page.

        Put together by hand, because a table holds hundreds of them and `url_for` takes 20 µs for each.
        """
        tail = "?lang=en" if self.language == "en" else ""
        return f"{self.address('overview').partition('?')[0]}/agencies/{agency_code}{tail}"

    def limit(self, most: int) -> int | None:
        """Return how many rows the page shows; a file has all."""
        return None if self.whole else most


@dataclass(frozen=True, slots=True)
class PageChart:
    """A chart on a page."""

    address: str
    alt: str


@dataclass(frozen=True, slots=True)
class AnalysisPage:
    """A page: its tables by name, and what else its template wants."""

    sheets: tuple[PageTable, ...]
    more: Mapping[str, object] = field(default_factory=dict)

    @property
    def by_name(self) -> dict[str, PageTable]:
        """The tables by name."""
        return {sheet.name: sheet for sheet in self.sheets}


def pictures(view: View, *names: ChartName) -> dict[str, PageChart]:
    """Return charts for a page by kind, drawn now if they never were; none for a file."""
    return {} if view.whole else {name.kind.value: _picture(view, name) for name in names}


def _picture(view: View, name: ChartName) -> PageChart:
    kept = services().charts.chart(name, ChartSubject(view.standing, view.shown, view.language))
    path = url_for("analysis.chart", code=view.code, name=str(name), language=view.language)
    return PageChart(f"{path}?{urlencode({'run': kept.version})}", kept.alt)


def method_lines(shown: PublishedRun, language: Language) -> tuple[tuple[str, str], ...]:
    """Return what stands at the foot of every page: how the figures came to be and what is withheld."""
    return (
        *method_box(replace(shown.analysis.results, run=f"{shown.id[:8]}…"), language),
        (
            word("Bảo vệ người trả lời", language),
            word(
                "Ô ghi “không công bố” có dưới {count} phiếu, hoặc nếu công bố sẽ làm lộ ô khác hay câu trả lời "
                "của từng người.",
                language,
            ).format(count=THRESHOLD),
        ),
    )
