"""What a published index is worth in an administrative reform index."""

from collections.abc import Mapping

from survey.analysis.figures.results import OVERALL, IndexRow
from survey.analysis.par.par import ParRule, score_parts
from survey.errors import UnknownCodeError
from survey.operations.results.published import PublishedRun
from survey.reports.par import ParSheet


def score_published(
    published: PublishedRun, rule: ParRule, others: Mapping[str, float | None], *, agency_code: str = ""
) -> ParSheet:
    """Return the table of a rule with the published index of an agency, or of all together, in its place.

    Raises UnknownCodeError when the run has no such agency, ParError for points that cannot be.
    """
    row = _shown_row(published, agency_code)
    table = score_parts(rule, row.index if row else None, others)
    return ParSheet(published.analysis.results, agency_code, row, table)


def _shown_row(published: PublishedRun, agency_code: str) -> IndexRow | None:
    """Return the overall row of an agency, or of all together for "", None unless it may be shown."""
    analysis = published.analysis
    rows = analysis.rows_of(agency_code) if agency_code else analysis.total
    row = next((row for row in rows if row.part == OVERALL), None)
    if row is None:
        raise UnknownCodeError("agency of the run", agency_code)
    return None if published.withheld(row) else row
