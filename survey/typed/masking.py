"""What in free text leads to a person is hidden: telephone and identity numbers, e-mail addresses, dossier numbers.

It is meant for what people write without thinking, not as a promise that no name remains: comments are read by a
person before anybody else sees them. What a complaint is about stays: sums of money, days, numbers of decrees. They
are found first; what is left of nine digits and more, however it is grouped, is somebody's number.
"""

import re
from collections.abc import Iterator

HIDDEN_NUMBER = "[số đã ẩn]"
HIDDEN_ADDRESS = "[thư điện tử đã ẩn]"

Span = tuple[int, int]

# It begins where a word begins: tried at every letter of a long word, it would take the square of its length.
_ADDRESS = re.compile(
    r"(?<![^\s@<>()\[\],;:])[^\s@<>()\[\],;:]+@[^\s@<>()\[\],;:]+\.[^\s@<>()\[\],;:]+"
    r"|(?<![\w.+-])[\w.+-]{1,64}[ ]?[(\[][ ]?(?:at|a[ ]?còng)[ ]?[)\]][ ]?[\w-]{1,63}"
    r"(?:[ ]?(?:\.|[(\[]dot[)\]])[ ]?\w{1,63}){1,4}",
    re.IGNORECASE,
)

# Nothing of these begins in the middle of a number, or behind one that is parted from it by one sign only.
_ALONE = r"(?<!\d)(?<!\d[ .,_·/\-–—])"
_NO_MORE = r"(?![ .,_·]?\d)"
_THOUSANDS = r"[1-9]\d{0,2}(?:(?:\.\d{3}){1,5}|(?:,\d{3}){1,5})"
_SUM = rf"(?:{_THOUSANDS}(?:,\d{{1,2}})?|[1-9]\d{{0,2}}(?:\s\d{{3}}){{1,5}}|[1-9]\d{{0,14}}(?:[.,]\d{{1,2}})?)"
# Whole thousands: money in whatever words they stand.
_ROUND = r"[1-9]\d{0,2}(?:(?:\.\d{3}){0,4}\.000|(?:,\d{3}){0,4},000)"
# A comrade is no currency: “đồng chí”, “đ/c”.
_UNITS = r"đồng(?!\s+chí)|đ(?!/c)|vnđ|vnd|usd|đô|nghìn|ngàn|triệu|tr|tỷ|tỉ|trăm|chục|k"
_UNIT = rf"\s?(?:(?:{_UNITS})(?![^\W\d_])|\$|€)"
_CURRENCY = r"(?:\b(?:vnđ|vnd|usd)|\$|€)\s?"
_SPENT = (
    r"\b(?:phí|tiền|giá|thuế|nộp|thu|đóng|trả|chi|mất|tốn|hết|đòi|đưa|vay|phạt|bồi thường|hỗ trợ)"
    r"(?:\s(?:là|tới|đến|hết|thêm|khoảng|gần|hơn|trên|dưới|tổng|cộng|phạt|mặt|tôi|dân|cho|của)){0,2}(?:\s?:\s?|\s)"
)
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
_DATE_EDGE, _DATE_END = r"(?<!\d)(?<!\d[./\-])", r"(?![./\-]?\d)"
_DATES_AND_DECREES = "|".join(
    (
        rf"{_DATE_EDGE}{_DAY}(?P<by>[./\-]){_MONTH}(?P=by){_YEAR}{_DATE_END}",
        rf"{_DATE_EDGE}{_YEAR}-{_MONTH}-{_DAY}{_DATE_END}",
        r"(?<!\d)(?:[01]?\d|2[0-3])(?::|h|g)[0-5]\d(?!\d)",
        # Decrees, decisions, official letters: 118/2025/NĐ-CP, 1001/QĐ-BNV, 61/2018.
        rf"(?<!\d)(?<!\d[./\-])\d{{1,6}}/(?:{_YEAR}/)?[A-ZĐ][A-ZĐ\d]{{0,9}}(?:-[A-ZĐ\d&.]{{1,12}}){{0,4}}",
        rf"{_DATE_EDGE}\d{{1,5}}/{_YEAR}{_DATE_END}",
    )
)
_SUMS = "|".join(
    (
        rf"{_SUM}(?:\s?[-–—/]\s?{_SUM})?{_UNIT}",
        rf"{_ROUND}(?:\s?[-–—/]\s?{_ROUND})?{_NO_MORE}(?![-/]\d)",
    )
)
_KEPT = re.compile(
    rf"(?=\d)(?:{_ALONE}(?:{_SUMS})|(?=\d{{1,6}}[./:hg\-])(?:{_DATES_AND_DECREES}))"
    rf"|(?=\D)(?:{_CURRENCY}{_SUM}{_NO_MORE}"
    rf"|{_SPENT}(?:{_THOUSANDS}|[1-9]\d{{0,2}}(?:\s\d{{3}}){{0,4}}\s000|[1-9]\d{{0,10}}000){_NO_MORE})",
    re.IGNORECASE,
)
# The number of a dossier, as the portals write it: where it is handled, the day, and its number of that day.
_DOSSIER = re.compile(
    r"(?<![\w.])(?=[\d.]{0,24}[a-zđ])(?P<whole>[\da-zđ]{1,5}(?:\.[\da-zđ]{1,5}){0,5}-\d{6}-\d{3,6})(?![\w-])"
    r"|\b(?:hồ sơ|biên nhận|phiếu hẹn)(?:\s(?:số|mã|có mã|có số))?(?:\s?:\s?|\s)(?P<short>\d{6}-\d{3,6})(?![\w-])",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"\d{6}-\d{3}")
