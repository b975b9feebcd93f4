"""What is done to free text at entry: composed letters, no invisible characters, nothing that names a person.

Masking happens before anything is stored, so the database, its log and its backups never hold the
number (`survey.typed.masking`).
"""

import re
import unicodedata

from survey.formatting import LIKE_D, compose
from survey.typed.masking import mask_personal

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


def clean_comment(text: str | None) -> str:
    """Return a citizen's comment as it may be stored.

    >>> clean_comment("hồ sơ 000.00.12.H37-261105-0012")
    'hồ sơ [số đã ẩn]'
    """
    return mask_personal(clean_text(text))


def clean_letter(text: str | None) -> str:
    """Return a complaint or suggestion as it may be stored: the desk has to find the dossier it is about.

    >>> clean_letter("hồ sơ 000.00.12.H37-261105-0012, gọi 0912/345/678")
    'hồ sơ 000.00.12.H37-261105-0012, gọi [số đã ẩn]'
    """
    return mask_personal(clean_text(text), keep_dossiers=True)
