"""The paragraph styles of the Word file."""

from dataclasses import dataclass

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

FONT = "Times New Roman"
BLACK = RGBColor(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Look:
    """How paragraphs of a style look: size and spacing in points; left edge, and first line from it, in millimetres."""

    size: float
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.LEFT
    bold: bool = False
    italic: bool = False
    before: float = 0
    after: float = 0
    left: float = 0
    indent: float = 0
    keeps_with_next: bool = False


LEFT, CENTRE, RIGHT, BOTH = (
    WD_ALIGN_PARAGRAPH.LEFT,
    WD_ALIGN_PARAGRAPH.CENTER,
    WD_ALIGN_PARAGRAPH.RIGHT,
    WD_ALIGN_PARAGRAPH.JUSTIFY,
)
LOOKS = {
    "Normal": Look(13),
    "Header": Look(13, CENTRE),
    "Heading 1": Look(13, bold=True, before=12, after=6, keeps_with_next=True),
    "Heading 2": Look(13, bold=True, before=6, after=6, keeps_with_next=True),
    "Heading 3": Look(13, bold=True, italic=True, before=6, after=6, keeps_with_next=True),
    "Body Text": Look(13, BOTH, after=6, indent=10),
    "List": Look(13, LEFT, after=6, left=13, indent=-3),
    "Caption": Look(12, bold=True, before=6, after=3, keeps_with_next=True),
    "Table head": Look(10.5, CENTRE, bold=True, before=1, after=1),
    "Table text": Look(10.5, LEFT, before=1, after=1),
    "Table number": Look(10.5, RIGHT, before=1, after=1),
    "Table note": Look(10, BOTH, italic=True, before=2),
    "Table end": Look(6),
    "Picture": Look(13, CENTRE, before=6, keeps_with_next=True),
    "Form": Look(13, CENTRE),
    "Form line": Look(2, CENTRE),
    "Form left": Look(11, LEFT),
    "Annex title": Look(13, CENTRE, bold=True, keeps_with_next=True),
    "Annex origin": Look(13, CENTRE, italic=True, after=8, keeps_with_next=True),
}


def give_styles(document: Document) -> None:
    """Make the styles of the report, or change those that the library's template has by the same names."""
    known = {style.name for style in document.styles}
    for name, look in LOOKS.items():
        style = document.styles[name] if name in known else document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        _look(style, look)
    for style in document.styles:
        for run in style.element.iter(qn("w:rFonts")):
            run.attrib.clear()
            for place in ("ascii", "hAnsi", "cs", "eastAsia"):
                run.set(qn(f"w:{place}"), FONT)


def _look(style: ParagraphStyle, look: Look) -> None:
    font, form = style.font, style.paragraph_format
    font.name, font.size, font.bold, font.italic = FONT, Pt(look.size), look.bold, look.italic
    font.color.rgb = BLACK
    form.alignment, form.keep_with_next = look.align, look.keeps_with_next
    form.space_before, form.space_after = Pt(look.before), Pt(look.after)
    form.left_indent, form.first_line_indent = Mm(look.left), Mm(look.indent)
    form.line_spacing_rule = WD_LINE_SPACING.SINGLE
    _in_vietnamese(style)


def _in_vietnamese(style: ParagraphStyle) -> None:
    """Say in which language the text is, so that it is read aloud and checked as Vietnamese."""
    properties = style.element.get_or_add_rPr()
    for old in properties.findall(qn("w:lang")):
        properties.remove(old)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    properties.append(language)
