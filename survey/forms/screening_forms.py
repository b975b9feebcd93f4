"""What is sent when comments are screened: for each, whether it is shown and in which words.

Words may be left out and a name replaced by «[…]». Nothing is put into anybody's mouth: every word shown must stand in
the comment, in the same order.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from survey.forms.cleaning import HIDDEN_ADDRESS, HIDDEN_NUMBER, clean_comment

LEFT_OUT = "[…]"
SHOW, HIDE = "show", "hide"

NO_CHOICE = "Lời của ý kiến này đã sửa. Mời chọn «Đăng» hoặc «Không đăng»."
NOTHING_LEFT = "Không còn chữ nào để đăng. Nếu không muốn đăng, mời chọn «Không đăng»."
LONGER = "Lời đăng không được dài hơn ý kiến. Mời bỏ bớt."
OTHER_WORDS = (
    f"Chỉ được bỏ bớt chữ hoặc thay tên bằng {LEFT_OUT}; không thêm, sửa hay đảo chữ của người dân. Mời xem lại."
)

_KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)
_DOTS = re.compile(r"\[\s*(?:\.{2,}|…)\s*\]")
_MARKS = re.compile("|".join(map(re.escape, (LEFT_OUT, HIDDEN_NUMBER, HIDDEN_ADDRESS))))
_WORD = re.compile(r"\w+")

# Longer numbers are masked at entry already; shorter ones are prices, rooms and years.
_DIGITS = re.compile(r"\d(?:[ .\-]?\d){5,}")
# People type on phones without marks. A name is a word with a capital first, which a title before it announces.
_TITLES = "ông|bà|anh|chị|cô|chú|bác|em|đồng chí|đ/c|ong|ba|chi|co|chu|bac|dong chi|d/c"
_CALLED = re.compile(rf"(?i:\b({_TITLES}))(?=\s+([^\W\d_]+))")


@dataclass(frozen=True, slots=True)
class Choice:
    """What was sent of one comment: «show», «hide» or nothing, the words typed, and the mark of what was seen."""

    choice: str
    typed: str
    seen: str

    @property
    def words(self) -> str | None:
        """Return the words to show, none when the comment is hidden, None when nothing was chosen.

        >>> Choice("show", "Chị [...] tốt ", "").words
        'Chị […] tốt'
        """
        return {SHOW: shown_words(self.typed), HIDE: ""}.get(self.choice)

    def fault(self, original: str, held: str | None) -> str:
        """Return what is wrong in Vietnamese, nothing when all is right; `held` is what was decided before."""
        if self.choice == SHOW:
            return fault_of(shown_words(self.typed), original)
        edited = shown_words(self.typed) not in (shown_words(original), held)
        return NO_CHOICE if edited and self.choice != HIDE else ""


def read_choices(sent: Mapping[str, str]) -> dict[bytes, Choice]:
    """Return what was sent of each comment by its key; every one shown on the page has a field `s.` and its key.

    >>> key = "0a" * 16
    >>> sent = read_choices({f"s.{key}": "", f"d.{key}": "hide", "s.x": "", "token": "t"})
    >>> [(found.hex() == key, one.choice) for found, one in sent.items()]
    [(True, 'hide')]
    """
    keys = [name[2:] for name in sent if name.startswith("s.") and _KEY.fullmatch(name[2:])]
    return {bytes.fromhex(key): _choice(sent, key) for key in keys}


def _choice(sent: Mapping[str, str], key: str) -> Choice:
    # A browser sends each end of a line as two signs, a comment holds one.
    typed = sent.get(f"t.{key}", "").replace("\r\n", "\n")
    return Choice(sent.get(f"d.{key}", ""), typed, sent[f"s.{key}"])


def shown_words(typed: str) -> str:
    """Return words as they may be shown: composed, masked once more, and «[…]» however its dots were typed.

    >>> shown_words(" Gọi [...] số 0912 345 678 ")
    'Gọi […] số [số đã ẩn]'
    """
    return clean_comment(_DOTS.sub(LEFT_OUT, typed))


def fault_of(shown: str, original: str) -> str:
    """Return what is wrong with words to be shown for a comment, nothing when they are right.

    A mark «[…]» counts as one letter, so that it fits in the place of any name.

    >>> fault_of("Rất […]", "Rất chậm"), fault_of("Rất tốt", "Rất chậm") == OTHER_WORDS
    ('', True)
    """
    before = shown_words(original)
    if shown == before:
        return ""
    if not _words(shown):
        return NOTHING_LEFT
    if len(shown.replace(LEFT_OUT, "…")) > len(before):
        return LONGER
    rest = iter(_words(before))
    return "" if all(word in rest for word in _words(shown)) else OTHER_WORDS


def _words(text: str) -> list[str]:
    return _WORD.findall(_MARKS.sub(" ", text).casefold())


def find_doubts(text: str) -> tuple[str, ...]:
    """Return what in a comment may still point to a person: six digits or more, and names that follow a title.

    It is a hint for whoever reads: names without a title are not found, and some that are found are none.

    >>> find_doubts("Ông Nam ở phòng 12, hồ sơ 123 456, đồng chí Hoa")
    ('123 456', 'Ông Nam', 'đồng chí Hoa')
    """
    numbers = [found.group() for found in _DIGITS.finditer(text)]
    called = [found.groups() for found in _CALLED.finditer(text)]
    names = [
        f"{title} {name}"
        for title, name in called
        if name == name.capitalize() and name.casefold() not in _TITLES.split("|")
    ]
    return tuple(dict.fromkeys((*numbers, *names)))
