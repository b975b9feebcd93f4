"""Tables as LibreOffice opens them by a double click, in Vietnamese and in English: columns, numbers, texts."""

import csv
import io
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from decimal import Decimal

import openpyxl
import pytest

from survey.instrument import load_instrument
from survey.operations.exports.files import indices_table
from survey.reports.exports import write_responses_csv
from survey.reports.sheets import PLAIN, SHEET_LAYOUTS, VIETNAMESE, Sheet, sheet_bytes
from survey.reports.streams import text_bytes
from survey.responses import AnswerRecord
from tests.conftest import need
from tests.integration.exports.test_exports_read_back import FIGURES, HOSTILE, results

pytestmark = pytest.mark.slow

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
# What LibreOffice takes for languages in a filter, and the sign it splits at when a file is opened by a double click.
LANGUAGES = {"vi": ("1066", ord(";")), "en": ("1033", ord(","))}
SIPAS = load_instrument("sipas-2023")


def opened(made: bytes, language: str, folder) -> list[list[tuple[str, object]]]:
    """Return the cells of a CSV, each with its kind; numbers and days are looked for, as Excel does."""
    program = shutil.which("soffice")
    if program is None:
        need("soffice (Debian package libreoffice-calc-nogui)", "read back by a second program")
    source = folder / "made.csv"
    source.write_bytes(made)
    number, sign = LANGUAGES[language]
    # Sign, quotation mark, UTF-8, from line 1, every column as it comes, language, quoted cells too, days looked for.
    how = f"CSV:{sign},34,76,1,,{number},false,true"
    own = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [program, own, "--headless", f"--infilter={how}", "--convert-to", "fods", "--outdir", folder, source]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    document = ElementTree.parse(folder / "made.fods")
    assert f"{TABLE}formula" not in {name for cell in document.iter(f"{TABLE}table-cell") for name in cell.attrib}
    return [list(cells_of(row)) for row in document.iter(f"{TABLE}table-row")]


def cells_of(row):
    for cell in row.iter(f"{TABLE}table-cell"):
        kind, times = cell.get(f"{OFFICE}value-type", ""), int(cell.get(f"{TABLE}number-columns-repeated", "1"))
        text = "".join("".join(line.itertext()) for line in cell.iter(f"{TEXT}p"))
        yield from [(kind, float(cell.get(f"{OFFICE}value")) if kind == "float" else text)] * times


def test_the_vietnamese_csv_opens_in_columns_with_numbers(tmp_path):
    header, *rows = opened(indices_table(results(), "vi", layout="vi.csv"), "vi", tmp_path)
    names = [text for _, text in header]
    assert names[:8] == ["round", "agency_code", "agency", "block", "dimension", "label", "index", "se"]
    figures = [dict(zip(names, row, strict=False)) for row in rows if len(row) >= len(names)]
    assert [row["index"][0] for row in figures[:6]] == ["float"] * 6
    # LibreOffice keeps 15 significant digits.
    assert [row["index"][1] for row in figures[:6]] == pytest.approx(FIGURES, rel=1e-14)
    assert [row["responses"] for row in figures] == [("float", 1000.0 + number) for number in range(7)]
    # A name that a spreadsheet would run has an apostrophe in front, and is no formula.
    assert [row["agency"] for row in figures[:5]] == [("string", f"'{name}") for name in HOSTILE]


def test_the_plain_csv_is_one_column_of_text_to_a_vietnamese_spreadsheet(tmp_path):
    # Why there are two: nothing of this file is a number there.
    rows = opened(indices_table(results(), "vi", layout="csv"), "vi", tmp_path)
    assert not [cell for row in rows for cell in row if cell[0] == "float"]


@pytest.mark.parametrize(("language", "style"), [("vi", VIETNAMESE), ("en", PLAIN)])
def test_months_stay_texts_that_sort_by_time(language, style, tmp_path):
    record = AnswerRecord.pack(SIPAS, {"A1": "5", "B2": "1"})
    months = ["2026-M09", "2026-M10", "2027-M01"]
    rows = [(month, "SNV", "qr", record) for month in months]
    made = text_bytes(lambda stream: write_responses_csv(rows, SIPAS, stream, style=style))
    header, *found = opened(made, language, tmp_path)
    assert header[0] == ("string", "month")
    assert [row[0] for row in found[:3]] == [("string", month) for month in months]
    assert sorted(months) == months
    assert ("float", 5.0) in found[0]
    # Days are looked for: this is one.
    day = opened(b"day\r\n2026-11-21\r\n", language, tmp_path)
    assert day[1][0][0] == "date"


def test_no_month_of_a_file_looks_to_excel_like_a_day():
    # Excel takes two numbers with - / . between them, and a number beside the name of a month, for a day.
    like_a_day = re.compile(r"\d+[-/. ]\d+$|\d+[-/. ]?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.IGNORECASE)
    assert like_a_day.match("2026-11")
    assert like_a_day.match("11/2026")
    assert not like_a_day.match("2026-M11")


CELLS = [["Sở Nội vụ", 82.665, 1000, None, Decimal("6.50")], ["=1+1", 1e-07, -3, "5", Decimal("100.00")]]


def test_one_table_is_every_file():
    sheet = Sheet("Bảng", ("name", "figure", "count", "none", "rate"), CELLS, {"figure": 2})
    plain, vietnamese, workbook = (sheet_bytes(sheet, layout) for layout in SHEET_LAYOUTS)
    assert plain.decode("utf-8-sig").splitlines() == [
        "name,figure,count,none,rate",
        "Sở Nội vụ,82.665,1000,,6.50",
        "'=1+1,1e-07,-3,5,100.00",
    ]
    assert vietnamese.decode("utf-8-sig").splitlines() == [
        "name;figure;count;none;rate",
        "Sở Nội vụ;82,665;1000;;6,50",
        "'=1+1;1e-07;-3;5;100,00",
    ]
    rows = list(openpyxl.load_workbook(io.BytesIO(workbook))["Bảng"].iter_rows())
    assert [[cell.value for cell in row] for row in rows[1:]] == [
        ["Sở Nội vụ", 82.665, 1000, None, 6.5],
        ["=1+1", 1e-07, -3, "5", 100],
    ]
    assert rows[1][1].number_format == "0.00"
    assert rows[2][0].data_type == "s"
    assert rows[2][0].quotePrefix


def test_a_small_figure_is_a_number_to_a_vietnamese_spreadsheet(tmp_path):
    sheet = Sheet("Bảng", ("p",), [[1.5e-07], [0.001], [-2.5]])
    rows = opened(sheet_bytes(sheet, "vi.csv"), "vi", tmp_path)
    assert [row[0] for row in rows[1:4]] == [("float", 1.5e-07), ("float", 0.001), ("float", -2.5)]


def test_a_cell_with_the_sign_between_cells_stays_one_cell():
    made = sheet_bytes(Sheet("Bảng", ("a", "b"), [["một; hai, ba", 'nói "có"']]), "vi.csv").decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(made), delimiter=";"))[1] == ["một; hai, ba", 'nói "có"']
