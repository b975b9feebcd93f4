"""The official report of a published round, or of one agency in it, as Word or PDF."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from survey.errors import RoundError
from survey.operations.clock import today_in_vietnam
from survey.operations.report.facts import gather_agency, gather_round
from survey.operations.report.supplements import gather_supplements
from survey.operations.results.charts import RunCharts
from survey.operations.results.standing import PublishedRuns
from survey.reports.documents.composing import agency_report, round_report
from survey.reports.documents.model import Letterhead, Report
from survey.reports.documents.paper import write_pdf
from survey.reports.documents.word.word import write_word
from survey.store.engine import Store


class ReportFormat(StrEnum):
    """The kinds of file a report comes as."""

    DOCX = "docx"
    PDF = "pdf"


WRITERS: Mapping[ReportFormat, Callable[[Report], bytes]] = MappingProxyType(
    {ReportFormat.DOCX: write_word, ReportFormat.PDF: write_pdf}
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which report is wanted: of a round or one agency in it, its letterhead, and the plan that is its annex."""

    round_code: str
    letterhead: Letterhead
    agency_code: str | None = None
    plan: int | None = None


def write_report(
    store: Store,
    runs: PublishedRuns,
    wanted: Wanted,
    layout: ReportFormat,
    *,
    progress: Callable[[str], None] = lambda _step: None,
) -> bytes:
    """Return a report as a file, made from the latest publication; raises what `compose_report` does.

    `progress` is told of each step as it begins: a report of hundreds of agencies takes half a minute.
    """
    progress("reading the publication, its pictures, comments and cases")
    report = compose_report(store, runs, wanted)
    progress(f"setting the report as {layout.value}")
    return WRITERS[layout](report)


def compose_report(store: Store, runs: PublishedRuns, wanted: Wanted) -> Report:
    """Return a report as values, the same for every kind of file.

    Raises UnknownCodeError, also for another agency's plan, and RoundError when nothing of the round is published or
    nothing of it may be shown.
    """
    standing, charts = runs.standing(), RunCharts(store)
    shown = standing.latest(wanted.round_code)
    beside = gather_supplements(
        store, shown, agency_code=wanted.agency_code, plan=wanted.plan, today=today_in_vietnam()
    )
    if wanted.agency_code is None:
        facts = gather_round(standing, shown, charts)
        if not any(line.row for unit in facts.units for line in unit.lines.values()):
            raise RoundError(f"no figure of round {wanted.round_code} may be shown: there is nothing to report")
        return round_report(facts, wanted.letterhead, beside)
    agency = gather_agency(standing, shown, charts, wanted.agency_code)
    if not any(line.row for line in agency.unit.lines.values()):
        raise RoundError(
            f"no figure of agency {wanted.agency_code} may be shown in round {wanted.round_code}:"
            " there is nothing to report"
        )
    return agency_report(agency, wanted.letterhead, beside)
