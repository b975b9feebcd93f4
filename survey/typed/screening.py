"""What is sent when comments are screened: for each, whether it is shown and in which words.

Words may be left out where “[…]” stands for them: without the mark “tôi không hài lòng” could become its contrary.
Nothing is put into anybody's mouth: every word and every sign shown, punctuation aside, must stand in the comment, in
the same order.
"""

import re
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from survey.typed.cleaning import clean_comment
from survey.typed.masking import HIDDEN_ADDRESS, HIDDEN_NUMBER
from survey.wording import Phrase, mark

LEFT_OUT = "[…]"
SHOW, HIDE = "show", "hide"

NO_CHOICE = mark("Nội dung ý kiến này đã được sửa. Hãy chọn “Đăng” hoặc “Không đăng”.")
NOTHING_LEFT = mark("Không còn chữ nào để đăng. Nếu không muốn đăng, hãy chọn “Không đăng”.")
LONGER = mark("Nội dung đăng không được dài hơn ý kiến. Hãy bỏ bớt.")
OTHER_WORDS = mark(
    "Chỉ được bỏ bớt chữ hoặc thay tên bằng […]; không thêm, sửa hay đảo chữ của người dân. Hãy xem lại."
)
UNMARKED = mark("Đã bỏ {words} mà chưa ghi […]: bỏ chữ nào thì ghi […] vào chỗ đó. Nên ghi: “{proposed}”")
MISPLACED = mark("Dấu […] phải đứng đúng chỗ có chữ bị bỏ. Nên ghi: “{proposed}”")
# As many letters of the words left out are named.
MOST_NAMED = 60

_KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)
_DOTS = re.compile(r"\[\s*(?:\.{2,}|…)\s*\]")
_MARKS = "|".join(map(re.escape, (LEFT_OUT, HIDDEN_NUMBER, HIDDEN_ADDRESS)))
# What may not be left out in silence: what was masked at entry, a word, or one sign.
_PIECE = re.compile(rf"{_MARKS}|\w+|[^\w\s]")
_WORD = re.compile(r"\w+")

# Longer numbers are masked at entry already; shorter ones are prices, rooms and years.
_DIGITS = re.compile(r"\d(?:[ .\-]?\d){5,}")
# People type on phones without marks. A name is a word with a capital first, which a title before it announces.
_TITLES = "ông|bà|anh|chị|cô|chú|bác|em|đồng chí|đ/c|ong|ba|chi|co|chu|bac|dong chi|d/c"
_CALLED = re.compile(rf"(?i:\b({_TITLES}))(?=\s+([^\W\d_]+))")


@dataclass(frozen=True, slots=True)
class SentDecision:
    """What was sent of one comment: “show”, “hide” or nothing, the words typed, and the mark of what was seen."""

    choice: str
    typed: str
    seen: str

    @property
    def words(self) -> str | None:
        """Return the words to show, none when the comment is hidden, None when nothing was chosen.

        >>> SentDecision("show", "Chị [...] tốt ", "").words
        'Chị […] tốt'
        """
        return {SHOW: shown_words(self.typed), HIDE: ""}.get(self.choice)

    def fault(self, original: str, held: str | None) -> Phrase | None:
        """Return what is wrong, None when all is right; `held` is what was decided before."""
        if self.choice == SHOW:
            return fault_of(shown_words(self.typed), original)
        edited = shown_words(self.typed) not in (shown_words(original), held)
        return Phrase(NO_CHOICE) if edited and self.choice != HIDE else None


def read_choices(sent: Mapping[str, str]) -> dict[bytes, SentDecision]:
    """Return what was sent of each comment by its key; every one shown on the page has a field `s.` and its key.

    >>> key = "0a" * 16
    >>> sent = read_choices({f"s.{key}": "", f"d.{key}": "hide", "s.x": "", "token": "t"})
    >>> [(found.hex() == key, one.choice) for found, one in sent.items()]
    [(True, 'hide')]
    """
    keys = [name[2:] for name in sent if name.startswith("s.") and _KEY.fullmatch(name[2:])]
    return {bytes.fromhex(key): _choice(sent, key) for key in keys}


def _choice(sent: Mapping[str, str], key: str) -> SentDecision:
    # A browser sends each end of a line as two signs, a comment holds one.
    typed = sent.get(f"t.{key}", "").replace("\r\n", "\n")
    return SentDecision(sent.get(f"d.{key}", ""), typed, sent[f"s.{key}"])


def shown_words(typed: str) -> str:
    """Return words as they may be shown: composed, masked once more, and “[…]” however its dots were typed.

    >>> shown_words(" Gọi [...] số 0912 345 678 ")
    'Gọi […] số [số đã ẩn]'
    """
    return clean_comment(_DOTS.sub(LEFT_OUT, typed))


