"""How far two keyings of the same sheets agree. Pure: records in, counts and places out.

A sheet's record is the first `width` characters of what is kept of it, what was keyed the last `width`:
they are the same until the paper was looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from survey.store.collecting.entry import KeyedSheet


@dataclass(frozen=True, slots=True)
class SheetDifference:
    """A sheet two passes do not agree on: both records, and the places where they differ."""

    number: int
    first: str
    second: str
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PassComparison:
    """Two passes side by side.

    `keystrokes` are all places compared; `apart` those where the two passes, as they were keyed, differ;
    `wrong_first` those where the first pass, as it was keyed, is not what counts now. `differences` wait for
    a look at the paper, `only_first` and `only_second` are numbers keyed in one pass only.
    """

    sheets: int
    keystrokes: int
    apart: int
    wrong_first: int
    differences: tuple[SheetDifference, ...]
    only_first: tuple[int, ...]
    only_second: tuple[int, ...]

    @property
    def all_agree(self) -> bool:
        """Tell whether every sheet was keyed twice with the same result."""
        return not (self.differences or self.only_first or self.only_second)

    def rate_of(self, places: int) -> float:
        """Return a number of places per 1,000 keystrokes; 0 before anything was compared."""
        return 1000 * places / self.keystrokes if self.keystrokes else 0.0


def compare_passes(sheets: Sequence[KeyedSheet], *, width: int, keystrokes: int) -> PassComparison:
    """Compare the sheets of pass 1 with those of pass 2; one sheet takes `keystrokes` of its `width` places.

    >>> one, two = KeyedSheet(7, 1, "54.", "lan"), KeyedSheet(7, 2, "53.", "mai")
    >>> found = compare_passes([one, two], width=3, keystrokes=2)
    >>> found.differences[0].places, found.rate_of(found.apart)
    ((1,), 500.0)
    """
    first, second = ({sheet.number: sheet.answers for sheet in sheets if sheet.entry == number} for number in (1, 2))
    both = sorted(first.keys() & second.keys())
    differences = [_difference(number, first[number][:width], second[number][:width]) for number in both]
    return PassComparison(
        sheets=len(both),
        keystrokes=len(both) * keystrokes,
        apart=sum(len(_places(first[number][-width:], second[number][-width:])) for number in both),
        wrong_first=sum(len(_places(first[number][-width:], first[number][:width])) for number in both),
        differences=tuple(difference for difference in differences if difference.places),
        only_first=tuple(sorted(first.keys() - second.keys())),
        only_second=tuple(sorted(second.keys() - first.keys())),
    )


def _difference(number: int, first: str, second: str) -> SheetDifference:
    return SheetDifference(number, first, second, _places(first, second))


def _places(one: str, other: str) -> tuple[int, ...]:
    return tuple(place for place, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1])
