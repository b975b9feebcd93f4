"""Small files that would unpack, nest or repeat themselves into gigabytes: refused in words, at little cost."""

import io
import time
import zipfile

import pytest
from openpyxl import Workbook

from survey.errors import RefusedDataError
from survey.operations.registry.layouts import AGENCIES
from survey.operations.rounds.visit_files import LAYOUT as VISITS
from survey.operations.uploads import apart
from survey.operations.uploads.apart import Allowance, is_small, read_table

HEADINGS = ("service_point_code", "agency_code", "from", "to", "visits")
# 50 ms of this process, ten times over for other work on the same cores; before, it was 20 s and more.
MOST_SECONDS = 0.5
SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
END = b"</sheetData></worksheet>"
STYLES = b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs>'


def workbook(**parts):
    """Return a workbook in which some parts are other ones, by what their names end with; `more` are empty files."""
    made, target = io.BytesIO(), io.BytesIO()
    book = Workbook()
    book.active.append(HEADINGS)
    book.active.append(("", "SNV", "1/7/2025", "31/7/2025", 1))
    book.save(made)
    with zipfile.ZipFile(made) as kept, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in kept.namelist():
            other = next((data for end, data in parts.items() if name.endswith(f"{end}.xml")), None)
            archive.writestr(name, kept.read(name) if other is None else other)
        for number in range(parts.get("more", 0)):
            archive.writestr(f"xl/printerSettings/{number}.bin", b"")
    return target.getvalue()


def long_row(cells):
    return SHEET + b'<row r="1">' + b"<c/>" * cells + b"</row>" + END


HOSTILE = {
    "one row of five million cells": lambda: workbook(sheet1=long_row(5_000_000)),
    "a million cells in one row": lambda: workbook(sheet1=long_row(1_000_000)),
    "rows of 1,600 blank cells": lambda: workbook(
        sheet1=SHEET + (b"<row>" + b"<c/>" * 1_600 + b"</row>") * 4_000 + END
    ),
    "tags within tags": lambda: workbook(sheet1=SHEET + b"<a>" * 1_500_000 + END),
    "formats without end": lambda: workbook(styles=STYLES + b"<xf/>" * 1_000_000 + b"</cellXfs></styleSheet>"),
    "two hundred and more parts": lambda: workbook(more=250),
    "a sheet of 33 MiB": lambda: workbook(sheet1=SHEET + b" " * (33 * 2**20) + END),
    "half a million commas": lambda: b"," * 500_000 + b"x\n",
    "rows of commas": lambda: b",".join(name.encode() for name in HEADINGS) + b"\n" + (b"," * 9_000 + b"1\n") * 100,
    "blanks alone": lambda: b" " * 1_000_000 + b"\n",
    "quotation marks": lambda: b'"' * 1_000_001,
    "a letter under half a million marks": lambda: ("a" + "\u0301\u0323" * 250_000).encode(),
    "no workbook at all": lambda: b"PK\x03\x04" + b"\0" * 100_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_in_words_and_costs_the_server_nothing(kind):
    data, before = HOSTILE[kind](), time.process_time()
    with pytest.raises(RefusedDataError) as refused:
        read_table(data, AGENCIES, name="tệp.xlsx")
    assert time.process_time() - before < MOST_SECONDS
    assert refused.value.file == "tệp.xlsx"
    assert all(len(one.in_language("vi")) > 10 for one in refused.value.faults)


def lines(count):
    return "\n".join([",".join(HEADINGS), *(f",SNV,1/7/2025,31/7/2025,{number}" for number in range(count))]).encode()


def test_a_table_is_the_same_wherever_it_is_read():
    data = lines(5_000)
    assert not is_small(data)
    apart_rows = read_table(data, VISITS, name="t").rows
    assert [row.cells["visits"] for row in apart_rows] == [str(number) for number in range(5_000)]
    assert read_table(lines(10), VISITS, name="t").rows == apart_rows[:10]


def test_faults_come_back_from_the_other_process_in_both_languages():
    with pytest.raises(RefusedDataError, match="line 1: missing column") as refused:
        read_table(b"a,b\n" + b"1,2\n" * 20_000, VISITS, name="t")
    assert "thiếu cột" in refused.value.faults[0].in_language("vi")


@pytest.mark.parametrize("little", [Allowance(2**27, 60), Allowance(2**30, 1)])
def test_a_table_that_takes_more_than_it_may_is_refused_in_words(monkeypatch, little):
    monkeypatch.setattr(apart, "OF_COMMANDS", little)
    with pytest.raises(RefusedDataError) as refused:
        read_table(lines(1_000_000), VISITS, name="t", most_rows=1_000_000)
    assert "quá nhiều thời gian hoặc bộ nhớ" in refused.value.faults[0].in_language("vi")


def test_a_row_of_a_registry_with_more_than_fifty_columns_is_refused_at_once():
    heading, wide = ",".join(AGENCIES.columns), "," * 60 + "x"
    with pytest.raises(RefusedDataError) as refused:
        read_table(f"{heading}\n{wide}\n".encode(), AGENCIES, name="t")
    assert "nhiều hơn 50 cột" in refused.value.faults[0].in_language("vi")
