"""The code of a survey round: what it may be, whoever makes the round, and one that is free."""

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import TypeAlias

from survey.fieldwork import SurveyRound
from survey.wording import Phrase, phrase

# What is wrong with a field.
Wrong: TypeAlias = tuple[str, Phrase]

# Codes stand in addresses, on staff pages and on public ones; these words stand there already.
RESERVED = frozenset({"new", "preview", "feedback"})
MOST_IN_A_CODE = 40
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def wrong_code(code: str, rounds: Iterable[SurveyRound]) -> Iterator[Wrong]:
    """Yield why a new round cannot have a code: its letters, its length, an address of ours, or another round's."""
    if not _CODE.fullmatch(code):
        yield (
            "code",
            phrase("Mã chỉ gồm chữ không dấu, chữ số, dấu chấm, gạch dưới và gạch nối, bắt đầu bằng chữ hoặc số."),
        )
    if len(code) > MOST_IN_A_CODE:
        yield "code", phrase("Dài quá {most} ký tự, hãy viết ngắn hơn.", most=MOST_IN_A_CODE)
    if code.lower() in RESERVED:
        yield "code", phrase("Hãy đặt mã khác: từ này đã dùng trong địa chỉ của trang.")
    if code.lower() in {other.code.lower() for other in rounds}:
        yield "code", phrase("Đã có đợt khảo sát mang mã {code}. Hãy đặt mã khác.", code=code)


def suggested_code(rounds: Collection[SurveyRound], opens: date) -> str:
    """Return a code that is free: the year and the quarter a round opens in, with a number if that is taken.

    >>> suggested_code([], date(2026, 11, 21))
    '2026-q4'
    """
    taken, code = {one.code.lower() for one in rounds}, f"{opens.year}-q{(opens.month + 2) // 3}"
    return next(one for one in (code, *(f"{code}-{number}" for number in range(2, 1000))) if one not in taken)
