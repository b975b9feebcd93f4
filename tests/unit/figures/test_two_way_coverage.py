"""How often ranges with days and weeks as draws hold the truth, and how often they call what is not there.

`python -m tests.unit.figures.test_two_way_coverage` writes the tables of docs/method/uncertainty.md, section 5.
"""

import sys
from dataclasses import replace

import numpy as np
import pytest

from survey.analysis.comparing.comparison import Figures, Key, Origin, Verdict, compare_rounds
from survey.analysis.ranking.ranking import rank_block
from survey.fieldwork import SamplingBasis
from tests.provinces_of_draws import ANSWERINGS, LEVEL_85, SHARE_85, Design, answers_of, coverage, estimates_of

SEED, AGENCIES, PROVINCES = 20261130, 20, 60
# Agencies differ in how alike their days are: by a factor of e^±0.5.
UNLIKE = 0.5
# What an exact 95% could give in 1,200 agencies; below it or above 98 the document says so.
LEAST, MOST = 93.0, 98.0

NAMED = (
    Design("independent days: 20 × 10", point_day=0.0),
    Design("A · 40 days of Pareto size, 0.05", days=40, point_day=0.05, sizes="pareto"),
    Design("A · 40 days of Pareto size, 0.15", days=40, point_day=0.15, sizes="pareto"),
    Design("A · 15 days of Pareto size, 0.05", days=15, point_day=0.05, sizes="pareto"),
    Design("B · day shared by 5 counters, 20 days, 0.05", counters=5, day=0.05),
    Design("B · day shared by 5 counters, 40 days, 0.05", counters=5, days=40, day=0.05),
    Design("B · day shared by 3 counters, 10 days, 0.15", counters=3, days=10, day=0.15),
    Design("C · week of 1 counter, 60 days, 0.05", days=60, week=0.05),
    Design("C · week of 3 counters, 40 days, 0.05", counters=3, days=40, week=0.05),
    Design("C · week of 3 counters, 20 days, 0.15", counters=3, days=20, week=0.15),
    Design("D · 6 officials drawn at random, 20 days", counters=6, point_day=0.05, official=0.1),
    Design("D · 2 officials drawn at random, 20 days", counters=2, point_day=0.05, official=0.1),
    Design("D′ · the same 6, as they serve now", counters=6, point_day=0.05, official=0.1, now=True),
    Design("D′ · the same 2, as they serve now", counters=2, point_day=0.05, official=0.1, now=True),
    Design("E · busy days are bad days, 40 days", days=40, point_day=0.05, busy=0.5),
    Design("E · busy days are bad days, 2 counters, 20 days", counters=2, days=20, point_day=0.05, busy=0.5),
    Design("F · 9 days × 30, 0.05", days=9, people=30, point_day=0.05),
    Design("F · 9 days × 100, 0.05", days=9, people=100, point_day=0.05),
    Design("F · 9 days × 30, 0.15", days=9, people=30, point_day=0.15),
    Design("F · 5 days × 60, 0.05", days=5, people=60, point_day=0.05),
    Design("F · 5 days × 10, 0", days=5, people=10),
)
OTHERS = (
    Design(
        "G · 4 counters, each open every third day",
        counters=4,
        days=30,
        people=12,
        point_day=0.05,
        week=0.03,
        sizes="few",
    ),
    Design(
        "H · day, counter's day and week at once, 15 days",
        counters=4,
        days=15,
        people=8,
        day=0.03,
        point_day=0.03,
        week=0.03,
    ),
    Design("I · day and week, 2 counters, 10 days × 20", counters=2, days=10, people=20, day=0.05, week=0.05),
    Design("J · 10 counters, 5 days", counters=10, days=5, day=0.05),
    Design(
        "K · week and Pareto days, 2 counters, 60 days",
        counters=2,
        days=60,
        people=5,
        point_day=0.05,
        week=0.05,
        sizes="pareto",
    ),
)
LONE = (
    Design("L · alone in its province, 20 days × 10, 0.05", point_day=0.05),
    Design("L · alone in its province, 9 days × 30, 0.05", days=9, people=30, point_day=0.05),
)


def cell(design: Design, asked, *, provinces: int = PROVINCES, agencies: int = AGENCIES) -> tuple[float, float]:
    return coverage(replace(design, unlike=UNLIKE), asked, provinces=provinces, agencies=agencies, seed=SEED)


# Where every agency's days are alike in the same degree, or there are very few, five degrees are more than is needed.
TOO_WIDE = ("independent", "A", "D′", "F")


