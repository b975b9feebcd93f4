"""Every text leaves for review and comes back: the same, changed as wanted, or refused by row."""

import shutil
import unicodedata
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from survey.errors import RefusedDataError
from survey.operations.texts.catalogue import read_catalogue, write_catalogue
from survey.operations.texts.rules import wrong_text
from survey.operations.texts.workbook import changed_texts, check_texts, texts_as_workbook
from survey.wording import CATALOGUES

KEY, VIETNAMESE, ENGLISH = 1, 5, 6


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the catalogues."""
    return Path(shutil.copytree(CATALOGUES, tmp_path / "translations"))


def changed(data: bytes, *cells: tuple[int, int, str]) -> bytes:
    """Return a workbook with (line, column, text) put in."""
    workbook = load_workbook(BytesIO(data))
    for line, column, text in cells:
        workbook["Câu chữ"].cell(line, column).value = text
    made = BytesIO()
    workbook.save(made)
    return made.getvalue()


def line_of(texts, *, values: bool) -> int:
    """Return the line of a text that takes one value, or of a plain one of clerks."""
    fits = (place for place, text in enumerate(texts, 2) if ("{" in text.source) is values and "<" not in text.source)
    return next(place for place in fits if texts[place - 2].reader != "người dân")


def test_what_nobody_changed_comes_back_the_same():
    texts = read_catalogue()
    checked = check_texts(texts_as_workbook(texts), texts, name="texts.xlsx")
    assert (checked.changes, checked.faults, checked.absent) == ((), (), 0)
    assert texts_as_workbook(texts) == texts_as_workbook(read_catalogue())


def test_two_hundred_changed_texts_are_checked_applied_and_exported_again(folder: Path) -> None:
    texts = read_catalogue(folder)
    right = [place for place, text in enumerate(texts, 2) if not any(wrong_text(text, "vi")) and "." not in text.source]
    plain = [place for place in right if not any(wrong_text(texts[place - 2], "en"))][:100]
    wanted = [(place, VIETNAMESE, f"{texts[place - 2].vietnamese} nay") for place in plain]
    wanted += [(place, ENGLISH, f"{texts[place - 2].english} now") for place in plain]
    copy = changed(texts_as_workbook(texts), *wanted)
    checked = check_texts(copy, texts, name="texts.xlsx")
    assert (len(checked.changes), checked.faults) == (100, ())
    write_catalogue(changed_texts(checked, texts, name="texts.xlsx"), folder)
    again = read_catalogue(folder)
    assert [(one.source, one.vietnamese, one.english) for one in again] == [
        (one.source, f"{one.vietnamese} nay", f"{one.english} now")
        if place in plain
        else (one.source, one.vietnamese, one.english)
        for place, one in enumerate(texts, 2)
    ]
    exported = load_workbook(BytesIO(texts_as_workbook(again)))["Câu chữ"]
    edited = load_workbook(BytesIO(copy))["Câu chữ"]
    assert list(exported.iter_rows(values_only=True)) == list(edited.iter_rows(values_only=True))
    # Back to what it was: no Vietnamese catalogue is left.
    write_catalogue(texts, folder)
    assert not (folder / "vi" / "LC_MESSAGES" / "messages.po").exists()
    assert read_catalogue(folder) == texts


def test_what_an_editor_breaks_is_refused_by_row_and_nothing_is_written():
    texts = read_catalogue()
    value, plain = line_of(texts, values=True), line_of(texts, values=False)
    key = texts[plain - 2].key
    offenders = {
        "thiếu giá trị": (value, VIETNAMESE, "Không còn gì"),
        "không có giá trị": (plain, ENGLISH, "Made up {count}"),
        "không dùng từ “im lặng”": (plain, VIETNAMESE, "Cơ quan im lặng"),
        "ô chứa công thức": (plain, VIETNAMESE, "=1+1"),
        "ô “Tiếng Anh” còn trống": (plain, ENGLISH, ""),
        f"mã “{key}” có ở 2 dòng": (plain + 1, KEY, key),
        "không có câu nào mang mã “T0”": (plain, KEY, "T0"),
    }
    for told, cell in offenders.items():
        checked = check_texts(changed(texts_as_workbook(texts), cell), texts, name="texts.xlsx")
        found = {fault.line: fault.in_language("vi") for fault in checked.faults}
        assert told in found[cell[0]], told
        with pytest.raises(RefusedDataError, match=f"line {cell[0]}"):
            changed_texts(checked, texts, name="texts.xlsx")


def test_letters_typed_in_pieces_are_put_together():
    texts = read_catalogue()
    line = line_of(texts, values=False)
    typed = unicodedata.normalize("NFD", texts[line - 2].vietnamese)
    assert check_texts(changed(texts_as_workbook(texts), (line, VIETNAMESE, typed)), texts, name="x").changes == ()


def test_a_table_of_something_else_is_refused():
    with pytest.raises(RefusedDataError, match="missing"):
        check_texts(b"name,code\nA,1\n", read_catalogue(), name="points.csv")
