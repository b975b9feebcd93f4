"""Replicate weights for responses whose days must not be told (docs/decisions/0007-ranges-again-without-days.md).

The days of an agency, which the standard errors rest on, are joined by chance into classes of a month until no class
says more of a response than month and mode do: of each mode it holds at least ten responses of at least
two days, or all there are. Each class loses weight in one of eighty replicates: the delete-a-group jackknife of
P. S. Kott (2001), Journal of Official Statistics 17(4), 521-526, in its extended form, with small changes of weight
after R. E. Fay (J. N. K. Rao and J. Shao 1999, Biometrika 86, 403-415), so that no weight is negative.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

import numpy as np

from survey.tallies import Integers, Numbers

REPLICATES = 80
# So many deals of days are tried, until one gives a standard error near ours, as a logarithm.
DEALS, NEAR, MOST_APART = 12, 0.05, 1e9
# How much of the change of weight of a jackknife is made.
DAMPING = 0.1
# The variance of a figure is this times the sum of the squared differences of its replicates.
SCALE = (REPLICATES - 1) / REPLICATES / DAMPING**2
LEAST_RESPONSES, LEAST_DAYS = 10, 2
# A class never loses more than this part of its weight.
MOST_LOST = 0.9


class PlacedResponse(NamedTuple):
    """When and how a response of one agency came in: "2026-11-21", "qr", and its record, which chance is made of."""

    day: str
    mode: str
    record: str


def classes_near(
    responses: Sequence[PlacedResponse], answers: Numbers, points: Numbers, error: float | None
) -> Integers:
    """Return the class of each response of an agency (n,), numbered from 0, at most `REPLICATES` of them.

    Days are dealt out by chance, and of some deals the first is taken whose standard error between classes is near
    `error`, in worth of an answer, or else the nearest. Equal responses give equal classes, in whatever order.
    """
    chance = _chance(sorted(responses))
    if not error:
        return _dealt(responses, chance)
    best, farness = np.zeros(0, np.int64), np.inf
    for _ in range(DEALS):
        dealt = _dealt(responses, chance)
        between = class_error(dealt, answers, points)
        apart = abs(np.log(error / between)) if between else MOST_APART
        if apart < farness:
            best, farness = dealt, apart
        if farness < NEAR or not between:
            break
    return best


def _dealt(responses: Sequence[PlacedResponse], chance: np.random.Generator) -> Integers:
    classes, first = np.zeros(len(responses), np.int64), 0
    months: defaultdict[str, list[int]] = defaultdict(list)
    for place, response in enumerate(responses):
        months[response.day[:7]].append(place)
    for _, places in sorted(months.items()):
        class_of, count = _classes_of_month([responses[place] for place in places], chance)
        classes[places] = [first + number for number in class_of]
        first += count
    return classes % REPLICATES


def _classes_of_month(responses: Sequence[PlacedResponse], chance: np.random.Generator) -> tuple[list[int], int]:
    """Return the class of each response and how many there are."""
    days: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for response in responses:
        days[response.day][response.mode] += 1
    parted = {mode for mode in {placed.mode for placed in responses} if _can_be_parted(mode, days)}
    order = [sorted(days)[place] for place in chance.permutation(len(days))]
    classes = list(_joined(order, days, parted)) if parted else [order]
    number_of = {day: number for number, own in enumerate(classes) for day in own}
    return [number_of[placed.day] if placed.mode in parted else 0 for placed in responses], len(classes)


def _can_be_parted(mode: str, days: Mapping[str, Counter[str]]) -> bool:
    sizes = [own[mode] for own in days.values() if own[mode]]
    return sum(sizes) >= 2 * LEAST_RESPONSES and len(sizes) >= 2 * LEAST_DAYS


def _joined(order: Sequence[str], days: Mapping[str, Counter[str]], parted: set[str]) -> Iterator[list[str]]:
    """Yield the days of each class: the next ones until each mode has enough; what is left joins the last class."""
    done: list[str] = []
    own: list[str] = []
    for day in order:
        own.append(day)
        if all(_is_enough([days[taken][mode] for taken in own]) for mode in parted):
            if done:
                yield done
            done, own = own, []
    yield done + own


def _is_enough(sizes: Sequence[int]) -> bool:
    return sum(sizes) >= LEAST_RESPONSES and sum(size > 0 for size in sizes) >= LEAST_DAYS


@dataclass(frozen=True, slots=True, eq=False)
class ReplicateStratum:
    """Classes that are compared with one another, by name, and by how much their differences are stretched."""

    classes: tuple[str, ...]
    stretch: float = 1.0


def replicate_factors(strata: Sequence[ReplicateStratum]) -> Mapping[str, Numbers]:
    """Return by class what its weight is multiplied by in each replicate (80,).

    Of K classes in a stratum, each in a replicate of its own chosen by chance, one loses (K - 1) Z and the others gain
    Z with Z² = 80 / (79 K (K - 1)), damped and stretched; where there are more than 80 classes some share a
    replicate. A stratum with one class does not vary.
    """
    factors_of: dict[str, Numbers] = {}
    for stratum in strata:
        chance = _chance(sorted(stratum.classes))
        groups = min(len(stratum.classes), REPLICATES)
        replicates = chance.permutation(REPLICATES)[:groups]
        change = _change(groups, stratum.stretch)
        for place, name in enumerate(stratum.classes):
            factors = np.ones(REPLICATES)
            factors[replicates] += change
            factors[replicates[place % groups]] -= groups * change
            factors_of[name] = factors
    return factors_of


def _change(groups: int, stretch: float) -> float:
    if groups < 2:
        return 0.0
    change = DAMPING * stretch * float(np.sqrt(REPLICATES / ((REPLICATES - 1) * groups * (groups - 1))))
    return min(change, MOST_LOST / (groups - 1))


def class_error(classes: Integers, answers: Numbers, points: Numbers) -> float:
    """Return the standard error of Σ points / Σ answers between the classes of an agency; 0 with one class.

    K / (K - 1) Σ z² / (Σn)², z = y - R n of a class.
    """
    groups = int(classes.max(initial=-1)) + 1
    n, y = (np.bincount(classes, values, groups) for values in (answers, points))
    if groups < 2 or not n.sum():
        return 0.0
    residual = y - n * (y.sum() / n.sum())
    return float(np.sqrt(groups / (groups - 1) * (residual**2).sum()) / n.sum())


def _chance(told: Sequence[object]) -> np.random.Generator:
    """Return chance that only whoever holds all this can make again."""
    return np.random.default_rng(int.from_bytes(sha256(repr(told).encode()).digest()))
