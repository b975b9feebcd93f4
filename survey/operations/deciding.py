"""Decide at publication what is shown of a run and of its breakdowns."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from survey.analysis.breakdowns import WHOLE, AxisKind, Breakdown, Cell, Group, breakdown_table
from survey.analysis.disclosure import Decision, Reason, decide
from survey.analysis.disclosure_tables import Name, Table
from survey.analysis.domains import DomainSums
from survey.instrument.model import Instrument
from survey.operations.breakdowns import kept_of
from survey.operations.runs import read_sums
from survey.operations.withholding import UNDIVIDED, read_reasons
from survey.store.runs import StoredRun


def decide_run(
    sums: DomainSums, breakdowns: Iterable[Breakdown], instrument: Instrument, earlier: Sequence[Decision]
) -> Mapping[Name, Reason]:
    """Return what of a run is withheld, and why.

    The figures of agencies, blocks and all together, items included, are decided with the releases before in
    view; `breakdowns`, which a round has once, in its final run, by dimensions. What either hides is hidden in both.
    """
    wholes = decide(table_of(sums, instrument), earlier=earlier).reasons
    parts = tuple(breakdowns)
    if not parts:
        return wholes
    divided = decide(breakdown_table(parts, instrument, by=("dimension",)))
    return {**_below(divided.reasons, wholes, instrument), **_apart(divided, wholes), **divided.reasons, **wholes}


def table_of(sums: DomainSums, instrument: Instrument, by: Collection[str] = ("dimension", "item")) -> Table:
    """Return the cells of agencies, blocks and everybody by the parts of `by`, each agency with one category."""
    groups = tuple(Group(one.block, one.agency_code, UNDIVIDED, UNDIVIDED) for one in sums.domains)
    return breakdown_table([kept_of(Breakdown(AxisKind.MODE, groups, sums.tally))], instrument, by=by)


def _below(divided: Mapping[Name, Reason], wholes: Mapping[Name, Reason], instrument: Instrument) -> dict[Name, Reason]:
    """Return the items of the dimensions that only the breakdowns hide: together they would tell the dimension."""
    items = {dimension.code: [item.code for item in dimension.items] for dimension in instrument.dimensions}
    hidden = [cell for cell in divided if isinstance(cell, Cell) and not cell.group.axis and cell not in wholes]
    return {Cell(cell.group, item): Reason.COMPLEMENT for cell in hidden for item in items.get(cell.part, ())}


def _apart(divided: Decision, wholes: Mapping[Name, Reason]) -> dict[Name, Reason]:
    """Return every category of the figures that are hidden as a whole: together they would tell it."""
    cells = (cell for cell in divided.table.names if isinstance(cell, Cell) and cell.group.axis)
    return {
        cell: Reason.COMPLEMENT
        for cell in cells
        if Cell(cell.group._replace(axis=WHOLE, category=WHOLE), cell.part) in wholes
    }


def read_decisions(runs: Iterable[StoredRun], instrument: Instrument) -> tuple[Decision, ...]:
    """Return what was decided on the figures of earlier runs, the first run first."""
    return tuple(_read_decision(run, instrument) for run in runs if run.withheld)


def _read_decision(run: StoredRun, instrument: Instrument) -> Decision:
    table, reasons = table_of(read_sums(run.sums), instrument), read_reasons(run.withheld)
    undivided = {cell: reasons[whole] for cell in table.names if (whole := whole_of(cell)) in reasons}
    return Decision(table, undivided)


def whole_of(name: Name) -> Name:
    """Return the cell of a whole agency for that of its one category, any other name as it is."""
    if isinstance(name, Cell) and name.group.axis == UNDIVIDED:
        return Cell(name.group._replace(axis=WHOLE, category=WHOLE), name.part)
    return name
