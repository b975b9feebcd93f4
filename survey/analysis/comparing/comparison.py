"""Compare two rounds, and an agency with the rest of its block, by tests that know how many they are.

Figures are subtracted only where they were made in the same way, and a difference comes from unrounded
figures. Formulas, assumptions and what was simulated: docs/method/comparison.md.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple, TypeAlias

import numpy as np
from scipy import special

from survey.analysis.comparing.multiplicity import adjust_benjamini_hochberg, adjust_holm
from survey.analysis.figures.estimates import Caution, Estimate, Flags
from survey.analysis.figures.intervals import effective_answers
from survey.errors import RoundError
from survey.fieldwork import SamplingBasis
from survey.tallies import Numbers

SIGNIFICANCE = 0.05
# A difference to a figure that is withheld below this many responses would give that figure back.
LEAST_RESPONSES = 10
# A standard error, or a distance from 0 or 100 per cent, below this is what rounding leaves of equal answers.
NOISE = 1e-6
UPPER_TAIL = 0.975


class Verdict(StrEnum):
    """What may be said of a difference; beyond chance means an adjusted p-value of at most 0.05.

    Of an agency against the rest of its block, FELL reads "below" and ROSE "above".
    """

    FELL = "fell"
    ROSE = "rose"
    NOT_BEYOND_CHANCE = "not_beyond_chance"
    NOT_COMPARABLE = "not_comparable"
    TOO_FEW = "too_few"
    FEW_DRAWS = "few_draws"


class Key(NamedTuple):
    """What a figure is about: an agency (or block) by its code, and a part of the questionnaire."""

    unit: str
    part: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Which round figures come from and how they were made: questionnaire, formulas, sampling basis."""

    round_code: str
    instrument: str
    formulas: tuple[str, ...]
    basis: SamplingBasis


@dataclass(frozen=True, slots=True)
class Break:
    """Two rounds that no line may join and no difference may span; `reasons` names what is unlike."""

    before: Origin
    after: Origin

    @property
    def reasons(self) -> tuple[str, ...]:
        """Return which of instrument, formulas and basis differ."""
        names = ("instrument", "formulas", "basis")
        return tuple(name for name in names if getattr(self.before, name) != getattr(self.after, name))


Estimates: TypeAlias = Mapping[Key, Estimate]


@dataclass(frozen=True, slots=True)
class Figures:
    """The estimates of one round."""

    origin: Origin
    estimates: Estimates


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference in percentage points, unrounded, with its test.

    `low` and `upp` bound the 95% range of this one difference; `t` and `degrees` (Welch and Satterthwaite)
    are on the logit scale; `p_holm` and `p_bh` count all tests of the family, `p_order` those of one agency in
    their order (`own_family`), where it decides in place of `p_bh`. Without a test `se` and what follows from it
    is None, and everything is where the figures may not be subtracted, or one is withheld or missing.
    """

    verdict: Verdict
    value: float | None = None
    se: float | None = None
    low: float | None = None
    upp: float | None = None
    degrees: float | None = None
    t: float | None = None
    p: float | None = None
    p_holm: float | None = None
    p_bh: float | None = None
    p_order: float | None = None

    @property
    def beyond_chance(self) -> bool:
        """Tell whether the difference is more than chance explains."""
        return self.verdict in (Verdict.FELL, Verdict.ROSE)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One family of differences. `unmatched` lists what only one side has; `gap` is why nothing is comparable."""

    differences: Mapping[Key, Difference]
    unmatched: tuple[Key, ...] = ()
    gap: Break | None = None

    @property
    def tests(self) -> int:
        """Return how many tests the adjusted p-values count."""
        return sum(difference.p is not None for difference in self.differences.values())


def find_break(before: Origin, after: Origin) -> Break | None:
    """Return the break between two rounds, None where their figures were made in the same way.

    The official series breaks at 2022, when questionnaire and formula changed (methodology section 2.2), so
    dimensions of the same code are not compared across questionnaires either.
    """
    found = Break(before, after)
    return found if found.reasons else None


def compare_rounds(before: Figures, after: Figures) -> Comparison:
    """Return after - before for every figure both rounds have, as one family of tests.

    The rounds are taken as independent: other people, and no service point × day in both. Across a break
    every difference is NOT_COMPARABLE. Raises RoundError when both are the same round.
    """
    if before.origin.round_code == after.origin.round_code:
        raise RoundError(f"round {after.origin.round_code} cannot be compared with itself; name an earlier one")
    gap = find_break(before.origin, after.origin)
    compared = _compare(before.estimates, after.estimates)
    if gap is None:
        return compared
    apart = dict.fromkeys(compared.differences, Difference(Verdict.NOT_COMPARABLE))
    return replace(compared, differences=apart, gap=gap)


def compare_with_rest(agencies: Estimates, rests: Estimates) -> Comparison:
    """Return agency - rest of its block for every figure of both, as one family of tests.

    `rests` are estimates of everybody else in the block, under the keys of the agencies; an agency and the others share
    no response, so the two are independent.
    """
    return _compare(rests, agencies)


def _compare(first: Estimates, second: Estimates) -> Comparison:
    """Return second - first over the keys of both, in the order of `second`."""
    common = [key for key in second if key in first]
    unmatched = [key for key in second if key not in first] + [key for key in first if key not in second]
    found = compare_pairs([first[key] for key in common], [second[key] for key in common])
    return Comparison(dict(zip(common, found, strict=True)), tuple(unmatched))


