"""The files as other programs see them: openpyxl, the csv module and LibreOffice."""

import csv
import io
import shutil
import subprocess
import unicodedata
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from survey.analysis.comparing.comparison import Key
from survey.analysis.figures.results import Domain, IndexRow, RoundResults
from survey.fieldwork import SamplingBasis
from survey.instrument import IndexMethod, LocalText, load_instrument
from survey.reports.exports import (
    PublishedStanding,
    write_indices_csv,
    write_indices_xlsx,
    write_responses_csv,
    write_responses_xlsx,
)
from survey.responses import AnswerRecord
from tests.conftest import need

SIPAS = load_instrument("sipas-2023")
HOSTILE = ("=1+1", "@SUM(1)", "-2+3", "+x", '=HYPERLINK("http://example.org";"a")')
LONG_NAME = "Chi nhánh Trung tâm Phục vụ hành chính công số 1, phường Hoàn Kiếm"
NAMES = (*HOSTILE, LONG_NAME, unicodedata.normalize("NFD", "Huyện Đắk R'lấp"))
FIGURES = (82.665, 200 / 3, 100.0, 0.0, 1 / 7, 33.33)

# Comma, quotation mark, UTF-8, from line 1, English numbers; and cells as they are stored, not as they are
# shown, so that no figure is rounded on the way.
CSV_OF_FIRST_SHEET = "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,false,true,false"


def results() -> RoundResults:
    """Return one row per name, the last one without a figure."""
    rows = tuple(
        IndexRow(
            domain=Domain("Xã, phường", f"00{number}", name, f"K7M2Q4{number}", name),
            part="overall",
            label=LocalText("Sự phục vụ nói chung", "Service overall"),
            index=figure,
            percent_satisfied=figure,
            level=figure,
            responses=1000 + number,
            answers=16 * number,
            missing=number,
            not_applicable=0,
        )
        for number, (name, figure) in enumerate(zip(NAMES, (*FIGURES, None), strict=True))
    )
    return RoundResults(
        run="ab12",
        round_code="2026-Q4",
        round_title="Quý IV năm 2026",
        instrument_code=SIPAS.code,
        instrument_title=SIPAS.title,
        method=IndexMethod("mean_over_max", "pooled_answers", "exclude", 2),
        formulas=("L1", "P1"),
        basis=SamplingBasis.SELF_SELECTED,
        simulated=True,
        verified=False,
        responses=7021,
        by=("service_point", "dimension"),
        rows=rows,
    )


def records(sheet) -> list[dict]:
    """Return the rows of a sheet as cells by their column name."""
    header, *rows = sheet.iter_rows()
    return [dict(zip([cell.value for cell in header], row, strict=True)) for row in rows]


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


@pytest.fixture(scope="module")
def indices_file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("xlsx") / "indices.xlsx"
    write_indices_xlsx(results(), path)
    return path


@pytest.fixture(scope="module")
def workbook(indices_file):
    book = openpyxl.load_workbook(indices_file)
    yield book
    book.close()


