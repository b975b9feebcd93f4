"""Decide at publication which shares of the fact questions are shown, by the rules of all figures."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from survey.analysis.disclosure.breakdowns import WHOLE, Breakdown, BreakdownCell, breakdown_table
from survey.analysis.disclosure.decide import TableDecision, WithheldReason, decide
from survey.analysis.disclosure.tables import DisclosureTable, Name
from survey.analysis.facts import tally_of_facts
from survey.analysis.figures.results import OVERALL
from survey.instrument.model import Instrument
from survey.operations.publishing.deciding import table_of, whole_of
from survey.operations.results.fact_sums import FactSums, read_facts
from survey.operations.results.withholding import read_reasons
from survey.store.results.runs import StoredRun

NONE: Mapping[Name, WithheldReason] = MappingProxyType({})


def decide_facts(
    facts: FactSums | None,
    breakdowns: Iterable[Breakdown],
    reasons: Mapping[Name, WithheldReason],
    earlier: Sequence[TableDecision],
    instrument: Instrument,
) -> Mapping[Name, WithheldReason]:
    """Return which questions are withheld of whom, and why; a cell's part is the code of its question.

    Every option is judged as an item of two answers is. What hides somebody's overall figure (`reasons`) hides all
    facts, for the number of answers to a fact nearly is the number of responses. A question is withheld with all its
    options, since those that are shown would tell the others.
    """
    if facts is None or not facts.sums.tally.responses.any():
        return NONE
    wholes = _decided(table_of(facts.sums, facts.instrument, ("item",)), reasons, earlier)
    parts = tuple(
        Breakdown(breakdown.kind, breakdown.groups, tally_of_facts(breakdown.tally, instrument, facts.questions))
        for breakdown in breakdowns
    )
    if not parts:
        return _by_question(wholes, facts)
    divided = _decided(breakdown_table(parts, facts.instrument, by=("item",)), {**reasons, **wholes}, ())
    return _by_question({**divided, **wholes}, facts)


def _decided(
    table: DisclosureTable, reasons: Mapping[Name, WithheldReason], earlier: Sequence[TableDecision]
) -> Mapping[Name, WithheldReason]:
    hidden = [name for name in table.names if isinstance(name, BreakdownCell) and _is_hidden(name, reasons)]
    return decide(table, earlier=earlier, hidden=hidden).reasons


def _is_hidden(cell: BreakdownCell, reasons: Mapping[Name, WithheldReason]) -> bool:
    """Tell whether the overall figure of a cell's people is withheld, or this very share of all of them."""
    group = cell.group
    whole = group._replace(axis=WHOLE, category=WHOLE)
    decided = (
        reasons.get(name)
        for name in (BreakdownCell(group, OVERALL), BreakdownCell(whole, OVERALL), BreakdownCell(whole, cell.part))
    )
    return any(reason not in (None, WithheldReason.NO_RESPONSES) for reason in decided)


def _by_question(reasons: Mapping[Name, WithheldReason], facts: FactSums) -> dict[Name, WithheldReason]:
    """Return the reasons by question; that nobody answered is said only where no option hides something else."""
    question_of = {item.code: dimension.code for dimension in facts.instrument.dimensions for item in dimension.items}
    by_question: dict[Name, WithheldReason] = {}
    for cell, reason in reasons.items():
        if isinstance(cell, BreakdownCell):
            name = BreakdownCell(cell.group, question_of[cell.part])
            if by_question.get(name, WithheldReason.NO_RESPONSES) is WithheldReason.NO_RESPONSES:
                by_question[name] = reason
    return by_question


def read_fact_decisions(
    runs: Iterable[tuple[StoredRun, str | None]], instrument: Instrument
) -> tuple[TableDecision, ...]:
    """Return what was decided on the facts of earlier runs, given with what they keep of them, the first run first."""
    found = ((run, read_facts(text, instrument)) for run, text in runs)
    return tuple(_read_decision(run, facts) for run, facts in found if facts)


def _read_decision(run: StoredRun, facts: FactSums) -> TableDecision:
    table, reasons = table_of(facts.sums, facts.instrument, ("item",)), read_reasons(run.withheld)
    question_of = {item.code: dimension.code for dimension in facts.instrument.dimensions for item in dimension.items}
    named = ((cell, whole_of(cell)) for cell in table.names)
    pairs = (
        (cell, BreakdownCell(whole.group, question_of[whole.part]))
        for cell, whole in named
        if isinstance(whole, BreakdownCell)
    )
    return TableDecision(table, {cell: reasons[question] for cell, question in pairs if question in reasons})
