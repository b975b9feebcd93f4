"""Long tables without a script: the address says what is searched, how it is sorted, and which page is shown."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from flask import request

from survey.formatting import MOST_SOUGHT, compose, fold, read_whole

T = TypeVar("T")
ROWS_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class ListColumn(Generic[T]):
    """A column of a table; without `key` it cannot be sorted by."""

    name: str
    title: str
    key: Callable[[T], Any] | None = None
    number: bool = False


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """The rows of one page, and what its links need: `total` rows were found on `pages` pages."""

    rows: Sequence[T]
    columns: Sequence[ListColumn[T]]
    total: int
    page: int
    pages: int
    asked: Mapping[str, str]

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

    def _query(self, **changed: str) -> str:
        return "?" + urlencode({name: value for name, value in {**self.asked, **changed}.items() if value})


def make_listing(rows: Sequence[T], columns: Sequence[ListColumn[T]], *, text: Callable[[T], str]) -> Listing[T]:
    """Return what the current request asks of `rows`: `q` searched in `text`, `sort` by a column, `page` by page.

    Every word of `q` must be found, marks and case aside. Rows come in the order given unless a column is asked for.
    """
    query = {name: compose(value.strip(), MOST_SOUGHT) for name, value in request.args.items() if value.strip()}
    words = fold(query.get("q", "")).split()
    matching = list(_search(rows, words, text))
    name, down = _sorting(query.get("sort", ""))
    key = next((column.key for column in columns if column.name == name), None)
    if key:
        matching.sort(key=key, reverse=down)
    pages = max(1, -(-len(matching) // ROWS_A_PAGE))
    page = min(max(1, read_whole(query.get("page", "")) or 1), pages)
    shown = matching[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE]
    return Listing(shown, columns, len(matching), page, pages, query)


def _search(rows: Iterable[T], words: Sequence[str], text: Callable[[T], str]) -> Iterable[T]:
    for row in rows:
        folded = fold(text(row)) if words else ""
        if all(word in folded for word in words):
            yield row


def _sorting(sort: str) -> tuple[str, bool]:
    return sort.removeprefix("-"), sort.startswith("-")
