"""Make base weights of visit counts, and tell what any weights cost (docs/method/weighting.md).

Weights say how many visits a response stands for. They mend an uneven response between units or known
groups; they do not make a self-selected sample a random one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from survey.errors import WeightingError
from survey.tallies import Numbers

TOLERANCE = 1e-10


class UnitCaution(StrEnum):
    """Why the weight or the response rate of a unit must be read with care, or cannot be had."""

    NO_VISITS = "no_visits"
    NO_RESPONSES = "no_responses"
    MORE_RESPONSES_THAN_VISITS = "more_responses_than_visits"


class StepKind(StrEnum):
    """How weights came to be what they are."""

    BASE = "base"
    POST_STRATIFIED = "post_stratified"
    RAKED = "raked"
    TRIMMED = "trimmed"


@dataclass(frozen=True, slots=True)
class ServedUnit:
    """A service point or agency: the people it served, None when nobody counted them, and the responses it got."""

    code: str
    visits: int | None
    responses: int

    @property
    def weight(self) -> float | None:
        """Visits a response stands for; None without responses or without visits."""
        return self.visits / self.responses if self.visits and self.responses else None

    @property
    def rate(self) -> float | None:
        """Response rate in per cent, as `response_rate` tells it."""
        return response_rate(self.responses, self.visits)

    @property
    def cautions(self) -> tuple[UnitCaution, ...]:
        """What a reader must know about this unit."""
        if not self.visits and (self.visits is None or self.responses):
            return (UnitCaution.NO_VISITS,)
        if self.visits and not self.responses:
            return (UnitCaution.NO_RESPONSES,)
        return (UnitCaution.MORE_RESPONSES_THAN_VISITS,) if self.responses > (self.visits or 0) else ()


@dataclass(frozen=True, slots=True)
class Shift:
    """What a margin did to one category: its weighted share in per cent before and after."""

    margin: str
    category: str
    before: float
    after: float

    @property
    def points(self) -> float:
        """The change in percentage points."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """What weights cost.

    `responses` have a weight above 0 and `total` is what the weights add up to. `effect` is Kish's weighting
    effect 1 + cv², `effective` the number of equally weighted responses worth as much. `trimmed` weights were put
    on a limit. `moved` lists the categories of every margin; `error` is the largest relative distance of a
    category from its total after `iterations` rounds.
    """

    responses: int
    total: float
    effect: float
    effective: float
    smallest: float
    median: float
    largest: float
    trimmed: int = 0
    moved: tuple[Shift, ...] = ()
    iterations: int = 0
    error: float = 0.0

    @property
    def ratio(self) -> float:
        """The largest weight over the smallest one above 0."""
        return self.largest / self.smallest

    @property
    def converged(self) -> bool:
        """Tell whether every total holds to 1e-10 of itself."""
        return self.error <= TOLERANCE


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done to the weights and what they were like afterwards."""

    kind: StepKind
    diagnostics: Diagnostics


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """The weight of each response, `values` (n,), read-only; `base` (n,) is what they were before any calibration.

    A response with weight 0 takes no part. `history` tells every step, the first one `StepKind.BASE`.
    """

    values: Numbers
    base: Numbers
    history: tuple[Step, ...]

    @property
    def diagnostics(self) -> Diagnostics:
        """What the weights are like now."""
        return self.history[-1].diagnostics

    def then(self, values: Numbers, step: Step) -> "Weights":
        """Return the weights after one more step."""
        return Weights(_kept(values), self.base, (*self.history, step))


@dataclass(frozen=True, slots=True)
class BaseWeights:
    """The base weight of each unit and how much of the visits the responses stand for."""

    units: tuple[ServedUnit, ...]

    @property
    def represented(self) -> float | None:
        """Share of all counted visits, in per cent, that fell to units with responses; None without visits."""
        total = sum(unit.visits or 0 for unit in self.units)
        return 100 * sum(unit.visits or 0 for unit in self.units if unit.responses) / total if total else None

    def of_responses(self, codes: Sequence[str]) -> Weights:
        """Return the weights of responses given the unit code of each.

        Raises WeightingError when there is no response, or one belongs to a unit without a weight.
        """
        weight_of = {unit.code: unit.weight for unit in self.units if unit.weight is not None}
        without = sorted(set(codes) - weight_of.keys())
        if without:
            raise WeightingError(
                f"{', '.join(without)}: responses, but no visits counted; "
                "enter the visits or leave these responses out of the weighted figures"
            )
        return start_weights([weight_of[code] for code in codes])


