"""Texts as programs read them: both languages side by side."""

from survey.instrument.model import LocalText
from survey.web.api.shapes import TextShape
from survey.wording import word


def in_both(message: str) -> TextShape:
    """Return a message of the catalogue in both languages."""
    return {"vi": message, "en": word(message, "en")}


def plain_text(text: LocalText) -> TextShape:
    """Return a text of a questionnaire in both languages."""
    return {"vi": text.vi, "en": text.en}
