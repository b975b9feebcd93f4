"""What is done to free text at entry: composed letters, no invisible characters, nothing that names a person.

Masking happens before anything is stored, so the database, its log and its backups never hold the
number. It is meant for what people write without thinking, not as a promise that no name remains:
comments are read by a person before anybody else sees them.
"""

import re
import unicodedata

HIDDEN_NUMBER = "[số đã ẩn]"
HIDDEN_ADDRESS = "[thư điện tử đã ẩn]"

# It begins where a word begins: tried at every letter of a long word, it would take the square of its length.
_ADDRESS = re.compile(r"(?<![^\s@<>()\[\],;:])[^\s@<>()\[\],;:]+@[^\s@<>()\[\],;:]+\.[^\s@<>()\[\],;:]+")
# Nine digits or more, however they are grouped: telephone numbers have 9 to 11, identity cards 9 or 12.
# Between the digits people put spaces, dots, brackets, and whatever dash their word processor makes of a hyphen.
_NUMBER = re.compile(r"(?<!\d)\+?\d(?:(?:[^\S\n]|[.()\-\u2010-\u2015\u2212]){0,3}\d){8,}(?!\d)")
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_BLANK_LINES = re.compile(r"\n{3,}")


def clean_text(text: str | None) -> str:
    """Return `text` composed (NFC), without control, zero-width and direction characters, trimmed.

    >>> clean_text(" Ha\\u0300i lo\\u0300ng\\x00\\u200b\\r\\n")
    'Hài lòng'
    """
    lines = (text or "").replace("\r\n", "\n").replace("\r", "\n")
    # Letters are composed last: an invisible character between a letter and its mark keeps them apart.
    visible = "".join(letter for letter in lines if letter == "\n" or _is_visible(letter))
    return _BLANK_LINES.sub("\n\n", unicodedata.normalize("NFC", visible)).strip()


def _is_visible(letter: str) -> bool:
    return unicodedata.category(letter) not in _INVISIBLE


def mask_personal(text: str) -> str:
    """Return `text` with e-mail addresses and numbers of nine digits or more hidden.

    >>> mask_personal("gọi 0912 345 678 hoặc a.b@c.vn")
    'gọi [số đã ẩn] hoặc [thư điện tử đã ẩn]'
    """
    return _NUMBER.sub(HIDDEN_NUMBER, _ADDRESS.sub(HIDDEN_ADDRESS, text))


def clean_comment(text: str | None) -> str:
    """Return a citizen's comment as it may be stored."""
    return mask_personal(clean_text(text))
