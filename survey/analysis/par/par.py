"""The index as points of the administrative reform index (chỉ số cải cách hành chính, PAR index).

Which components such an index has, how many points each can bring and how the satisfaction index becomes points is
data: `par.toml` beside this module, one rule for each index that is known, read by `rules.py`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from survey.analysis.ranking.ranking import as_printed
from survey.errors import ParError
from survey.instrument.model import LocalText

MOST_POINTS = 10.0


@dataclass(frozen=True, slots=True)
class ParComponent:
    """One row of the index: what it is about, the most points it brings, and whether the satisfaction index is it."""

    code: str
    label: LocalText
    most: float
    from_index: bool


@dataclass(frozen=True, slots=True)
class ParRule:
    """What an administrative reform index is made of; exactly one of its components comes from the index.

    `whom` says for whom it is made; `whole` whether it scores a province and not one of its agencies.
    """

    code: str
    name: LocalText
    whom: LocalText
    whole: bool
    source: LocalText
    components: tuple[ParComponent, ...]

    @property
    def most(self) -> float:
        """The most points there are."""
        return math.fsum(one.most for one in self.components)

    @property
    def own(self) -> ParComponent:
        """The component that comes from the satisfaction index."""
        return next(one for one in self.components if one.from_index)

    @property
    def others(self) -> tuple[ParComponent, ...]:
        """The components somebody else scores."""
        return tuple(one for one in self.components if not one.from_index)


@dataclass(frozen=True, slots=True)
class ParLine:
    """What a component scored, unrounded, and what it lost; None where that is not known."""

    component: ParComponent
    scored: float | None

    @property
    def lost(self) -> float | None:
        """The points that were not scored, as printed."""
        return None if self.scored is None else points_lost(self.component.most, self.scored)


@dataclass(frozen=True, slots=True)
class ParTable:
    """The table most, scored, lost; the total is known when every line is."""

    rule: ParRule
    lines: tuple[ParLine, ...]

    @property
    def own(self) -> ParLine:
        """The line of the satisfaction index."""
        return next(line for line in self.lines if line.component.from_index)

    @property
    def scored(self) -> float | None:
        """All points scored."""
        known = [line.scored for line in self.lines if line.scored is not None]
        return math.fsum(known) if len(known) == len(self.lines) else None

    @property
    def lost(self) -> float | None:
        """All points lost, as printed."""
        return None if self.scored is None else points_lost(self.rule.most, self.scored)


def par_points(index: float, *, most: float = MOST_POINTS) -> float:
    """Return the points an index in per cent is worth in the PAR index, unrounded: index / 100 × `most`.

    SIPAS is worth 10 of the 100 points of a province. Source: Hà Tĩnh 2021, 91,17% → 9,12 points (methodology
    section 5). Raises ValueError outside 0-100. A self-selected figure is not the SIPAS index, so its points are
    a what-if, never the province's score.

    >>> round(par_points(91.17), 2)
    9.12
    """
    if not 0 <= index <= 100:
        raise ValueError(f"an index lies between 0 and 100 per cent, not at {index}")
    return index / 100 * most


def points_lost(most: float, scored: float) -> float:
    """Return the points that were not scored: `most` less the scored points as they are printed.

    Rounded on their own, 9,125 of 10 points would be printed 9,13 and the lost 0,875 as 0,88: one point too many.

    >>> points_lost(10.0, 9.125)
    0.87
    """
    return float(as_printed(most) - as_printed(scored))


def score_parts(rule: ParRule, index: float | None, others: Mapping[str, float | None]) -> ParTable:
    """Return the table of a rule: its own line from the index in per cent, the others as they were scored.

    `others` names every other component by its code; None, there or for the index, says that it is not known.
    Raises ParError for a component that is missing or unknown and for points below 0 or above the most, ValueError for
    an index outside 0-100.

    >>> from survey.analysis.par.rules import load_par_rule
    >>> table = score_parts(load_par_rule("so-2023"), 93.9, dict.fromkeys(
    ...     ("direction", "institutions", "procedures", "apparatus", "service", "finance", "digital")))
    >>> round(table.own.scored, 2), round(table.own.lost, 2), table.scored
    (9.39, 0.61, None)
    """
    wanted = {part.code for part in rule.others}
    for code in sorted(others.keys() - wanted):
        raise ParError(f"{rule.code}: no component {code!r} to score; its components are {', '.join(sorted(wanted))}")
    for code in sorted(wanted - others.keys()):
        raise ParError(f"{rule.code}: component {code!r} is missing")
    own = None if index is None else par_points(index, most=rule.own.most)
    return ParTable(
        rule,
        tuple(ParLine(part, own if part.from_index else _within(part, others[part.code])) for part in rule.components),
    )


def _within(component: ParComponent, scored: float | None) -> float | None:
    if scored is not None and not 0 <= scored <= component.most:
        raise ParError(f"{component.code}: {scored:g} points are not between 0 and {component.most:g}")
    return scored
