"""Replicate weights: classes that tell no day, and the standard errors they give.

`python -m tests.unit.weights.test_replicates` makes the table of docs/files.md.
"""

import sys
from collections import Counter, defaultdict
from datetime import date, timedelta

import numpy as np
import pytest

from survey.analysis.weights.replicates import (
    LEAST_DAYS,
    LEAST_RESPONSES,
    REPLICATES,
    SCALE,
    PlacedResponse,
    ReplicateStratum,
    class_error,
    classes_near,
    replicate_factors,
)
from tests.provinces_of_draws import LEVEL_85, SHARE_85, Answers, Design, answers_of, estimates_of

BEGIN = date(2026, 9, 1)


def classes_of(responses):
    """Return the classes where no standard error is known."""
    return classes_near(responses, np.ones(len(responses)), np.ones(len(responses)), None)


def responses_of(seed):
    """Return the responses of an agency with busy and quiet days, and with modes that few people use."""
    chance = np.random.default_rng(seed)
    size, span = int(chance.integers(1, 400)), int(chance.integers(1, 90))
    days = (span * chance.random(size) ** chance.uniform(0.5, 3)).astype(int)
    modes = chance.choice(["qr", "kiosk", "paper"], size, p=[0.7, 0.25, 0.05])
    return [
        PlacedResponse((BEGIN + timedelta(days=int(day))).isoformat(), str(mode), str(number))
        for number, (day, mode) in enumerate(zip(days, modes, strict=True))
    ]


@pytest.mark.parametrize("seed", range(60))
def test_a_class_holds_of_each_month_and_mode_ten_responses_of_two_days_or_all(seed):
    responses = responses_of(seed)
    whole, parts, days = Counter(), Counter(), defaultdict(set)
    for one, own in zip(responses, classes_of(responses).tolist(), strict=True):
        group = one.day[:7], one.mode
        whole[group] += 1
        parts[group, own] += 1
        days[group, own].add(one.day)
    for (group, own), count in parts.items():
        assert count == whole[group] or (count >= LEAST_RESPONSES and len(days[group, own]) >= LEAST_DAYS)


def test_many_days_make_many_classes_but_no_more_than_replicates():
    responses = [
        PlacedResponse((BEGIN + timedelta(days=day)).isoformat(), "qr", f"{number}")
        for day in range(300)
        for number in range(9)
    ]
    classes = classes_of(responses)
    # 300 days of 9: two days a class, some 150 in ten months, folded into 80.
    assert len(set(classes.tolist())) == REPLICATES


def test_the_order_of_responses_changes_no_class():
    responses = responses_of(3)
    turned = responses[::-1]
    assert classes_of(responses).tolist() == classes_of(turned)[::-1].tolist()


def test_a_day_of_more_than_ten_is_no_class_by_itself():
    responses = [PlacedResponse(f"2026-11-{day:02}", "qr", f"{number}") for day in (3, 17) for number in range(50)]
    # Two classes would be the two days.
    assert set(classes_of(responses).tolist()) == {0}


@pytest.mark.parametrize("size", [2, 3, 17, 80])
@pytest.mark.parametrize("stretch", [1.0, 1.7])
def test_totals_get_exactly_the_variance_between_classes(size, stretch):
    totals = np.random.default_rng(size).normal(50, 9, size)
    factors = replicate_factors([ReplicateStratum(tuple(f"A-{number}" for number in range(size)), stretch)])
    moved = np.array([factors[f"A-{number}"] for number in range(size)]).T @ totals - totals.sum()
    # K / (K - 1) Σ (t - mean)².
    expected = size / (size - 1) * ((totals - totals.mean()) ** 2).sum()
    assert SCALE * (moved**2).sum() == pytest.approx(stretch**2 * expected, rel=1e-9)


def test_no_weight_is_negative_however_far_it_is_stretched():
    factors = replicate_factors(
        [ReplicateStratum(("A-1", "A-2"), 500.0), ReplicateStratum(tuple(map(str, range(200))))]
    )
    assert min(one.min() for one in factors.values()) > 0
    # More classes than replicates: some share one, and none is left out.
    assert all((factors[str(number)] != 1).any() for number in range(200))


