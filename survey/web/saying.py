"""The language of a page, and words in it: for templates, for what a view says, and for what was refused below it.

Vietnamese is the key of every text (`survey.wording`). A template writes `{{ _("Tải về") }}`, a view `said("Đã lưu.")`;
a text that is made elsewhere, such as the label of a field or a `Phrase`, is told by the filter `tell`.
"""

from functools import cache

from flask import Flask, g, has_request_context
from markupsafe import Markup

from survey.web.asked import asked_language
from survey.wording import Language, Phrase, word


def page_language() -> Language:
    """Return the language of the page that is being made: the one settled for it, else the one its address asks for."""
    if not has_request_context():
        return "vi"
    settled: Language | None = g.get("language")
    return settled or asked_language()


def speak(language: Language) -> None:
    """Settle the language of the page that is being made."""
    g.language = language


def said(message: str, **values: object) -> str:
    """Return a message of the catalogue in the language of the page, with its values."""
    return Phrase(message, values).in_language(page_language())


def tell(text: object) -> str:
    """Return a text, or what was made to be told in either language, in the language of the page.

    A text that is none of the catalogue, such as the name of an agency, is returned unchanged.
    """
    if in_language := getattr(text, "in_language", None):
        return str(in_language(page_language()))
    return word(text, page_language()) if isinstance(text, str) and text else str(text)


def _in_template(message: str, **values: object) -> Markup:
    """Return a message that stands in a template, whose marks are ours; values are escaped."""
    markup = _marked(message, page_language())
    return markup.format(**values) if values else markup


@cache
def _marked(message: str, language: Language) -> Markup:
    return Markup(word(message, language))  # noqa: S704  # a guard holds that it is written in the template


def register_words(app: Flask) -> None:
    """Give templates and their macros `_` and `tell`."""
    app.jinja_env.globals["_"] = _in_template
    app.jinja_env.filters["tell"] = tell
