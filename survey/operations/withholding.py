"""Decide at publication what is shown of a run and of its breakdowns, and read that decision again."""

import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import Connection

from survey.analysis.breakdowns import Breakdown, Cell, Group, breakdown_table
from survey.analysis.disclosure import Decision, Reason, decide
from survey.analysis.disclosure_tables import Name
from survey.analysis.results import Domain, IndexRow
from survey.instrument.model import Instrument
from survey.operations.breakdowns import read_breakdown
from survey.store.runs import StoredRun, list_breakdowns

PARTS = ("dimension", "item")


def decide_run(breakdowns: Iterable[Breakdown], instrument: Instrument, earlier: Sequence[Decision]) -> Decision:
    """Return what of a run may be shown, given its earlier releases."""
    return decide(breakdown_table(breakdowns, instrument, by=PARTS), earlier=earlier)


def read_decisions(connection: Connection, runs: Iterable[StoredRun], instrument: Instrument) -> tuple[Decision, ...]:
    """Return the decisions of the runs of a round, the first one first; runs without breakdowns had none."""
    found = ((run, tuple(map(read_breakdown, list_breakdowns(connection, run.id)))) for run in runs)
    return tuple(
        Decision(breakdown_table(breakdowns, instrument, by=PARTS), read_reasons(run.withheld))
        for run, breakdowns in found
        if breakdowns
    )


def write_reasons(decision: Decision) -> str:
    """Return the reasons of a decision as JSON."""
    named = ((cell, reason) for cell, reason in decision.reasons.items() if isinstance(cell, Cell))
    rows = [[*cell.group, cell.part, reason.value] for cell, reason in named]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def read_reasons(text: str) -> Mapping[Name, Reason]:
    """Return the reasons that `write_reasons` wrote, by cell."""
    rows = json.loads(text) if text else []
    return MappingProxyType({Cell(Group(*group), part): Reason(reason) for *group, part, reason in rows})


def hidden_rows(text: str, rows: Iterable[IndexRow]) -> Mapping[IndexRow, Reason]:
    """Return the rows that must not be shown, and why; `text` is what `write_reasons` wrote.

    Of a run that was published before this was decided at publication, `text` is empty and nothing is shown.
    """
    if not text:
        return MappingProxyType(dict.fromkeys(rows, Reason.COMPLEMENT))
    reasons = read_reasons(text)
    named = ((row, reasons.get(cell_of(row.domain, row.part))) for row in rows)
    return MappingProxyType({row: reason for row, reason in named if reason is not None})


def cell_of(domain: Domain, part: str) -> Cell:
    """Return the cell of an agency's, a block's or the total's row, as the engine names it."""
    if domain.agency_code:
        return Cell(Group(domain.block, domain.agency_code), part)
    return Cell(Group(domain.block or None), part)
