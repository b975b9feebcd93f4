"""What a report says beside its figures: comments somebody screened, feedback cases, and an improvement plan."""

from datetime import date
from itertools import groupby

from survey.errors import UnknownCodeError
from survey.operations.feedback.figures import CaseFigures, case_figures
from survey.operations.feedback.screening import shown_comments
from survey.operations.plans.plans import annex_rows, find_sheet
from survey.operations.results.published import PublishedRun
from survey.reports.documents.facts import Supplements
from survey.reports.documents.model import CommentGroup, FeedbackFigures, PlanRow, PlanTable
from survey.store.engine import Store


def gather_supplements(
    store: Store, published: PublishedRun, *, agency_code: str | None, plan: int | None, today: date
) -> Supplements:
    """Return what belongs to the report of a round, or of one agency in it, with a plan as its annex if one is named.

    Raises UnknownCodeError for a plan that does not exist, or is of one agency and the report is not of the same one.
    """
    return Supplements(
        comments=_comments(store, published, agency_code),
        cases=_cases(store, published, agency_code, today),
        plan=plan_table(store, plan, agency_code) if plan is not None else None,
    )


def _comments(store: Store, published: PublishedRun, agency_code: str | None) -> tuple[CommentGroup, ...]:
    names = {one.agency_code: one.agency for one in published.analysis.agencies}
    found = (one for one in shown_comments(store, published) if agency_code in (None, one.agency_code))
    grouped = groupby(found, key=lambda one: one.agency_code)
    return tuple(CommentGroup(names[code], tuple(one.text for one in group)) for code, group in grouped)


def _cases(store: Store, published: PublishedRun, agency_code: str | None, today: date) -> FeedbackFigures | None:
    """Return the figures of the cases that came while the round was open to agencies of the run, None without any."""
    codes = {domain.agency_code for domain in published.analysis.agencies if agency_code in (None, domain.agency_code)}
    period = published.survey_round.opens, published.survey_round.closes
    by_agency = case_figures(store, today=today, received=period)
    total = sum((figures for code, figures in by_agency.items() if code in codes), CaseFigures())
    if not total.received:
        return None
    return FeedbackFigures(
        received=total.received,
        answered=total.answered,
        due=total.due,
        on_time=total.on_time,
        satisfied=total.satisfied,
        unsatisfied=total.unsatisfied,
        first=period[0],
        last=period[1],
        as_of=today,
    )


def plan_table(store: Store, number: int, agency_code: str | None) -> PlanTable:
    """Return a plan as the annex of a report; raises UnknownCodeError as `gather_supplements` does."""
    sheet = find_sheet(store, number)
    if sheet.kept.plan.agency_code not in (None, agency_code):
        raise UnknownCodeError(f"improvement plan of {agency_code or 'all agencies'}", str(number))
    rows = (
        PlanRow(
            str(row.number), row.heading, row.finding, row.task, row.lead, row.coordinating, row.deadline, row.product
        )
        for row in annex_rows(sheet)
    )
    return PlanTable(sheet.kept.plan.title, tuple(rows))
