"""Tables as WordprocessingML: put together as text, because 500 agencies have 70,000 cells."""

from collections.abc import Sequence
from itertools import chain
from xml.sax.saxutils import escape, quoteattr

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.oxml.table import CT_Tbl

from survey.reports.chart_drawing import plain
from survey.reports.documents.model import TOGETHER, Column, Table

TWIPS = 1440 / 25.4  # a millimetre in twentieths of a point
# The inner margin of a cell, left and right, in twips.
INSET = 45
# The styles of cells, by identity.
HEAD, NUMBER, TEXT = "Tablehead", "Tablenumber", "Tabletext"


def table_xml(table: Table) -> CT_Tbl:
    """Return a table with its heading row marked as such, so that it stands on every page; no row is torn apart."""
    widths = [round(column.width * TWIPS) for column in table.columns]
    head = _row(table.columns, widths, [column.heading for column in table.columns], head=True, kept=True)
    whole, last = len(table.rows) <= TOGETHER, len(table.rows) - 1
    rows = (
        _row(table.columns, widths, row.cells, strong=row.strong, kept=whole or place == last)
        for place, row in enumerate(table.rows)
    )
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    name = quoteattr(word_text(table.caption))
    text = (
        f"<w:tbl {nsdecls('w')}><w:tblPr>"
        f'<w:tblStyle w:val="TableGrid"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
        f'<w:tblCellMar><w:left w:w="{INSET}" w:type="dxa"/><w:right w:w="{INSET}" w:type="dxa"/></w:tblCellMar>'
        f'<w:tblLook w:firstRow="1" w:noVBand="1" w:noHBand="1"/><w:tblCaption w:val={name}/>'
        f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(chain([head], rows))}</w:tbl>"
    )
    made: CT_Tbl = parse_xml(text)
    return made


def word_text(text: str) -> str:
    """Return text as a Word file may hold it: composed, line by line, without what XML cannot hold.

    >>> word_text("Bố trí\\tghế\\nThêm máy\\x00")
    'Bố trí ghế\\nThêm máy '
    """
    return "\n".join(plain(line) for line in text.splitlines())


def _row(
    columns: Sequence[Column],
    widths: Sequence[int],
    cells: Sequence[str],
    *,
    head: bool = False,
    strong: bool = False,
    kept: bool = False,
) -> str:
    """Return a row; a `kept` one stays on the page of what follows it."""
    made = (
        _cell(text, width, HEAD if head else NUMBER if column.number else TEXT, strong=strong, kept=kept)
        for column, width, text in zip(columns, widths, cells, strict=True)
    )
    repeated = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>{''.join(made)}</w:tr>"


def _cell(text: str, width: int, style: str, *, strong: bool, kept: bool) -> str:
    bold, keep = "<w:rPr><w:b/></w:rPr>" if strong else "", "<w:keepNext/>" if kept else ""
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in word_text(text).split("\n"))
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{keep}</w:pPr><w:r>{bold}{lines}</w:r></w:p></w:tc>'
    )
