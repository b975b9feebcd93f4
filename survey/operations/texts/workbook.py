"""The texts as a workbook an editor can read and change: written, held against the catalogue, and taken back."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from survey.errors import Fault, RefusedDataError, fault
from survey.operations.texts.catalogue import CatalogueText, values_of
from survey.operations.texts.rules import wrong_change
from survey.operations.uploads.apart import read_table
from survey.operations.uploads.cells import empty_cell, in_cell
from survey.operations.uploads.layouts import CellKind, TableColumn, TableLayout
from survey.operations.uploads.tables import TableRow
from survey.reports.sheets import Sheet, sheet_bytes
from survey.wording import Language, Phrase, phrase, word

KEY = TableColumn("key", "Mã câu", needed=True)
READER = TableColumn("reader", "Người đọc", optional=True)
PLACE = TableColumn("place", "Nơi dùng", optional=True)
VALUES = TableColumn("values", "Giá trị", optional=True)
VIETNAMESE = TableColumn("vietnamese", "Tiếng Việt", CellKind.CODE)
ENGLISH = TableColumn("english", "Tiếng Anh", CellKind.CODE)
LAYOUT = TableLayout((KEY, READER, PLACE, VALUES, VIETNAMESE, ENGLISH), title="Câu chữ", filled=True)
SAID: Mapping[Language, TableColumn] = {"vi": VIETNAMESE, "en": ENGLISH}


@dataclass(frozen=True, slots=True)
class TextChange:
    """A text as it is and as the workbook has it, and the line it stands on."""

    line: int
    before: CatalogueText
    after: CatalogueText

    def languages(self) -> tuple[Language, ...]:
        """Return the languages in which it says something else."""
        return tuple(one for one in SAID if self.before.said(one) != self.after.said(one))


@dataclass(frozen=True, slots=True)
class CheckedTexts:
    """What a workbook would change, what is wrong with that, and how many texts it does not hold."""

    changes: tuple[TextChange, ...]
    faults: tuple[Fault, ...]
    absent: int


def texts_as_workbook(texts: Iterable[CatalogueText]) -> bytes:
    """Return the texts as XLSX, equal texts as equal bytes; the sheet is called “Câu chữ”."""
    rows = (
        (
            text.key,
            word(text.reader, "vi"),
            ", ".join(text.places),
            " ".join(values_of(text.source)),
            text.vietnamese,
            text.english,
        )
        for text in texts
    )
    return sheet_bytes(Sheet(LAYOUT.title, [column.heading for column in LAYOUT.fields], rows), "xlsx")


def check_texts(data: bytes, texts: Sequence[CatalogueText], *, name: str) -> CheckedTexts:
    """Hold an editor's copy against the texts as they are.

    Raises RefusedDataError where it is no such table at all.
    """
    rows = read_table(data, LAYOUT, name=name).rows
    known, named = {text.key: text for text in texts}, Counter(row.cells[KEY.name] for row in rows)
    changes, faults = [], []
    for row in rows:
        if wrong := tuple(_wrong_row(row, known, named)):
            faults.append(fault(row.line, *wrong))
            continue
        change = _change(row, known[row.cells[KEY.name]])
        if wrong := tuple(_wrong_change(change)):
            faults.append(fault(row.line, *wrong))
        elif change.languages():
            changes.append(change)
    return CheckedTexts(tuple(changes), tuple(faults), len(known.keys() - named.keys()))


def changed_texts(checked: CheckedTexts, texts: Sequence[CatalogueText], *, name: str) -> list[CatalogueText]:
    """Return the texts as a workbook has them; raises RefusedDataError when anything in it is wrong."""
    if checked.faults:
        raise RefusedDataError(name, checked.faults)
    after = {change.before.source: change.after for change in checked.changes}
    return [after.get(text.source, text) for text in texts]


def _wrong_row(row: TableRow, known: Mapping[str, CatalogueText], named: Mapping[str, int]) -> Iterator[Phrase]:
    key = row.cells[KEY.name]
    if row.broken or row.faults:
        yield from row.faults
    elif key not in known:
        yield phrase("không có câu nào mang mã “{key}” ở phiên bản này; hãy xuất tệp mới rồi sửa lại", key=key)
    elif named[key] > 1:
        yield phrase("mã “{key}” có ở {count} dòng; hãy chỉ giữ một dòng", key=key, count=named[key])
    else:
        yield from (empty_cell(column) for column in SAID.values() if not row.cells[column.name])


def _change(row: TableRow, before: CatalogueText) -> TextChange:
    after = replace(before, vietnamese=row.cells[VIETNAMESE.name], english=row.cells[ENGLISH.name])
    return TextChange(row.line, before, after)


def _wrong_change(change: TextChange) -> Iterator[Phrase]:
    for language in change.languages():
        yield from (in_cell(SAID[language], told) for told in wrong_change(change.before, change.after, language))
