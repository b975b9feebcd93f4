"""Words and figures as templates write them."""

from flask import Flask

from survey.fieldwork import RoundState
from survey.formatting import format_count, format_date, format_percent
from survey.reports.tables import basis_in_words

STATES = {
    RoundState.UPCOMING: "Chưa mở",
    RoundState.OPEN: "Đang mở",
    RoundState.CLOSED: "Đã kết thúc, còn nhận phiếu gửi muộn",
    RoundState.SEALED: "Đã khóa sổ",
}


def register_filters(app: Flask) -> None:
    """Give templates the filters `percent`, `count`, `day`, `state` and `basis`."""
    filters = {
        "percent": lambda figure, language: format_percent(figure, language=language),
        "count": lambda count, language="vi": format_count(count, language=language),
        "day": format_date,
        "state": STATES.__getitem__,
        "basis": lambda basis: basis_in_words(basis, "vi"),
    }
    app.jinja_env.filters.update(filters)
