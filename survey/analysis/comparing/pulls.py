"""Name the items that pull a dimension down, against the rest of the block and the rest of the dimension.

Only tallies are needed. The gap between an agency's dimension and the rest of its block is taken apart item by
item, exactly: no part of it is left unexplained. It is arithmetic on the index, not a cause, and whether an item's
gap is beyond chance is for `comparison` to say. Formulas and a worked table: docs/method/drivers.md.
"""

import math
from dataclasses import dataclass

import numpy as np

from survey.analysis.figures.indices import DEFINITIONS, worth
from survey.instrument.model import Aggregation, Dimension, Instrument, LocalText
from survey.tallies import SYMBOLS, Integers, Numbers, Tally, layout_of


@dataclass(frozen=True, slots=True)
class Pull:
    """One item of a dimension; figures in per cent, differences in percentage points, below zero is worse.

    `figure` is the agency's index of the item, `rest` that of the rest of the block, `others` that of the other
    items of the dimension in the agency; None without a valid answer. `share` is the item's weight in the
    agency's dimension (0-1). `contribution` = share × (figure − rest): how much of the dimension's gap is this
    item's. None where there is nothing to compare.
    """

    item: str
    label: LocalText
    figure: float | None
    rest: float | None
    others: float | None
    share: float
    answers: int
    rest_answers: int
    contribution: float | None

    @property
    def gap(self) -> float | None:
        """How far the item lies above the same item in the rest of the block."""
        return _difference(self.figure, self.rest)

    @property
    def beside_others(self) -> float | None:
        """How far the item lies above the other items of the dimension."""
        return _difference(self.figure, self.others)


@dataclass(frozen=True, slots=True)
class DimensionPulls:
    """A dimension of one agency against the rest of its block, worst pull first.

    `gap` = `figure` − `rest` is the sum of the items' contributions and of `mix`, which comes of items being
    answered in other proportions than in the rest of the block. All are None where one side has no answer;
    the items are then in order of how far they lie below the others of the dimension.
    """

    dimension: str
    label: LocalText
    figure: float | None
    rest: float | None
    gap: float | None
    mix: float | None
    items: tuple[Pull, ...]

    @property
    def down(self) -> tuple[Pull, ...]:
        """The items that pull the dimension down: below the rest of the block or, without one, below the others."""
        told = [item.beside_others if self.gap is None else item.contribution for item in self.items]
        return tuple(item for item, below in zip(self.items, told, strict=True) if _or_last(below) < 0)


def find_pulls(agency: Tally, block: Tally, instrument: Instrument) -> tuple[DimensionPulls, ...]:
    """Return the pulls of each dimension; both tallies have one group, and the agency is part of the block.

    The figure is the instrument's index. Raises ValueError when the agency holds more answers than the block.
    Figures on few responses must be withheld before they come here: a gap gives a withheld figure back.
    """
    counted = agency.counts.sum(axis=0)
    rest = block.counts.sum(axis=0) - counted
    if (rest < 0).any():
        raise ValueError("the block must hold every answer of the agency")
    positions = layout_of(instrument).dimensions
    return tuple(
        _of_dimension(dimension, _Side.of(counted[list(places)], instrument), _Side.of(rest[list(places)], instrument))
        for dimension, places in zip(instrument.dimensions, positions, strict=True)
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """The items of a dimension on one side: their figures (NaN without an answer), answers and weights."""

    figures: Numbers
    answers: Integers
    shares: Numbers

    @classmethod
    def of(cls, counts: Integers, instrument: Instrument) -> "_Side":
        """Return the side that `counts` (items, symbols) tell of."""
        worths, most = worth(DEFINITIONS[instrument.method.definition], instrument.scale)
        held = counts[:, [SYMBOLS.index(option.symbol) for option in instrument.scale.options]]
        answers = held.sum(axis=1)
        figures = np.full(len(answers), np.nan)
        np.divide(100 * (held @ np.array(worths)), most * answers, out=figures, where=answers > 0)
        return cls(figures, answers, _shares(answers, instrument.method.aggregation))

    @property
    def whole(self) -> float:
        """The figure of the dimension, NaN without an answer."""
        return _weighted(self.figures, self.shares)

    def without(self, item: int) -> float:
        """Return the figure of the other items, weighted as they are in the dimension."""
        return _weighted(np.delete(self.figures, item), np.delete(self.shares, item))


def _shares(answers: Integers, aggregation: Aggregation) -> Numbers:
    """Return the weight of each item in the dimension: items alike (P2), else by their answers (P1 and P3)."""
    weights = (answers > 0) if aggregation == "mean_of_items" else answers
    return weights / max(int(weights.sum()), 1)


def _weighted(figures: Numbers, shares: Numbers) -> float:
    some = shares > 0
    return float(figures[some] @ shares[some] / shares[some].sum()) if some.any() else math.nan


def _of_dimension(dimension: Dimension, agency: _Side, rest: _Side) -> DimensionPulls:
    contributions = agency.shares * (agency.figures - rest.figures)
    gap = agency.whole - rest.whole
    items = _items(dimension, agency, rest, contributions)
    return DimensionPulls(
        dimension=dimension.code,
        label=dimension.label,
        figure=_figure(agency.whole),
        rest=_figure(rest.whole),
        gap=_figure(gap),
        mix=None if math.isnan(gap) else _mix(agency, rest),
        items=tuple(sorted(items, key=_worst_first)),
    )


def _mix(agency: _Side, rest: _Side) -> float:
    """Return what other proportions make: Σ (share − share in the rest) × figure in the rest.

    An item nobody in the rest answered has no figure there; the agency's stands in, so that the parts add up.
    """
    figures = np.where(rest.answers > 0, rest.figures, agency.figures)
    moved = agency.shares - rest.shares
    # What is left without a figure was answered on neither side, and nothing moved.
    return float(np.nansum(moved * figures))


def _items(dimension: Dimension, agency: _Side, rest: _Side, contributions: Numbers) -> list[Pull]:
    return [
        Pull(
            item=item.code,
            label=item.short,
            figure=_figure(agency.figures[place]),
            rest=_figure(rest.figures[place]),
            others=_figure(agency.without(place)),
            share=float(agency.shares[place]),
            answers=int(agency.answers[place]),
            rest_answers=int(rest.answers[place]),
            contribution=_figure(contributions[place]),
        )
        for place, item in enumerate(dimension.items)
    ]


def _worst_first(pull: Pull) -> tuple[float, float]:
    """Order by the contribution, then by the place beside the others; what cannot be compared comes last."""
    return _or_last(pull.contribution), _or_last(pull.beside_others)


def _or_last(value: float | None) -> float:
    return math.inf if value is None else value


def _figure(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _difference(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other
