"""The figures of feedback for a quarter or a year, agency by agency, with the points Decision 766/QĐ-TTg gives them."""

from dataclasses import dataclass
from datetime import date

from flask import render_template, request
from flask.typing import ResponseReturnValue

from survey.formatting import read_whole
from survey.operations.clock import today_in_vietnam
from survey.operations.feedback.figures import (
    ON_TIME_MOST,
    QUARTERS,
    SATISFIED_MOST,
    CaseFigures,
    case_figures,
    period_of,
    satisfaction_points,
)
from survey.operations.registry.agencies import all_agencies
from survey.operations.rounds.lists import has_simulated
from survey.operations.staff.rights import Permission
from survey.services import services
from survey.web.door.register import own_scope, requires, staff_area
from survey.wording import mark

bp = staff_area("case_points", "/staff/cases")

FIRST_YEAR, LAST_YEAR = 2020, 2100
QUARTER_WORDS = {0: mark("Cả năm"), 1: mark("Quý I"), 2: mark("Quý II"), 3: mark("Quý III"), 4: mark("Quý IV")}


@dataclass(frozen=True, slots=True)
class _PointsAsked:
    """A quarter of a year, 0 for all of it."""

    year: int
    quarter: int

    @property
    def period(self) -> tuple[date, date]:
        """The first and the last day."""
        return period_of(self.year, self.quarter)


@bp.get("/figures")
@requires(Permission.READ_ANALYSIS)
def figures() -> ResponseReturnValue:
    """Show the figures of the agencies in scope, of the cases received in the period."""
    today, scope = today_in_vietnam(), own_scope()
    wish = _asked(today)
    by_agency = case_figures(services().store, today=today, received=wish.period)
    own = (agency for agency in all_agencies(services().store) if agency.code in by_agency and scope.holds(agency.code))
    lines = [(agency, by_agency[agency.code]) for agency in own]
    return render_template(
        "staff/feedback/figures.html",
        asked=wish,
        quarters=QUARTER_WORDS,
        lines=lines,
        total=sum((agency_figures for _, agency_figures in lines), CaseFigures()),
        points=satisfaction_points,
        most=(ON_TIME_MOST, SATISFIED_MOST),
        years=(FIRST_YEAR, LAST_YEAR),
        simulated=has_simulated(services().store),
    )


def _asked(today: date) -> _PointsAsked:
    """Return the period of the address; what is none there is the quarter of today."""
    year, quarter = (read_whole(request.args.get(name, "")) for name in ("year", "quarter"))
    known = year is not None and FIRST_YEAR <= year <= LAST_YEAR and quarter in (0, *QUARTERS)
    return _PointsAsked(year or 0, quarter or 0) if known else _PointsAsked(today.year, (today.month + 2) // 3)