def converted(source: Path, form: str, folder: Path) -> str:
    """Return the text LibreOffice makes of `source`; `form` is a file ending, with filter options if need be."""
    program = shutil.which("soffice")
    if program is None:
        need("soffice (Debian package libreoffice-calc-nogui)", "read back by a second program")
    # A profile of its own, so that it neither waits for nor disturbs another LibreOffice.
    command = [program, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", form]
    subprocess.run([*command, "--outdir", folder, source], check=True, capture_output=True, timeout=120)
    return (folder / source.name).with_suffix("." + form.split(":")[0]).read_text(encoding="utf-8")


def test_openpyxl_finds_texts_as_texts_and_figures_as_numbers(workbook):
    found = records(workbook["Chỉ số"])
    assert [row["agency"].value for row in found] == [nfc(name) for name in NAMES]
    assert [row["agency_code"].value for row in found] == [f"00{number}" for number in range(len(NAMES))]
    for column in ("index", "percent_satisfied", "level"):
        *figures, without_answers = [row[column].value for row in found]
        # XlsxWriter writes 16 significant digits, one more than Excel keeps.
        assert figures == pytest.approx(FIGURES, rel=1e-15)
        assert without_answers is None
        assert {row[column].data_type for row in found} == {"n"}
        assert {row[column].number_format for row in found if row[column].value is not None} == {"0.00"}
    assert [row["responses"].value for row in found] == [1000 + number for number in range(len(NAMES))]
    assert {row["notice"].value for row in found} == {"DỮ LIỆU MÔ PHỎNG"}


def test_openpyxl_finds_no_formula_in_any_cell_of_any_sheet(workbook):
    cells = [cell for sheet in workbook for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert not [cell.value for cell in cells if cell.hyperlink]
    # The quote prefix keeps the text a text when somebody edits the cell.
    assert [cell.value for cell in cells if cell.quotePrefix] == [name for name in HOSTILE for _ in "pn"]


def test_what_only_a_publication_knows_is_empty_without_one(workbook):
    waiting = ("se", "low", "upp", "rank", "rank_low", "rank_upp", "change")
    assert {row[column].value for row in records(workbook["Chỉ số"]) for column in waiting} == {None}


def test_ranks_are_whole_numbers_with_a_warning_and_changes_have_decimals(tmp_path):
    path = tmp_path / "indices.xlsx"
    standings = {Key("000", "overall"): PublishedStanding(2, 1, 4, change=-1.255)}
    write_indices_xlsx(results(), path, standings=standings)
    book = openpyxl.load_workbook(path)
    first, second, *_ = records(book["Chỉ số"])
    assert [first[column].value for column in ("rank", "rank_low", "rank_upp", "change")] == [2, 1, 4, -1.255]
    assert [first[column].number_format for column in ("rank", "change")] == ["General", "0.00"]
    assert second["rank"].value is None
    told = {name.value: text.value for name, text in book["Phương pháp"].iter_rows()}
    assert "không dùng riêng thứ tự này để bình xét" in told["Thứ hạng"]


def test_the_header_stays_in_sight_and_has_a_filter(workbook):
    sheet = workbook["Chỉ số"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:Z8"  # 23 columns, two of the service point, the notice; seven rows.
    assert sheet.column_dimensions["C"].width > 40


def test_the_second_sheet_tells_the_method(workbook):
    assert workbook.sheetnames == ["Chỉ số", "Phương pháp"]
    box = [(name.value, text.value) for name, text in workbook["Phương pháp"].iter_rows()]
    assert box[0] == ("Lưu ý", "DỮ LIỆU MÔ PHỎNG")
    told = dict(box)
    assert told["Đợt khảo sát"] == "Quý IV năm 2026"
    assert "kết quả khảo sát thường xuyên theo bộ tiêu chí SIPAS" in told["Cách chọn người trả lời"]
    assert told["Số phiếu"] == "7.021"
    assert told["Mã kết quả"] == "ab12"


def test_a_stream_gets_a_workbook_like_a_path_does():
    stream = io.BytesIO()
    write_indices_xlsx(replace(results(), by=("agency", "item"), simulated=False), stream)
    book = openpyxl.load_workbook(stream)
    assert [cell.value for cell in book["Chỉ số"][1]][4:6] == ["item", "label"]
    assert book["Chỉ số"].max_column == 23


def test_the_csv_file_read_back_has_the_same_texts_and_the_same_floats(tmp_path):
    path = tmp_path / "indices.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        write_indices_csv(results(), stream)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfround,")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["service_point"] for row in rows] == [*(f"'{name}" for name in HOSTILE), LONG_NAME, "Huyện Đắk R'lấp"]
    assert [row["index"] for row in rows] == [*map(repr, FIGURES), ""]
    assert [float(row["index"]) for row in rows[:-1]] == list(FIGURES)


def test_responses_read_back_are_the_answers_that_were_given(tmp_path):
    answers = {"A1": "5", "B2": "1", "harassment": "1", "age": "3"}
    rows = [("2026-M11", "=1+1", "qr", AnswerRecord.pack(SIPAS, answers))]
    head = {"month": "2026-M11", "mode": "qr"}
    with (tmp_path / "responses.csv").open("w+", encoding="utf-8", newline="") as stream:
        write_responses_csv(rows, SIPAS, stream)
        stream.seek(len("\ufeff".encode()))
        (line,) = csv.DictReader(stream)
    assert {name: text for name, text in line.items() if text} == {**head, "agency_code": "'=1+1", **answers}

    write_responses_xlsx(rows, SIPAS, tmp_path / "responses.xlsx")
    book = openpyxl.load_workbook(tmp_path / "responses.xlsx")
    (row,) = records(book.active)
    numbers = {code: int(symbol) for code, symbol in answers.items()}
    found = {name: cell.value for name, cell in row.items() if cell.value is not None}
    assert found == {**head, "agency_code": "=1+1", **numbers}
    assert row["agency_code"].data_type == "s"


def test_libreoffice_reads_the_same_numbers_and_names(indices_file, tmp_path):
    rows = list(csv.DictReader(io.StringIO(converted(indices_file, CSV_OF_FIRST_SHEET, tmp_path))))
    assert [row["agency"] for row in rows] == [nfc(name) for name in NAMES]
    assert [row["agency_code"] for row in rows] == [f"00{number}" for number in range(len(NAMES))]
    # LibreOffice writes 15 significant digits.
    assert [float(row["index"]) for row in rows[:-1]] == pytest.approx(FIGURES, rel=1e-14)
    assert rows[-1]["index"] == ""
    assert [int(row["responses"]) for row in rows] == [1000 + number for number in range(len(NAMES))]


def test_libreoffice_finds_no_formula(indices_file, tmp_path):
    document = converted(indices_file, "fods", tmp_path)
    assert "table:formula" not in document
    assert "Phương pháp" in document
