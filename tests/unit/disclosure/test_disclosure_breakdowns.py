"""Breakdown tables: what adds up to what, and that the decision on one leaves every hidden cell 10 wide."""

from itertools import pairwise

import numpy as np
import pytest

from survey.analysis.disclosure.breakdowns import (
    AxisKind,
    Breakdown,
    BreakdownCell,
    Group,
    breakdown_table,
    items_in,
    part_sums,
)
from survey.analysis.disclosure.decide import WithheldReason, decide
from survey.analysis.disclosure.releases import stacked
from survey.analysis.disclosure.rules import sensitive_differences
from survey.analysis.figures.indices import parts_of
from survey.errors import DisclosureError
from survey.instrument import load_instrument
from survey.responses import AnswerRecord
from survey.tallies import layout_of, tally
from tests.intervals import intervals

SIPAS = load_instrument("sipas-2023")
LAYOUT = layout_of(SIPAS)
AGENCIES = ("STC", "SXD")


def records(count, seed):
    """Return packed records of which nearly all answer A to D and every second one answers E."""
    draw = np.random.default_rng(seed)
    items = [item.code for item in SIPAS.items]
    lines = []
    for _ in range(count):
        answers = {code: str(draw.integers(2, 6)) for code in items if code[0] != "E" and draw.random() < 0.97}
        if draw.random() < 0.5:
            answers |= {"E1": str(draw.integers(1, 6)), "E2": "N", "E3": "4"}
        lines.append(AnswerRecord.pack(SIPAS, answers))
    return lines


def broken_down(kind, axis, held):
    """Return a breakdown of `held`: agency → category → records."""
    groups, lines, numbers = [], [], []
    for agency, categories in held.items():
        for category, own in categories.items():
            numbers += [len(groups)] * len(own)
            groups.append(Group("Sở", agency, axis, category))
            lines += own
    counted = tally("".join(lines).encode(), LAYOUT, groups=np.array(numbers, np.int64), size=len(groups))
    return Breakdown(kind, tuple(groups), counted)


def split(lines, *sizes):
    edges = [0, *np.cumsum(sizes).tolist(), len(lines)]
    return [lines[start:end] for start, end in pairwise(edges)]


FIRST, SECOND = records(120, 1), records(90, 2)
MODES = broken_down(
    AxisKind.MODE,
    "mode",
    {
        "STC": dict(zip(("qr", "kiosk", "paper"), split(FIRST, 80, 37), strict=True)),
        "SXD": dict(zip(("qr", "kiosk", "paper"), split(SECOND, 40, 50), strict=True)),
    },
)
AGES = broken_down(
    AxisKind.PROFILE,
    "P1",
    {
        "STC": dict(zip(("1", "2", ""), split(FIRST[::-1], 60, 56), strict=True)),
        "SXD": dict(zip(("1", "2", ""), split(SECOND[::-1], 30, 30), strict=True)),
    },
)
TABLE = breakdown_table([MODES, AGES], SIPAS, by=("dimension",))


def test_agencies_add_up_to_their_block_and_to_everybody():
    held = dict(zip(TABLE.names, TABLE.responses.tolist(), strict=True))
    assert held[BreakdownCell(Group("Sở", "STC"), "overall")] == 120
    assert held[BreakdownCell(Group("Sở", "SXD"), "overall")] == 90
    assert held[BreakdownCell(Group("Sở"), "overall")] == held[BreakdownCell(Group(), "overall")] == 210
    assert held[BreakdownCell(Group("Sở", "STC", "mode", "paper"), "overall")] == 3


def test_a_small_category_is_hidden_whole_and_with_it_enough_not_to_be_told():
    decision = decide(TABLE)
    paper = [
        decision.reasons[BreakdownCell(Group("Sở", "STC", "mode", "paper"), part.code)]
        for part in parts(("dimension",))
    ]
    assert WithheldReason.FEW in paper
    assert decision.reasons[BreakdownCell(Group("Sở", "STC", "mode", "kiosk"), "overall")] == WithheldReason.COMPLEMENT
    assert not decision.hides(BreakdownCell(Group("Sở", "STC"), "overall"))
    # Nobody of SXD came by paper, which tells nothing about people.
    assert (
        decision.reasons[BreakdownCell(Group("Sở", "SXD", "mode", "paper"), "overall")] == WithheldReason.NO_RESPONSES
    )


