"""Words and figures as templates write them."""

import re

from flask import Flask

from survey.fieldwork import RoundState
from survey.formatting import format_count, format_date, format_percent
from survey.reports.caveats import basis_in_words
from survey.web.saying import page_language, tell
from survey.web.tables import headings, in_roles
from survey.wording import mark

STATES = {
    RoundState.UPCOMING: mark("Chưa mở"),
    RoundState.OPEN: mark("Đang mở"),
    RoundState.CLOSED: mark("Đã kết thúc, còn nhận phiếu gửi muộn"),
    RoundState.SEALED: mark("Đã khóa sổ"),
}


def day_input(value: str) -> str:
    """Return the type of an input for a day: what is no day would not be kept by one for dates.

    >>> day_input("2026-11-21"), day_input(""), day_input("31/02")
    ('date', 'date', 'text')
    """
    return "date" if not value or re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) else "text"


def in_query(language: str) -> str | None:
    """Return a language as an address asks for it: nothing for the one that needs no asking.

    >>> in_query("en"), in_query("vi")
    ('en', None)
    """
    return None if language == "vi" else language


def register_filters(app: Flask) -> None:
    """Give templates their filters: for figures, days and states, for addresses, and for the rows of tables."""
    filters = {
        "percent": lambda figure, language=None, decimals=2: format_percent(
            figure, decimals, language=language or page_language()
        ),
        "count": lambda count, language=None: format_count(count, language=language or page_language()),
        "day": lambda day: format_date(day, language=page_language()),
        "day_input": day_input,
        "state": lambda state: tell(STATES[state]),
        "in_query": in_query,
        "headings": headings,
        "in_roles": in_roles,
        "basis": lambda basis: basis_in_words(basis, page_language()),
    }
    app.jinja_env.filters.update(filters)
