"""What a text people read may say: one word for one thing, in one tongue, no codes, signs as officials write them.

The words come from `translations/glossary.toml`. A rule tells what is wrong with a text as a `Phrase`; the same rules
hold every text of the catalogue (`tests/guards/test_texts.py`) and what an editor wrote into a workbook.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from survey.operations.texts.catalogue import CITIZEN, CatalogueText, values_of
from survey.wording import CATALOGUES, Language, Phrase, phrase

MOST_SYLLABLES = 25
LETTERS = "ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ"
OF_VIETNAMESE = re.compile(f"[{LETTERS}]", re.IGNORECASE)
# What stands in code, such as a command, is the same in every language; so are addresses and files.
COMMAND, ADDRESS = re.compile(r"<code>.*?</code>"), re.compile(r"\S*/\S*")
TAG = re.compile(r"</?[a-z][^<>]*>")
VALUE = re.compile(r"\{[^{}]*\}")
QUOTED = re.compile("“[^”]*”")
# A formula, a question, a digest; A4 and A5 are sheets of paper.
CODE = re.compile(r"\b(?:[LPH]1|(?!A[45]\b)[A-E]\d{1,2}|[0-9a-f]{16,})\b")
BLANK_BEFORE_PERCENT = re.compile(r"(?:\d|\})[ \xa0\u202f]%")
WORD = re.compile(r"(?<!\w)[^\W\d_]+(?:[.-][^\W\d_]+)*(?!\w)")
# A syllable of Vietnamese without its marks: what begins it, its vowels, what ends it.
SYLLABLE = re.compile(
    "(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdghklmnprstvx])?[aeiouy]{1,3}(?:ng|nh|ch|[cmnpt])?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class GlossaryThing:
    """A thing with its word in both languages and, as patterns, the words it is not to be called by."""

    thing: str
    vietnamese: str
    english: str
    not_vietnamese: tuple[str, ...]
    not_english: tuple[str, ...]

    def word(self, language: Language) -> str:
        """Return what the thing is called."""
        return self.english if language == "en" else self.vietnamese


@cache
def glossary() -> tuple[GlossaryThing, ...]:
    """Return the things of the glossary."""
    return tuple(
        GlossaryThing(one["thing"], one["vi"], one["en"], tuple(one.get("not", ())), tuple(one.get("not_en", ())))
        for one in _file()["thing"]
    )


@cache
def listed(name: str) -> frozenset[str]:
    """Return a list of words of the glossary: `names` are the same in every language, buttons begin with a verb."""
    return frozenset(_file()[name].split())


@cache
def _file() -> Mapping[str, Any]:
    return tomllib.loads((CATALOGUES / "glossary.toml").read_text("utf-8"))


def wrong_words(text: str, language: Language) -> Iterator[Phrase]:
    """Yield what is wrong with the words of a text in one language, whoever reads it."""
    seen = TAG.sub(" ", text)
    for thing in glossary():
        for pattern in thing.not_english if language == "en" else thing.not_vietnamese:
            if match := _pattern(pattern).search(seen):
                wanted = thing.word(language)
                yield phrase("không dùng từ “{word}”; hãy viết “{wanted}”", word=match[0], wanted=wanted)
    for rule in EVERYWHERE:
        yield from rule(seen)
    yield from _other_tongue(text, language)


def wrong_text(text: CatalogueText, language: Language) -> Iterator[Phrase]:
    """Yield everything that is wrong with a text of the catalogue in one language."""
    content = text.said(language)
    if not content.strip():
        yield phrase("chưa có nội dung")
        return
    yield from wrong_words(content, language)
    if sorted(TAG.findall(text.source)) != sorted(TAG.findall(content)):
        yield phrase("thẻ định dạng phải giữ như bản gốc")
    if text.reader == CITIZEN and language == "vi":
        yield from _long_sentences(content)


def wrong_change(before: CatalogueText, after: CatalogueText, language: Language) -> Iterator[Phrase]:
    """Yield what is wrong with a text as an editor changed it: all the above, values lost or made up, and marks."""
    yield from wrong_text(after, language)
    known = {value for wording in (before.source, before.vietnamese, before.english) for value in values_of(wording)}
    wanted, written = set(values_of(before.said(language))), set(values_of(after.said(language)))
    if lost := sorted(wanted - written):
        yield phrase("thiếu giá trị {values}", values=lost)
    if made_up := sorted(written - known):
        yield phrase("không có giá trị {values}", values=made_up)
    if _marks(after.said(language)) - _marks(before.said(language)):
        yield phrase("không thêm dấu nhỏ hơn, ngoặc nhọn hay dấu ngoặc kép thẳng")


def _marks(text: str) -> set[str]:
    """Return the signs of a text that mean something to programs, outside of its values and marks."""
    return set('<"{}') & set(VALUE.sub("", TAG.sub("", text)))


def _codes(text: str) -> Iterator[Phrase]:
    if found := CODE.search(VALUE.sub(" ", text)):
        yield phrase("có mã “{code}” ở chỗ người đọc; hãy ghi bằng chữ", code=found[0])


def _signs(text: str) -> Iterator[Phrase]:
    if re.search("[«»]", text):
        yield phrase("hãy dùng dấu ngoặc kép cong “ ”")
    if BLANK_BEFORE_PERCENT.search(text):
        yield phrase("không để khoảng trắng trước dấu %")


def _other_tongue(text: str, language: Language) -> Iterator[Phrase]:
    own = text
    for same_in_both in (QUOTED, COMMAND, TAG, VALUE, ADDRESS):
        own = same_in_both.sub(" ", own)
    if language == "en":
        words = [word for word in WORD.findall(own) if OF_VIETNAMESE.search(word) and word not in listed("names")]
        if words:
            yield phrase("có từ tiếng Việt trong câu tiếng Anh: {words}", words=words)
        return
    foreign = [word for word in WORD.findall(own) if not _may_be_vietnamese(word)]
    if foreign:
        yield phrase("có từ không phải tiếng Việt: {words}", words=sorted(set(foreign)))


def _may_be_vietnamese(word: str) -> bool:
    same = len(word) == 1 or word.isupper() or word in listed("names")
    return bool(same or OF_VIETNAMESE.search(word) or SYLLABLE.fullmatch(word))


def _long_sentences(text: str) -> Iterator[Phrase]:
    for sentence in re.split(r"[.!?:;]\s", TAG.sub(" ", text)):
        syllables = len(sentence.split())
        if syllables > MOST_SYLLABLES:
            yield phrase("câu dài {syllables} tiếng, tối đa {most}", syllables=syllables, most=MOST_SYLLABLES)


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    begins = r"(?<!\w)" if pattern[:1].isalnum() else ""
    ends = r"(?!\w)" if pattern[-1:].isalnum() else ""
    return re.compile(begins + pattern + ends, re.IGNORECASE)


EVERYWHERE: tuple[Callable[[str], Iterator[Phrase]], ...] = (_codes, _signs)