@pytest.mark.slow
@pytest.mark.parametrize("by", [("dimension",), ("dimension", "item"), ()])
def test_every_hidden_cell_of_a_breakdown_is_ten_wide(by):
    table = breakdown_table([MODES, AGES], SIPAS, by=by)
    decision = decide(table)
    assert decision.unprotected == ()
    hidden = decision.hidden
    assert hidden.any()
    found = intervals(table, hidden, np.flatnonzero(hidden))
    assert (found[:, 1] - found[:, 0]).min() >= 10 - 1e-6


def parts(by):
    return parts_of(SIPAS, by=by)


def test_a_part_holds_its_items_and_their_sums():
    overall = parts(("dimension",))[-1]
    assert items_in(overall) == 16
    # One response: A1 5, A2 3 and A3 2 are three answers, one satisfied and one dissatisfied, 10 points.
    record = AnswerRecord.pack(SIPAS, {"A1": "5", "A2": "3", "A3": "2"})
    one = tally(record.encode(), LAYOUT, groups=np.array([0]), size=1)
    assert part_sums(one, [overall], SIPAS.scale).tolist() == [[[1, 3, 1, 10, 1]]]
    item = parts(("item",))[0]
    assert (item.code, part_sums(one, [item], SIPAS.scale).tolist()) == ("A1", [[[1, 1, 1, 5, 0]]])


def test_an_empty_category_of_people_is_judged_by_the_whole_agency():
    # 29 people, nobody of category 2: secret. 30: no secret, in no part of the questionnaire.
    for count, reason in ((29, WithheldReason.EXTREME), (30, WithheldReason.NO_RESPONSES)):
        own = FIRST[:count]
        ages = broken_down(AxisKind.PROFILE, "P1", {"STC": {"1": own[:14], "3": own[14:], "2": []}})
        decision = decide(breakdown_table([ages], SIPAS, by=("dimension",)))
        assert {
            decision.reasons[BreakdownCell(Group("Sở", "STC", "P1", "2"), part.code)] for part in parts(("dimension",))
        } == {reason}


def test_axes_that_do_not_give_an_agency_the_same_sums_are_refused():
    other = broken_down(AxisKind.PERIOD, "period", {"STC": {"2026-11": FIRST}, "SXD": {"2026-11": SECOND[1:]}})
    with pytest.raises(DisclosureError, match="period do not add up to what agency SXD has"):
        breakdown_table([MODES, other], SIPAS, by=("dimension",))


def test_no_breakdown_at_all_is_refused():
    with pytest.raises(DisclosureError, match="at least one cell"):
        breakdown_table([], SIPAS, by=("dimension",))


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_releases_together_leave_hidden_cells_and_few_newcomers_ten_wide(share):
    modes = {"STC": split(FIRST, 80, 37), "SXD": split(SECOND, 40, 50)}
    ages = {"STC": split(FIRST[::-1], 60, 56), "SXD": split(SECOND[::-1], 30, 30)}
    early = {agency: set(lines[: int(len(lines) * share)]) for agency, lines in (("STC", FIRST), ("SXD", SECOND))}
    tables = []
    for seen in (early, {"STC": set(FIRST), "SXD": set(SECOND)}):
        kept = [
            {
                agency: dict(zip(names, ([one for one in own if one in seen[agency]] for own in held), strict=True))
                for agency, held in axis.items()
            }
            for axis, names in ((modes, ("qr", "kiosk", "paper")), (ages, ("1", "2", "")))
        ]
        axes = broken_down(AxisKind.MODE, "mode", kept[0]), broken_down(AxisKind.PROFILE, "P1", kept[1])
        tables.append(breakdown_table(axes, SIPAS, by=("dimension",)))
    earlier = decide(tables[0])
    latest = decide(tables[1], earlier=[earlier])
    assert latest.unprotected == ()
    stack = stacked(tables[1], tables[:1])
    unknown = stack.with_differences(np.r_[latest.hidden, earlier.hidden])
    asked = unknown & np.r_[np.ones(stack.published, bool), sensitive_differences(stack)]
    found = intervals(stack.table, unknown, np.flatnonzero(asked))
    assert (found[:, 1] - found[:, 0]).min() >= 10 - 1e-6
    # A difference of fewer than 10 responses is never between two shown figures.
    small = np.r_[np.zeros(stack.published, bool), sensitive_differences(stack)]
    assert not (small & ~unknown).any()
