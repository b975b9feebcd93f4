"""The questionnaires: frozen values (`model`) and the one way to get them (`library`)."""

from survey.instrument.library import instrument_codes, load_instrument
from survey.instrument.model import (
    Dimension,
    Fact,
    IndexMethod,
    Instrument,
    Item,
    LocalText,
    Option,
    Question,
    Scale,
)

__all__ = [
    "Dimension",
    "Fact",
    "IndexMethod",
    "Instrument",
    "Item",
    "LocalText",
    "Option",
    "Question",
    "Scale",
    "instrument_codes",
    "load_instrument",
]
