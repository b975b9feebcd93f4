"""What a refused file is told for, as plain texts in one language."""

from typing import NamedTuple

from survey.errors import RefusedDataError
from survey.wording import Language


class Told(NamedTuple):
    """A line and all that is wrong with it."""

    line: int
    reason: str


def told(refused: RefusedDataError, language: Language = "en") -> tuple[Told, ...]:
    """Return what commands print, or pages show."""
    return tuple(
        Told(one.line, one.reason if language == "en" else one.in_language(language)) for one in refused.faults
    )
