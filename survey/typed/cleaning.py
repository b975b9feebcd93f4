"""What is done to free text at entry: composed letters, no invisible characters, nothing that names a person.

Masking happens before anything is stored, so the database, its log and its backups never hold the
number (`survey.typed.masking`).
"""

import re
import unicodedata

from survey.typed.masking import mask_personal

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
