"""How often the 95% ranges hold the truth: exactly for shares of people, by seeded simulation for the rest.

The table of docs/method/uncertainty.md is made of these figures.
"""

import math

import numpy as np
import pytest
from scipy import special, stats

from survey.analysis.figures.estimates import ClusterKind, Form, RatioSums, estimate_ratios

SIZES = (30, 100, 1000)
SATISFIED = (0.5, 0.85, 0.97)
ITEMS = 16
POINTS = np.arange(1.0, 6.0)
# How the satisfied divide between 4 and 5 points, and the others between 1, 2 and 3.
CALM, KEEN, FLAT = ((0.15, 0.25, 0.60), (0.6, 0.4)), ((0.4, 0.3, 0.3), (0.2, 0.8)), ((0.15, 0.25, 0.60), (1.0, 0.0))
BLUNT = ((1.0, 0.0, 0.0), (0.0, 1.0))  # only the two ends of the scale are ever chosen
SHAPES = {"calm": CALM, "keen": KEEN, "blunt": BLUNT}
# The truth is met less often than said only within what a simulation of this size can tell.
LEAST, MOST = 93.0, 97.5


def shares_of(shape, satisfied: float) -> np.ndarray:
    worse, better = shape
    return np.array([*(part * (1 - satisfied) for part in worse), *(part * satisfied for part in better)])


def ranges(n, y, *, form: Form, people=None) -> tuple[np.ndarray, np.ndarray]:
    """Return the limits of each simulation from its draws: n and y are (simulations, draws)."""
    rows = len(n)
    responses = np.full(rows, n.shape[1]) if people is None else people
    sums = RatioSums(
        (n > 0).sum(1),
        n.sum(1),
        y.sum(1),
        (n * n).sum(1),
        (y * y).sum(1),
        (y * n).sum(1),
        responses,
        n.sum(1),
        np.arange(rows),
    )
    least, most = (0, 1) if form is Form.SHARE else (1, 5)
    kind = ClusterKind.RESPONDENT if people is None else ClusterKind.POINT_DAY
    found = estimate_ratios(sums, groups=rows, least=least, most=most, form=form, cluster_kind=kind)
    return np.array([one.low for one in found]), np.array([one.upp for one in found])


def covered(limits, truth: float) -> np.ndarray:
    low, upp = limits
    return (low <= truth + 1e-9) & (truth - 1e-9 <= upp)


def share_coverage(size: int, satisfied: float) -> float:
    """Return the exact coverage for the share of people: the binomial probability of every count it holds for."""
    counts = np.arange(size + 1)
    sums = (np.full(size + 1, size), counts, np.full(size + 1, size), counts, counts, np.full(size + 1, size))
    draws, y, n, yy, yn, people = sums
    ratio_sums = RatioSums(draws, n, y, n, yy, yn, people, people, counts)
    found = estimate_ratios(ratio_sums, groups=size + 1, most=1, form=Form.SHARE)
    limits = np.array([one.low for one in found]), np.array([one.upp for one in found])
    return 100 * float(stats.binom.pmf(counts, size, satisfied) @ covered(limits, 100 * satisfied))


def answers(generator, worths, chances, *, alike: float, shape: tuple[int, ...]) -> np.ndarray:
    """Draw answers whose last axis shares a mood; `alike` is the correlation behind the scale (a Gaussian copula)."""
    common = generator.standard_normal((*shape[:-1], 1)) * math.sqrt(alike)
    mood = common + generator.standard_normal(shape) * math.sqrt(1 - alike)
    return worths[np.searchsorted(special.ndtri(np.cumsum(chances)[:-1].clip(1e-300, 1 - 1e-15)), mood)]


