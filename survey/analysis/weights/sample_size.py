"""Tell how many responses an agency needs: the official rule, and the correct one beside it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist

from survey.errors import WeightingError

PRECISION = 0.05
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class SampleGoal:
    """How many responses an agency should have and how many it has.

    `population` is the number of transactions of the period, None when nobody counted them: then the goals are
    those of a very large population, which no agency's goal exceeds. `official` follows the ministry's guidance,
    `correct` the finite-population formula.
    """

    agency_code: str
    population: int | None
    official: int
    correct: int
    collected: int

    @property
    def still_needed(self) -> int:
        """Responses missing to the official goal."""
        return still_needed(self.official, self.collected)


def official_size(population: int | None, *, precision: float = PRECISION) -> int:
    """Return n = N / (1 + N·e²), rounded up; None stands for a population too large to matter.

    Guidance of the Ministry of Home Affairs for the survey method of Decision 1383, whose table this gives for
    e = 0.05; N counts the transactions of the period. The formula is that of Yamane (1967, Statistics: an
    introductory analysis, 2nd edition), which takes a share of 50% and 2 for the normal quantile 1.96. Exact
    arithmetic, because rounding up would turn 100.000…1 into 101. Raises WeightingError on a population below 0
    or a precision outside 0 to 1.

    >>> [official_size(population) for population in (50, 1000, None)]
    [45, 286, 400]
    """
    squared = Fraction(str(_within(precision, "precision"))) ** 2
    return math.ceil(1 / squared if population is None else _population(population) / (1 + population * squared))


def finite_population_size(
    population: int | None, *, precision: float = PRECISION, confidence: float = CONFIDENCE, share: float = 0.5
) -> int:
    """Return n = n0 / (1 + (n0 - 1) / N), rounded up, with n0 = z²·p·(1 - p) / e²; None as in `official_size`.

    So many responses, drawn at random without replacement, keep a share that is really `share` within
    ± `precision` with probability `confidence` (Cochran 1977, Sampling Techniques, 3rd edition, chapter 4).
    Raises WeightingError on a population below 0 or another argument outside 0 to 1.

    >>> [finite_population_size(population) for population in (50, 1000, None)]
    [45, 278, 385]
    """
    quantile = NormalDist().inv_cdf((1 + _within(confidence, "confidence")) / 2)
    spread = _within(share, "share") * (1 - share)
    unlimited = quantile**2 * spread / _within(precision, "precision") ** 2
    if population is None:
        return math.ceil(unlimited)
    # Of one person n is one exactly, and rounding must not make it two.
    size = _population(population) and unlimited / (1 + (unlimited - 1) / population)
    return min(math.ceil(size), population)


def still_needed(goal: int, responses: int) -> int:
    """Return how many responses are missing to the goal, 0 when it is reached."""
    return max(0, goal - responses)


def sample_goals(
    populations: Mapping[str, int | None], collected: Mapping[str, int], *, precision: float = PRECISION
) -> tuple[SampleGoal, ...]:
    """Return the goal of each agency named in either mapping, in the order first named.

    Raises as `official_size` does, and WeightingError on a number of responses below 0.

    >>> sample_goals({"SXD": 200}, {"SXD": 100})[0].still_needed
    34
    """
    codes = dict.fromkeys([*populations, *collected])
    return tuple(_goal(code, populations.get(code), collected.get(code, 0), precision) for code in codes)


def _goal(code: str, population: int | None, collected: int, precision: float) -> SampleGoal:
    if collected < 0:
        raise WeightingError(f"{code}: the number of responses cannot be {collected}")
    official = official_size(population, precision=precision)
    correct = finite_population_size(population, precision=precision)
    return SampleGoal(code, population, official, correct, collected)


def _population(population: int) -> int:
    if not population >= 0 or population % 1:
        raise WeightingError(f"a population is a whole number from 0 up, not {population}")
    return int(population)


def _within(value: float, name: str) -> float:
    if not 0 < value < 1:
        raise WeightingError(f"{name} must lie between 0 and 1, not {value}")
    return value