def fault_of(shown: str, original: str) -> Phrase | None:
    """Return what is wrong with words to be shown for a comment, None when they are right.

    A mark “[…]” stands for one word or sign, or for several in a row, and counts as one letter, so that it fits in the
    place of any name.

    >>> fault_of("Rất […]", "Rất chậm"), fault_of("Rất tốt", "Rất chậm") == Phrase(OTHER_WORDS)
    (None, True)
    >>> fault_of("Tôi hài lòng", "Tôi không hài lòng").in_language("vi")
    'Đã bỏ “không” mà chưa ghi […]: bỏ chữ nào thì ghi […] vào chỗ đó. Nên ghi: “Tôi […] hài lòng”'
    """
    before = shown_words(original)
    if shown == before:
        return None
    if not any(_WORD.match(piece) for piece in _pieces(shown)):
        return Phrase(NOTHING_LEFT)
    if len(shown.replace(LEFT_OUT, "…")) > len(before):
        return Phrase(LONGER)
    runs, said = _runs(_pieces(shown)), _pieces(before)
    return None if _fit(runs, said) else _gap_fault(runs, before)


def _pieces(text: str) -> list[str]:
    return [found.group().casefold() for found in _found(text)]


def _found(text: str) -> list[re.Match[str]]:
    """Return masks, words and signs where they stand; punctuation is none of them."""
    found = _PIECE.finditer(text)
    return [one for one in found if len(one.group()) > 1 or not unicodedata.category(one.group()).startswith("P")]


def _runs(pieces: Sequence[str]) -> list[list[str]]:
    """Return what stands together between the marks; empty first and last ones say that a mark stands at that end.

    >>> _runs(["[…]", "rất", "tốt", "[…]", "[…]", "xa"])
    [[], ['rất', 'tốt'], ['xa']]
    """
    runs: list[list[str]] = [[]]
    for piece in pieces:
        if piece != LEFT_OUT:
            runs[-1].append(piece)
        elif runs[-1] or len(runs) == 1:
            runs.append([])
    return runs


def _fit(runs: Sequence[list[str]], said: list[str]) -> bool:
    """Tell whether the runs make up what was said, with something left out between any two of them."""
    first, *middle, last = runs if len(runs) > 1 else (*runs, [])
    if len(runs) == 1 or said[: len(first)] != first:
        return said == first
    start = len(first)
    for run in middle:
        place = _place(run, said, start + 1)
        if place is None:
            return False
        start = place + len(run)
    return start < len(said) - len(last) and said[len(said) - len(last) :] == last


def _place(run: list[str], said: list[str], start: int) -> int | None:
    """Return the first place from `start` on where a run stands."""
    places = range(start, len(said) - len(run) + 1)
    return next((place for place in places if said[place : place + len(run)] == run), None)


def _gap_fault(runs: Sequence[list[str]], before: str) -> Phrase:
    """Say what was left out without a mark, with the words as they would be right; or that there are other words."""
    said = _pieces(before)
    kept = _kept(runs, said) or _kept([[piece] for run in runs for piece in run], said)
    if kept is None:
        return Phrase(OTHER_WORDS)
    gaps, marks = _gaps(kept, before), set(accumulate(map(len, runs[:-1])))
    proposed = before
    for _, span in reversed(gaps):
        proposed = f"{proposed[: span.start]}{LEFT_OUT}{proposed[span.stop :]}"
    unmarked = [
        textwrap.shorten(before[span], MOST_NAMED, placeholder=" …") for place, span in gaps if place not in marks
    ]
    words = ", ".join(f"“{piece}”" for piece in unmarked)
    return Phrase(UNMARKED if unmarked else MISPLACED, {"words": words, "proposed": proposed})


def _gaps(kept: Sequence[int], before: str) -> list[tuple[int, slice]]:
    """Return what was left out: before the how manieth of the kept pieces, and where it stands in the comment."""
    found = _found(before)
    ends = zip((0, *(place + 1 for place in kept)), (*kept, len(found)), strict=True)
    left_out = ((place, found[start:end]) for place, (start, end) in enumerate(ends))
    return [(place, slice(gone[0].start(), gone[-1].end())) for place, gone in left_out if gone]


def _kept(runs: Sequence[list[str]], said: list[str]) -> list[int] | None:
    """Return where the runs stand, one behind the other, None where they do not."""
    kept: list[int] = []
    for run in runs:
        place = _place(run, said, kept[-1] + 1 if kept else 0)
        if place is None:
            return None
        kept += range(place, place + len(run))
    return kept


def find_doubts(text: str) -> tuple[str, ...]:
    """Return what in a comment may still point to a person: six digits or more, and names that follow a title.

    It is a hint for whoever reads: names without a title are not found, and some that are found are none.

    >>> find_doubts("Ông Nam ở phòng 12, hồ sơ 123 456, đồng chí Hoa")
    ('123 456', 'Ông Nam', 'đồng chí Hoa')
    """
    numbers = [match.group() for match in _DIGITS.finditer(text)]
    called = [match.groups() for match in _CALLED.finditer(text)]
    names = [
        f"{title} {name}"
        for title, name in called
        if name == name.capitalize() and name.casefold() not in _TITLES.split("|")
    ]
    return tuple(dict.fromkeys((*numbers, *names)))
