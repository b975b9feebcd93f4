"""The report as values: every text as it is printed, in the order it is printed, for whichever file.

No writer works a number out or words it: what stands here is what both files say.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from typing import TypeAlias

# A table of at most so many rows stands on one page, where these fill no more lines than half of it has room for.
TOGETHER, LINES_TOGETHER = 8, 28
# A row of at most so many lines is not torn apart; a higher one may be longer than a page.
LINES_OF_SHORT = 10
# How wide a letter of a table is at most, taken over a line, in millimetres: Vietnamese in Times of 10.5 points.
LETTER = 2.1


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What stands around an administrative document (Decree 30/2020/NĐ-CP, appendix I); empty is left to fill in.

    `superior` is the body above `issuer`. `number` is number and symbol, such as 12/BC-SNV. `signer` is the title
    of who signs. `recipients` stand under “Nơi nhận”.
    """

    issuer: str
    day: date
    superior: str = ""
    number: str = ""
    place: str = ""
    signer: str = ""
    recipients: tuple[str, ...] = ("……………………;", "Lưu: VT.")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 (I, II …), 2 (1, 2 …) or 3; the number is part of the text."""

    text: str
    level: int


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; an `item` stands in a list, with a dash."""

    text: str
    item: bool = False


@dataclass(frozen=True, slots=True)
class DocumentColumn:
    """A column: its heading, its width in millimetres, and whether it holds numbers, which stand right.

    All columns of a table together are as wide as the text: 160 mm, on pages turned 247 mm.
    """

    heading: str
    width: float
    number: bool = True


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A row of a table, a text for every column; a `strong` one is a total or a group's first line."""

    cells: tuple[str, ...]
    strong: bool = False


@dataclass(frozen=True, slots=True)
class DocumentTable:
    """A table. `notes` stand below it: on what it rests, and what its signs mean.

    One of few low rows is kept on one page, unless it `breaks` because people typed what stands in it.
    """

    caption: str
    columns: tuple[DocumentColumn, ...]
    rows: tuple[DocumentRow, ...]
    notes: tuple[str, ...] = ()
    breaks: bool = False

    @property
    def stands_together(self) -> bool:
        """Tell whether the table is to stand on one page, where it surely fits."""
        few = not self.breaks and len(self.rows) <= TOGETHER
        return few and sum(map(self._lines, self.rows)) <= LINES_TOGETHER

    def is_short(self, row: DocumentRow) -> bool:
        """Tell whether a row is low enough to stand on one page."""
        return self._lines(row) <= LINES_OF_SHORT

    def _lines(self, row: DocumentRow) -> int:
        """Return of how many lines a row is at most; its highest cell makes it so high."""
        return max(_lines(text, column.width) for column, text in zip(self.columns, row.cells, strict=True))


@dataclass(frozen=True, slots=True)
class DocumentPicture:
    """A chart as SVG; `alt` is what it says in words, `width` and `height` how large it is printed, in millimetres."""

    caption: str
    svg: str
    alt: str
    width: float
    height: float


Element: TypeAlias = Heading | Paragraph | DocumentTable | DocumentPicture


@dataclass(frozen=True, slots=True)
class Annex:
    """What stands after the signature on pages of its own; `landscape` turns them."""

    title: str
    elements: tuple[Element, ...]
    landscape: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report. `notice` stands at the head of every page when it is not empty."""

    letterhead: Letterhead
    subject: str
    body: tuple[Element, ...]
    annexes: tuple[Annex, ...] = ()
    notice: str = ""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One task of an improvement plan, with the columns of the annexes that provinces print.

    `number` begins anew under each `heading`; `finding` is what fell or was wanting.
    """

    number: str
    heading: str
    finding: str
    task: str
    lead: str
    coordinating: str
    deadline: str
    product: str


@dataclass(frozen=True, slots=True)
class PlanTable:
    """An improvement plan as the annex prints it."""

    title: str
    rows: tuple[PlanRow, ...]


@dataclass(frozen=True, slots=True)
class CommentGroup:
    """What people wrote of an agency, as far as somebody read it and let it be shown."""

    agency: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FeedbackFigures:
    """Feedback cases (phản ánh, kiến nghị) as numbers of cases.

    `due` should have been answered by now: the `answered` ones, and those that wait for too long. `on_time` were
    answered until their last day. Of the citizens who said whether the answer satisfies them, `satisfied` said yes
    and `unsatisfied` no. They came from `first` to `last`, both included, and stand as they were on `as_of`.
    """

    received: int
    answered: int
    due: int
    on_time: int
    satisfied: int
    unsatisfied: int
    first: date
    last: date
    as_of: date


def _lines(text: str, width: float) -> int:
    """Return how many lines a text in a cell fills, from the number of its letters; rather too many than too few."""
    return sum(max(1, math.ceil(len(line) * LETTER / width)) for line in text.splitlines() or [""])


def numbered(report: Report) -> Report:
    """Return the report with its tables and pictures numbered in their captions, each kind from 1 on."""
    tables, pictures = count(1), count(1)

    def captioned(elements: tuple[Element, ...]) -> Iterator[Element]:
        for element in elements:
            if isinstance(element, DocumentTable):
                yield replace(element, caption=f"Bảng {next(tables)}. {element.caption}")
            elif isinstance(element, DocumentPicture):
                yield replace(element, caption=f"Biểu đồ {next(pictures)}. {element.caption}")
            else:
                yield element

    body = tuple(captioned(report.body))
    annexes = tuple(replace(annex, elements=tuple(captioned(annex.elements))) for annex in report.annexes)
    return replace(report, body=body, annexes=annexes)


def dated(place: str, day: date) -> str:
    """Return place and date as documents have them: days below 10 and the months 1 and 2 with a zero in front.

    Source: Decree 30/2020/NĐ-CP, appendix I, part I, section II, clause 4.

    >>> from datetime import date
    >>> dated("Lạng Sơn", date(2026, 2, 5)), dated("", date(2026, 11, 21))
    ('Lạng Sơn, ngày 05 tháng 02 năm 2026', '……………, ngày 21 tháng 11 năm 2026')
    """
    return f"{place or '……………'}, {written_out(day)}"


def written_out(day: date) -> str:
    """Return a date as it stands in running words, with the zeros of `dated`."""
    month = f"{day.month:02}" if day.month < 3 else f"{day.month}"
    return f"ngày {day.day:02} tháng {month} năm {day.year}"
