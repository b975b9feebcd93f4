"""How often rank sets hold the true ranks, by simulation: normal figures, and answers on a five-point scale.

95% is kept when the count of successes is not below what 95% would give in 999 of 1,000 such tests; for the
rank of each unit the 1 in 1,000 is shared among the units. The larger runs are in docs/method/ranking.md.
"""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from survey.analysis.figures.estimates import Form, RatioSums, estimate_ratios
from survey.analysis.ranking.rank_sets import QUANTILE, Ranges, rank_sets

pytestmark = pytest.mark.slow
ROUNDS = 1_000
UNITS = 20
SMALL = np.full(UNITS, 30)
MIXED = np.where(np.arange(UNITS) % 2, 30, 1_000)
ALIKE = np.zeros(UNITS)
FOUR_STEPS = np.repeat([0.0, 0.4, 0.8, 1.2], UNITS // 4)
APART = np.linspace(0, 1, UNITS)
# What further steps could get wrong: ties among units of which many others are told apart.
HALF_TIED = np.concatenate([np.full(UNITS // 2, 6.0), np.linspace(0, 4, UNITS // 2)])
PAIRS = np.repeat(np.arange(UNITS // 2, dtype=np.float64), 2)
NEARLY = np.repeat([0.0, 0.01, 0.75, 0.76], UNITS // 4)
FEW = np.full(UNITS, 5)

Draw = Callable[[np.random.Generator], Ranges]


def successes(draw: Draw, truth: np.ndarray, *, seed: int) -> tuple[int, np.ndarray]:
    """Return in how many rounds all true ranks lay in the joint sets, and for each unit its rank in its own set."""
    random = np.random.default_rng(seed)
    best = 1 + (truth[None, :] > truth[:, None]).sum(axis=1)
    worst = len(truth) - (truth[None, :] < truth[:, None]).sum(axis=1)
    joint, single = 0, np.zeros(len(truth), np.int64)
    for number in range(ROUNDS):
        sets = rank_sets(draw(random), draws=999, seed=number)
        joint += bool(((sets.joint.low <= best) & (sets.joint.upp >= worst)).all())
        single += (sets.marginal.low <= best) & (sets.marginal.upp >= worst)
    return joint, single


def assert_covers(draw: Draw, truth: np.ndarray, *, seed: int) -> None:
    joint, single = successes(draw, truth, seed=seed)
    assert joint >= stats.binom.ppf(0.001, ROUNDS, 0.95)
    assert single.min() >= stats.binom.ppf(0.001 / len(truth), ROUNDS, 0.95)


def normal_figures(truth: np.ndarray, sizes: np.ndarray, *, known: bool) -> Draw:
    """Return a draw of means of `sizes` normal answers with variance 1, the variance known or estimated from them."""

    def draw(random: np.random.Generator) -> Ranges:
        value = random.normal(truth, 1 / np.sqrt(sizes))
        spread = np.ones(len(sizes)) if known else random.chisquare(sizes - 1) / (sizes - 1)
        arm = QUANTILE * np.sqrt(spread / sizes)
        degrees = np.full(len(sizes), np.inf) if known else sizes - 1.0
        return Ranges(value, value - arm, value + arm, degrees, value)

    return draw


def totals_of(centre: float, form: Form) -> np.ndarray:
    """Return the chance of each total of a respondent's three correlated answers on a five-point scale."""
    random = np.random.default_rng(5)
    leaning = random.normal(centre, 1, 200_000)[:, None]
    answers = np.clip(np.rint(leaning + random.normal(0, 0.7, (200_000, 3))), 1, 5).astype(np.int64)
    return np.bincount((answers >= 4 if form is Form.SHARE else answers).sum(axis=1), minlength=16) / 200_000


def five_point_answers(centre: np.ndarray, sizes: np.ndarray, form: Form) -> Draw:
    """Return a draw of estimates from three answers each of `sizes` respondents whose answers lie around `centre`."""
    chances, totals = np.array([totals_of(each, form) for each in centre.tolist()]), np.arange(16)
    most, least = (1, 0) if form is Form.SHARE else (5, 1)

    def draw(random: np.random.Generator) -> Ranges:
        drawn = random.multinomial(sizes, chances)
        y, answers = drawn @ totals, 3 * sizes
        sums = RatioSums(sizes, answers, y, 9 * sizes, drawn @ totals**2, 3 * y, sizes, answers, np.arange(len(y)))
        found = estimate_ratios(sums, groups=len(y), most=most, least=least, form=form)
        columns = zip(*((one.value, one.low, one.upp, one.degrees, one.value) for one in found), strict=True)
        return Ranges(*(np.array(column, np.float64) for column in columns))

    return draw


@pytest.mark.parametrize("known", [True, False], ids=["known variance", "estimated variance"])
@pytest.mark.parametrize("sizes", [SMALL, MIXED], ids=["equal errors", "unequal errors"])
@pytest.mark.parametrize("truth", [ALIKE, FOUR_STEPS, APART], ids=["all tied", "four ties", "all different"])
def test_rank_sets_of_normal_figures_hold_the_true_ranks(truth: np.ndarray, sizes: np.ndarray, known: bool):
    assert_covers(normal_figures(truth, sizes, known=known), truth, seed=1)


@pytest.mark.parametrize(
    ("truth", "sizes", "known"),
    [
        (HALF_TIED, SMALL, True),
        (HALF_TIED, MIXED, False),
        (PAIRS, SMALL, True),
        (PAIRS, MIXED, True),
        (PAIRS, FEW, False),
        (NEARLY, MIXED, True),
        (ALIKE, FEW, False),
    ],
    ids=["half tied", "half tied, unequal", "pairs", "pairs, unequal", "pairs, 4 degrees", "nearly tied", "4 degrees"],
)
def test_further_steps_hold_the_true_ranks_where_many_are_told_apart(truth: np.ndarray, sizes: np.ndarray, known: bool):
    assert_covers(normal_figures(truth, sizes, known=known), truth, seed=5)


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("sizes", [SMALL, MIXED], ids=["30 responses", "30 or 1,000"])
@pytest.mark.parametrize("centre", [4.8, 5.5], ids=lambda centre: f"centre {centre}")
def test_rank_sets_of_tied_units_with_few_answers_hold_the_true_ranks(centre: float, sizes: np.ndarray, form: Form):
    # The levels are about 88 and 95%, the satisfied shares 86 and 95%.
    assert_covers(five_point_answers(centre + ALIKE, sizes, form), ALIKE, seed=2)


@pytest.mark.parametrize("form", list(Form))
def test_rank_sets_of_different_units_hold_the_true_ranks(form: Form):
    assert_covers(five_point_answers(4.0 + FOUR_STEPS, MIXED, form), FOUR_STEPS, seed=3)


@pytest.mark.parametrize("sizes", [(30, 30), (30, 1_000)], ids=str)
def test_rank_sets_of_two_units_hold_the_true_ranks(sizes: tuple[int, int]):
    truth = np.zeros(2)
    assert_covers(five_point_answers(4.8 + truth, np.array(sizes), Form.SHARE), truth, seed=4)
