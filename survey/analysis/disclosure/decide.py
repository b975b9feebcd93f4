"""Which published figures must be withheld so that nobody's answers show: one engine for pages, files and the API.

A cell is hidden when it rests on few responses, when it says the same of everybody in a small group, when
together with an earlier release it gives away the few who came since, or when another hidden cell could be
told from it. What is left is audited by linear programmes, and more is hidden until every hidden cell
could be any of a range of counts at least 10 wide. docs/method/disclosure.md has the reasons.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np

from survey.analysis.disclosure.audit import helpful_cells, narrow_cells
from survey.analysis.disclosure.choice import Bindings, bindings_of, picks_for_cells, picks_for_sums
from survey.analysis.disclosure.pouring import cleared_by_pouring, pouring_of
from survey.analysis.disclosure.releases import Stack, stacked
from survey.analysis.disclosure.rules import (
    THRESHOLD,
    UNANIMITY_BASE,
    are_few,
    give_newcomers_away,
    say_the_same,
    sensitive_differences,
)
from survey.analysis.disclosure.tables import DisclosureTable, Flags, Name, Total, make_table
from survey.analysis.figures.results import OVERALL, IndexRow
from survey.tallies import Integers

__all__ = [
    "THRESHOLD",
    "UNANIMITY_BASE",
    "TableDecision",
    "WithheldReason",
    "decide",
    "withheld_in_working",
    "withheld_rows",
]

# The agency, None for everything together, and the part of the questionnaire.
RowName: TypeAlias = tuple[str | None, str]


class WithheldReason(StrEnum):
    """Why a figure is not shown. NO_RESPONSES hides nothing: that nobody answered may be said."""

    FEW = "few"
    COMPLEMENT = "complement"
    EXTREME = "extreme"
    DIFFERENCE = "difference"
    NO_RESPONSES = "no_responses"

    @property
    def told(self) -> Literal["withheld", "no_responses"]:
        """What readers learn: not which rule hid a cell, because FEW says 1 to 9 and the audit promises more room."""
        return "no_responses" if self is WithheldReason.NO_RESPONSES else "withheld"


@dataclass(frozen=True, slots=True, eq=False)
class TableDecision:
    """What of a table may be shown. `reasons` holds every cell without a figure, all others are shown.

    `unprotected` names the cells that, in some release or between two of them, could not be given an interval
    10 wide, because what gives them away was published before; empty means that the audit passed.
    """

    table: DisclosureTable
    reasons: Mapping[Name, WithheldReason]
    unprotected: tuple[Name, ...] = ()

    def hides(self, name: Name) -> bool:
        """Tell whether the number of responses of a cell is kept secret."""
        return self.reasons.get(name, WithheldReason.NO_RESPONSES) != WithheldReason.NO_RESPONSES

    @property
    def hidden(self) -> Flags:
        """Mark the hidden cells in the order of the table."""
        return np.array([self.hides(name) for name in self.table.names], np.bool_)


def decide(
    table: DisclosureTable, *, earlier: Sequence[TableDecision] = (), hidden: Collection[Name] = ()
) -> TableDecision:
    """Return which cells of a table are hidden, and why, given the releases before it (the earliest first).

    Cells that something else hides, which the table does not know, are named in `hidden`.

    The same table and releases give the same decision. Raises DisclosureError when a release has other measures.

    >>> table = make_table({"a": [4], "b": [15], "c": [30], "all": [49]}, [Total("all", ("a", "b", "c"))])
    >>> {name: str(reason) for name, reason in decide(table).reasons.items()}
    {'a': 'few', 'b': 'complement'}
    """
    stack = stacked(table, [decision.table for decision in earlier])
    before = np.concatenate([decision.hidden for decision in earlier]) if earlier else np.zeros(0, np.bool_)
    few, extreme = are_few(table), say_the_same(table)
    newcomers = give_newcomers_away(stack, np.r_[np.zeros(stack.latest, np.bool_), before])
    named = set(hidden)
    other = np.array([name in named for name in table.names], np.bool_) & (table.responses > 0)
    covered, narrow = _protected(stack, np.r_[few | extreme | newcomers | other, before])
    nobody = table.responses == 0
    ranked = ((few, WithheldReason.FEW), (newcomers, WithheldReason.DIFFERENCE), (extreme, WithheldReason.EXTREME))
    reasons = {
        name: next((reason for flags, reason in ranked if flags[place]), _other(bool(covered[place])))
        for place, name in enumerate(table.names)
        if covered[place] or nobody[place]
    }
    return TableDecision(
        table, MappingProxyType(reasons), tuple(dict.fromkeys(stack.table.names[cell] for cell in narrow))
    )


def _other(hidden: bool) -> WithheldReason:
    return WithheldReason.COMPLEMENT if hidden else WithheldReason.NO_RESPONSES


def _protected(stack: Stack, hidden: Flags) -> tuple[Flags, Integers]:
    """Hide more of the latest cells until no hidden one is narrow; return what is hidden and what stays narrow.

    Every turn hides at least one cell or ends. Hiding more never makes an interval narrower, so a cell that
    was cleared once is not asked for again.
    """
    bindings, hidden = bindings_of(stack.table, joints=len(stack.pairs)), hidden.copy()
    pouring = pouring_of(stack, bindings)
    line = pouring.line
    sensitive = np.r_[np.zeros(stack.published, np.bool_), sensitive_differences(stack)]
    cleared = np.zeros(len(sensitive), np.bool_)
    while True:
        hidden |= _silent_in_hidden_lines(stack, line, hidden)
        unknown = stack.with_differences(hidden)
        demanding = unknown & (sensitive | (np.arange(len(unknown)) < stack.published))
        hideable = ~unknown & (np.arange(len(unknown)) < stack.latest) & (stack.table.responses > 0)
        narrow = np.zeros(0, np.int64)
        picks: list[int] | Integers = picks_for_sums(bindings, unknown, demanding, hideable)
        if not len(picks):
            cleared |= cleared_by_pouring(pouring, unknown, width=THRESHOLD)
            narrow = narrow_cells(stack.table, unknown, demanding & ~cleared, width=THRESHOLD)
            cleared |= demanding
            cleared[narrow] = False
            picks = _lines_with(narrow, line, hideable)
            # A line that is hidden whole can be helped by others only.
            stuck = narrow[np.unique(line[narrow], return_index=True)[1]]
            stuck = stuck[~np.isin(line[stuck], line[picks])]
            helpful = _helpful(bindings, stuck, unknown, hideable)
            picked = np.array(picks_for_cells(bindings, helpful, unknown, hideable), np.int64)
            picks = np.union1d(picks, _lines_with(picked, line, hideable))
        if not len(picks):
            return hidden, narrow
        hidden[picks] = True


def _silent_in_hidden_lines(stack: Stack, line: Integers, hidden: Flags) -> Flags:
    """Mark empty cells of latest lines that show nothing else: to say that they are empty would tie the others.

    Not where a shown total is empty too, since that says it already.
    """
    counted, own = stack.table.responses[: stack.latest] > 0, line[: stack.latest]
    domains = stack.table.domains
    empty = (stack.table.responses[domains.total] == 0) & ~hidden[domains.total]
    under_empty = np.asarray(empty @ domains.parts)[: stack.latest] > 0
    shows = np.bincount(own, weights=counted & ~hidden[: stack.latest])
    hides = np.bincount(own, weights=counted & hidden[: stack.latest])
    silent = np.zeros(len(hidden), np.bool_)
    silent[: stack.latest] = ~counted & ~under_empty & (shows[own] == 0) & (hides[own] > 0)
    return silent


def _helpful(bindings: Bindings, stuck: Integers, unknown: Flags, hideable: Flags) -> Iterator[Integers]:
    """Yield what may widen each stuck cell: what it could be poured into, or else what holds it back."""
    for cell in stuck:
        beside = bindings.beside(int(cell))
        if hideable[beside].any():
            yield beside
        else:
            yield from helpful_cells(bindings.table, unknown, np.array([cell]), width=THRESHOLD)


def _lines_with(cells: Integers, line: Integers, hideable: Flags) -> Integers:
    """Return all cells that can be hidden in the lines of some cells.

    Lines that are hidden whole can be poured into each other; part by part, a table would lose as much, later.
    """
    return np.flatnonzero(hideable & np.isin(line, line[cells]))


def withheld_rows(rows: Sequence[IndexRow], total: Sequence[IndexRow]) -> frozenset[IndexRow]:
    """Return the rows of an agency × dimension table, and of its total, that must not be shown.

    Rows without responses are among them, since they have no figure. Where an agency could be told from the
    total, the total goes first. Extremes are judged only where sums of answers are at hand (`breakdowns`).
    Raises DisclosureError when the rows are not those of one table.
    """
    if not rows:
        return frozenset(row for row in total if row.responses < THRESHOLD)
    named: dict[RowName, IndexRow] = {(row.domain.agency_code, row.part): row for row in rows}
    named |= {(None, row.part): row for row in total}
    most = 1 + max((row.responses for row in total), default=0)
    table = make_table(
        {name: (row.responses, row.answers) for name, row in named.items()},
        _totals_of(named),
        within=[((code, part), (code, OVERALL)) for code, part in named if (code, OVERALL) in named],
        price={(None, row.part): row.responses / most for row in total},
    )
    reasons = decide(table).reasons
    return frozenset(row for name, row in named.items() if name in reasons)


def withheld_in_working(
    rows: Sequence[IndexRow], total: Sequence[IndexRow] = (), *, by: Collection[str]
) -> frozenset[IndexRow]:
    """Return the rows of a working computation that are not told: as `withheld_rows`, or those of fewer than ten.

    Only agencies with or without dimensions make a table whose sums can be judged; other rows are judged one by one.
    """
    if "agency" in by and {*by} <= {"agency", "dimension"}:
        return withheld_rows(rows, total)
    return frozenset(row for row in (*rows, *total) if row.responses < THRESHOLD)


def _totals_of(named: Mapping[RowName, IndexRow]) -> Iterator[Total]:
    """Yield overall = Σ dimensions for everybody in the table, and everything = Σ agencies for every part."""
    parts: defaultdict[str | None, list[Hashable]] = defaultdict(list)
    agencies: defaultdict[str, list[Hashable]] = defaultdict(list)
    for code, part in named:
        if part != OVERALL:
            parts[code].append((code, part))
        if code is not None:
            agencies[part].append((code, part))
    for code, dimensions in parts.items():
        if (code, OVERALL) in named:
            yield Total((code, OVERALL), tuple(dimensions), over_parts=True)
    for part, everybody in agencies.items():
        if (None, part) in named:
            yield Total((None, part), tuple(everybody))
