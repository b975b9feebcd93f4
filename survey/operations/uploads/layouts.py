"""What a table that people bring holds: its columns, by the names files use and by Vietnamese headings."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from survey.errors import Fault, fault
from survey.formatting import fold
from survey.wording import Language, Phrase, phrase, word

# Where each column stands in a line.
Places: TypeAlias = Mapping[str, int]


class CellKind(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    CODE = "code"
    DAY = "day"
    WHOLE = "whole"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: its name in files, its heading in Vietnamese, and what its cells may hold.

    A text has at most `longest` characters, a whole number lies from `least` to `most`. A column that is `optional`
    may be left out, one that is `held` too by a person, who then leaves what is held of it as it is; a cell of one
    that is `needed` may not be empty.
    """

    name: str
    heading: str = ""
    kind: CellKind = CellKind.CODE
    optional: bool = False
    held: bool = False
    needed: bool = False
    longest: int | None = None
    least: int = 0
    most: int = 2_000_000_000

    def in_language(self, language: Language) -> str:
        """Return how the column is called to whoever runs a command, or looks at a page."""
        return f"“{self.heading}”" if language == "vi" and self.heading else self.name


@dataclass(frozen=True, slots=True)
class OneOf:
    """Columns of which one must be there, and no other of them where it must stand `alone`."""

    columns: tuple[TableColumn, ...]
    alone: bool

    def in_language(self, language: Language) -> str:
        """Return the columns in words."""
        either = word("hoặc", language)
        between = " / " if self.alone else f" {either} "
        return between.join(one.in_language(language) for one in self.columns)


@dataclass(frozen=True, slots=True)
class TableLayout:
    """A table: the title of its sheet and its columns, of which `one_of` must be there.

    Columns that are not of the layout are refused, or passed over where it takes `others`. Headings are known case and
    marks aside, and a column without a heading may stand between them, unless they must be `exact`. One that must be
    `filled` has a line below the headings.
    """

    fields: tuple[TableColumn, ...]
    title: str = ""
    file: str = ""
    one_of: OneOf | None = None
    others: bool = False
    exact: bool = False
    filled: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns by the names files use."""
        return tuple(one.name for one in self.fields)

    @property
    def headings(self) -> Mapping[str, str]:
        """The Vietnamese headings by column."""
        return {one.name: one.heading for one in self.fields}

    def column(self, name: str) -> TableColumn:
        """Return the column with this name."""
        return next(one for one in self.fields if one.name == name)

    def find(self, headings: Sequence[str]) -> list[TableColumn | None]:
        """Return the column each heading means."""
        if self.exact:
            return [next((one for one in self.fields if one.name == heading), None) for heading in headings]
        known = {fold(text): one for one in self.fields for text in (one.name, one.heading) if text}
        return [known.get(fold(heading)) for heading in headings]


def places_of(layout: TableLayout, headings: Sequence[str]) -> Places:
    """Return where each column stands."""
    return {column.name: place for place, column in enumerate(layout.find(headings)) if column}


def heading_fault(layout: TableLayout, headings: Sequence[str], line: int, *, lenient: bool = False) -> Fault | None:
    """Return all that is wrong with the headings of a table, or nothing.

    A `lenient` reading passes over columns that are unknown or left out and held: see `heading_notes`.
    """
    wrong = tuple(_wrong(layout, headings, lenient=lenient))
    if not wrong:
        return None
    known = phrase("các cột được nhận: {known}", known=[*layout.fields])
    return fault(line, *wrong, known)


def heading_notes(layout: TableLayout, headings: Sequence[str]) -> Iterator[Phrase]:
    """Yield what a lenient reading makes of the headings of a table, to be told to whoever brings it."""
    columns = layout.find(headings)
    if unknown := [heading for heading, column in zip(headings, columns, strict=True) if heading and not column]:
        yield phrase("bỏ qua cột không dùng: {columns}", columns=unknown)
    if absent := [column for column in layout.fields if column.held and column not in columns]:
        yield phrase(
            "không có cột {columns}: dòng thêm mới để trống, dòng đã có trong danh mục giữ nguyên", columns=absent
        )


def _wrong(layout: TableLayout, headings: Sequence[str], *, lenient: bool) -> Iterator[Phrase]:
    columns = layout.find(headings)
    named = [column for column in columns if column]
    yield from _missing(layout, headings, named, lenient=lenient)
    unknown = [
        heading or phrase("(không tên)")
        for heading, column in zip(headings, columns, strict=True)
        if not column and (heading or layout.exact)
    ]
    if unknown and not (layout.others or lenient):
        yield phrase("có cột không biết: {columns}", columns=unknown)
    if doubled := [column for column in dict.fromkeys(named) if named.count(column) > 1]:
        yield phrase("có hai cột cùng tên {columns}", columns=doubled)


def _missing(
    layout: TableLayout, headings: Sequence[str], named: Collection[TableColumn], *, lenient: bool
) -> Iterator[Phrase]:
    choice = layout.one_of
    given = {column.name for column in named} & {column.name for column in choice.columns} if choice else set()
    if choice and choice.alone and len(given) != 1:
        yield phrase("cần đúng một cột trong số: {columns}", columns=choice)
    elif choice and not given:
        yield phrase("thiếu cột {columns}", columns=choice)
    needed = [field for field in layout.fields if not (field.optional or (lenient and field.held) or field in named)]
    if missing := [column for column in needed if not choice or column not in choice.columns]:
        present = [f"“{heading}”" for heading in headings if heading] or phrase("(không có chữ nào)")
        yield phrase("thiếu cột {columns}; dòng tiêu đề của tệp có: {found}", columns=missing, found=present)
