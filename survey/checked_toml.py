"""Files of settings in TOML, read whole and checked whole.

The format of a file is a table of readers. A reader takes a value and its place and returns the checked value; every
fault is raised by the place, as the error of whoever reads, and names file, key and what the value must be.
"""

import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn, TypeAlias, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where a value stands: the file and the dotted key; `error` makes what is raised of file, key and expectation."""

    file: str
    error: Callable[[str, str, str], Exception]
    key: str = ""

    def at(self, name: str) -> "KeyPlace":
        """Return the place of the value called `name` in the table here."""
        return replace(self, key=f"{self.key}.{name}" if self.key else name)

    def refuse(self, expected: str) -> NoReturn:
        """Raise the error that says what the value here must be."""
        raise self.error(self.file, self.key or "file", expected)


Reader: TypeAlias = Callable[[object, KeyPlace], T]


def read_toml(path: Path, place: KeyPlace) -> tuple[bytes, dict[str, object]]:
    """Return the bytes of a file and its tables."""
    try:
        content = path.read_bytes()
        return content, tomllib.loads(content.decode("utf-8"))
    except OSError as error:
        place.refuse(f"must be a readable file ({error.strerror})")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        place.refuse(f"must be TOML in UTF-8 ({error})")


def exactly(kind: type[T], name: str) -> Reader[T]:
    """Return a reader of one type; `type` rather than `isinstance` because true is no whole number."""

    def read(value: object, place: KeyPlace) -> T:
        return value if type(value) is kind else place.refuse(f"must be {name}")

    return read


def table(
    make: Callable[..., T], required: Mapping[str, Reader[Any]], optional: Mapping[str, Reader[Any]] | None = None
) -> Reader[T]:
    """Return a reader of a table with these keys and no others; `make` takes them by name."""
    readers = {**required, **(optional or {})}

    def read(value: object, place: KeyPlace) -> T:
        pairs = exactly(dict, "a table")(value, place)
        for key in sorted(required.keys() - pairs.keys()):
            place.at(key).refuse("must be given")
        for key in sorted(pairs.keys() - readers.keys()):
            place.at(key).refuse(f"is not a key here; the keys are {', '.join(readers)}")
        return make(**{key: readers[key](part, place.at(key)) for key, part in pairs.items()})

    return read


def listed(reader: Reader[T], *, fewest: int, most: int) -> Reader[tuple[T, ...]]:
    """Return a reader of an array; its places are named by `code` where there is one, else by number from 1."""

    def read(value: object, place: KeyPlace) -> tuple[T, ...]:
        entries = exactly(list, "an array")(value, place)
        if not fewest <= len(entries) <= most:
            place.refuse(f"must have {fewest} to {most} entries, not {len(entries)}")
        return tuple(reader(part, place.at(_name(part, number))) for number, part in enumerate(entries, 1))

    return read


def _name(part: object, number: int) -> str:
    return str(part.get("code") or number) if isinstance(part, dict) else str(number)


def ruled(reader: Reader[T], *rules: Callable[[T], str]) -> Reader[T]:
    """Return a reader that also refuses what a rule objects to; a rule returns its objection or nothing."""

    def read(value: object, place: KeyPlace) -> T:
        parsed = reader(value, place)
        for objection in filter(None, (rule(parsed) for rule in rules)):
            place.refuse(objection)
        return parsed

    return read


def one_of(*names: str) -> Reader[str]:
    """Return a reader of one of some texts."""
    return ruled(WORDS, lambda found: "" if found in names else f"must be one of {', '.join(names)}, not {found!r}")


def between(low: int, high: int) -> Reader[int]:
    """Return a reader of whole numbers within bounds, both included."""
    whole = exactly(int, "a whole number")
    return ruled(whole, lambda found: "" if low <= found <= high else f"must be from {low} to {high}, not {found}")


def repeats(values: Iterable[object], of: str) -> str:
    """Object to values that stand there twice."""
    found = [str(value) for value, times in Counter(values).items() if times > 1]
    return f"must not repeat {of}: {', '.join(found)}" if found else ""


def is_filled(text: str) -> str:
    """Object to a text without a letter."""
    return "" if text.strip() else "must not be empty"


WORDS = exactly(str, "a text")
TRUTH = exactly(bool, "true or false")
