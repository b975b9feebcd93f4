"""Figures that stand in a sentence of either language: each is written as that language writes it."""

from dataclasses import dataclass
from typing import Protocol

from survey.reports.charts.change import signed
from survey.wording import Language


class Worded(Protocol):
    """What can be told in either language: a phrase, a figure, the name of a part."""

    def in_language(self, language: Language, /) -> str:
        """Return it in `language`."""


@dataclass(frozen=True, slots=True)
class ToldChange:
    """A difference in percentage points, with its sign.

    >>> ToldChange(-2.58).in_language("vi"), ToldChange(1.284).in_language("en")
    ('−2,58', '+1.28')
    """

    difference: float | None

    def in_language(self, language: Language) -> str:
        """Return the difference with its sign and two decimals."""
        return signed(self.difference, language)
