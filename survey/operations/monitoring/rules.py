"""The rules by which responses counted by day tell that something needs a look. Pure: days and counts only."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from statistics import median

# A gap of fewer working days than this says nothing, and one that chance makes more often than this neither.
LEAST_GAP = 3
UNLIKELY = 0.01
# A service point is expected to have its first response within these days of its opening.
FIRST_WITHIN = 7
# A day is a flood with more than so many times the usual, among the last days, if enough days tell what is usual.
FLOOD_TIMES = 10
FLOOD_WITHIN = 7
LEAST_USUAL_DAYS = 5
# The pace of so many days is what the days left are expected to bring; fewer days than a week tell no pace.
PACE_DAYS = 14
LEAST_PACE_DAYS = 7
FAR_BELOW = 0.8


@dataclass(frozen=True, slots=True)
class Silence:
    """A gap that chance does not explain: the place of the last day with responses, and the working days since.

    `usual` is the number of responses per working day before the gap, `chance` how often chance alone would leave so
    many working days empty.
    """

    last: int
    gap: int
    usual: float
    chance: float


@dataclass(frozen=True, slots=True)
class Flood:
    """A day with many times the responses of a usual day: its place, its responses, the usual ones."""

    day: int
    responses: int
    usual: float


def chance_of_gap(active: int, span: int, gap: int) -> float:
    """Return the probability that `active` of span + gap days, drawn at random, leave the last `gap` days empty.

    That is C(span, active) / C(span + gap, active), the permutation distribution of days that could change places. It
    rests on which days have responses and not on how many there were, because people come in groups: a model in
    which every response comes by itself would take each quiet week for a fault.

    >>> chance_of_gap(1, 1, 1), chance_of_gap(8, 8, 3)  # 1/2; 1 / C(11, 8) = 1/165
    (0.5, 0.006060606060606061)
    """
    return comb(span, active) / comb(span + gap, active)


def find_silence(counts: Sequence[int], working: Sequence[bool]) -> Silence | None:
    """Tell whether a place that used to have responses has gone silent by the last of the days.

    `counts` are its responses day by day, up to yesterday, and `working` tells of the same days whether people were
    served, which those around it show. Only working days are evidence. What is usual is learned from the working days
    after the first day with responses up to the last one: the first is where we began to look, so it proves nothing.
    A silence has at least `LEAST_GAP` working days, and chance explains it in less than `UNLIKELY` of all cases. Raises
    ValueError when the two are not of the same length.

    >>> find_silence([4] * 9 + [0] * 3, [True] * 12)  # eight further days with responses: 1 / C(11, 8)
    Silence(last=8, gap=3, usual=4.0, chance=0.006060606060606061)
    >>> find_silence([4] * 9 + [0] * 3, [True] * 10 + [False] * 2)  # a weekend is no evidence
    """
    active = [(day, worked) for day, (count, worked) in enumerate(zip(counts, working, strict=True)) if count]
    if not active:
        return None
    first, last = active[0][0], active[-1][0]
    gap, span = sum(working[last + 1 :]), sum(working[first + 1 : last + 1])
    chance = chance_of_gap(sum(worked for _, worked in active[1:]), span, gap)
    if gap < LEAST_GAP or chance >= UNLIKELY:
        return None
    return Silence(last, gap, sum(counts) / max(1, sum(working[first : last + 1])), chance)


def find_flood(counts: Sequence[int]) -> Flood | None:
    """Return the latest of the last days that has more than `FLOOD_TIMES` the responses of a usual day.

    A usual day is the median of all earlier days with responses, of which there must be `LEAST_USUAL_DAYS`. The last
    of `counts` may be today.

    >>> find_flood([2, 3, 0, 2, 1, 2, 21])
    Flood(day=6, responses=21, usual=2)
    >>> find_flood([2, 3, 0, 2, 1, 2, 20])  # ten times, not more
    """
    for day in range(len(counts) - 1, max(-1, len(counts) - 1 - FLOOD_WITHIN), -1):
        earlier = [count for count in counts[:day] if count]
        if len(earlier) >= LEAST_USUAL_DAYS and counts[day] > FLOOD_TIMES * (usual := median(earlier)):
            return Flood(day, counts[day], usual)
    return None


def expected_end(counts: Sequence[int], days_left: int) -> int:
    """Return how many responses there will be at the end if the days left go on like the last `PACE_DAYS`.

    >>> expected_end([0, 0, 2, 4], 6)  # 6 so far, and 6 days of 6/4
    15
    """
    recent = counts[-PACE_DAYS:]
    return sum(counts) + round(sum(recent) * days_left / max(1, len(recent)))


def is_far_below(counts: Sequence[int], *, goal: int, days_left: int) -> bool:
    """Tell whether the pace leads to less than `FAR_BELOW` of the goal; within the first week nothing can be told.

    >>> is_far_below([1] * 10, goal=100, days_left=60), is_far_below([1] * 10, goal=100, days_left=70)
    (True, False)
    """
    return len(counts) >= LEAST_PACE_DAYS and expected_end(counts, days_left) < FAR_BELOW * goal
