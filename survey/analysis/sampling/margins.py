"""Hold known divisions of a population against the responses, and refuse what no weights can be fitted to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from survey import wording
from survey.analysis.weights.weighting import Shift
from survey.errors import WeightingError
from survey.tallies import Integers, Numbers
from survey.wording import Phrase, phrase

SAME_SUM = 1e-12

Names: TypeAlias = NDArray[np.str_] | Sequence[str]


@dataclass(frozen=True, slots=True, eq=False)
class Margin:
    """A known division of the population: the category of each response, `codes` (n,), and the total of each.

    Crossed characteristics are one margin whose codes name the cell. Totals may be numbers or shares, as long as
    all margins add up to the same.
    """

    name: str
    codes: Names
    totals: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """A margin over the n responses that take part.

    `index` (n,) tells the place of each response in `categories` and `totals` (categories,); each has responses.
    """

    name: str
    categories: tuple[str, ...]
    index: Integers
    totals: Numbers

    @property
    def counts(self) -> Integers:
        """Responses of each category."""
        return np.bincount(self.index)

    def sums(self, values: Numbers) -> Numbers:
        """Return the sum of `values` (n,) in each category."""
        return np.bincount(self.index, values).astype(np.float64, copy=False)

    def errors(self, values: Numbers) -> Numbers:
        """Return how far each category's sum of `values` (n,) is from its total, relative to the total."""
        return np.abs(self.sums(values) / self.totals - 1)

    def scale(self, values: Numbers) -> Numbers:
        """Return `values` (n,), those of each category multiplied by what makes them add up to its total."""
        return values * (self.totals / self.sums(values))[self.index]

    def crossed(self, other: "Side", values: Numbers) -> Numbers:
        """Return the sums of `values` (n,) in the cells of both margins: (own categories, the other's)."""
        shape = len(self.totals), len(other.totals)
        cells = np.bincount(self.index * shape[1] + other.index, values, minlength=shape[0] * shape[1])
        return cells.astype(np.float64, copy=False).reshape(shape)

    def shifts(self, before: Numbers, after: Numbers) -> Iterator[Shift]:
        """Yield each category's share with the weights `before` and `after` (n,)."""
        shares = (100 * self.sums(values) / values.sum() for values in (before, after))
        for category, old, new in zip(self.categories, *shares, strict=True):
            yield Shift(self.name, category, float(old), float(new))


def sides_of(margins: Sequence[Margin], used: NDArray[np.bool_]) -> list[Side]:
    """Return the margins over the responses that take part; raises WeightingError on what cannot be fitted."""
    if not margins:
        raise WeightingError("weights are fitted to known totals: name at least one margin")
    return [_side(margin, used) for margin in margins]


def _side(margin: Margin, used: NDArray[np.bool_]) -> Side:
    codes = np.asarray(margin.codes, np.str_)
    if codes.shape != used.shape:
        raise WeightingError(f"margin {margin.name}: {codes.size} categories for {used.size} responses")
    names, index = np.unique(codes[used], return_inverse=True)
    present = [str(name) for name in names]
    _require_totals(margin, present)
    return Side(margin.name, tuple(present), index, np.array([margin.totals[name] for name in present], np.float64))


def _require_totals(margin: Margin, present: Sequence[str]) -> None:
    for category, total in margin.totals.items():
        if not 0 <= total < np.inf:
            raise category_error(margin.name, category, phrase(wording.NO_TOTAL, total=total))
        if total and category not in present:
            raise category_error(margin.name, category, phrase(wording.NOBODY_ANSWERS, total=total))
    for category in present:
        if not margin.totals.get(category):
            raise category_error(margin.name, category, phrase(wording.TOTAL_OF_NONE))


def require_same_sum(sides: Sequence[Side]) -> None:
    """Raise WeightingError unless the totals of all margins add up to the same, to rounding."""
    first, expected = sides[0].name, sides[0].totals.sum()
    for side in sides[1:]:
        total = side.totals.sum()
        if abs(total - expected) > SAME_SUM * expected:
            values = {"margin": side.name, "found": total, "first": first, "expected": expected}
            raise WeightingError(Phrase(wording.OTHER_SUM, values))


def category_error(margin: str, category: str, told: Phrase) -> WeightingError:
    """Return the error that names the margin and the category."""
    return WeightingError(phrase(wording.IN_CATEGORY, margin=margin, category=category, told=told))
