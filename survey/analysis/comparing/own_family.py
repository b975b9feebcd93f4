"""What changed at one agency, tested by itself: what may be said of it does not depend on who else took part."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from survey.analysis.comparing.comparison import SIGNIFICANCE, Comparison, Difference, Key, Verdict
from survey.analysis.comparing.falls import Falls, most_urgent_first
from survey.analysis.comparing.multiplicity import adjust_holm, adjust_in_graph
from survey.analysis.figures.results import OVERALL
from survey.instrument.model import Instrument
from survey.tallies import Numbers


def own_falls(falls: Falls, unit: str, instrument: Instrument) -> Falls:
    """Return what fell at one unit, its differences being one family tested in order: overall, dimensions, items.

    A third of the error each goes to the overall figure, the dimensions and the items; what is found hands its share
    down, from the overall figure to the dimensions, from a dimension to its items, from an item to its neighbours. A
    verdict then keeps the chance of even one false call at the agency at 5%. Source: docs/method/comparison.md.
    """
    own = {key: one for key, one in falls.comparison.differences.items() if key.unit == unit}
    told = own if falls.comparison.gap else dict(zip(own, _judged(own, instrument), strict=True))
    unmatched = tuple(key for key in falls.comparison.unmatched if key.unit == unit)
    rows = (replace(fall, difference=told[fall.key]) for fall in falls.rows if fall.key.unit == unit)
    return Falls(most_urgent_first(rows), Comparison(told, unmatched, falls.comparison.gap))


def _judged(own: Mapping[Key, Difference], instrument: Instrument) -> list[Difference]:
    """Return the differences with p-values adjusted within the family, and the verdicts that follow from these."""
    p = np.array([np.nan if difference.p is None else difference.p for difference in own.values()])
    tested = np.flatnonzero(~np.isnan(p))
    ordered = np.full(len(p), np.nan)
    ordered[tested] = adjust_in_graph(p[tested], *_graph([list(own)[place].part for place in tested], instrument))
    return [
        _told(difference, float(holm), float(in_order))
        for difference, holm, in_order in zip(own.values(), adjust_holm(p), ordered, strict=True)
    ]


def _told(one: Difference, holm: float, in_order: float) -> Difference:
    if one.p is None or one.value is None:
        return one
    beyond = Verdict.FELL if one.value < 0 else Verdict.ROSE
    verdict = beyond if in_order <= SIGNIFICANCE else Verdict.NOT_BEYOND_CHANCE
    return replace(one, verdict=verdict, p_holm=holm, p_bh=None, p_order=in_order)


def _graph(parts: Sequence[str], instrument: Instrument) -> tuple[Numbers, Numbers]:
    """Return the share of the error each part begins with, and what it hands on (docs/method/comparison.md)."""
    items = {dimension.code: [item.code for item in dimension.items] for dimension in instrument.dimensions}
    levels = [[OVERALL], list(items), [item for some in items.values() for item in some]]
    present = [tested for level in levels if (tested := [part for part in level if part in parts])]
    heir_of = {OVERALL: _next_level(present), **items}
    heir_of |= {item: [other for other in some if other != item] for some in items.values() for item in some}
    place = {part: number for number, part in enumerate(parts)}
    weights, passing = np.zeros(len(parts)), np.zeros((len(parts), len(parts)))
    for level in present:
        for part in level:
            weights[place[part]] = 1 / len(present) / len(level)
            heirs = [heir for heir in heir_of[part] if heir in place] or [other for other in level if other != part]
            for heir in heirs:
                passing[place[part], place[heir]] = 1 / len(heirs)
    return weights, passing


def _next_level(present: Sequence[Sequence[str]]) -> Sequence[str]:
    return present[1] if len(present) > 1 and present[0] == [OVERALL] else []
