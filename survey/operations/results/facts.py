"""What a published run says of the fact questions: the shares of their answers, as far as they may be shown."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from survey.analysis.disclosure.breakdowns import Breakdown, BreakdownCell, Group
from survey.analysis.disclosure.decide import WithheldReason
from survey.analysis.disclosure.tables import Name
from survey.analysis.facts import FactLine, instrument_of_facts, tally_of_facts
from survey.analysis.figures.domains import DomainSums, Strata
from survey.analysis.figures.indices import compute_rows
from survey.analysis.figures.results import Domain, IndexRow
from survey.analysis.stored import facts_in
from survey.instrument.model import Instrument, Question
from survey.operations.results.fact_sums import FactSums, read_fact_axes, read_facts
from survey.operations.results.withholding import cell_of, read_reasons, withheld_agencies
from survey.store.results.runs import StoredRun
from survey.tallies import Counted, empty_clusters, layout_of


@dataclass(frozen=True, slots=True, eq=False)
class PublishedFacts:
    """The facts of a run; not `counted` in one of before, and without `questions` where none is asked.

    `axes` are those the facts are broken down by.
    """

    counted: bool
    questions: tuple[Question, ...] = ()
    axes: tuple[str, ...] = ()
    lines: tuple[FactLine, ...] = ()

    @property
    def above_agencies(self) -> tuple[FactLine, ...]:
        """The lines of everybody and of the blocks."""
        return tuple(one for one in self.lines if not one.domain.agency_code)

    def of(self, *, agency_code: str = "", block: str = "") -> tuple[FactLine, ...]:
        """Return the lines of an agency, of a block, or, without either, of everybody."""
        wanted = (agency_code, block) if not agency_code else (agency_code,)
        return tuple(one for one in self.lines if _names(one.domain)[: len(wanted)] == wanted)


NOT_COUNTED = PublishedFacts(counted=False)


def _names(domain: Domain) -> tuple[str, str]:
    return domain.agency_code, domain.block


def published_facts(stored: StoredRun, instrument: Instrument) -> PublishedFacts:
    """Return the facts of a stored run: those of everybody, of the blocks, and of the agencies."""
    text = facts_in(stored.extras)
    facts, reasons = read_facts(text, instrument), read_reasons(stored.withheld)
    if text is None or facts is None:
        return PublishedFacts(counted=text is not None)
    withheld = withheld_agencies(reasons)
    rows = [row for by in ((), ("block",)) for row in facts.rows(by, withheld=withheld)]
    rows += facts.rows(("agency",))
    lines = tuple(_lines(rows, facts, reasons))
    return PublishedFacts(counted=True, questions=facts.questions, axes=read_fact_axes(text), lines=lines)


def _lines(rows: Iterable[IndexRow], facts: FactSums, reasons: Mapping[Name, WithheldReason]) -> Iterator[FactLine]:
    by_cell = {(row.domain, row.part): row for row in rows}
    for domain in dict.fromkeys(domain for domain, _ in by_cell):
        for question, dimension in zip(facts.questions, facts.instrument.dimensions, strict=True):
            shares = tuple(by_cell[domain, item.code] for item in dimension.items)
            yield _line(shares, question, reasons.get(cell_of(domain, question.code)))


def _line(shares: tuple[IndexRow, ...], question: Question, reason: WithheldReason | None) -> FactLine:
    nobody = None if shares[0].responses else WithheldReason.NO_RESPONSES
    return FactLine(shares[0].domain, question, shares, reason or nobody)


def broken_down_facts(
    breakdown: Breakdown,
    questions: tuple[Question, ...],
    instrument: Instrument,
    reasons: Mapping[Name, WithheldReason],
) -> tuple[tuple[Group, FactLine], ...]:
    """Return the lines of every group of a breakdown; a respondent is the draw of their ranges."""
    fact_instrument = instrument_of_facts(instrument, questions)
    tally = tally_of_facts(breakdown.tally, instrument, questions)
    domains = tuple(Domain(service_point_code=str(place)) for place in range(len(breakdown.groups)))
    counted = Counted(tally, empty_clusters(layout_of(fact_instrument), len(domains)))
    sums = DomainSums(domains, tally, Strata(np.arange(len(domains)), counted))
    rows = compute_rows(sums, fact_instrument, by=("item",)) if domains else ()
    by_cell = {(row.domain, row.part): row for row in rows}
    lines = []
    for group, domain in zip(breakdown.groups, domains, strict=True):
        for question, dimension in zip(questions, fact_instrument.dimensions, strict=True):
            shares = tuple(by_cell[domain, item.code] for item in dimension.items)
            lines.append((group, _line(shares, question, reasons.get(BreakdownCell(group, question.code)))))
    return tuple(lines)
