"""Write a report as a Word file (DOCX) laid out as Decree 30/2020/NĐ-CP, appendix I, asks for.

A4, margins of 20, 20, 30 and 20 mm, Times New Roman, black; headings are real styles, tables repeat their heading row
on every page, and the page number stands centred at the head from the second page on.
"""

from datetime import UTC, datetime, time
from io import BytesIO

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Mm
from docx.text.paragraph import Paragraph as WordParagraph

from survey.reports.documents.forms import Forms, forms_of
from survey.reports.documents.model import Annex, DocumentPicture, DocumentTable, Element, Heading, Paragraph, Report
from survey.reports.documents.word.forms import write_letterhead, write_signature
from survey.reports.documents.word.styles import give_styles
from survey.reports.documents.word.tables import table_xml, word_text

LONG, SHORT, EDGE, BINDING = Mm(297), Mm(210), Mm(20), Mm(30)
DOTS_PER_PIXEL = 2


def write_word(report: Report) -> bytes:
    """Return the report as DOCX; the same report gives the same text, in a package dated by the report's day."""
    document, forms = docx.Document(), forms_of(report)
    give_styles(document)
    _describe(document, report)
    _lay_out(document.sections[0], report.notice, landscape=False)
    write_letterhead(document, forms)
    _write(document, report.body)
    write_signature(document, forms)
    for annex, heading in zip(report.annexes, forms.annexes, strict=True):
        _annex(document, annex, heading, forms)
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def _describe(document: Document, report: Report) -> None:
    """Write title, author and day into the properties, in place of those of the library's template."""
    moment = datetime.combine(report.letterhead.day, time(), UTC)
    properties = document.core_properties
    properties.title, properties.author = word_text(report.subject), word_text(report.letterhead.issuer)
    properties.comments, properties.language, properties.last_modified_by = report.notice, "vi-VN", ""
    properties.created = properties.modified = moment


def _lay_out(section: Section, notice: str, *, landscape: bool) -> None:
    """Give a section its paper, its margins, and what stands at the head of its pages; pages count from 1."""
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (LONG, SHORT) if landscape else (SHORT, LONG)
    section.top_margin = section.bottom_margin = section.right_margin = EDGE
    section.left_margin = BINDING
    section.header_distance = Mm(9)
    section.different_first_page_header_footer = True
    for header, has_number in ((section.first_page_header, False), (section.header, True)):
        header.is_linked_to_previous = False
        paragraph = header.paragraphs[0]
        paragraph.style = "Header"
        if has_number:
            _page_number(paragraph)
        if notice:
            paragraph.add_run((" – " if has_number else "") + notice).bold = True
    numbering = OxmlElement("w:pgNumType")
    numbering.set(qn("w:start"), "1")
    section._sectPr.append(numbering)


def _page_number(paragraph: WordParagraph) -> None:
    """Write the field that Word fills with the number of the page."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    field.append(OxmlElement("w:r"))
    paragraph._p.append(field)


def _write(document: Document, elements: tuple[Element, ...]) -> None:
    for element in elements:
        match element:
            case Heading(text, level):
                document.add_paragraph(word_text(text), style=f"Heading {level}")
            case Paragraph(text, item):
                style = "List" if item else "Body Text"
                document.add_paragraph(word_text(f"- {text}" if item else text), style=style)
            case DocumentTable():
                _table(document, element)
            case DocumentPicture():
                _picture(document, element)


def _table(document: Document, table: DocumentTable) -> None:
    """Write the caption above, the table, and below it on what it rests."""
    document.add_paragraph(word_text(table.caption), style="Caption")
    _before_end(document, table_xml(table))
    for note in table.notes:
        document.add_paragraph(word_text(note), style="Table note")
    document.add_paragraph(style="Table end")


def _before_end(document: Document, element: object) -> None:
    """Put an element at the end of the text, which is before the properties of the last section."""
    document.element.body._insert_tbl(element)


def _picture(document: Document, picture: DocumentPicture) -> None:
    # Loaded when something is drawn, never with this module (survey/reports/charts/drawing.py).
    import vl_convert

    png = BytesIO(vl_convert.svg_to_png(picture.svg, scale=DOTS_PER_PIXEL))
    paragraph = document.add_paragraph(style="Picture")
    shape = paragraph.add_run().add_picture(png, width=Mm(picture.width))
    shape._inline.docPr.set("descr", word_text(picture.alt))
    document.add_paragraph(word_text(picture.caption), style="Caption").alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_paragraph(style="Table end")


def _annex(document: Document, annex: Annex, heading: tuple[str, str], forms: Forms) -> None:
    _lay_out(document.add_section(WD_SECTION.NEW_PAGE), forms.notice, landscape=annex.landscape)
    number, title = heading
    document.add_paragraph(number, style="Heading 1").alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_paragraph(word_text(title), style="Annex title")
    document.add_paragraph(word_text(forms.origin), style="Annex origin")
    _write(document, annex.elements)
