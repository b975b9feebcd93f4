"""Tables of agencies and points as people upload them, and what is said of their faults."""

import io
from datetime import datetime

import pytest
from lxml import html
from openpyxl import Workbook

from survey.errors import RefusedDataError
from survey.operations.registry.layouts import AGENCIES
from survey.operations.registry.upload import read_upload
from tests.told import told

IMPORT = "/staff/registry/import"
ENGLISH = list(AGENCIES.columns)
VIETNAMESE = list(AGENCIES.headings.values())
# Cells of spreadsheets know no time zones.
FIRST_OF_JULY, HALF_PAST_EIGHT = datetime(2025, 7, 1), datetime(2025, 7, 1, 8, 30)  # noqa: DTZ001


def xlsx(*rows, title="Cơ quan", change=None):
    """Return a workbook with one sheet; `change` may do more to it."""
    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(list(row))
    if change:
        change(book)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def agency(code="SMOI", name="Sở mới", **more):
    """Return a row in the order of the columns."""
    return [{"code": code, "name": name, **more}.get(column, "") for column in ENGLISH]


def confirm(client, preview):
    """Press the button of a preview."""
    fields = dict(html.fromstring(client.get(preview).text).xpath("//main//form[@method='post']")[0].fields)
    return client.post(preview, data=fields)


def faults_of(answer):
    """Return line and text of every fault on a page."""
    assert answer.status_code == 400
    rows = html.fromstring(answer.text).xpath("//caption[.='Các dòng cần sửa']/..//tbody/tr")
    return [(int(row[1].text.replace(".", "")), row[2].text_content()) for row in rows]


def the_fault(answer):
    ((line, text),) = faults_of(answer)
    return line, text


def refused(data, layout=AGENCIES):
    """Return why a file is no table."""
    with pytest.raises(RefusedDataError) as error:
        read_upload(data, layout, name="bang.xlsx")
    return told(error.value, "vi")[0].reason
