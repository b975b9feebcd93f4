"""How Excel shows a whole number of a cell: a code that is shown as 001 is 001, though the sheet keeps a 1."""

import re
from functools import lru_cache

# The parts of a number format: digits, texts between quotation marks or behind a backslash, signs that stand for
# themselves, a space as wide as another sign; a language or a colour shows nothing.
_PART = re.compile(
    r'(?P<digit>[0#?])|"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_(?P<space>.)|(?P<sign>[-./ ()+:])'
    r"|(?P<unseen>\[(?:\$-[0-9A-Fa-f]+|[A-Za-z]+)\])"
)
MOST_FORMAT = 60
# Beyond it a spreadsheet has lost digits itself.
MOST_NUMBER = 10**15


@lru_cache(maxsize=256)
def _parts(number_format: str) -> tuple[str, ...]:
    """Return the parts of a format for numbers that are not negative, none for a format of another kind."""
    own = re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', number_format)[0]
    parts, place = list[str](), 0
    while place < len(own):
        match = _PART.match(own, place)
        if not match:
            return ()
        kind, place = match.lastgroup, match.end()
        text = match[kind or 0]
        parts.append({"digit": text, "space": " ", "unseen": ""}.get(kind or "", f"={text}"))
    return tuple(parts)


def shown_as(number: float, number_format: str) -> str:
    """Return how a whole number is shown by a format of digits and signs; nothing where that is just its digits.

    >>> shown_as(1, "000"), shown_as(7, '"XA-"00'), shown_as(12345, "00-00"), shown_as(1, "General"), shown_as(5, "0")
    ('001', 'XA-07', '123-45', '', '')
    """
    whole = 0 <= number < MOST_NUMBER and number == int(number)
    parts = _parts(number_format) if whole and len(number_format) <= MOST_FORMAT else ()
    if "0" not in parts or parts == ("0",) or ("=." in parts):
        return ""
    digits, text = list(str(int(number))), ""
    left = sum(len(part) == 1 and part in "0#?" for part in parts)
    for part in reversed(parts):
        if part not in ("0", "#", "?"):
            text = part.removeprefix("=") + text
            continue
        left -= 1
        if left == 0:
            text, digits = "".join(digits or ["0" if part == "0" else ""]) + text, []
        else:
            text = (digits.pop() if digits else "0" if part == "0" else "") + text
    return text.strip()