@pytest.mark.slow
@pytest.mark.parametrize("asked", ANSWERINGS, ids=lambda one: one.name)
@pytest.mark.parametrize("design", [*NAMED, *OTHERS], ids=lambda one: one.name)
def test_ranges_hold_the_truth_as_often_as_they_say(design, asked):
    held, _ = cell(design, asked)
    if design.name.startswith("D ·"):
        # About officials who might be drawn another time nothing is promised: page and report say so.
        assert 50 <= held < LEAST
    else:
        assert LEAST <= held <= (100 if design.name.startswith(TOO_WIDE) else MOST)


@pytest.mark.slow
@pytest.mark.parametrize("asked", ANSWERINGS, ids=lambda one: one.name)
@pytest.mark.parametrize("design", LONE, ids=lambda one: one.name)
def test_an_agency_alone_in_its_province_is_promised_nothing_it_does_not_get(design, asked):
    assert cell(design, asked, provinces=PROVINCES * AGENCIES, agencies=1)[0] >= LEAST


@pytest.mark.parametrize("asked", [SHARE_85, LEVEL_85], ids=lambda one: one.name)
def test_nine_days_of_a_hundred_people_no_longer_promise_too_much(asked):
    # With people as draws this covered 55 to 82%.
    held, _ = cell(Design("9 × 100", days=9, people=100, point_day=0.05), asked, provinces=10)
    assert held >= LEAST


# ---- Nothing differs, and nine days each: what is called all the same.


def rounds(seed: int, agencies: int, people: int) -> list[dict[str, object]]:
    """Return the estimates of two rounds in which nothing changed."""
    design = Design("nine days", days=9, people=people, point_day=0.05)
    generators = (np.random.default_rng([seed, number]) for number in range(2))
    drawn = [answers_of(one, design, SHARE_85, agencies=agencies) for one in generators]
    return [{f"N{place}": one for place, one in enumerate(estimates_of(each, SHARE_85, agencies))} for each in drawn]


def false_calls(tables: int, agencies: int, people: int) -> float:
    """Return in how many tables of a hundred some agency is said to have fallen or risen."""
    wrong = 0
    for seed in range(tables):
        figures = [
            Figures(
                Origin(code, "sipas-2023", ("L1", "P1"), SamplingBasis.SELF_SELECTED),
                {Key(unit, "overall"): one for unit, one in estimates.items()},
            )
            for code, estimates in zip(("2025", "2026"), rounds(seed, agencies, people), strict=True)
        ]
        verdicts = {one.verdict for one in compare_rounds(*figures).differences.values()}
        wrong += bool(verdicts & {Verdict.FELL, Verdict.ROSE})
    return 100 * wrong / tables


def rank_sets_that_hold(tables: int, agencies: int, people: int) -> float:
    """Return in how many of a hundred blocks of tied agencies the joint rank sets all reach from first to last."""
    held = 0
    for seed in range(tables):
        ranking = rank_block("Sở", rounds(seed, agencies, people)[0], draws=999)
        held += all(row.joint_low == 1 and row.joint_upp == agencies for row in ranking.ranked)
        assert len(ranking.ranked) == agencies
    return 100 * held / tables


@pytest.mark.parametrize("people", [30, 100])
def test_a_table_of_twenty_equal_agencies_calls_nobody_but_by_chance(people):
    # With people as draws 59.7 and 99.5% of such tables had a false call. 5% of 100 and three deviations of 2.2.
    assert false_calls(100, 20, people) <= 5 + 6.6


@pytest.mark.slow
@pytest.mark.parametrize("people", [30, 100])
def test_a_table_of_sixty_equal_agencies_calls_nobody_but_by_chance(people):
    assert false_calls(100, 60, people) <= 5 + 6.6


@pytest.mark.slow
@pytest.mark.parametrize(("agencies", "tables"), [(20, 100), (60, 50), (168, 20)])
def test_rank_sets_of_equal_agencies_hold_from_the_first_place_to_the_last(agencies, tables):
    # With people as draws 25.5, 8.7 and 2.0% did.
    assert rank_sets_that_hold(tables, agencies, 30) >= 95


if __name__ == "__main__":
    for some, size in ((NAMED + OTHERS, (PROVINCES, AGENCIES)), (LONE, (PROVINCES * AGENCIES, 1))):
        for one in some:
            cells = [cell(one, asked, provinces=size[0], agencies=size[1]) for asked in ANSWERINGS]
            told = " | ".join(f"{held:.1f} ({width:.1f})" for held, width in cells)
            sys.stdout.write(f"| {one.name} | {told} |\n")
            sys.stdout.flush()
    for agencies, tables in ((20, 100), (60, 100)):
        told = " / ".join(f"{false_calls(tables, agencies, people):.0f}" for people in (30, 100))
        sys.stdout.write(f"{agencies} agencies, tables with a false call: {told}\n")
    for agencies, tables in ((20, 100), (60, 50), (168, 20)):
        sys.stdout.write(f"{agencies} agencies, rank sets that hold: {rank_sets_that_hold(tables, agencies, 30):.0f}\n")