def of_form(form: Form, shape, satisfied: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Return what the answers are worth, how likely each is, and the true figure in per cent."""
    if form is Form.SHARE:
        return np.array([0.0, 1.0]), np.array([1 - satisfied, satisfied]), 100 * satisfied
    chances = shares_of(shape, satisfied)
    return POINTS, chances, 20 * float(chances @ POINTS)


def level_coverage(size: int, satisfied: float, shape) -> float:
    generator = np.random.default_rng(size + round(100 * satisfied))
    points, chances, truth = of_form(Form.LEVEL, shape, satisfied)
    chosen = generator.multinomial(size, chances, 10_000)
    y, yy, people = chosen @ points, chosen @ points**2, np.full(10_000, size)
    sums = RatioSums(people, people, y, people, yy, y, people, people, np.arange(10_000))
    found = estimate_ratios(sums, groups=10_000, least=1, most=5, form=Form.LEVEL)
    limits = np.array([one.low for one in found]), np.array([one.upp for one in found])
    return 100 * float(covered(limits, truth).mean())


def pooled_coverage(size: int, satisfied: float, form: Form, *, shape=CALM, alike: float) -> float:
    """Return the coverage for 16 correlated items pooled, of which people leave out none, a fifth or a half."""
    runs = 4000 if size < 1000 else 1000
    generator = np.random.default_rng(size + round(100 * satisfied))
    worths, chances, truth = of_form(form, shape, satisfied)
    held = np.zeros(runs, bool)
    for block in np.array_split(np.arange(runs), 20):
        given = generator.random((len(block), size, ITEMS)) < generator.choice([1.0, 0.8, 0.5], (len(block), size, 1))
        worth = answers(generator, worths, chances, alike=alike, shape=given.shape)
        held[block] = covered(ranges(given.sum(2), (worth * given).sum(2), form=form), truth)
    return 100 * float(held.mean())


def cluster_coverage(clusters: int, size: int, satisfied: float, form: Form, *, shape=CALM, alike: float) -> float:
    """Return the coverage for people met in clusters of 1 + Poisson(size - 1), the cluster being the draw."""
    runs = 4000 if clusters * size < 1000 else 1000
    generator = np.random.default_rng(clusters + size + round(100 * satisfied))
    worths, chances, truth = of_form(form, shape, satisfied)
    n = 1 + generator.poisson(size - 1, (runs, clusters))
    met = np.arange(n.max()) < n[:, :, None]
    worth = answers(generator, worths, chances, alike=alike, shape=met.shape)
    return 100 * float(covered(ranges(n, (worth * met).sum(2), form=form, people=n.sum(1)), truth).mean())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("satisfied", SATISFIED)
def test_the_range_of_a_share_of_people_holds_the_truth_as_often_as_it_says(size, satisfied):
    assert LEAST <= share_coverage(size, satisfied) <= MOST


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("satisfied", SATISFIED)
def test_the_range_of_a_level_holds_the_truth_as_often_as_it_says(size, satisfied, shape):
    # With 30 people, 3% of them unhappy, most samples hold one unhappy answer or none: the range is then wide.
    most = 99 if (size, satisfied) == (30, 0.97) else MOST
    assert LEAST <= level_coverage(size, satisfied, SHAPES[shape]) <= most


def test_the_weak_spot_is_no_worse_than_the_documents_say():
    # Everybody satisfied says exactly 4: with 100 answers, an interval that ends between two lattice points misses.
    assert 90 <= level_coverage(100, 0.97, FLAT) < LEAST
    assert level_coverage(1000, 0.97, FLAT) > LEAST


@pytest.mark.slow
@pytest.mark.parametrize("alike", [0.3, 0.7])
@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("satisfied", SATISFIED)
def test_the_range_of_pooled_items_holds_the_truth_as_often_as_it_says(size, satisfied, form, alike):
    most = {30: 99.5, 100: 98}.get(size, MOST) if satisfied == 0.97 else MOST
    assert LEAST <= pooled_coverage(size, satisfied, form, alike=alike) <= most


@pytest.mark.slow
@pytest.mark.parametrize("alike", [0.05, 0.15])
@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize(("clusters", "size"), [(10, 3), (10, 10), (33, 3), (10, 100), (100, 10)])
@pytest.mark.parametrize("satisfied", SATISFIED)
def test_the_range_with_clusters_holds_the_truth_as_often_as_it_says(clusters, size, satisfied, form, alike):
    most = 99.5 if clusters == 10 and size < 100 else MOST
    # Ten large clusters that differ much: a rare unhappy day is in the sample or not.
    least = 92 if (clusters, size, satisfied) == (10, 100, 0.97) else LEAST
    assert least <= cluster_coverage(clusters, size, satisfied, form, alike=alike) <= most


@pytest.mark.slow
def test_ten_large_clusters_that_differ_very_much_are_no_worse_than_the_documents_say():
    assert 86 <= cluster_coverage(10, 100, 0.97, Form.SHARE, alike=0.3) < LEAST
