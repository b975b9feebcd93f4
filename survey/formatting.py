"""How numbers, dates and names are written and put in order. Pure, standard library only.

Rounding happens here and nowhere else, once, when a figure is shown.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Literal, TypeAlias

# Spelled out again because modules of one layer do not know each other; it is the type of survey.wording.
Language: TypeAlias = Literal["vi", "en"]
# The names of the months do not wait for what the machine was set to.
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
SortKey: TypeAlias = tuple[tuple[int, ...], ...]

NO_FIGURE = "–"

# Spaces and signs come before digits, digits before letters, as in the Vietnamese order of Unicode (CLDR).
ORDER = " _-–—,;:!?.'‘’\"“”«»()[]{}@*/\\&#%`^+<=>|~$0123456789aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
PLACES = {letter: place for place, letter in enumerate(ORDER)}
# The combining marks of huyền, hỏi, ngã, sắc and nặng; ngang has none.
TONES = "\u0300\u0309\u0303\u0301\u0323"

# UAX #15, stream-safe text: no language puts more marks on a letter. Putting them in order takes the square of a run.
MOST_MARKS = 30
# Of what is longer than it may be, so much is looked at; a letter is four signs at most, so it stays too long.
TIMES_TOO_LONG = 12
LONGEST_TEXT, MOST_SOUGHT = 5_000, 100
FIRST_MARK, BEHIND_MARKS = 0x300, 0x1F000
# Capitals that look like Đ, which keyboards for other languages write.
LIKE_D = str.maketrans({"\u00d0": "Đ", "\u0189": "Đ"})

# What spreadsheets take for the start of a formula (OWASP, CSV injection). Apostrophes before it count as
# part of it, so that the text of a neutralised cell is not mistaken for one that was not.
RUNS_AS_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def format_percent(value: float | None, decimals: int = 2, *, language: Language = "vi") -> str:
    """Write a finite figure with `decimals` places, without a sign for per cent; a dash when there is none.

    Halves go up (away from zero), decided on the shortest decimal expansion that stands for `value`: the
    figure a person would see unrounded. Decimal comma in Vietnamese, decimal point in English.

    >>> format_percent(82.6), format_percent(82.665), format_percent(82.665, language="en"), format_percent(None)
    ('82,60', '82,67', '82.67', '–')
    """
    if value is None:
        return NO_FIGURE
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    # Adding zero drops the sign of a zero: −0,001 is shown as 0,00.
    return _in_language(f"{rounded + 0:f}", language)


def format_count(count: int, *, language: Language = "vi") -> str:
    """Write a count with its thousands apart: a point in Vietnamese, a comma in English.

    >>> format_count(1234567), format_count(1234567, language="en")
    ('1.234.567', '1,234,567')
    """
    return _in_language(f"{count:,}", language)


@dataclass(frozen=True, slots=True)
class ToldCount:
    """A whole number inside a phrase, written as the language of the phrase writes it.

    >>> ToldCount(1250).in_language("vi"), ToldCount(1250).in_language("en")
    ('1.250', '1,250')
    """

    number: int

    def in_language(self, language: Language) -> str:
        """Return the number with its thousands apart."""
        return format_count(self.number, language=language)


@dataclass(frozen=True, slots=True)
class ToldPercent:
    """A figure in per cent inside a phrase, or none, without the sign.

    >>> ToldPercent(82.6).in_language("vi"), ToldPercent(82.6).in_language("en")
    ('82,60', '82.60')
    """

    figure: float | None

    def in_language(self, language: Language) -> str:
        """Return the figure with two decimals, a dash for none."""
        return format_percent(self.figure, language=language)


def format_date(day: date, *, language: Language = "vi") -> str:
    """Write a date as dd/mm/yyyy; in English, where that may be read as month and day, with the month in letters.

    >>> format_date(date(2025, 4, 7)), format_date(date(2025, 4, 7), language="en")
    ('07/04/2025', '7 April 2025')
    """
    return f"{day:%d/%m/%Y}" if language == "vi" else f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def format_moment(moment: datetime, *, language: Language = "vi") -> str:
    """Write a moment with its day.

    >>> format_moment(datetime(2025, 4, 7, 14)), format_moment(datetime(2025, 4, 7, 9, 30), language="en")
    ('14:00 ngày 07/04/2025', '09:30 on 7 April 2025')
    """
    day = format_date(moment.date(), language=language)
    return f"{moment:%H:%M} ngày {day}" if language == "vi" else f"{moment:%H:%M} on {day}"


def format_month(day: date) -> str:
    """Write the month of a date as mm/yyyy, in both languages.

    >>> format_month(date(2025, 4, 7))
    '04/2025'
    """
    return f"{day:%m/%Y}"


def month_code(month: str) -> str:
    """Return a month, given as 2026-11 or 202611, as files have it, after SDMX.

    Excel makes 1 November of 2026-11 and of 11/2026, in English and in Vietnamese. This stays a text and sorts by time.

    >>> month_code("2026-11"), month_code("202611")
    ('2026-M11', '2026-M11')
    """
    return f"{month[:4]}-M{month[-2:]}"


def read_whole(text: str) -> int | None:
    """Return a whole number of up to nine digits, None for anything else that stands in a form or an address.

    >>> read_whole("25"), read_whole("-3"), read_whole("٣"), read_whole("9" * 5000)
    (25, None, None, None)
    """
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def to_nfc(text: str) -> str:
    """Return `text` with every letter and its marks composed into one character where Unicode has one.

    Of a run of marks on one letter 30 are left, so the time grows with the length alone.

    >>> len("ệ"), len(to_nfc("e\\u0323\\u0302")), len(to_nfc("x" + "\\u0323" * 9_000))
    (1, 1, 31)
    """
    return text if text.isascii() else unicodedata.normalize("NFC", _thinned(text))


def compose(text: str, most: int = LONGEST_TEXT) -> str:
    """Return a text from outside, of `most` characters at most, composed (NFC); nobody else has to look at its length.

    One that is longer may be cut, but stays longer than `most`, so that whoever counts its characters refuses it.

    >>> compose("Ha\\u0300i"), len(compose("a" * 1_000, 10))
    ('Hài', 132)
    """
    cut = _thinned(text)[: TIMES_TOO_LONG * (most + 1)]
    return cut if cut.isascii() else unicodedata.normalize("NFC", cut)


def plain_signs(text: str, most: int) -> str:
    """Return a text from outside with the plain sign for each that only looks different (NFKC), cut as `compose` does.

    >>> plain_signs("\uff2b\uff17", 7)
    'K7'
    """
    return unicodedata.normalize("NFKC", _thinned(text)[: TIMES_TOO_LONG * (most + 1)])


def _thinned(text: str) -> str:
    return text if len(text) <= MOST_MARKS or text.isascii() else _long_run().sub(r"\1", text)


@cache
def _long_run() -> re.Pattern[str]:
    marks = "".join(sign for sign in map(chr, range(FIRST_MARK, BEHIND_MARKS)) if unicodedata.combining(sign))
    return re.compile(f"([{marks}]{{{MOST_MARKS}}})[{marks}]+")


def fold(text: str) -> str:
    """Return `text` as people type it in a hurry, to be searched in: lower case, without marks, đ as d.

    >>> fold("Sở Nội vụ tỉnh Đắk Lắk")
    'so noi vu tinh dak lak'
    """
    return text.translate(WITHOUT_MARKS)


class _WithoutMarks(dict[int, str]):
    """What each sign is without its marks; lists of thousands are searched, so it is worked out once a sign."""

    def __missing__(self, code: int) -> str:
        signs = unicodedata.normalize("NFD", chr(code))
        plain = "".join(sign for sign in signs if not unicodedata.combining(sign)).translate(LIKE_D).lower()
        plain = plain.replace("đ", "d")
        # What people search and what is searched hold some hundreds; nobody can make it grow beyond some thousands.
        if len(self) < MOST_SIGNS:
            self[code] = plain
        return plain


MOST_SIGNS = 5_000
WITHOUT_MARKS = _WithoutMarks()


def vietnamese_key(text: str) -> SortKey:
    """Return the key that sorts `text` in Vietnamese alphabetical order.

    Letters decide first (a ă â b c d đ e ê …), then tones (ngang huyền hỏi ngã sắc nặng), then small
    before capital, each over the whole text.

    >>> sorted(["Đà Nẵng", "Hà Giang", "Dĩ An", "đá", "Huế", "đa", "Đa"], key=vietnamese_key)
    ['Dĩ An', 'đa', 'Đa', 'đá', 'Đà Nẵng', 'Hà Giang', 'Huế']
    """
    return tuple(zip(*map(_weights, to_nfc(text)), strict=True))


def spreadsheet_safe(text: str) -> str:
    """Return `text` with an apostrophe before what a spreadsheet would run as a formula.

    That is a first character of `=`, `+`, `-`, `@`, tab or carriage return. A text that already looks
    neutralised gets one more apostrophe, so that taking one off always gives back what went in.

    >>> spreadsheet_safe("=1+1"), spreadsheet_safe("'=1+1"), spreadsheet_safe("Sở Nội vụ")
    ("'=1+1", "''=1+1", 'Sở Nội vụ')
    """
    return f"'{text}" if RUNS_AS_FORMULA.match(text) else text


def _in_language(number: str, language: Language) -> str:
    return number if language == "en" else number.translate(str.maketrans(",.", ".,"))


@cache
def _weights(character: str) -> tuple[int, int, int]:
    """Return the places of a character's letter, tone and case; what has no place follows z by code point."""
    marks = unicodedata.normalize("NFD", character.translate(LIKE_D))
    letter = to_nfc("".join(mark for mark in marks if mark not in TONES)).lower()
    tone = max((TONES.index(mark) + 1 for mark in marks if mark in TONES), default=0)
    return PLACES.get(letter, len(ORDER) + ord(character)), tone, int(character.isupper())