def test_a_class_alone_does_not_vary():
    assert replicate_factors([ReplicateStratum(("A-01",))])["A-01"].tolist() == [1.0] * REPLICATES
    assert class_error(np.zeros(5, np.int64), np.ones(5), np.arange(5.0)) == 0


DESIGNS = {
    "20 days × 10": Design("", days=20),
    "20 days × 3, day 0.05": Design("", days=20, people=3, day=0.05),
    "5 days × 10, day 0.05": Design("", days=5, day=0.05),
    "9 days × 30, 0.05": Design("", days=9, people=30, point_day=0.05),
    "3 counters, 10 days × 10, day 0.15": Design("", counters=3, days=10, day=0.15),
    "5 counters, 40 days × 10, day 0.05": Design("", counters=5, days=40, day=0.05),
    "3 counters, 40 days × 10, week 0.05": Design("", counters=3, days=40, week=0.05),
    "2 counters, 60 days × 10, all three 0.03": Design("", counters=2, days=60, day=0.03, point_day=0.03, week=0.03),
}


def ratios(design, asked, *, provinces, seed=20261130):
    """Return, of agencies with two classes, how many classes and three standard errors over ours.

    The error between classes, that of the stretched replicates, and theirs for half of the people.
    """
    found = []
    for number in range(provinces):
        chance = np.random.default_rng([seed, number])
        answers = answers_of(chance, design, asked, agencies=20)
        half = chance.random(len(answers.agency)) < 0.5
        ours = estimates_of(answers, asked, 20)
        of_half = estimates_of(Answers(*(one[half] for one in columns(answers)), answers.truths), asked, 20)
        for agency in range(20):
            own = answers.agency == agency
            found.append(_ratios(answers, own, half, ours[agency].se, of_half[agency].se, asked.most))
    return np.array([one for one in found if one])


def columns(answers):
    return answers.agency, answers.counter, answers.day, answers.n, answers.y


def _ratios(answers, own, half, ours, of_half, most):
    days, n, y, mine = answers.day[own], answers.n[own], answers.y[own], half[own]
    dated = [(BEGIN + timedelta(days=int(day) * 7 // 5)).isoformat() for day in days]
    placed = [PlacedResponse(day, "qr", str(place)) for place, day in enumerate(dated)]
    classes = classes_near(placed, n, y, ours and ours * most / 100)
    between = 100 / most * class_error(classes, n, y)
    if not between or not ours or not of_half:
        return None
    names = tuple(f"A-{number:02}" for number in range(int(classes.max()) + 1))
    factors = replicate_factors([ReplicateStratum(names, ours / between)])
    weights = np.array([factors[name] for name in names])[classes]

    def error(n, y, weights):
        return 100 / most * np.sqrt(SCALE * ((weights.T @ y / (weights.T @ n) - y.sum() / n.sum()) ** 2).sum())

    return len(names), between / ours, error(n, y, weights) / ours, error(n[mine], y[mine], weights[mine]) / of_half


def test_stretched_replicates_give_our_standard_error_of_the_whole():
    found = ratios(DESIGNS["9 days × 30, 0.05"], LEVEL_85, provinces=3)
    assert len(found) == 60
    # Two in a hundred classes are so alike that no weight can be stretched as far.
    assert np.percentile(np.abs(found[:, 2] - 1), 98) < 0.03
    # What they were not stretched to is met on the whole, and not agency by agency.
    assert 0.5 < np.median(found[:, 3]) < 1.5


def main() -> None:
    """Print the table: the middle and 5 to 95 in 100 of the ratios."""
    for name, design in DESIGNS.items():
        cells = []
        for asked in (SHARE_85, LEVEL_85):
            found = ratios(design, asked, provinces=15)
            low, middle, high = np.percentile(found[:, 1:], [5, 50, 95], axis=0)
            spans = (f"{m:.2f} ({a:.2f}–{b:.2f})" for a, m, b in zip(low, middle, high, strict=True))
            cells.append(f"{np.median(found[:, 0]):.0f} | " + " | ".join(spans))
        sys.stdout.write(f"| {name} | " + " | ".join(cells) + " |\n")


if __name__ == "__main__":
    main()
