"""The words of pages, files and reports in Vietnamese and English, without Flask.

The source language is Vietnamese: a message is its own key, and `translations/en` holds the English.
Babel extracts and compiles the catalogues (`scripts/lint` names a stale one); reading them is standard gettext.
"""

import gettext
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["vi", "en"]
Translations: TypeAlias = gettext.NullTranslations
CATALOGUES = Path(__file__).parent / "translations"


@cache
def translations(language: Language) -> Translations:
    """Return the catalogue of `language`; Vietnamese needs none."""
    if language == "vi":
        return gettext.NullTranslations()
    return gettext.translation("messages", CATALOGUES, [language])


def word(message: str, language: Language) -> str:
    """Return `message` in `language`."""
    return translations(language).gettext(message)


def mark(message: str) -> str:
    """Return `message` unchanged: it is a key of the catalogue that is looked up elsewhere."""
    return message
