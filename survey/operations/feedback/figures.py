"""Feedback in figures, and what of it is public: for the public pages, the agency's page and the report.

Counts of cases are no survey responses, so no threshold hides them; a text is given out only after somebody
read and published it, in the words that person left.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from survey.operations.clock import today_in_vietnam
from survey.operations.registry.acting import CaseAgencies, read_agencies
from survey.store.engine import Store
from survey.store.feedback import cases
from survey.store.feedback.cases import CaseCounts

# Decision 766/QĐ-TTg of 23/06/2022 gives satisfaction 18 points of 100, of which 6 for the rate of satisfaction in
# receiving and handling procedures (docs/methodology.md). The other 12 are for feedback; that they are two parts of
# 6, each its rate times 6, is background knowledge which could not be read.
ON_TIME_MOST, SATISFIED_MOST = 6, 6
QUARTERS = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """The feedback of one agency, or of several together.

    `open` wait for an answer, `overdue` of them for too long; `on_time` and `late` of `answered` were answered until
    their last day and after it. `refused` were outside the agency's competence and count in no share. `satisfied`
    and `unsatisfied` of `answered` are what citizens said of the answer; the others said nothing.
    """

    received: int = 0
    open: int = 0
    overdue: int = 0
    answered: int = 0
    on_time: int = 0
    refused: int = 0
    satisfied: int = 0
    unsatisfied: int = 0

    @property
    def late(self) -> int:
        """How many were answered after their last day."""
        return self.answered - self.on_time

    @property
    def due(self) -> int:
        """How many should have been answered by now: those that were, and those that wait for too long."""
        return self.answered + self.overdue

    @property
    def share_on_time(self) -> float | None:
        """The share answered on time of all that were due, in per cent; None where none was.

        Those that wait for too long stand in the base, so that not answering does not better the figure.

        >>> CaseFigures(received=9, open=4, overdue=1, answered=4, on_time=3).share_on_time
        60.0
        """
        return _share(self.on_time, self.due)

    @property
    def share_satisfied(self) -> float | None:
        """The share of satisfied citizens among those who said so or the contrary, in per cent; None without any."""
        return _share(self.satisfied, self.satisfied + self.unsatisfied)

    def __add__(self, other: "CaseFigures") -> "CaseFigures":
        """Return the figures of both together."""
        return CaseFigures(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class SatisfactionPoints:
    """The feedback part of the satisfaction component of Decision 766/QĐ-TTg; None where there is nothing to rate."""

    on_time: float | None
    satisfied: float | None


@dataclass(frozen=True, slots=True)
class PublishedCase:
    """What a citizen said and what was done about it, in the words screened for the public; days, never times."""

    agency_code: str
    kind: str
    text: str
    answer: str
    received_on: date
    answered_on: date
    on_time: bool
    satisfied: bool | None


def case_figures(store: Store, *, today: date, received: tuple[date, date] | None = None) -> Mapping[str, CaseFigures]:
    """Return the figures of every agency that has a case from before today, by its code.

    An open case of an agency that was taken over counts for its successor, a closed one for whoever answered it.
    `received` takes only the cases that came between two days, both included.
    """
    with store.reading() as connection:
        agencies = read_agencies(connection, today)
        counts = cases.count_cases(connection, today=today, received=received)
    return _figures(counts, agencies)


def _figures(counts: Iterable[CaseCounts], agencies: CaseAgencies) -> Mapping[str, CaseFigures]:
    found: dict[str, CaseFigures] = {}
    for one in counts:
        for code, figures in _parts(one, agencies):
            found[code] = found.get(code, CaseFigures()) + figures
    return found


def _parts(counts: CaseCounts, agencies: CaseAgencies) -> Iterable[tuple[str, CaseFigures]]:
    """Yield what is open under whoever answers for it today, and what is closed where it was closed."""
    waiting = CaseFigures(received=counts.open, open=counts.open, overdue=counts.overdue)
    closed = CaseFigures(
        received=counts.received - counts.open,
        answered=counts.answered,
        on_time=counts.on_time,
        refused=counts.refused,
        satisfied=counts.satisfied,
        unsatisfied=counts.unsatisfied,
    )
    stored = agencies.by_id[counts.agency_id].code
    places = ((agencies.acting_for(stored).code, waiting), (stored, closed))
    return [(code, figures) for code, figures in places if figures.received]


def period_of(year: int, quarter: int = 0) -> tuple[date, date]:
    """Return the first and the last day of a quarter, of the whole year for quarter 0.

    >>> [day.isoformat() for day in period_of(2026, 1)], period_of(2026)[1].isoformat()
    (['2026-01-01', '2026-03-31'], '2026-12-31')
    """
    first, months = (3 * quarter - 2, 3) if quarter else (1, 12)
    after = date(year + 1, 1, 1) if first + months > 12 else date(year, first + months, 1)
    return date(year, first, 1), after - timedelta(days=1)


def figures_of(store: Store, agency_code: str, *, today: date | None = None) -> CaseFigures:
    """Return the figures of one agency, zeros where it has no case."""
    day = today or today_in_vietnam()
    with store.reading() as connection:
        agencies = read_agencies(connection, day)
        same = (agency_code, *(code for code in agencies.ids if agencies.acting_for(code).code == agency_code))
        rows = [agencies.ids[code] for code in same if code in agencies.ids]
        counts = cases.count_cases(connection, today=day, agencies=rows)
    return _figures(counts, agencies).get(agency_code, CaseFigures())


def satisfaction_points(figures: CaseFigures) -> SatisfactionPoints:
    """Return the points feedback gives in the satisfaction component of Decision 766/QĐ-TTg, of 6 and 6.

    Points are the share times the most points, unrounded. The other 6 points of the component are for handling
    procedures and come from elsewhere. How the 12 are divided is not read in the Decision: see above.

    >>> satisfaction_points(CaseFigures(received=4, answered=4, on_time=3, satisfied=1, unsatisfied=1))
    SatisfactionPoints(on_time=4.5, satisfied=3.0)
    """
    return SatisfactionPoints(
        _points(figures.share_on_time, ON_TIME_MOST), _points(figures.share_satisfied, SATISFIED_MOST)
    )


def published_cases(store: Store, agency_code: str, limit: int = 20) -> tuple[PublishedCase, ...]:
    """Return the published cases of an agency, those answered last first; none for a code nobody has."""
    with store.reading() as connection:
        number = read_agencies(connection, today_in_vietnam()).ids.get(agency_code)
        published = cases.list_published(connection, number, most=limit) if number else ()
    return tuple(
        PublishedCase(
            agency_code=agency_code,
            kind=case.kind,
            text=case.public_text or "",
            answer=case.public_answer or "",
            received_on=case.received_on,
            answered_on=case.answered_on,
            on_time=case.answered_on <= case.due_on,
            satisfied=case.satisfied,
        )
        for case in published
        if case.answered_on
    )


def _share(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def _points(share: float | None, most: int) -> float | None:
    return None if share is None else share * most / 100
