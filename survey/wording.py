"""The words of pages, files and reports in Vietnamese and English, without Flask.

The source language is Vietnamese: a message is its own key, and `translations/en` holds the English. What an editor
changed in Vietnamese without touching the code stands in `translations/vi` (`texts apply`).
Babel extracts and compiles the catalogues (`scripts/lint` names a stale one); reading them is standard gettext.
"""

import gettext
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["vi", "en"]
Translations: TypeAlias = gettext.NullTranslations
CATALOGUES = Path(__file__).parent / "translations"


@cache
def translations(language: Language) -> Translations:
    """Return the catalogue of `language`; in Vietnamese it holds but what an editor changed, and may be missing."""
    return gettext.translation("messages", CATALOGUES, [language], fallback=language == "vi")


def word(message: str, language: Language) -> str:
    """Return `message` in `language`."""
    return translations(language).gettext(message)


def mark(message: str) -> str:
    """Return `message` unchanged: it is a key of the catalogue that is looked up elsewhere."""
    return message


@dataclass(frozen=True, slots=True)
class Phrase:
    """What is to be told, in no language yet: a message of the catalogue and the values that go into it.

    A value may be a text, a number, a day, several of these, or something worded in both languages itself: another
    phrase, the name of a column.
    """

    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def in_language(self, language: Language) -> str:
        """Return the message in `language` with its values."""
        told = {name: _told(value, language) for name, value in self.values.items()}
        return word(self.message, language).format_map(told)

    def __str__(self) -> str:
        return self.in_language("en")


def phrase(message: str, **values: object) -> Phrase:
    """Return a message of the catalogue with its values; Babel takes the message from here.

    >>> phrase("dưới {count} phiếu", count=30).in_language("vi")
    'dưới 30 phiếu'
    """
    return Phrase(message, values)


def _told(value: object, language: Language) -> object:
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, tuple | list):
        return ", ".join(str(_told(part, language)) for part in value)
    in_language = getattr(value, "in_language", None)
    return in_language(language) if in_language else value


# What designs and weights are refused for. The analysis is numbers and codes, so its words stand here.
NO_LINE = mark("tầng “{code}”: có {responses} phiếu nhưng không có dòng nào trong tệp thiết kế mẫu")
FEWER_PEOPLE = mark("tầng “{code}”: có {responses} phiếu, nhiều hơn tổng thể {population}")
FEWER_DAYS = mark("tầng “{code}”: có phiếu ở {days} ngày của điểm phục vụ, nhiều hơn {declared} ngày đã khai")
NO_RESPONSE_YET = mark("đợt chưa có phiếu nào")
NO_DESIGN_ERROR = mark("chỉ số là trung bình của nhiều tỷ lệ nên không tính được sai số theo thiết kế mẫu")
NOT_WEIGHTED = mark("chỉ số là trung bình của nhiều tỷ lệ nên không tính được với trọng số")
NO_ROOM = mark("giới hạn dưới của trọng số phải từ 0 trở lên và nhỏ hơn giới hạn trên, không phải {lower} và {upper}")
IN_CATEGORY = mark("tiêu thức {margin}, nhóm “{category}”: {told}")
NO_TOTAL = mark("tổng phải là số từ 0 trở lên, không phải {total}")
NOBODY_ANSWERS = mark("tổng là {total:g} nhưng không có phiếu nào; hãy gộp với nhóm khác")
TOTAL_OF_NONE = mark("có phiếu nhưng không có tổng lớn hơn 0; hãy ghi tổng hoặc gộp với nhóm khác")
OTHER_SUM = mark(
    "tổng của tiêu thức {margin} là {found:.12g}, của tiêu thức {first} là {expected:.12g}: "
    "mọi tiêu thức phải cộng lại bằng nhau"
)
BEYOND_LIMITS = mark(
    "{count} phiếu với trọng số từ {lower:g} đến {upper:g} không thể cộng lại bằng {total:g}; hãy nới giới hạn hoặc "
    "gộp nhóm"
)
NEVER_FITS = mark(
    "tiêu thức {margin}: sau {rounds} vòng vẫn có nhóm lệch {error:.2g} lần tổng của nhóm, nên không có bộ trọng số "
    "nào khớp mọi tiêu thức; hãy gộp những nhóm hiếm khi gặp nhau"
)
NEVER_FITS_WITHIN = mark(
    "tiêu thức {margin}: sau {rounds} vòng vẫn có nhóm lệch {error:.2g} lần tổng của nhóm, nên không có bộ trọng số "
    "nào khớp mọi tiêu thức; hãy gộp những nhóm hiếm khi gặp nhau hoặc nới giới hạn"
)
