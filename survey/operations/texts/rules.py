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
TAG = re.compile(r"</?[a-z][^<>]*>")
VALUE = re.compile(r"\{[^{}]*\}")
QUOTED = re.compile("“[^”]*”")
CODE = re.compile(r"\b(?:[LPH]1|[A-E]\d{1,2}|[0-9a-f]{16,})\b")
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
            if found := _pattern(pattern).search(seen):
                wanted = thing.word(language)
                yield phrase("không dùng từ “{word}”; hãy viết “{wanted}”", word=found[0], wanted=wanted)
    for rule in EVERYWHERE:
        yield from rule(seen)
    yield from _other_tongue(seen, language)


def wrong_text(text: CatalogueText, language: Language) -> Iterator[Phrase]:
    """Yield everything that is wrong with a text of the catalogue in one language."""
    said = text.said(language)
    if not said.strip():
        yield phrase("chưa có nội dung")
        return
    yield from wrong_words(said, language)
    yield from _changed_parts(text.source, said)
    if text.reader == CITIZEN and language == "vi":
        yield from _long_sentences(said)


def _changed_parts(source: str, said: str) -> Iterator[Phrase]:
    """Yield values that were lost or made up, and marks that are not those of the code."""
    wanted, found = set(values_of(source)), set(values_of(said))
    if lost := sorted(wanted - found):
        yield phrase("thiếu giá trị {values}", values=lost)
    if made := sorted(found - wanted) or (["{ }"] if not found and re.search("[{}]", said) and not wanted else []):
        yield phrase("không có giá trị {values}", values=made)
    if sorted(TAG.findall(source)) != sorted(TAG.findall(said)) or "<" in TAG.sub("", said) or '"' in TAG.sub("", said):
        yield phrase("thẻ định dạng phải giữ như bản gốc; không dùng dấu < và dấu ngoặc kép thẳng")


def _codes(text: str) -> Iterator[Phrase]:
    if found := CODE.search(VALUE.sub(" ", text)):
        yield phrase("có mã “{code}” ở chỗ người đọc; hãy ghi bằng chữ", code=found[0])


def _signs(text: str) -> Iterator[Phrase]:
    if re.search("[«»]", text):
        yield phrase("hãy dùng dấu ngoặc kép “ ” thay cho « »")
    if BLANK_BEFORE_PERCENT.search(text):
        yield phrase("không để khoảng trắng trước dấu %")


def _other_tongue(text: str, language: Language) -> Iterator[Phrase]:
    own = QUOTED.sub(" ", VALUE.sub(" ", text))
    if language == "en":
        if found := OF_VIETNAMESE.search(own):
            yield phrase("có chữ tiếng Việt trong câu tiếng Anh: “{word}”", word=_word_at(own, found.start()))
        return
    foreign = [word for word in WORD.findall(own) if not _may_be_vietnamese(word)]
    if foreign:
        yield phrase("có từ không phải tiếng Việt: {words}", words=sorted(set(foreign)))


def _may_be_vietnamese(word: str) -> bool:
    return bool(word in listed("names") or word.isupper() or OF_VIETNAMESE.search(word) or SYLLABLE.fullmatch(word))


def _word_at(text: str, place: int) -> str:
    return next((word[0] for word in WORD.finditer(text) if word.start() <= place < word.end()), text[place])


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
