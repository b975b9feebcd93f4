"""The questionnaires as files: `<code>.toml` beside this module, read once, checked whole.

The format is a table of readers (bottom of this file) and is told to people in docs/instruments.md.
A reader takes a value and its place and returns the checked value; every fault is an InstrumentError
that names file, key and what the value must be. Standard library only.
"""

import hashlib
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NoReturn, TypeAlias, TypeVar, get_args

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
    place = KeyPlace(path.name)
    content, table = _read_toml(path, place)
    parts = _FILE(table, place)
    return Instrument(
        code=path.stem,
        digest=hashlib.sha256(content).hexdigest(),
        questions=number_questions(parts["dimensions"], parts["scale"], parts["facts"]),
        **parts,
    )


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where a value stands: the file and the dotted key."""

    file: str
    key: str = ""

    def at(self, name: str) -> "KeyPlace":
        """Return the place of the value called `name` in the table here."""
        return KeyPlace(self.file, f"{self.key}.{name}" if self.key else name)

    def refuse(self, expected: str) -> NoReturn:
        """Raise the InstrumentError that says what the value here must be."""
        raise InstrumentError(self.file, self.key or "file", expected)


Reader: TypeAlias = Callable[[object, KeyPlace], T]


def _read_toml(path: Path, place: KeyPlace) -> tuple[bytes, dict[str, object]]:
    try:
        content = path.read_bytes()
        return content, tomllib.loads(content.decode("utf-8"))
    except OSError as error:
        place.refuse(f"must be a readable file ({error.strerror})")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        place.refuse(f"must be TOML in UTF-8 ({error})")


def _exactly(kind: type[T], name: str) -> Reader[T]:
    """Return a reader of one type; `type` rather than `isinstance` because true is no whole number."""

    def read(value: object, place: KeyPlace) -> T:
        return value if type(value) is kind else place.refuse(f"must be {name}")

    return read


def _table(
    make: Callable[..., T], required: Mapping[str, Reader[Any]], optional: Mapping[str, Reader[Any]] | None = None
) -> Reader[T]:
    """Return a reader of a table with these keys and no others; `make` takes them by name."""
    readers = {**required, **(optional or {})}

    def read(value: object, place: KeyPlace) -> T:
        found = _exactly(dict, "a table")(value, place)
        for key in sorted(required.keys() - found.keys()):
            place.at(key).refuse("must be given")
        for key in sorted(found.keys() - readers.keys()):
            place.at(key).refuse(f"is not a key here; the keys are {', '.join(readers)}")
        return make(**{key: readers[key](part, place.at(key)) for key, part in found.items()})

    return read


def _listed(reader: Reader[T], *, fewest: int, most: int) -> Reader[tuple[T, ...]]:
    """Return a reader of an array; its places are named by `code` where there is one, else by number from 1."""

    def read(value: object, place: KeyPlace) -> tuple[T, ...]:
        found = _exactly(list, "an array")(value, place)
        if not fewest <= len(found) <= most:
            place.refuse(f"must have {fewest} to {most} entries, not {len(found)}")
        return tuple(reader(part, place.at(_name(part, number))) for number, part in enumerate(found, 1))

    return read


def _name(part: object, number: int) -> str:
    return str(part.get("code", number)) if isinstance(part, dict) else str(number)


def _ruled(reader: Reader[T], *rules: Callable[[T], str]) -> Reader[T]:
    """Return a reader that also refuses what a rule objects to; a rule returns its objection or nothing."""

    def read(value: object, place: KeyPlace) -> T:
        made = reader(value, place)
        for objection in filter(None, (rule(made) for rule in rules)):
            place.refuse(objection)
        return made

    return read


def _one_of(*names: str) -> Reader[str]:
    return _ruled(_WORDS, lambda found: "" if found in names else f"must be one of {', '.join(names)}, not {found!r}")


def _between(low: int, high: int) -> Reader[int]:
    whole = _exactly(int, "a whole number")
    return _ruled(whole, lambda found: "" if low <= found <= high else f"must be from {low} to {high}, not {found}")


def _at_most(characters: int) -> Callable[[str], str]:
    return lambda text: "" if len(text) <= characters else f"must have at most {characters} characters, not {len(text)}"


def _local(reader: Reader[str]) -> Reader[LocalText]:
    return _table(LocalText, {"vi": reader, "en": reader})


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


def _repeats(values: Iterable[object], of: str) -> str:
    found = [str(value) for value, times in Counter(values).items() if times > 1]
    return f"must not repeat {of}: {', '.join(found)}" if found else ""


def _symbols_differ(options: tuple[Option, ...]) -> str:
    return _repeats((option.symbol for option in options), "a symbol")


def _points_differ(scale: Scale) -> str:
    return _repeats((option.points for option in scale.options), "points")


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
    return _repeats((question.code.upper() for question in (*items, *parts["facts"])), "a question code")


_WORDS = _exactly(str, "a text")
_TRUTH = _exactly(bool, "true or false")
_PLAIN = _ruled(_WORDS, _is_plain)
_TEXT = _local(_ruled(_PLAIN, _has_no_braces))
_WORDING = _local(_ruled(_PLAIN, _names_only_the_unit))
_SHORT = _local(_ruled(_PLAIN, _has_no_braces, _at_most(LONGEST_SHORT_LABEL)))
_CODE = _ruled(_WORDS, _is_code)
_CONFIDENCE = _one_of(*get_args(Confidence))
_CHOICE: dict[str, Reader[Any]] = {"symbol": _one_of(*OPTION_SYMBOLS), "label": _TEXT}


def _options(keys: Mapping[str, Reader[Any]]) -> Reader[tuple[Option, ...]]:
    return _ruled(_listed(_table(Option, keys), fewest=2, most=len(OPTION_SYMBOLS)), _symbols_differ)


_SCALE = _ruled(
    _table(Scale, {"satisfied_from": _between(0, 100), "options": _options({**_CHOICE, "points": _between(0, 100)})}),
    _points_differ,
    _splits_the_scale,
)
_ITEM = _table(
    Item,
    {"code": _CODE, "wording": _WORDING, "short": _SHORT, "confidence": _CONFIDENCE},
    {"number": _PLAIN, "not_applicable": _TEXT},
)
_DIMENSION = _ruled(
    _table(Dimension, {"code": _WORDS, "letter": _WORDS, "label": _TEXT, "items": _listed(_ITEM, fewest=1, most=99)}),
    _items_carry_the_letter,
)
_FACT = _table(
    Fact,
    {
        "code": _CODE,
        "kind": _one_of("fact", "profile", "overall"),
        "wording": _WORDING,
        "short": _SHORT,
        "options": _options(_CHOICE),
        "confidence": _CONFIDENCE,
        "asked_by_default": _TRUTH,
    },
    {"multiple": _TRUTH, "sensitive": _TRUTH},
)
_METHOD = _table(
    IndexMethod,
    {
        "definition": _one_of(*get_args(Definition)),
        "aggregation": _one_of(*get_args(Aggregation)),
        "missing": _one_of("exclude"),
        "decimals": _between(0, 6),
    },
)
_FILE: Reader[dict[str, Any]] = _ruled(
    _table(
        dict,
        {
            **dict.fromkeys(("title", "legal_basis", "unit", "note"), _TEXT),
            "verified": _TRUTH,
            "method": _METHOD,
            "scale": _SCALE,
            "dimensions": _ruled(_listed(_DIMENSION, fewest=len(DIMENSIONS), most=len(DIMENSIONS)), _are_the_five),
            "facts": _listed(_FACT, fewest=0, most=99),
        },
    ),
    _codes_differ,
)
