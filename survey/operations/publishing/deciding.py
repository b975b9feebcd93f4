"""Decide at publication what is shown of a run and of its breakdowns."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from survey.analysis.disclosure.breakdowns import WHOLE, AxisKind, Breakdown, BreakdownCell, Group, breakdown_table
from survey.analysis.disclosure.decide import TableDecision, WithheldReason, decide
from survey.analysis.disclosure.tables import DisclosureTable, Name
from survey.analysis.figures.domains import DomainSums
from survey.instrument.model import Instrument
from survey.operations.counting.breakdowns import kept_of, without_agencies
from survey.operations.publishing.months import AXIS, hidden_by_months, told_by_months, undivided, with_all
from survey.operations.results.runs import read_sums
from survey.operations.results.withholding import UNDIVIDED, read_reasons
from survey.store.results.runs import StoredRun

EVERY_PART = ("dimension", "item")


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """What of a run is withheld, and why; `breakdowns` are those that are kept with it, by axis."""

    reasons: Mapping[Name, WithheldReason]
    breakdowns: Mapping[str, Breakdown]


def decide_run(
    sums: DomainSums, breakdowns: Mapping[str, Breakdown], instrument: Instrument, runs: Sequence[StoredRun]
) -> Decided:
    """Return what of a run is withheld, and why, with the earlier `runs` of the round in view, the first run first.

    The figures of agencies, blocks and all together are decided with their items; `breakdowns`, which a round has
    once, in its final run, by dimensions. What either hides is hidden in both. The months of an agency are left out
    where they tell too much beside an earlier run.
    """
    wholes = decide(table_of(sums, instrument, by=EVERY_PART), earlier=read_decisions(runs, instrument)).reasons
    if not breakdowns:
        return Decided(wholes, {})
    earlier, months = read_decisions(runs, instrument, by=("dimension",)), breakdowns[AXIS]
    telling = told_by_months(months, earlier, instrument)
    axes = {**breakdowns, AXIS: undivided(months, telling)}
    table = breakdown_table(
        [with_all(axis, breakdown, sums) for axis, breakdown in axes.items()], instrument, by=("dimension",)
    )
    divided = decide(table, earlier=earlier)
    reasons = {**_below(divided.reasons, wholes, instrument), **_apart(divided, wholes), **divided.reasons, **wholes}
    kept = without_agencies(months, telling | hidden_by_months(reasons, months, earlier, instrument))
    breakdowns = {**breakdowns, AXIS: kept}
    known = frozenset(chain.from_iterable(breakdown.groups for breakdown in breakdowns.values()))
    return Decided(dict(_of_kept(reasons, known)), breakdowns)


def _of_kept(reasons: Mapping[Name, WithheldReason], known: Collection[Group]) -> Iterator[tuple[Name, WithheldReason]]:
    """Yield the reasons of cells that are kept: all wholes, and the categories of breakdowns in `known`."""
    for cell, reason in reasons.items():
        if (
            not isinstance(cell, BreakdownCell)
            or not cell.group.axis
            or cell.group.axis == UNDIVIDED
            or cell.group in known
        ):
            yield cell, reason


def table_of(sums: DomainSums, instrument: Instrument, by: Collection[str] = EVERY_PART) -> DisclosureTable:
    """Return the cells of agencies, blocks and everybody by the parts of `by`, each agency with one category."""
    groups = tuple(Group(one.block, one.agency_code, UNDIVIDED, UNDIVIDED) for one in sums.domains)
    return breakdown_table([kept_of(Breakdown(AxisKind.MODE, groups, sums.tally))], instrument, by=by)


def _below(
    divided: Mapping[Name, WithheldReason], wholes: Mapping[Name, WithheldReason], instrument: Instrument
) -> dict[Name, WithheldReason]:
    """Return the items of the dimensions that only the breakdowns hide: together they would tell the dimension."""
    items = {dimension.code: [item.code for item in dimension.items] for dimension in instrument.dimensions}
    hidden = [
        cell for cell in divided if isinstance(cell, BreakdownCell) and not cell.group.axis and cell not in wholes
    ]
    return {
        BreakdownCell(cell.group, item): WithheldReason.COMPLEMENT
        for cell in hidden
        for item in items.get(cell.part, ())
    }


def _apart(divided: TableDecision, wholes: Mapping[Name, WithheldReason]) -> dict[Name, WithheldReason]:
    """Return every category of the figures that are hidden as a whole: together they would tell it."""
    cells = (cell for cell in divided.table.names if isinstance(cell, BreakdownCell) and cell.group.axis)
    return {
        cell: WithheldReason.COMPLEMENT
        for cell in cells
        if BreakdownCell(cell.group._replace(axis=WHOLE, category=WHOLE), cell.part) in wholes
    }


def read_decisions(
    runs: Iterable[StoredRun], instrument: Instrument, *, by: Collection[str] = EVERY_PART
) -> tuple[TableDecision, ...]:
    """Return what was decided on the figures of earlier runs, the first run first, of the parts `by` names."""
    return tuple(_read_decision(run, instrument, by) for run in runs if run.withheld)


def _read_decision(run: StoredRun, instrument: Instrument, by: Collection[str]) -> TableDecision:
    table, reasons = table_of(read_sums(run.sums), instrument, by=by), read_reasons(run.withheld)
    undivided = {cell: reasons[whole] for cell in table.names if (whole := whole_of(cell)) in reasons}
    return TableDecision(table, undivided)


def whole_of(name: Name) -> Name:
    """Return the cell of a whole agency for that of its one category, any other name as it is."""
    if isinstance(name, BreakdownCell) and name.group.axis == UNDIVIDED:
        return BreakdownCell(name.group._replace(axis=WHOLE, category=WHOLE), name.part)
    return name
