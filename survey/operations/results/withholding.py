"""Read what was decided at publication: which rows of a run are not shown, and why."""

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from survey.analysis.disclosure.breakdowns import BreakdownCell, Group
from survey.analysis.disclosure.decide import WithheldReason
from survey.analysis.disclosure.tables import Name
from survey.analysis.figures.pooling import Withheld, withheld_by_part
from survey.analysis.figures.results import Domain, IndexRow

# The engine takes tables apart; a whole is one category of an axis that is never shown.
UNDIVIDED = "undivided"


def write_reasons(reasons: Mapping[Name, WithheldReason]) -> str:
    """Return reasons as JSON."""
    named = ((cell, reason) for cell, reason in reasons.items() if isinstance(cell, BreakdownCell))
    rows = [[*cell.group, cell.part, reason.value] for cell, reason in named if cell.group.axis != UNDIVIDED]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def read_reasons(text: str) -> Mapping[Name, WithheldReason]:
    """Return the reasons that `write_reasons` wrote, by cell."""
    rows = json.loads(text) if text else []
    return MappingProxyType(
        {BreakdownCell(Group(*group), part): WithheldReason(reason) for *group, part, reason in rows}
    )


def withheld_agencies(reasons: Mapping[Name, WithheldReason]) -> Withheld:
    """Return the agencies whose whole figure is not shown, by part."""
    cells = (
        (cell, reason) for cell, reason in reasons.items() if isinstance(cell, BreakdownCell) and not cell.group.axis
    )
    hidden = (cell for cell, reason in cells if reason is not WithheldReason.NO_RESPONSES)
    return withheld_by_part((cell.group.agency_code, cell.part) for cell in hidden if cell.group.agency_code)


def hidden_rows(text: str, rows: Iterable[IndexRow]) -> Mapping[IndexRow, WithheldReason]:
    """Return the rows that must not be shown, and why; `text` is what `write_reasons` wrote.

    Of a run that was published before this was decided at publication, `text` is empty and nothing is shown.
    """
    if not text:
        return MappingProxyType(dict.fromkeys(rows, WithheldReason.COMPLEMENT))
    reasons = read_reasons(text)
    named = ((row, reasons.get(cell_of(row.domain, row.part))) for row in rows)
    return MappingProxyType({row: reason for row, reason in named if reason is not None})


def cell_of(domain: Domain, part: str) -> BreakdownCell:
    """Return the cell of an agency's, a block's or the total's row, as the engine names it."""
    if domain.agency_code:
        return BreakdownCell(Group(domain.block, domain.agency_code), part)
    return BreakdownCell(Group(domain.block or None), part)
