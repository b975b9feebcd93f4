"""Figures made of single responses, as they may be told: their counts in tens, what is estimated in few decimals.

Drivers and reliability are no sums, so the engine of `disclosure` cannot judge them. Two publications of a round may
be a few responses apart in them; in this form they do not say how many came, nor what these answered.
"""

from collections.abc import Iterable
from dataclasses import replace

from survey.analysis.drivers.driver_places import Driver
from survey.analysis.drivers.drivers import Drivers, DriversRefusal
from survey.analysis.figures.reliability import ItemReliability, Reliability

TENS = 10
PERCENT_DECIMALS, SHARE_DECIMALS = 1, 2


def in_tens(count: int) -> int:
    """Return a count down to its tens.

    >>> in_tens(619), in_tens(9)
    (610, 0)
    """
    return count // TENS * TENS


def coarse_drivers(drivers: Drivers | DriversRefusal) -> Drivers | DriversRefusal:
    """Return drivers, or why there are none, as they may be told; performance stays the published figure."""
    if isinstance(drivers, DriversRefusal):
        return replace(drivers, cases=in_tens(drivers.cases))
    return replace(
        drivers,
        rows=tuple(map(_coarse_driver, drivers.rows)),
        r_squared=round(drivers.r_squared, SHARE_DECIMALS),
        responses=in_tens(drivers.responses),
        cases=in_tens(drivers.cases),
        clusters=in_tens(drivers.clusters),
    )


def coarse_reliability(reliabilities: Iterable[Reliability]) -> tuple[Reliability, ...]:
    """Return the reliability of parts as it may be told."""
    return tuple(
        replace(
            reliability,
            responses=in_tens(reliability.responses),
            cases=in_tens(reliability.cases),
            alpha=_coarse(reliability.alpha),
            standardised=_coarse(reliability.standardised),
            omega=_coarse(reliability.omega),
            items=tuple(map(_coarse_item, reliability.items)),
        )
        for reliability in reliabilities
    )


def _coarse_driver(row: Driver) -> Driver:
    told = (round(figure, PERCENT_DECIMALS) for figure in (row.importance, row.low, row.upp))
    importance, low, upp = told
    margin = None if row.margin is None else round(row.margin, PERCENT_DECIMALS)
    return replace(row, importance=importance, low=low, upp=upp, margin=margin)


def _coarse_item(item: ItemReliability) -> ItemReliability:
    return replace(item, item_rest=_coarse(item.item_rest), alpha_without=_coarse(item.alpha_without))


def _coarse(figure: float | None) -> float | None:
    return None if figure is None else round(figure, SHARE_DECIMALS)
