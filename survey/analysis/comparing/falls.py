"""What fell against an earlier round: the first column of a remediation plan.

Provincial plans list “các chỉ số thành phần bị giảm điểm” and put a task, a lead and a deadline beside each.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from survey.analysis.comparing.comparison import Comparison, Difference, Figures, Key, compare_rounds
from survey.analysis.figures.estimates import Estimate
from survey.analysis.figures.results import OVERALL
from survey.errors import RoundError, UnknownCodeError
from survey.instrument.model import Instrument, LocalText

# Equal figures that were summed in another order may differ by this much, in percentage points.
ROUNDING_NOISE = 1e-9


class PartKind(StrEnum):
    """What a row is about: a dimension (“chỉ số thành phần”) or one of its items (“tiêu chí”)."""

    DIMENSION = "dimension"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class Fall:
    """A dimension or item that fell: both figures with their bases, and the difference with its test."""

    key: Key
    kind: PartKind
    label: LocalText
    before: Estimate
    after: Estimate
    difference: Difference


@dataclass(frozen=True, slots=True)
class Falls:
    """What fell, and the comparison it was found in.

    No row means that nothing fell only where `comparison` has differences and no gap: it also tells what
    could not be compared, what only one round has, and how many tests there were.
    """

    rows: tuple[Fall, ...]
    comparison: Comparison


def what_fell(before: Figures, after: Figures, *, instrument: Instrument) -> Falls:
    """Return the dimensions and items whose figure fell, those beyond chance first, then the largest fall first.

    `instrument` is that of `after` and gives labels and, between equal falls, the order. The overall figure is tested
    with the others and gets no row. Raises RoundError on another instrument or twice the same round,
    UnknownCodeError on a part that the instrument does not have.
    """
    if instrument.code != after.origin.instrument:
        raise RoundError(f"round {after.origin.round_code} asked {after.origin.instrument}, not {instrument.code}")
    comparison = compare_rounds(before, after)
    return Falls(most_urgent_first(_falls(before, after, comparison, instrument)), comparison)


def most_urgent_first(falls: Iterable[Fall]) -> tuple[Fall, ...]:
    """Return falls beyond chance first, then the largest first."""
    return tuple(sorted(falls, key=_urgency))


def _falls(before: Figures, after: Figures, comparison: Comparison, instrument: Instrument) -> Iterator[Fall]:
    """Yield what fell in the order of the questionnaire, unit by unit."""
    parts = _parts(instrument)
    unknown = {key.part for key in comparison.differences} - parts.keys() - {OVERALL}
    if unknown and comparison.gap is None:
        raise UnknownCodeError("part", min(unknown), tuple(parts))
    places = {code: place for place, code in enumerate(parts)}
    fell = (key for key, difference in comparison.differences.items() if _has_fallen(difference))
    listed = [key for key in fell if key.part != OVERALL]
    for key in sorted(listed, key=lambda key: (key.unit, places[key.part])):
        figures = before.estimates[key], after.estimates[key]
        yield Fall(key, *parts[key.part], *figures, comparison.differences[key])


def _parts(instrument: Instrument) -> Mapping[str, tuple[PartKind, LocalText]]:
    """Return kind and label of every dimension and item, each dimension before its items."""
    parts: dict[str, tuple[PartKind, LocalText]] = {}
    for dimension in instrument.dimensions:
        parts[dimension.code] = PartKind.DIMENSION, dimension.label
        parts |= {item.code: (PartKind.ITEM, item.short) for item in dimension.items}
    return parts


def _has_fallen(difference: Difference) -> bool:
    return difference.value is not None and difference.value < -ROUNDING_NOISE


def _urgency(fall: Fall) -> tuple[bool, float]:
    return not fall.difference.beyond_chance, fall.difference.value or 0.0
