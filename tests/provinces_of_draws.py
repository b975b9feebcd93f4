"""Provinces made by seed whose true figures are known: to try how often a range holds them.

People of an agency's day, of a counter's day, of a counter's week and of a counter's official answer alike, each by
a correlation of the mood behind the answers (a Gaussian copula).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from survey.analysis.figures.estimates import ClusterKind, Form, RatioSums
from survey.analysis.figures.two_way import likeness_of
from survey.analysis.figures.uncertainty import PartSums, Worth, estimate_part
from survey.tallies import Draw

DAYS_A_WEEK = 5
POINTS = np.arange(1.0, 6.0)
ITEMS, STRAIGHT = 16, 0.3


@dataclass(frozen=True, slots=True)
class Design:
    """How people come and answer at an agency: counters, working days, people a counter and day, likeness.

    `day`, `point_day`, `week`, `official` are the correlations two people of these share. `sizes` is "poisson",
    "equal", "pareto" (a few days hold most people) or "few" (a counter is open every third day). `busy` makes days
    with bad moods busy ones. `now` asks about the officials who serve now.
    """

    name: str
    counters: int = 1
    days: int = 20
    people: float = 10
    day: float = 0.0
    point_day: float = 0.0
    week: float = 0.0
    official: float = 0.0
    sizes: str = "poisson"
    busy: float = 0.0
    now: bool = False
    unlike: float = 0.0


@dataclass(frozen=True, slots=True)
class Answering:
    """What is asked: a share or a level, of `items` questions, answered with these chances from the worst up."""

    name: str
    form: Form
    chances: tuple[float, ...]
    items: int = 1

    @property
    def worths(self) -> np.ndarray:
        return np.array([0.0, 1.0]) if self.form is Form.SHARE else POINTS

    @property
    def most(self) -> int:
        return 1 if self.form is Form.SHARE else 5

    def mean(self, mood: np.ndarray, left: float) -> np.ndarray:
        """Return what people of this mood answer on average; `left` is the variance that is their own."""
        edges = special.ndtri(np.cumsum(self.chances)[:-1])
        above = special.ndtr((mood[..., None] - edges) / np.sqrt(left))
        return self.worths[0] + above @ np.diff(self.worths)


SHARE_85 = Answering("share, 85%", Form.SHARE, (0.15, 0.85))
SHARE_95 = Answering("share, 95%", Form.SHARE, (0.05, 0.95))
LEVEL_85 = Answering("level of 16 items, 85% satisfied", Form.LEVEL, (0.0225, 0.0375, 0.09, 0.51, 0.34), ITEMS)
LEVEL_J = Answering("level of 16 items, 95% say 5", Form.LEVEL, (0.01, 0.005, 0.01, 0.025, 0.95), ITEMS)
ANSWERINGS = (SHARE_85, SHARE_95, LEVEL_85, LEVEL_J)


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """One row for each person: agency, counter (numbered through), day, valid answers and their worth; and the truth.

    `truths` (agencies,) are in per cent.
    """

    agency: np.ndarray
    counter: np.ndarray
    day: np.ndarray
    n: np.ndarray
    y: np.ndarray
    truths: np.ndarray


def answers_of(generator: np.random.Generator, design: Design, asked: Answering, *, agencies: int) -> Answers:
    """Return the answers of agencies that are alike in all but chance."""
    shape = (agencies, design.counters, design.days)
    # Where agencies are unlike, the moods of one share more than those of another.
    factor = np.exp(design.unlike * generator.standard_normal((agencies, 1, 1)))
    parts = {name: np.clip(getattr(design, name) * factor, 0, 0.4) for name in ("day", "point_day", "week", "official")}
    left = 1 - sum(parts.values())
    week = np.arange(design.days) // DAYS_A_WEEK
    common = np.sqrt(parts["day"]) * generator.standard_normal((agencies, 1, design.days))
    weekly = generator.standard_normal((agencies, design.counters, week[-1] + 1))[:, :, week]
    passing = common + np.sqrt(parts["point_day"]) * generator.standard_normal(shape) + np.sqrt(parts["week"]) * weekly
    lasting = np.sqrt(parts["official"]) * generator.standard_normal((agencies, design.counters, 1))
    people = _sizes(generator, design, passing)
    mood = np.repeat((passing + lasting).ravel(), people.ravel())
    cells = np.repeat(np.arange(people.size), people.ravel())
    agency, counter, day = np.unravel_index(cells, shape)
    own = np.broadcast_to(left, shape).ravel()[cells]
    n, y = _answered(generator, asked, mood, own)
    truths = _truths(design, asked, lasting, parts)
    return Answers(agency, agency * design.counters + counter, day, n, y, 100 * truths / asked.most)


def _sizes(generator, design: Design, passing) -> np.ndarray:
    mean = design.people * np.exp(-design.busy * passing / max(passing.std(), 1e-9))
    if design.sizes == "equal":
        return np.full(passing.shape, round(design.people))
    if design.sizes == "pareto":
        mean = mean * (generator.pareto(1.5, passing.shape) + 1) / 3
    if design.sizes == "few":
        mean = mean * (generator.random(passing.shape) < 1 / 3)
    return generator.poisson(mean)


def _answered(generator, asked: Answering, mood, own) -> tuple[np.ndarray, np.ndarray]:
    edges = special.ndtri(np.cumsum(asked.chances)[:-1])
    if asked.items == 1:
        felt = mood + np.sqrt(own) * generator.standard_normal(len(mood))
        return np.ones(len(mood)), asked.worths[np.searchsorted(edges, felt)]
    # Half of what is a person's own goes through all items; three in ten give every item the same answer.
    person = np.sqrt(own / 2) * generator.standard_normal(len(mood))
    single = np.sqrt(own / 2) * generator.standard_normal(len(mood))
    felt = (mood + person)[:, None] + np.sqrt(own / 2)[:, None] * generator.standard_normal((len(mood), asked.items))
    straight = generator.random(len(mood)) < STRAIGHT
    felt[straight] = (mood + person + single)[straight, None]
    given = generator.random(felt.shape) < generator.choice([1.0, 0.8], (len(mood), 1))
    worths = asked.worths[np.searchsorted(edges, felt)] * given
    return given.sum(axis=1).astype(float), worths.sum(axis=1)


def _truths(design: Design, asked: Answering, lasting, parts) -> np.ndarray:
    """Return the true mean of each agency: of all days and weeks there could be."""
    spread = parts["day"] + parts["point_day"] + parts["week"]
    if design.now:
        return asked.mean(lasting[..., 0], 1.0 - parts["official"][..., 0, None]).mean(axis=1)
    if not design.busy:
        return np.full(len(lasting), np.array(asked.chances) @ asked.worths)
    # Days weigh by the people they bring, exp(-b u / s) for a mood u of deviation s: that shifts u by -b s.
    shift = -design.busy * np.sqrt(spread[..., 0])
    return asked.mean(shift, 1.0 + 0 * spread).reshape(len(lasting))


def sums_of(answers: Answers, agencies: int) -> tuple[RatioSums, dict[Draw, RatioSums]]:
    """Return the sums of every agency over people and over each kind of draw."""
    week, days = answers.day // DAYS_A_WEEK, answers.day.max(initial=0) + 1
    labels = {
        Draw.POINT_DAY: answers.counter * days + answers.day,
        Draw.AGENCY_DAY: answers.agency * days + answers.day,
        Draw.POINT_WEEK: answers.counter * days + week,
    }
    people = _summed(answers, np.arange(len(answers.agency)), agencies)
    return people, {draw: _summed(answers, label, agencies) for draw, label in labels.items()}


def _summed(answers: Answers, labels, agencies: int) -> RatioSums:
    _, draw = np.unique(labels, return_inverse=True)
    size = int(draw.max(initial=-1)) + 1
    n, y = np.bincount(draw, answers.n, size), np.bincount(draw, answers.y, size)
    owner = np.zeros(size, np.int64)
    owner[draw] = answers.agency
    add = np.bincount
    people = add(answers.agency[answers.n > 0], minlength=agencies)
    given = add(answers.agency, answers.n, agencies).astype(np.int64)
    sums = (add(owner, each, agencies) for each in (n, y, n * n, y * y, y * n))
    return RatioSums(add(owner[n > 0], minlength=agencies), *sums, people, given, np.arange(agencies))


def estimates_of(answers: Answers, asked: Answering, agencies: int) -> list:
    """Return the estimate of every agency of a province."""
    people, ways = sums_of(answers, agencies)
    worth = Worth(asked.form, int(asked.worths[0]), asked.most)
    return estimate_part(PartSums(people, ways, likeness_of(people, ways)), worth, groups=agencies)


def coverage(design: Design, asked: Answering, *, provinces: int, agencies: int, seed: int) -> tuple[float, float]:
    """Return how often, per cent, the ranges of agencies with a figure hold the truth, and their mean width."""
    held, widths = [], []
    for number in range(provinces):
        answers = answers_of(np.random.default_rng([seed, number]), design, asked, agencies=agencies)
        for one, truth in zip(estimates_of(answers, asked, agencies), answers.truths, strict=True):
            if one.value is not None:
                assert one.cluster_kind is ClusterKind.DAY_AND_WEEK
                held.append(one.low - 1e-9 <= truth <= one.upp + 1e-9)
                widths.append(one.upp - one.low)
    return 100 * float(np.mean(held)), float(np.mean(widths))


def variants(design: Design, **changes) -> Iterator[Design]:
    """Yield a design once for each set of changed values, which are lists of equal length."""
    for values in zip(*changes.values(), strict=True):
        yield replace(design, **dict(zip(changes, values, strict=True)))
