"""The questionnaires as files: `<code>.toml` beside this module, read once, checked whole.

The format is a table of readers (bottom of this file) and is told to people in docs/instruments.md. Every fault is an
InstrumentError that names file, key and what the value must be.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_args

from survey.checked_toml import (
    TRUTH,
    WORDS,
    KeyPlace,
    Reader,
    between,
    listed,
    one_of,
    read_toml,
    repeats,
    ruled,
    table,
)
from survey.errors import InstrumentError, UnknownCodeError
from survey.instrument.model import (
    OPTION_SYMBOLS,
    Aggregation,
    Confidence,
    Definition,
    Dimension,
    Fact,
    IndexMethod,
    Instrument,
    Item,
    LocalText,
    Option,
    Scale,
    number_questions,
)

FOLDER = Path(__file__).parent
DIMENSIONS = {"access": "A", "procedures": "B", "officials": "C", "outcome": "D", "feedback": "E"}
LONGEST_SHORT_LABEL = 80

T = TypeVar("T")


def instrument_codes() -> tuple[str, ...]:
    """Return the codes of the questionnaires at hand, in alphabetical order.

    >>> "sipas-2023" in instrument_codes()
    True
    """
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def load_instrument(code: str) -> Instrument:
    """Return the questionnaire with this code; raises UnknownCodeError, and InstrumentError on a broken file.

    >>> len(load_instrument("sipas-2023").items)
    16
    """
    if code not in instrument_codes():
        raise UnknownCodeError("instrument", code, instrument_codes())
    return read_instrument(FOLDER / f"{code}.toml")


def read_instrument(path: Path) -> Instrument:
    """Return the questionnaire in the file at `path`, whose name is its code; raises InstrumentError."""
    place = KeyPlace(path.name, InstrumentError)
    content, document = read_toml(path, place)
    parts = _FILE(document, place)
    return Instrument(
        code=path.stem,
        digest=hashlib.sha256(content).hexdigest(),
        questions=number_questions(parts["dimensions"], parts["scale"], parts["facts"]),
        **parts,
    )


def _at_most(characters: int) -> Callable[[str], str]:
    return lambda text: "" if len(text) <= characters else f"must have at most {characters} characters, not {len(text)}"


def _local(reader: Reader[str]) -> Reader[LocalText]:
    return table(LocalText, {"vi": reader, "en": reader})


def _is_plain(text: str) -> str:
    """Object to what looks the same and is not: letters in another form, breaks, blanks at the ends."""
    if not unicodedata.is_normalized("NFC", text):
        return "must be in Unicode normal form C (letters composed with their marks)"
    one_line = text.isprintable() and text != "" and text == text.strip()
    return "" if one_line else "must be one line of text with nothing blank around it"


def _has_no_braces(text: str) -> str:
    return "must not hold braces: a placeholder is replaced in a wording only" if set("{}") & set(text) else ""


def _names_only_the_unit(text: str) -> str:
    return _has_no_braces(text.replace("{unit}", "")) and "must not hold braces except the placeholder {unit}"


def _is_code(text: str) -> str:
    """Object to a code that SPSS or Stata would not take as the name of a variable."""
    fits = re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,31}", text)
    return "" if fits else f"must be a letter and up to 31 letters, digits or underscores, not {text!r}"


def _symbols_differ(options: tuple[Option, ...]) -> str:
    return repeats((option.symbol for option in options), "a symbol")


def _points_differ(scale: Scale) -> str:
    return repeats((option.points for option in scale.options), "points")


def _splits_the_scale(scale: Scale) -> str:
    points = [option.points for option in scale.options]
    return "" if scale.satisfied_from in points else f"must have satisfied_from among its points {points}"


def _items_carry_the_letter(dimension: Dimension) -> str:
    strays = [item.code for item in dimension.items if not item.code.startswith(dimension.letter)]
    return f"must have items whose codes begin with {dimension.letter}, not {', '.join(strays)}" if strays else ""


def _are_the_five(dimensions: tuple[Dimension, ...]) -> str:
    found = {dimension.code: dimension.letter for dimension in dimensions}
    same = list(found.items()) == list(DIMENSIONS.items())
    return "" if same else f"must be, in this order, {', '.join(f'{code} ({at})' for code, at in DIMENSIONS.items())}"


def _codes_differ(parts: dict[str, Any]) -> str:
    """Object to codes that differ in case only as well: SPSS would take them for one variable."""
    items = [item for dimension in parts["dimensions"] for item in dimension.items]
    return repeats((question.code.upper() for question in (*items, *parts["facts"])), "a question code")


_PLAIN = ruled(WORDS, _is_plain)
_TEXT = _local(ruled(_PLAIN, _has_no_braces))
_WORDING = _local(ruled(_PLAIN, _names_only_the_unit))
_SHORT = _local(ruled(_PLAIN, _has_no_braces, _at_most(LONGEST_SHORT_LABEL)))
_CODE = ruled(WORDS, _is_code)
_CONFIDENCE = one_of(*get_args(Confidence))
_CHOICE: dict[str, Reader[Any]] = {"symbol": one_of(*OPTION_SYMBOLS), "label": _TEXT}


def _options(keys: Mapping[str, Reader[Any]]) -> Reader[tuple[Option, ...]]:
    return ruled(listed(table(Option, keys), fewest=2, most=len(OPTION_SYMBOLS)), _symbols_differ)


_SCALE = ruled(
    table(Scale, {"satisfied_from": between(0, 100), "options": _options({**_CHOICE, "points": between(0, 100)})}),
    _points_differ,
    _splits_the_scale,
)
_ITEM = table(
    Item,
    {"code": _CODE, "wording": _WORDING, "short": _SHORT, "confidence": _CONFIDENCE},
    {"number": _PLAIN, "not_applicable": _TEXT},
)
_DIMENSION = ruled(
    table(Dimension, {"code": WORDS, "letter": WORDS, "label": _TEXT, "items": listed(_ITEM, fewest=1, most=99)}),
    _items_carry_the_letter,
)
_FACT = table(
    Fact,
    {
        "code": _CODE,
        "kind": one_of("fact", "profile", "overall"),
        "wording": _WORDING,
        "short": _SHORT,
        "options": _options(_CHOICE),
        "confidence": _CONFIDENCE,
        "asked_by_default": TRUTH,
    },
    {"multiple": TRUTH, "sensitive": TRUTH},
)
_METHOD = table(
    IndexMethod,
    {
        "definition": one_of(*get_args(Definition)),
        "aggregation": one_of(*get_args(Aggregation)),
        "missing": one_of("exclude"),
        "decimals": between(0, 6),
    },
)
_FILE: Reader[dict[str, Any]] = ruled(
    table(
        dict,
        {
            **dict.fromkeys(("title", "legal_basis", "unit", "note"), _TEXT),
            "verified": TRUTH,
            "method": _METHOD,
            "scale": _SCALE,
            "dimensions": ruled(listed(_DIMENSION, fewest=len(DIMENSIONS), most=len(DIMENSIONS)), _are_the_five),
            "facts": listed(_FACT, fewest=0, most=99),
        },
    ),
    _codes_differ,
)
