"""What an index is worth in an administrative reform index: in sentences, as plain text and as JSON."""

import json
from dataclasses import dataclass

from survey.analysis.figures.results import IndexRow, RoundResults
from survey.analysis.par.par import ParRule, ParTable, par_points
from survey.fieldwork import SamplingBasis
from survey.formatting import format_count, format_percent
from survey.reports.caveats import basis_in_words
from survey.reports.tables import simulation_notice
from survey.wording import Language, word

# Columns of the terminal: the longest label of the rules has 56 characters, the longest heading 11.
LABEL_WIDTH, WIDTH = 58, 13


@dataclass(frozen=True, slots=True)
class ParSheet:
    """The table of a rule for one row of a run; `row` is None where that is withheld or nobody answered."""

    results: RoundResults
    agency_code: str
    row: IndexRow | None
    table: ParTable

    @property
    def is_what_if(self) -> bool:
        """Tell whether the points only say what would be: those who answered were not drawn at random."""
        return self.results.basis is not SamplingBasis.PROBABILITY

    @property
    def points_range(self) -> tuple[float, float] | None:
        """The 95% range of the index as points, None where it has none."""
        estimate = self.row.estimate if self.row else None
        if estimate is None or estimate.low is None or estimate.upp is None:
            return None
        most = self.table.rule.own.most
        return par_points(estimate.low, most=most), par_points(estimate.upp, most=most)


@dataclass(frozen=True, slots=True)
class ParRow:
    """A row as it is printed: `points` are the most, the scored and the lost, None where they are not known."""

    code: str
    label: str
    points: tuple[float | None, ...]


def par_sentences(sheet: ParSheet, language: Language) -> tuple[str, ...]:
    """Say what the index is worth, on how many responses that rests and, for whoever chose to answer, that it is an if.

    No sentence where the index is not shown.
    """
    own = sheet.table.own
    if sheet.row is None or sheet.row.index is None:
        return ()
    figures = {
        "index": format_percent(sheet.row.index, sheet.results.method.decimals, language=language),
        "count": format_count(sheet.row.responses, language=language),
        "most": _most(own.component.most, language),
        "scored": format_percent(own.scored, language=language),
        "lost": format_percent(own.lost, language=language),
    }
    if not sheet.is_what_if:
        sentence = word("Chỉ số {index}% ({count} phiếu) được {scored} trên {most} điểm, mất {lost} điểm.", language)
        return (sentence.format(**figures), *_range(sheet, language))
    sentence = word(
        "Nếu chỉ số {index}% ({count} phiếu) được lấy để chấm điểm thì được {scored} trên {most} điểm,"
        " mất {lost} điểm.",
        language,
    )
    caveat = word(
        "Đây chỉ là tính thử: người trả lời tự nguyện tham gia nên điểm này không phải điểm chính thức, "
        "không thay cho kết quả điều tra xã hội học.",
        language,
    )
    return (sentence.format(**figures), *_range(sheet, language), caveat)


def _range(sheet: ParSheet, language: Language) -> tuple[str, ...]:
    """Return the range as points, in the words of the basis."""
    if sheet.points_range is None:
        return ()
    low, upp = (format_percent(end, language=language) for end in sheet.points_range)
    text = (
        word("Khoảng dao động 95%: từ {low} đến {upp} điểm.", language)
        if sheet.is_what_if
        else word("Khoảng tin cậy 95%: từ {low} đến {upp} điểm.", language)
    )
    return (text.format(low=low, upp=upp),)


def _most(points: float, language: Language) -> str:
    """Return the most points of a component as rules write them: 10, but 11,5.

    >>> _most(10.0, "vi"), _most(11.5, "vi")
    ('10', '11,5')
    """
    return format_percent(points, 0 if points.is_integer() else 1, language=language)


def par_note(rule: ParRule, language: Language) -> str:
    """Say for whom a rule is made: of which kind an agency is, its name does not tell for sure."""
    text = word("Bộ chỉ số này áp dụng cho {whom}; với cơ quan khác, điểm chỉ để tham khảo.", language)
    return text.format(whom=rule.whom.in_language(language))


def par_text(sheet: ParSheet, language: Language) -> str:
    """Return the table as lines of text, what it rests on first."""
    rule = sheet.table.rule
    notice = [simulation_notice(language)] if sheet.results.simulated else []
    said = par_sentences(sheet, language) or (word("Chỉ số không được công bố nên không quy đổi được điểm.", language),)
    basis = f"{basis_in_words(sheet.results.basis, language)}."
    head = _line("", *par_headings(language))
    rows = (
        _line(row.label, *(format_percent(points, language=language) for points in row.points))
        for row in par_rows(sheet.table, language)
    )
    title = f"{rule.name.in_language(language)} ({rule.code})"
    return "\n".join([*notice, title, par_note(rule, language), basis, *said, "", head, "-" * len(head), *rows])


def par_rows(table: ParTable, language: Language) -> tuple[ParRow, ...]:
    """Return a row for each component in the order of the rule, and the total."""
    found = ((one.component, one.scored, one.lost) for one in table.lines)
    rows = (ParRow(part.code, part.label.in_language(language), (part.most, *own)) for part, *own in found)
    return (*rows, ParRow("total", word("Tổng cộng", language), (table.rule.most, table.scored, table.lost)))


def _line(label: str, *cells: str) -> str:
    return label.ljust(LABEL_WIDTH) + "".join(cell.rjust(WIDTH) for cell in cells)


def par_headings(language: Language) -> tuple[str, str, str]:
    """Return the headings of the three columns of points."""
    return word("Điểm tối đa", language), word("Điểm đạt", language), word("Điểm mất", language)


def par_json(sheet: ParSheet) -> str:
    """Return the table for programs, unrounded but for what is lost; null where something is not known or withheld."""
    table, row = sheet.table, sheet.row
    lines = [
        {
            "code": line.component.code,
            "label": line.component.label.vi,
            "most": line.component.most,
            "scored": line.scored,
            "lost": line.lost,
        }
        for line in table.lines
    ]
    content = {
        "run": sheet.results.run,
        "round": sheet.results.round_code,
        "basis": sheet.results.basis,
        "simulated": sheet.results.simulated,
        "what_if": sheet.is_what_if,
        "agency_code": sheet.agency_code or None,
        "rule": table.rule.code,
        "index": row.index if row else None,
        "responses": row.responses if row else None,
        "points_range": sheet.points_range,
        "components": lines,
        "most": table.rule.most,
        "scored": table.scored,
        "lost": table.lost,
    }
    return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2)
