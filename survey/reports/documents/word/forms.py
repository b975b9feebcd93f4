"""What stands around the text of an administrative document: national heading, number, title, recipients, signature."""

from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.text.paragraph import CT_P
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm, Pt
from docx.table import _Cell

from survey.reports.documents.forms import Forms
from survey.reports.documents.word.tables import word_text

LEFT, RIGHT = Mm(68), Mm(92)


def write_letterhead(document: Document, forms: Forms) -> None:
    """Write the national heading with who issues the report, number, place and date, and below it the title."""
    left, right = _two_cells(document)
    if forms.superior:
        _line(left, forms.superior, size=12)
    _line(left, forms.issuer, size=12, bold=True)
    _rule(left, indent=24)
    _line(right, forms.country, size=12, bold=True)
    _line(right, forms.motto, size=13, bold=True)
    _rule(right, indent=17)
    left, right = _two_cells(document)
    _line(left, forms.number, size=13)
    _line(right, forms.dated, size=13, italic=True)
    title = document.add_paragraph(style="Form")
    title.paragraph_format.space_before = Pt(14)
    title.add_run(forms.title).bold = True
    document.add_paragraph(style="Form").add_run(word_text(forms.subject)).bold = True
    _border(document.add_paragraph(style="Form line")._p, indent=55)
    document.add_paragraph(style="Form")


def write_signature(document: Document, forms: Forms) -> None:
    """Write the recipients at the left and who signs at the right, on one page."""
    document.add_paragraph(style="Table end")
    left, right = _two_cells(document)
    heading = left.paragraphs[0]
    heading.style = "Form left"
    run = heading.add_run(forms.recipients_heading)
    run.bold = run.italic = True
    run.font.size = Pt(12)
    for recipient in forms.recipients:
        left.add_paragraph(word_text(recipient), style="Form left")
    _line(right, forms.signer, size=13, bold=True)
    for _ in range(4):
        right.add_paragraph(style="Form")


def _two_cells(document: Document) -> tuple[_Cell, _Cell]:
    """Add a table without borders, of one row that stays on one page."""
    table = document.add_table(rows=1, cols=2)
    table.autofit = False
    table._tblPr.append(_without_insets())
    row = table.rows[0]
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for column, width in zip(table.columns, (LEFT, RIGHT), strict=True):
        column.width = width
    left, right = row.cells
    return left, right


def _without_insets() -> BaseOxmlElement:
    """Return the setting by which the text of cells reaches to their edges."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), "0")
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    return margins


def _line(cell: _Cell, text: str, *, size: float, bold: bool = False, italic: bool = False) -> None:
    """Write a centred line; the empty paragraph every cell begins with is the first one."""
    first = cell.paragraphs[0]
    paragraph = cell.add_paragraph() if first.text else first
    paragraph.style = "Form"
    run = paragraph.add_run(word_text(text))
    run.bold, run.italic, run.font.size = bold, italic, Pt(size)


def _rule(cell: _Cell, *, indent: float) -> None:
    _border(cell.add_paragraph(style="Form line")._p, indent=indent)


def _border(paragraph: CT_P, *, indent: float) -> None:
    """Draw a line below a paragraph, `indent` millimetres shorter than it at each end."""
    properties = paragraph.get_or_add_pPr()
    borders, bottom = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    properties.insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")
    indents = properties.get_or_add_ind()
    indents.left = indents.right = Mm(indent)