def compare_pairs(first: Sequence[Estimate], second: Sequence[Estimate]) -> list[Difference]:
    """Return second - first, pair by pair, as one family of tests of independent figures.

    The test is Welch's t on the logit scale, its variances held back by `intervals.effective_answers`: a plain t
    calls small units with high figures "above" too often, because their standard error is small by chance
    exactly when the figure is high. The range puts both ranges together by squares (MOVER).

    Source: Welch (1947), Biometrika 34, 28-35; Newcombe (1998), Statistics in Medicine 17, 873-890, method 10;
    Zou and Donner (2008), Statistics in Medicine 27, 1693-1702.

    >>> from survey.analysis.figures.estimates import ClusterKind
    >>> of = lambda x: Estimate(x, 2.0, x - 4, x + 4, 300, 300, 300, ClusterKind.RESPONDENT, 299, None, None)
    >>> found = compare_pairs([of(82.0)], [of(76.0)])[0]
    >>> found.verdict.value, found.value, round(found.low, 2), round(found.upp, 2), round(found.p, 3)
    ('fell', -6.0, -11.66, -0.34, 0.037)
    """
    tested = np.array([_can_be_tested(*pair) for pair in zip(first, second, strict=True)], bool)
    value = _numbers(second, "value") - _numbers(first, "value")
    se = np.where(tested, np.hypot(_numbers(first, "se"), _numbers(second, "se")), np.nan)
    sides = [_on_logit_scale(side, tested) for side in (first, second)]
    variances = np.array([variance for _, variance in sides])
    degrees = satterthwaite(variances, np.array([_numbers(first, "degrees"), _numbers(second, "degrees")]))
    t = (sides[1][0] - sides[0][0]) / np.sqrt(variances.sum(axis=0))
    # The true p-value is never 0; a floating-point number may be too coarse to say so.
    p = np.maximum(2 * special.stdtr(degrees, -np.abs(t)), np.finfo(float).tiny)
    low, upp = value - _reach(first, second), value + _reach(second, first)
    few = [any(Caution.FEW_DRAWS in side.cautions for side in pair) for pair in zip(first, second, strict=True)]
    rows = np.transpose([value, se, low, upp, degrees, t, p, adjust_holm(p), adjust_benjamini_hochberg(p)])
    shown = [min(pair[0].responses, pair[1].responses) >= LEAST_RESPONSES for pair in zip(first, second, strict=True)]
    return [_difference(row, shown=show, few=less) for row, show, less in zip(rows.tolist(), shown, few, strict=True)]


def satterthwaite(variances: Numbers, degrees: Numbers) -> Numbers:
    """Return the degrees of freedom of a sum of independent variances, along the first axis: (Σ v)² / Σ v²/d.

    NaN where that is undefined. Source: Satterthwaite (1946), Biometrics Bulletin 2, 110-114.

    >>> float(satterthwaite(np.array([4.0, 4.0]), np.array([10.0, 10.0])))
    20.0
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        degrees_of_sum: Numbers = 1 / ((variances / variances.sum(axis=0)) ** 2 / degrees).sum(axis=0)
    return degrees_of_sum


def _on_logit_scale(side: Sequence[Estimate], tested: Flags) -> tuple[Numbers, Numbers]:
    """Return the figures as logits and their variances; NaN where no test is made."""
    place = np.where(tested, _numbers(side, "value") / 100, np.nan)
    draws, responses = _numbers(side, "clusters"), _numbers(side, "responses")
    with np.errstate(divide="ignore", invalid="ignore"):
        effective = effective_answers(place, (_numbers(side, "se") / 100) ** 2, draws=draws, responses=responses)
        return special.logit(place), 1 / (effective * place * (1 - place))


def _reach(first: Sequence[Estimate], second: Sequence[Estimate]) -> Numbers:
    """Return how far second - first may lie below its value; with the sides exchanged, how far above."""
    below = _numbers(second, "value") - _numbers(second, "low")
    return np.hypot(below, _numbers(first, "upp") - _numbers(first, "value"))


def _difference(row: Sequence[float], *, shown: bool, few: bool) -> Difference:
    """Put a row of numbers, in the order of the fields, into words."""
    value, p, p_bh = row[0], row[6], row[8]
    if not shown or not math.isfinite(value):
        return Difference(Verdict.TOO_FEW)
    numbers = [None if math.isnan(number) else number for number in row]
    if math.isnan(p):
        return Difference(Verdict.FEW_DRAWS if few else Verdict.TOO_FEW, *numbers)
    beyond = Verdict.FELL if value < 0 else Verdict.ROSE
    return Difference(beyond if p_bh <= SIGNIFICANCE else Verdict.NOT_BEYOND_CHANCE, *numbers)


def _can_be_tested(*pair: Estimate) -> bool:
    """Tell whether both sides are figures with an uncertainty that was seen in the answers."""
    return all(
        side.responses >= LEAST_RESPONSES
        and NOISE < (side.value or 0.0) < 100 - NOISE
        and (side.se or 0.0) > NOISE
        and side.degrees > 0
        and not {Caution.ALL_EQUAL, Caution.NO_VARIANCE, Caution.FEW_DRAWS} & set(side.cautions)
        for side in pair
    )


def _numbers(estimates: Sequence[Estimate], name: str) -> Numbers:
    """Return one field of all estimates, NaN where it is None."""
    return np.array([getattr(estimate, name) for estimate in estimates], float)


def is_figure(value: float | None) -> bool:
    """Tell whether there is a finite number."""
    return value is not None and math.isfinite(value)
