"""Passwords nobody should choose: what many people have, what follows from the account, and what repeats or counts up.

A password is looked at as a guesser would try it: in small letters, without marks, blanks and what stands around it.
"""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from survey.formatting import fold
from survey.wording import mark

COMMON = Path(__file__).with_name("common_passwords.txt")
LEAST = 12
# So many characters must be left when what a guesser knows is taken away.
LEAST_OF_ITS_OWN = 6
LEAST_WORD = 3
# Shorter words stand inside many a password, and hardly anybody puts more than that around one.
LEAST_COMMON, MOST_AROUND = 4, 20
FEWEST_CHARACTERS = 5
PRODUCT = ("hailong", "khaosat", "sipas")
# A run of one of these, either way, counts as one step of thought.
ROWS = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn")
LEAST_RUN = 4

BLANKS = mark("Mật khẩu cần ít nhất 12 ký tự, các khoảng trắng liền nhau chỉ tính là một. Hãy viết thêm.")
COMMON_ONE = mark("Nhiều người dùng mật khẩu này nên dễ bị đoán. Hãy ghép vài từ không liên quan với nhau.")
REPEATED = mark("Mật khẩu chỉ lặp lại vài ký tự nên dễ bị đoán. Hãy ghép vài từ không liên quan với nhau.")
IN_A_ROW = mark(
    "Mật khẩu gồm những ký tự liền nhau trên bàn phím hoặc theo thứ tự. Hãy ghép vài từ không liên quan với nhau."
)
OF_THE_ACCOUNT = mark(
    "Mật khẩu chỉ gồm tên tài khoản, tên cơ quan hoặc tên hệ thống. Hãy thêm những từ không liên quan đến công việc."
)


def weakness_of(password: str, *, own: Sequence[str] = ()) -> str | None:
    """Return why a password must not be chosen, as a message that says what to do; None when it may be.

    `own` are the words that go with the account: its name, whose survey it is.

    >>> weakness_of("weak1weak1weak1") == REPEATED, weakness_of("cá chép bơi ngược núi")
    (True, None)
    """
    if len(" ".join(password.split())) < LEAST:
        return BLANKS
    plain = _plain(password)
    if _repeats(plain):
        return REPEATED
    if _is_common(plain):
        return COMMON_ONE
    if len(_without_runs(plain)) < LEAST_OF_ITS_OWN:
        return IN_A_ROW
    if len(_without_words(plain, own)) < LEAST_OF_ITS_OWN:
        return OF_THE_ACCOUNT
    return None


def _plain(text: str) -> str:
    return "".join(fold(text).split())


@cache
def _common() -> frozenset[str]:
    lines = COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not (line == "#" or line.startswith("# ")))


def _is_common(plain: str) -> bool:
    """Tell whether a text is a common password, or one with nothing but digits and signs put before or after it."""
    ahead, behind = (len(re.match(r"[\W\d_]*", text)[0]) for text in (plain, plain[::-1]))  # type: ignore[index]
    starts, ends = range(min(ahead, MOST_AROUND) + 1), range(min(behind, MOST_AROUND) + 1)
    cores = (plain[start : len(plain) - end] for start in starts for end in ends)
    return any(core in _common() for core in cores if len(core) >= LEAST_COMMON)


def _repeats(plain: str) -> bool:
    """Tell whether a text has hardly any characters, or is a shorter one again and again, the last time cut off."""
    periods = range(1, len(plain) // 2 + 1)
    return len(set(plain)) < FEWEST_CHARACTERS or any(plain[by:] == plain[:-by] for by in periods)


def _without_runs(plain: str) -> str:
    """Return a text without the runs of neighbours in it, and without the digits that are left."""
    rest = plain
    for row in (*ROWS, *(row[::-1] for row in ROWS)):
        for length in range(len(row), LEAST_RUN - 1, -1):
            for start in range(len(row) - length + 1):
                rest = rest.replace(row[start : start + length], "")
    return re.sub(r"\d", "", rest) if rest != plain else rest


def _without_words(plain: str, own: Sequence[str]) -> str:
    """Return the letters of a text that are left without the words of the account."""
    whole = [_plain(text) for text in own]
    parts = [_plain(part) for text in own for part in re.split(r"[\W_]+", text)]
    rest = plain
    for word in sorted({*PRODUCT, *whole, *parts}, key=len, reverse=True):
        if len(word) >= LEAST_WORD:
            rest = rest.replace(word, "")
    return re.sub(r"[\W\d_]", "", rest) if rest != plain else rest