def base_weights(visits: Mapping[str, int | None], responses: Mapping[str, int]) -> BaseWeights:
    """Return the visits per response of each unit named in either mapping, in the order first named.

    This is the inverse of the share of a unit's visits that answered: a weighting-class adjustment with the
    unit as class (Kalton and Flores-Cervantes 2003, Journal of Official Statistics 19(2), 81-97). A unit with
    responses but no visits, or visits but no responses, has no weight and a caution. Raises WeightingError
    on a count below 0 or not whole.

    >>> weights = base_weights({"P1": 300, "P2": 100}, {"P1": 20})
    >>> [unit.weight for unit in weights.units], weights.represented
    ([15.0, None], 75.0)
    """
    codes = dict.fromkeys([*visits, *responses])
    return BaseWeights(
        tuple(
            ServedUnit(
                code, _count(visits.get(code), code, "visits"), _count(responses.get(code, 0), code, "responses") or 0
            )
            for code in codes
        )
    )


def response_rate(responses: int, visits: int | None) -> float | None:
    """Return the responses per 100 visits; None without visits, and when there are more responses than visits.

    More responses than visits means that a count is wrong, so there is no rate to tell.

    >>> response_rate(45, 600)
    7.5
    """
    return 100 * responses / visits if visits and responses <= visits else None


def start_weights(values: ArrayLike) -> Weights:
    """Return `values` (n,) as weights, one for each response, before any calibration.

    Raises WeightingError when a weight is negative, infinite or not a number, and when none is above 0.

    >>> start_weights([1, 1, 2]).diagnostics.effective  # (1 + 1 + 2)² / (1 + 1 + 4)
    2.6666666666666665
    """
    numbers = np.asarray(values, np.float64)
    if numbers.ndim != 1 or not np.isfinite(numbers).all() or (numbers < 0).any():
        raise WeightingError("every response needs one weight, a finite number from 0 up")
    if not numbers.any():
        raise WeightingError("there is no response with a weight above 0: nothing can be weighted")
    kept = _kept(numbers)
    return Weights(kept, kept, (Step(StepKind.BASE, diagnose(kept)),))


def diagnose(
    values: Numbers, *, trimmed: int = 0, moved: Iterable[Shift] = (), iterations: int = 0, error: float = 0.0
) -> Diagnostics:
    """Return what weights (n,), some above 0, cost; the rest is handed through.

    The weighting effect is n Σw² / (Σw)² = 1 + cv² (Kish 1992, Weighting for unequal Pi, Journal of Official
    Statistics 8(2), 183-200), and the effective number is n over it; weights of 0 are not counted.
    """
    positive = values[values > 0]
    scaled = positive / positive.max()
    effect = len(scaled) * float(scaled @ scaled) / float(scaled.sum()) ** 2
    return Diagnostics(
        responses=len(positive),
        total=float(positive.sum()),
        effect=effect,
        effective=len(positive) / effect,
        smallest=float(positive.min()),
        median=float(np.median(positive)),
        largest=float(positive.max()),
        trimmed=trimmed,
        moved=tuple(moved),
        iterations=iterations,
        error=error,
    )


def _count(value: int | None, code: str, kind: str) -> int | None:
    if value is not None and (not value >= 0 or value % 1):
        raise WeightingError(f"{code}: {kind} must be a whole number from 0 up, not {value}")
    return None if value is None else int(value)


def _kept(values: Numbers) -> Numbers:
    """Return a copy that cannot be written to."""
    kept = values.copy()
    kept.setflags(write=False)
    return kept
