"""Long tables without a script: the address says what is searched, how it is sorted, and which page is shown.

Where something can be typed or ticked in the rows, a link would lose it. There the same is asked for by buttons of the
form around the table, which bring along what was typed; the page is then shown with it, its rows searched or not.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl, urlencode

from flask import request

from survey.formatting import MOST_SOUGHT, compose, fold, read_whole

T = TypeVar("T")
ROWS_A_PAGE = 100
# What the buttons of a form ask for besides a query: the one that Enter presses, and the one beside the search box.
ENTER, SEARCH = "enter", "search"


@dataclass(frozen=True, slots=True)
class ListColumn(Generic[T]):
    """A column of a table; without `key` it cannot be sorted by."""

    name: str
    title: str
    key: Callable[[T], Any] | None = None
    number: bool = False


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """The rows of one page, and what its links need: `total` rows were found on `pages` pages.

    Instead of links it has buttons of the form around it, where it is `in_form`.
    """

    rows: Sequence[T]
    columns: Sequence[ListColumn[T]]
    total: int
    page: int
    pages: int
    asked: Mapping[str, str]
    in_form: bool = False

    @property
    def q(self) -> str:
        """What was searched for."""
        return self.asked.get("q", "")

    def order_of(self, column: ListColumn[T]) -> str:
        """Return the value of aria-sort of a column's heading."""
        name, down = _sorting(self.asked.get("sort", ""))
        return "none" if name != column.name else "descending" if down else "ascending"

    def sorted_by(self, column: ListColumn[T]) -> str:
        """Return the query that sorts by a column, the other way round when it already does."""
        sort = column.name if self.order_of(column) != "ascending" else f"-{column.name}"
        return self._query(sort=sort, page="")

    def at_page(self, page: int) -> str:
        """Return the query of another page."""
        return self._query(page=str(page) if page > 1 else "")

    @property
    def all_rows(self) -> str:
        """Return the query that searches for nothing."""
        return self._query(q="", page="")

    def _query(self, **changed: str) -> str:
        return "?" + urlencode({name: value for name, value in {**self.asked, **changed}.items() if value})


def wanted_view() -> dict[str, str] | None:
    """Return what the form that was sent asks to be shown of its table, or None when it is to be carried out.

    Who presses Enter in the search box wants to search, and anywhere else to carry out the form.
    """
    button, shown = request.form.get("view"), request.args.to_dict()
    wanted = compose(request.form.get("q", "").strip(), MOST_SOUGHT)
    if button is None or (button == ENTER and wanted == shown.get("q", "")):
        return None
    if button in (ENTER, SEARCH):
        return {**shown, "q": wanted, "page": ""}
    return dict(parse_qsl(button.removeprefix("?")))


def make_listing(
    rows: Sequence[T],
    columns: Sequence[ListColumn[T]],
    *,
    text: Callable[[T], str],
    view: Mapping[str, str] | None = None,
    in_form: bool = False,
    rows_a_page: int = 0,
) -> Listing[T]:
    """Return what the current request asks of `rows`: `q` searched in `text`, `sort` by a column, `page` by page.

    A `view` is asked for in place of the address; a page has so many rows, or as many as everywhere. Every word of `q`
    must be found, marks and case aside. Rows come in the order given unless a column is asked for.
    """
    asked_for = request.args if view is None else view
    query = {name: compose(value.strip(), MOST_SOUGHT) for name, value in asked_for.items() if value.strip()}
    words = fold(query.get("q", "")).split()
    matching = list(_search(rows, words, text))
    name, down = _sorting(query.get("sort", ""))
    key = next((column.key for column in columns if column.name == name), None)
    if key:
        matching.sort(key=key, reverse=down)
    most = rows_a_page or ROWS_A_PAGE
    pages = max(1, -(-len(matching) // most))
    page = min(max(1, read_whole(query.get("page", "")) or 1), pages)
    shown = matching[(page - 1) * most : page * most]
    return Listing(shown, columns, len(matching), page, pages, query, in_form)


def _search(rows: Iterable[T], words: Sequence[str], text: Callable[[T], str]) -> Iterable[T]:
    for row in rows:
        folded = fold(text(row)) if words else ""
        if all(word in folded for word in words):
            yield row


def _sorting(sort: str) -> tuple[str, bool]:
    return sort.removeprefix("-"), sort.startswith("-")
