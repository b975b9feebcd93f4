"""What an XLSX file holds, found out before openpyxl reads it: which sheet counts, how far it goes, what is merged.

An XLSX file is a zip archive, so a small file may unpack to anything. The sizes it states are checked
first (zipfile never unpacks more than was stated); then the one sheet that counts is looked through, as
it streams by, for the last line with something in it. Blank lines below, of which spreadsheets may keep
a million, are thus never read, and a table that is too long is refused before anything is built of it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO
from zipfile import ZipFile

from survey.formatting import fold
from survey.wording import Phrase, phrase

WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
# Unpacked bytes: of what openpyxl reads whole, and of the sheet that streams by.
MOST_PARTS, MOST_SHEET = 16 * 2**20, 32 * 2**20
# A spreadsheet packs to a twentieth or so; what packs much better is one thing said over and over.
MOST_ENTRIES, MOST_TIMES_PACKED, SMALL_PART = 200, 200, 2**16
# Each tag becomes an object of some hundred bytes. Excel has 64,000 formats of cells, and 16,384 cells in a row.
MOST_TAGS, MOST_TAGS_OF_STRINGS, MOST_TAGS_OF_SHEET, MOST_TAGS_OF_ROW = 100_000, 1_000_000, 6_000_000, 65_536
STRINGS = "xl/sharedStrings"
STREAMED = ("xl/worksheets/", "xl/media/")
CHUNK = 2**20
LISTED_MERGES = 5

_TAG = re.compile(
    rb"<(?:\w+:)?(?:row\b(?P<row>[^>]*)|mergeCell\s(?P<merged>[^>]*)|(?P<content>(?:v|is|f)\b))", re.ASCII
)
_ROW_NUMBER = re.compile(rb"\br=\"(\d{1,7})\"")
_RANGE = re.compile(rb"\bref=\"([A-Z0-9:]{1,30})\"")


class UnreadableError(Exception):
    """A file is not a table that can be read."""

    def __init__(self, told: Phrase) -> None:
        super().__init__(str(told))
        self.told = told


@dataclass(frozen=True, slots=True)
class Extent:
    """The title of the sheet that counts, its last line with something in it, and its first merged cells."""

    title: str
    last: int
    merged: tuple[str, ...]


def find_extent(archive: ZipFile, *, title: str, most_lines: int) -> Extent:
    """Return how far the sheet called `title` goes, or the first visible sheet when none is called so.

    Raises UnreadableError when the file would unpack to too much, has no sheet, or has something below
    line `most_lines`.
    """
    _refuse_bomb(archive)
    name, path = _chosen_sheet(archive, title)
    with archive.open(path) as source:
        last, merged = _walk(source, most_lines)
    return Extent(name, last, tuple(merged[:LISTED_MERGES]))


def _refuse_bomb(archive: ZipFile) -> None:
    """Refuse what states too much before anything is unpacked, then what has too many tags in what is read whole."""
    entries = archive.infolist()
    parts = [part for part in entries if not part.filename.startswith(STREAMED)]
    sheet = max((part.file_size for part in entries if part.filename.startswith(STREAMED[0])), default=0)
    if (
        sum(part.file_size for part in parts) > MOST_PARTS
        or sheet > MOST_SHEET
        or len(entries) > MOST_ENTRIES
        or any(part.file_size > max(SMALL_PART, MOST_TIMES_PACKED * part.compress_size) for part in entries)
    ):
        raise UnreadableError(_too_much())
    for part in parts:
        most = MOST_TAGS_OF_STRINGS if part.filename.startswith(STRINGS) else MOST_TAGS
        with archive.open(part) as source:
            if sum(chunk.count(b"<") for chunk in iter(lambda: source.read(CHUNK), b"")) > most:
                raise UnreadableError(_too_much())


def _too_much() -> Phrase:
    return phrase(
        "tệp quá lớn sau khi giải nén; hãy chép riêng bảng cần nhập, bỏ các dòng trống đã kẻ khung, sang một tệp mới"
    )


def _chosen_sheet(archive: ZipFile, title: str) -> tuple[str, str]:
    """Return the title and the path of the sheet that counts."""
    if WORKBOOK not in archive.namelist():
        raise UnreadableError(phrase("đây không phải là bảng tính .xlsx; hãy mở tệp rồi lưu lại dạng .xlsx"))
    # Asked for only where a workbook came, as where its lines are read.
    from openpyxl.packaging.relationship import get_dependents
    from openpyxl.xml.functions import fromstring

    related = get_dependents(archive, RELATIONS).to_dict()
    sheets = [element for element in fromstring(archive.read(WORKBOOK)).iter() if str(element.tag).endswith("}sheet")]
    listed = [(str(sheet.get("name")), sheet.get("state"), related[_relation(sheet.attrib)]) for sheet in sheets]
    visible = [
        (title, str(relation.target))
        for title, state, relation in listed
        if state not in ("hidden", "veryHidden") and str(relation.Type).endswith("/worksheet")
    ]
    if not visible:
        raise UnreadableError(phrase("tệp không có trang tính nào hiện ra"))
    return next((sheet for sheet in visible if fold(sheet[0].strip()) == fold(title)), visible[0])


def _relation(attributes: Mapping[str, str]) -> str:
    return next(value for name, value in attributes.items() if name.endswith("}id"))


def _walk(source: IO[bytes], most_lines: int) -> tuple[int, list[str]]:
    number, last, merged = 0, 0, []
    for tag in _tags(source):
        if tag["row"] is not None:
            written = _ROW_NUMBER.search(tag["row"])
            number = int(written[1]) if written else number + 1
        elif tag["merged"] is not None:
            merged += [cells.decode() for cells in _RANGE.findall(tag["merged"])]
        elif number > most_lines:
            raise UnreadableError(too_long(most_lines))
        else:
            last = max(last, number)
    return last, merged


@dataclass(slots=True)
class _Tally:
    """How many tags went by, in all and since the last row began."""

    whole: int = 0
    row: int = 0

    def add(self, tags: int) -> None:
        self.whole += tags
        self.row += tags
        if self.whole > MOST_TAGS_OF_SHEET or self.row > MOST_TAGS_OF_ROW:
            raise UnreadableError(_too_much())


def _counted(text: bytes, end: int, tally: _Tally) -> Iterator["re.Match[bytes]"]:
    """Yield the tags that matter up to a place, and count all of them."""
    place = 0
    for tag in _TAG.finditer(text, 0, end):
        tally.add(text.count(b"<", place, tag.start()))
        place = tag.start()
        tally.row *= tag["row"] is None
        yield tag
    tally.add(text.count(b"<", place, end))


def _tags(source: IO[bytes]) -> Iterator["re.Match[bytes]"]:
    """Yield the tags that matter, whole even where a chunk ends within one."""
    rest, tally = b"", _Tally()
    while chunk := source.read(CHUNK):
        text = rest + chunk
        cut = text.rfind(b"<")
        if len(text) - cut > CHUNK:
            raise UnreadableError(phrase("trang tính bị hỏng; hãy mở tệp rồi lưu lại dạng .xlsx"))
        yield from _counted(text, cut, tally)
        rest = text[cut:]
    yield from _counted(rest, len(rest), tally)


def too_long(most_lines: int) -> Phrase:
    """Return that a table has more lines than are taken: a whole number of thousands, and the header."""
    return phrase(
        "bảng có nhiều hơn {thousands}.000 dòng dưới dòng tiêu đề; hãy chia thành nhiều tệp rồi nhập lần lượt",
        thousands=most_lines // 1000,
    )
