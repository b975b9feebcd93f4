"""How often a difference is called beyond chance when there is none: by simulation, through the whole analysis."""

from dataclasses import fields

import numpy as np
import pytest
from scipy import stats

from survey.analysis.comparing.comparison import SIGNIFICANCE, compare_pairs
from survey.analysis.figures.estimates import Form, RatioSums, estimate_ratios
from survey.instrument import load_instrument

SIPAS = load_instrument("sipas-2023")
ITEMS = len(SIPAS.items)
DIMENSION_OF = np.array([row for row, dimension in enumerate(SIPAS.dimensions) for _ in dimension.items])
# One row for each item, dimension and the whole; a column is 1 where the item belongs to the part.
PARTS = np.vstack(
    [np.eye(ITEMS), np.arange(len(SIPAS.dimensions))[:, None] == DIMENSION_OF, np.ones((1, ITEMS))]
).astype(np.int64)

# How answers 1 to 5 are spread: the worked example of the methodology (level 82.6), and hardly a complaint.
USUAL = (0.02, 0.03, 0.10, 0.50, 0.35)
HIGH = (0.002, 0.008, 0.02, 0.27, 0.70)
# Answers of one person go together; 0.5 of the variance of a latent answer is the person's.
TOGETHER = 0.5
ALLOWED = 3  # Monte Carlo standard errors


def draw_points(random, *shape, spread, shift=0.0):
    """Draw points (…, people, items) whose margins are `spread`, lowered by `shift` on the latent scale."""
    person = random.standard_normal((*shape, 1)) * np.sqrt(TOGETHER)
    latent = person + random.standard_normal((*shape, ITEMS)) * np.sqrt(1 - TOGETHER) - shift
    return 1 + np.searchsorted(stats.norm.ppf(np.cumsum(spread)[:-1]), latent)


def part_sums(points, form):
    """Return the sums of every replicate and part, one stratum each; `points` is (replicates, people, items)."""
    worth = points >= 4 if form is Form.SHARE else points
    y = worth.astype(np.int64) @ PARTS.T
    people = np.full(y.shape[0] * y.shape[2], y.shape[1])
    n = np.tile(PARTS.sum(axis=1), y.shape[0])
    total, squares = y.sum(axis=1).ravel(), (y**2).sum(axis=1).ravel()
    group = np.arange(len(people))
    return RatioSums(people, people * n, total, people * n**2, squares, total * n, people, people * n, group)


def estimate_parts(points, form):
    most, least = (1, 0) if form is Form.SHARE else (5, 1)
    sums = part_sums(points, form)
    return estimate_ratios(sums, groups=len(sums.group), most=most, least=least, form=form)


def false_share(differences, null):
    """Return the share of false ones among the differences called beyond chance; 0 where none was called."""
    called = np.array([found.beyond_chance for found in differences])
    return (called & null).sum() / max(1, called.sum())


def mean_and_error(shares):
    return np.mean(shares), np.std(shares, ddof=1) / np.sqrt(len(shares))


def between_rounds(*, people, spread, form, fallen, replicates, seed):
    """Return mean and Monte Carlo error of the false share between two rounds of one agency, 22 tests each.

    `fallen` items fell by 0.6 on the latent scale; parts without any of them did not change.
    """
    random = np.random.default_rng(seed)
    shift = 0.6 * np.isin(np.arange(ITEMS), fallen)
    null = PARTS @ shift == 0
    before = estimate_parts(draw_points(random, replicates, people, spread=spread), form)
    after = estimate_parts(draw_points(random, replicates, people, spread=spread, shift=shift), form)
    starts = range(0, replicates * len(PARTS), len(PARTS))
    families = (slice(start, start + len(PARTS)) for start in starts)
    return mean_and_error([false_share(compare_pairs(before[one], after[one]), null) for one in families])


def agency_sums(points, form):
    """Return the sums over all items of each agency, one stratum each; `points` is (agencies, people, items)."""
    y = (points >= 4 if form is Form.SHARE else points).sum(axis=2)
    people = np.full(len(y), y.shape[1])
    moments = people * ITEMS, y.sum(axis=1), people * ITEMS**2, (y**2).sum(axis=1), y.sum(axis=1) * ITEMS
    return RatioSums(people, *moments, people, people * ITEMS, np.arange(len(y)))


def rest_of_block(sums: RatioSums) -> RatioSums:
    """Return the sums of everybody else: group g of the answer holds all agencies but g, stratum by stratum."""
    agencies = np.arange(int(sums.group.max()) + 1)
    agency, stratum = np.nonzero(agencies[:, None] != sums.group)
    others = {field.name: getattr(sums, field.name)[stratum] for field in fields(sums)}
    return RatioSums(**(others | {"group": agency}))


def against_the_rest(*, agencies, people, spread, form, replicates, seed):
    """Return mean and error of the false share when each of equal agencies is held against the rest, overall."""
    random = np.random.default_rng(seed)
    most, least = (1, 0) if form is Form.SHARE else (5, 1)
    shares = []
    for _ in range(replicates):
        sums = agency_sums(draw_points(random, agencies, people, spread=spread), form)
        ours, rests = (
            estimate_ratios(each, groups=agencies, most=most, least=least, form=form)
            for each in (sums, rest_of_block(sums))
        )
        shares.append(false_share(compare_pairs(rests, ours), np.ones(agencies, bool)))
    return mean_and_error(shares)


OFFICIALS_AND_FEEDBACK = tuple(np.flatnonzero(np.isin(DIMENSION_OF, (2, 4))))


@pytest.mark.slow
@pytest.mark.parametrize("people", [30, 100, 300])
@pytest.mark.parametrize("fallen", [(), OFFICIALS_AND_FEEDBACK], ids=["nothing fell", "two dimensions fell"])
@pytest.mark.parametrize(
    ("spread", "form"), [(USUAL, Form.LEVEL), (HIGH, Form.LEVEL), (USUAL, Form.SHARE)], ids=["usual", "high", "share"]
)
def test_false_discoveries_between_rounds_stay_at_their_level(people, fallen, spread, form):
    share, error = between_rounds(people=people, spread=spread, form=form, fallen=fallen, replicates=1000, seed=people)
    assert share <= SIGNIFICANCE + ALLOWED * error


@pytest.mark.slow
@pytest.mark.parametrize("people", [30, 100])
@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("spread", [USUAL, HIGH], ids=["usual", "high"])
def test_false_discoveries_against_the_rest_stay_at_their_level(people, form, spread):
    share, error = against_the_rest(agencies=20, people=people, spread=spread, form=form, replicates=500, seed=people)
    assert share <= SIGNIFICANCE + ALLOWED * error


def test_the_simulation_finds_what_fell():
    # Power, so that the bound above is not kept by never calling anything: with 300 people nearly every
    # fallen item is found.
    random = np.random.default_rng(7)
    shift = 0.6 * np.isin(np.arange(ITEMS), OFFICIALS_AND_FEEDBACK)
    before = estimate_parts(draw_points(random, 20, 300, spread=USUAL), Form.LEVEL)
    after = estimate_parts(draw_points(random, 20, 300, spread=USUAL, shift=shift), Form.LEVEL)
    called = np.array([found.beyond_chance for found in compare_pairs(before, after)]).reshape(20, len(PARTS))
    assert called[:, OFFICIALS_AND_FEEDBACK].mean() > 0.9
