"""Tables as WordprocessingML: put together as text, because 500 agencies have 70,000 cells."""

from collections.abc import Sequence
from itertools import chain
from xml.sax.saxutils import escape, quoteattr

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.oxml.table import CT_Tbl

from survey.reports.charts.drawing import plain
from survey.reports.documents.model import DocumentRow, DocumentTable

TWIPS = 1440 / 25.4  # a millimetre in twentieths of a point
# The inner margin of a cell, left and right, in twips.
INSET = 45
# The styles of cells, by identity.
HEAD, NUMBER, TEXT = "Tablehead", "Tablenumber", "Tabletext"


def table_xml(table: DocumentTable) -> CT_Tbl:
    """Return a table with its heading row marked as such, so that it stands on every page; short rows stay whole."""
    widths = [round(column.width * TWIPS) for column in table.columns]
    whole, last = table.stands_together, len(table.rows) - 1
    rows = (_row(table, row, widths, kept=whole or place == last) for place, row in enumerate(table.rows))
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    name = quoteattr(word_text(table.caption))
    text = (
        f"<w:tbl {nsdecls('w')}><w:tblPr>"
        f'<w:tblStyle w:val="TableGrid"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
        f'<w:tblCellMar><w:left w:w="{INSET}" w:type="dxa"/><w:right w:w="{INSET}" w:type="dxa"/></w:tblCellMar>'
        f'<w:tblLook w:firstRow="1" w:noVBand="1" w:noHBand="1"/><w:tblCaption w:val={name}/>'
        f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(chain([_head(table, widths)], rows))}</w:tbl>"
    )
    element: CT_Tbl = parse_xml(text)
    return element


def word_text(text: str) -> str:
    """Return text as a Word file may hold it: composed, line by line, without what XML cannot hold.

    >>> word_text("Bố trí\\tghế\\nThêm máy\\x00")
    'Bố trí ghế\\nThêm máy '
    """
    return "\n".join(plain(line) for line in text.splitlines())


def _head(table: DocumentTable, widths: Sequence[int]) -> str:
    made = (
        _cell(column.heading, width, HEAD, strong=False, kept=True)
        for column, width in zip(table.columns, widths, strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{''.join(made)}</w:tr>"


def _row(table: DocumentTable, row: DocumentRow, widths: Sequence[int], *, kept: bool) -> str:
    """Return a row; a `kept` one that is short stays on the page of what follows it, a high one may be torn apart."""
    short = table.is_short(row)
    cells = (
        _cell(text, width, NUMBER if column.number else TEXT, strong=row.strong, kept=kept and short)
        for column, width, text in zip(table.columns, widths, row.cells, strict=True)
    )
    whole = "<w:trPr><w:cantSplit/></w:trPr>" if short else ""
    return f"<w:tr>{whole}{''.join(cells)}</w:tr>"


def _cell(text: str, width: int, style: str, *, strong: bool, kept: bool) -> str:
    bold, keep = "<w:rPr><w:b/></w:rPr>" if strong else "", "<w:keepNext/>" if kept else ""
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in word_text(text).split("\n"))
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{keep}</w:pPr><w:r>{bold}{lines}</w:r></w:p></w:tc>'
    )