# Between two digits people put spaces, signs, whatever dash their word processor makes of a hyphen, the box of a key.
_SIGN = r"[^\S\n]|[.()\[\]\-\u2010-\u2015\u2212_·•∙*|~+'’\ufe0f\u20e3]"
# A comma, a slash or the end of a line between digits may as well stand between two numbers.
_LOOSE = r"(?:[^\S\n]?[,/][^\S\n]?|[^\S\n]?\n[^\S\n]?)"
_RUN = re.compile(rf"(?<!\d)[+(]{{0,2}}\d(?:(?:(?:{_SIGN}){{0,4}}|{_LOOSE})\d){{8,}}[\ufe0f\u20e3]{{0,2}}")
_PIECE = re.compile(rf"[+(]{{0,2}}\d(?:(?:{_SIGN}){{0,4}}\d)*[\ufe0f\u20e3]{{0,2}}")
LEAST_DIGITS, MOST_PIECES = 9, 6
# A telephone in Vietnam or written from abroad, or an identity card of twelve digits.
_PERSONAL = re.compile(r"(?:00)?84[2-9]\d{8,9}|(?:84)?0[2-9]\d{8,9}|0\d{11}")


def mask_personal(text: str, *, keep_dossiers: bool = False) -> str:
    """Return `text` with what leads to a person hidden; the number of a dossier may stay for whoever has to find it.

    >>> mask_personal("gọi 0912 345 678 hoặc a.b@c.vn, phí 150.000.000 đồng")
    'gọi [số đã ẩn] hoặc [thư điện tử đã ẩn], phí 150.000.000 đồng'
    """
    # What is hardly ever there is looked for where its sign is.
    if any(sign in text for sign in "@(["):
        text = _ADDRESS.sub(HIDDEN_ADDRESS, text)
    there = _DOSSIER.finditer(text) if _SERIAL.search(text) else ()
    dossiers = [match.span(match.lastgroup or 0) for match in there]
    blanked = _without(text, dossiers)
    blanked = _without(blanked, [match.span() for match in _KEPT.finditer(blanked)])
    hidden = [span for run in _RUN.finditer(blanked) for span in _personal_in(run)]
    for start, end in sorted(hidden if keep_dossiers else hidden + dossiers, reverse=True):
        text = f"{text[:start]}{HIDDEN_NUMBER}{text[end:]}"
    return text


def _without(text: str, spans: list[Span]) -> str:
    """Return a text of the same length, with nothing to be found where something is known."""
    pieces, last = [], 0
    for start, end in spans:
        pieces += [text[last:start], "\0" * (end - start)]
        last = end
    return "".join((*pieces, text[last:]))


def _personal_in(run: "re.Match[str]") -> Iterator[Span]:
    """Yield where in a run of digits somebody's number stands: all of it, or what no comma or line's end parts."""
    pieces = [(*piece.span(), _digits(piece[0])) for piece in _PIECE.finditer(run[0])]
    at = 0
    while at < len(pieces):
        taken = _taken(pieces[at : at + MOST_PIECES])
        if taken:
            yield run.start() + pieces[at][0], run.start() + pieces[at + taken - 1][1]
        at += taken or 1


def _taken(pieces: list[tuple[int, int, str]]) -> int:
    """Return how many pieces make one number, none when the first is part of no number of a person."""
    for count in range(len(pieces), 1, -1):
        digits = [digits for _, _, digits in pieces[:count]]
        if max(map(len, digits)) > 2 and _PERSONAL.fullmatch("".join(digits)):
            return count
    return int(len(pieces[0][2]) >= LEAST_DIGITS)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
