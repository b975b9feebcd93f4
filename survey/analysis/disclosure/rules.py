"""The rules that look at one cell, or at one cell in two releases (docs/method/disclosure.md, section 2)."""

import numpy as np

from survey.analysis.disclosure.releases import Stack
from survey.analysis.disclosure.tables import NOBODY, DisclosureTable, Flags, SumColumn
from survey.tallies import Integers

THRESHOLD = 10
UNANIMITY_BASE = 30


def are_few(table: DisclosureTable) -> Flags:
    """Mark the cells (cells,) that rest on 1 to 9 responses."""
    return np.asarray((table.responses > 0) & (table.responses < THRESHOLD))


def say_the_same(table: DisclosureTable) -> Flags:
    """Mark the cells (cells,) that tell one thing about everybody in a group of fewer than 30 responses.

    That is a figure of 0 or 100%, whoever gave the answers; and no response at all in a category of a question
    about people, because it says that none of the others belongs to it.
    """
    silent = (table.responses == 0) & (table.whole != NOBODY)
    group = table.responses[table.whole]
    return np.asarray(are_unanimous(table.sums) | (silent & (group > 0) & (group < UNANIMITY_BASE)))


def are_unanimous(sums: Integers) -> Flags:
    """Mark the sums (…, measures) of fewer than 30 responses whose answers are all satisfied or all not."""
    if sums.shape[-1] <= SumColumn.SATISFIED:
        return np.zeros(sums.shape[:-1], np.bool_)
    responses, answers, satisfied = (sums[..., measure] for measure in list(SumColumn)[:3])
    small = (answers > 0) & (responses < UNANIMITY_BASE)
    return np.asarray(small & ((satisfied == 0) | (satisfied == answers)))


def give_newcomers_away(stack: Stack, hidden: Flags) -> Flags:
    """Mark the latest cells (latest,) whose difference to a shown earlier one tells too much about who came since.

    `hidden` marks the published cells of the stack that are hidden. A difference may be nothing at all or
    at least 10 responses that do not all say the same; responses struck out count as those that came.
    """
    gained = stack.table.sums[stack.published :]
    telling = sensitive_differences(stack) | are_unanimous(np.abs(gained)) & gained.any(axis=1)
    later, earlier = stack.pairs.T
    marked = np.zeros(stack.latest, np.bool_)
    marked[later[telling & (later < stack.latest) & ~hidden[earlier]]] = True
    return marked


def sensitive_differences(stack: Stack) -> Flags:
    """Mark the differences (pairs,) of fewer than 10 responses that are not nothing."""
    gained = stack.table.sums[stack.published :]
    return np.asarray(gained.any(axis=1) & (np.abs(gained[:, SumColumn.RESPONSES]) < THRESHOLD))
