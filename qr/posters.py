"""Set posters, table tents and stickers as one tagged PDF (PDF/UA-1).

What stands where is in the `.typ` files beside this one. They get every text as data, never as markup, so a name
may hold any sign. Equal posters give equal bytes.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

import typst

from qr.codes import QUIET_ZONE, matrix_svg, qr_matrix

Entry: TypeAlias = dict[str, object]

_HERE = Path(__file__).parent
_FONTS = _HERE / "fonts"

# Hyphens that word processors put in for the plain one; the font has only that.
_HYPHENS = str.maketrans("\u2010\u2011", "--")


class PosterSize(StrEnum):
    """What is printed; the tent and the stickers are sheets of A4."""

    A4 = "a4"
    A5 = "a5"
    TENT = "tent"
    STICKER = "sticker"


@dataclass(frozen=True, slots=True)
class Poster:
    """What one poster says.

    `address` is the one in the code, `readable_address` the same as people read and type it (`host/k/CODE`).
    `contact` is a whole line, "" when there is none; `results_address` is where people read what the agency got, as
    they type it, `runner` who runs the survey, each "" when the poster does not say. A sticker has room for none of the
    three. A `trial` says “BẢN THỬ” across.
    """

    agency: str
    service_point: str
    address: str
    readable_address: str
    code: str
    serial: str
    printed_on: date
    contact: str = ""
    results_address: str = ""
    runner: str = ""
    trial: bool = False


class UnprintableTextError(ValueError):
    """A text holds a character the poster font does not have."""

    def __init__(self, poster: Poster, field: str, character: str) -> None:
        super().__init__(
            f"poster {poster.code}: {field} holds {character!r} (U+{ord(character):04X}), "
            "which the poster font does not have; write it with another character"
        )
        self.poster, self.field, self.character = poster, field, character


def check_texts(poster: Poster) -> None:
    """Raise UnprintableTextError when a text of `poster` holds a character the font does not have."""
    _texts(poster)


def draw_poster(poster: Poster, size: PosterSize, *, dots_per_inch: int = 60) -> bytes:
    """Return the page of one poster as a PNG, to be looked at. Raises QrTooLongError and UnprintableTextError."""
    return _compile([_entry(poster)], size, _Output("png", dots_per_inch=dots_per_inch))


def make_posters(
    posters: Sequence[Poster], size: PosterSize, *, progress: Callable[[int], None] | None = None
) -> bytes:
    """Return one PDF with a bookmarked page for each poster, in the order given.

    `progress` is told how many posters are prepared; setting them all follows in one go, in about the same time.
    Raises ValueError without posters, QrTooLongError and UnprintableTextError.
    """
    if not posters:
        raise ValueError("there is no poster to print; name at least one service point")
    entries = []
    for done, poster in enumerate(posters, start=1):
        entries.append(_entry(poster))
        if progress:
            progress(done)
    return _typeset(entries, size, day=max(poster.printed_on for poster in posters))


@cache
def font_characters() -> frozenset[str]:
    """Return every character a poster can show, from the list its fonts were cut with."""
    ranges = re.findall(r"^U\+(\w+)-(\w+)", (_FONTS / "unicodes.txt").read_text(encoding="ascii"), re.MULTILINE)
    return frozenset(chr(point) for first, last in ranges for point in range(int(first, 16), int(last, 16) + 1))


def _entry(poster: Poster) -> Entry:
    """Return what the layout needs of one poster: its texts, its code and how many modules that is wide."""
    matrix = qr_matrix(poster.address)
    return _texts(poster) | {
        "printed_on": f"{poster.printed_on:%d/%m/%Y}",
        "trial": poster.trial,
        "svg": matrix_svg(matrix, title=poster.address),
        "modules": len(matrix) - 2 * QUIET_ZONE,
    }


def _texts(poster: Poster) -> Entry:
    return {field: _printable(poster, field, text) for field, text in asdict(poster).items() if isinstance(text, str)}


def _printable(poster: Poster, field: str, text: str) -> str:
    if character := unprintable_in(text):
        raise UnprintableTextError(poster, field, character)
    return _plain(text)


def _plain(text: str) -> str:
    """Return `text` composed (NFC), on one line and without invisible characters."""
    composed = unicodedata.normalize("NFC", text).translate(_HYPHENS)
    visible = "".join(character for character in composed if unicodedata.category(character) != "Cf")
    return " ".join(visible.split())


def unprintable_in(text: str) -> str:
    """Return the first character of a text that the font does not have, nothing when it can be printed.

    >>> unprintable_in("Quầy 3 – Hộ tịch"), unprintable_in("Quầy 3 ★")
    ('', '★')
    """
    return next((character for character in _plain(text) if character not in font_characters()), "")


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[_FONTS])


def _typeset(entries: list[Entry], size: PosterSize, *, day: date) -> bytes:
    """Return the PDF of all entries. Its date is that of the paper, so that equal posters give equal bytes."""
    return _compile(entries, size, _Output("pdf", standard="ua-1", moment=datetime.combine(day, time(), UTC)))


@dataclass(frozen=True, slots=True)
class _Output:
    """What the typesetter is asked for."""

    format: Literal["pdf", "png"]
    standard: Literal["ua-1"] | None = None
    moment: datetime | None = None
    dots_per_inch: int | None = None


def _compile(entries: list[Entry], size: PosterSize, output: _Output) -> bytes:
    job = {"title": _title(entries), "size": size, "posters": entries}
    return typst.compile(
        _HERE / "posters.typ",
        root=_HERE,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format=output.format,
        ppi=output.dots_per_inch,
        sys_inputs={"job": json.dumps(job)},
        pdf_standards=output.standard,
        timestamp=output.moment,
    )


def _title(entries: list[Entry]) -> str:
    if len(entries) > 1:
        return f"Mã QR khảo sát của {len(entries)} điểm phục vụ"
    return f"Mã QR khảo sát: {entries[0]['service_point']} – {entries[0]['agency']}"
