"""What a publication says by the agencies there are today, made of the sums it keeps and of nothing else."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from survey.analysis.figures.domains import in_order
from survey.analysis.figures.results import RoundResults
from survey.analysis.pipeline import RoundAnalysis
from survey.analysis.regrouping import Regrouping, hidden_now, is_over, regrouped, regrouping_on, rows_now
from survey.analysis.stored import Extras
from survey.errors import UnknownCodeError
from survey.operations.results.published import PublishedRun, shown_results
from survey.operations.results.runs import PUBLISHED_BY
from survey.operations.results.standing import PublishedRuns
from survey.store.engine import Store
from survey.store.registry.agencies import list_agencies
from survey.store.registry.succession import list_split

AXES_NOW = ("agency", "dimension", "item")


@dataclass(frozen=True, slots=True)
class Joined:
    """An agency of today and what it is made of."""

    code: str
    name: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """An agency that was split, and the agencies that took over: its responses cannot be told apart."""

    name: str
    takers: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Succession:
    """How the agencies of a publication have come together since, and which of them were split."""

    regrouping: Regrouping
    joined: tuple[Joined, ...]
    split: tuple[Split, ...]

    def is_as_it_was(self, code: str) -> bool:
        """Tell whether an agency of today is what the publication has a page about."""
        return code in self.regrouping.now and code not in {one.code for one in self.joined}


def succession_since(store: Store, published: PublishedRun, *, today: date) -> Succession | None:
    """Return what became of the agencies of a publication; None when nobody took any of them over."""
    counted = zip(published.sums.domains, published.sums.tally.responses.tolist(), strict=True)
    then = {domain.agency_code: domain.agency for domain, responses in counted if responses}
    with store.reading() as connection:
        agencies = {agency.code: agency for agency in list_agencies(connection).values()}
        regrouping = regrouping_on(today, published.sums.domains, agencies)
        joined = regrouping.joined(then.keys())
        split = list_split(connection) if joined else {}
    if not joined:
        return None
    return Succession(
        regrouping=regrouping,
        joined=tuple(
            Joined(now.agency_code, now.agency, tuple(part.agency for part in parts)) for now, parts in joined.items()
        ),
        split=tuple(
            Split(then[code], tuple(agencies[taker].name for taker in takers))
            for code, takers in split.items()
            if code in then and is_over(agencies[code], today)
        ),
    )


def as_now(published: PublishedRun, succession: Succession) -> PublishedRun:
    """Return a publication by the agencies of today.

    Without blocks, ranks, drivers and reliability: those were worked out for the agencies as they were. What all
    together say is the same then and now.
    """
    analysis, regrouping = published.analysis, succession.regrouping
    rows = rows_now(analysis.results.rows, published.sums, regrouping, published.instrument, by=PUBLISHED_BY)
    return replace(
        published,
        sums=regrouped(published.sums, regrouping, by=("agency",)),
        analysis=RoundAnalysis(replace(analysis.results, by=PUBLISHED_BY, rows=rows), (), analysis.total),
        hidden=hidden_now(rows, analysis.results.rows, published.hidden, regrouping),
        extras=Extras(),
    )


def compute_as_now(store: Store, round_code: str, *, by: Collection[str] = PUBLISHED_BY, today: date) -> RoundResults:
    """Return what the latest publication of a round says of the agencies there are today, without withheld rows.

    `by` is agency with any of dimension and item. Raises UnknownCodeError, RoundError when nothing is published.
    """
    axes = in_order(by)
    if "agency" not in axes or set(axes) - set(AXES_NOW):
        raise UnknownCodeError("breakdown by the agencies of today", ",".join(axes), AXES_NOW)
    published = PublishedRuns(store).latest(round_code)
    shown_then = shown_results(published, by=axes)
    with store.reading() as connection:
        agencies = {agency.code: agency for agency in list_agencies(connection).values()}
    regrouping = regrouping_on(today, published.sums.domains, agencies)
    then = published.analysis.results.rows
    rows = rows_now(then, published.sums, regrouping, published.instrument, by=axes)
    hidden = hidden_now(rows, then, published.hidden, regrouping)
    shown = tuple(row for row in rows if row.responses and row not in hidden)
    return replace(shown_then, rows=shown)
