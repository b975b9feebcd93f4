"""What is done to free text at entry: composed letters, no invisible characters, nothing that names a person.

Masking happens before anything is stored, so the database, its log and its backups never hold the
number. It is meant for what people write without thinking, not as a promise that no name remains:
comments are read by a person before anybody else sees them.
"""

import re
import unicodedata

from survey.formatting import LIKE_D, compose

HIDDEN_NUMBER = "[số đã ẩn]"
HIDDEN_ADDRESS = "[thư điện tử đã ẩn]"

# It begins where a word begins: tried at every letter of a long word, it would take the square of its length.
_ADDRESS = re.compile(r"(?<![^\s@<>()\[\],;:])[^\s@<>()\[\],;:]+@[^\s@<>()\[\],;:]+\.[^\s@<>()\[\],;:]+")
# Nine digits or more, however they are grouped: telephone numbers have 9 to 11, identity cards 9 or 12.
# Between the digits people put spaces, dots, brackets, and whatever dash their word processor makes of a hyphen.
_NUMBER = re.compile(r"(?<!\d)\+?\d(?:(?:[^\S\n]|[.()\-\u2010-\u2015\u2212]){0,3}\d){8,}(?!\d)")
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
# Letters of which nothing is seen: fillers of the Korean script, the blank of Braille, a note without a head.
BLANKS = "\u115f\u1160\u3164\uffa0\u2800\U0001d159"
_BLANK_LINES = re.compile(r"\n{3,}")


def clean_text(text: str | None) -> str:
    """Return `text` composed (NFC), without control, zero-width and direction characters, trimmed.

    Letters nobody sees are blanks, a text in which nothing is seen is empty, and what looks like Đ is Đ.

    >>> clean_text(" Ha\\u0300i lo\\u0300ng\\x00\\u200b\\r\\n"), clean_text("\\u3164\\u2800"), clean_text("\\u00d0ông")
    ('Hài lòng', '', 'Đông')
    """
    lines = (text or "").replace("\r\n", "\n").replace("\r", "\n")
    # Letters are composed last: an invisible character between a letter and its mark keeps them apart.
    visible = lines.translate(_instead_of(frozenset(lines)))
    return compose(_BLANK_LINES.sub("\n\n", visible)).strip() if is_seen(visible) else ""


def is_seen(text: str) -> bool:
    """Tell whether anything of `text` is seen: more than blanks, and more than marks on nothing.

    >>> is_seen("a"), is_seen("\\u3164 \\ufe0f")
    (True, False)
    """
    signs = frozenset(text).difference(BLANKS)
    return any(not sign.isspace() and unicodedata.category(sign)[0] != "M" for sign in signs)


def _instead_of(signs: frozenset[str]) -> dict[int, str | None]:
    """Return what stands for some signs of a text, each looked at once: nothing, a blank, a Đ."""
    hidden = {ord(sign): None for sign in signs if sign != "\n" and unicodedata.category(sign) in _INVISIBLE}
    return {**hidden, **{ord(sign): " " for sign in BLANKS}, **LIKE_D}


def mask_personal(text: str) -> str:
    """Return `text` with e-mail addresses and numbers of nine digits or more hidden.

    >>> mask_personal("gọi 0912 345 678 hoặc a.b@c.vn")
    'gọi [số đã ẩn] hoặc [thư điện tử đã ẩn]'
    """
    return _NUMBER.sub(HIDDEN_NUMBER, _ADDRESS.sub(HIDDEN_ADDRESS, text))


def clean_comment(text: str | None) -> str:
    """Return a citizen's comment as it may be stored."""
    return mask_personal(clean_text(text))
