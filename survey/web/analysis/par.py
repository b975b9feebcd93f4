"""The published index as points of an administrative reform index, beside the other components as somebody types them.

What is typed stands in the address and is stored nowhere.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from survey.analysis.par.par import ParComponent, ParRule, ParTable
from survey.analysis.par.rules import default_rule, load_par_rule, par_rules
from survey.formatting import format_percent, vietnamese_key
from survey.operations.results.par import score_published
from survey.reports.par import ParRow, par_headings, par_note, par_rows, par_sentences
from survey.services import services
from survey.web.analysis.tables import PageTable, SheetCell, SheetColumn, figure_cell
from survey.web.analysis.view import AnalysisPage, View
from survey.web.door.register import own_agency, own_scope
from survey.wording import Language, word

# Points as people write them: digits, and at most two places after a comma or a point.
POINTS = re.compile(r"\d{1,3}(?:[.,]\d{1,2})?")


@dataclass(frozen=True, slots=True)
class Field:
    """A component to be scored: what was typed, and what is wrong with that."""

    component: ParComponent
    label: str
    most: str
    typed: str
    fault: str


def par_page(view: View) -> AnalysisPage:
    """Return the table of a rule for all together or for one agency; those who answer for some see only theirs.

    Raises UnknownCodeError for a rule or an agency that is not there.
    """
    agencies, whole = _own_agencies(view), own_scope().agencies is None
    chosen = view.asked.get("agency") or ("" if whole else next(iter(agencies), ""))
    rule_code = view.asked.get("rule", "")
    path = services().settings.par_file
    rule = load_par_rule(rule_code, path) if rule_code else default_rule(whole=not chosen, path=path)
    more: dict[str, object] = {
        "rules": [(offered.code, offered.name.in_language(view.language)) for offered in par_rules(path)],
        "rule": rule,
        "asked_rule": rule_code,
        "note": par_note(rule, view.language),
        "agencies": agencies,
        "whole": whole,
        "chosen": own_agency(chosen) if chosen else "",
        "of_whom": view.shown.agency(chosen).agency if chosen else word("Tất cả cơ quan", view.language),
    }
    if not (whole or chosen):
        return AnalysisPage((), more)
    fields, others = read_scores(rule, view.asked, view.language)
    score = score_published(view.shown, rule, others, agency_code=chosen)
    sentences = par_sentences(score, view.language)
    empty = {field.component.code for field in fields if not field.typed}
    return AnalysisPage((_sheet(score.table, view, empty),), {**more, "fields": fields, "told": sentences})


def _own_agencies(view: View) -> dict[str, str]:
    """Return the names of the run's agencies in scope by code, in alphabetical order."""
    own = ((code, name) for code, name in view.shown.names.items() if own_scope().holds(code))
    return dict(sorted(own, key=lambda named: vietnamese_key(named[1])))


def read_scores(
    rule: ParRule, asked: Mapping[str, str], language: Language
) -> tuple[tuple[Field, ...], dict[str, float | None]]:
    """Return the fields of the other components as they were typed, and their points; None for empty or wrong ones."""
    fields = tuple(_field(one, asked.get(f"p.{one.code}", "").strip(), language) for one in rule.others)
    return fields, {one.component.code: None if one.fault else _points(one.typed) for one in fields}


def _field(component: ParComponent, typed: str, language: Language) -> Field:
    points, most = _points(typed), format_percent(component.most, language=language)
    wrong = typed and (points is None or points > component.most)
    fault = (
        word("Hãy ghi điểm từ 0 đến {most}, tối đa hai chữ số thập phân.", language).format(most=most) if wrong else ""
    )
    return Field(component, component.label.in_language(language), most, typed, fault)


def _points(typed: str) -> float | None:
    return float(typed.replace(",", ".")) if POINTS.fullmatch(typed) and typed.isascii() else None


def _sheet(table: ParTable, view: View, empty: Collection[str]) -> PageTable:
    """Return the table; of the `empty` components nobody has typed points yet."""
    language = view.language
    most, scored, lost = par_headings(language)
    columns = (
        SheetColumn(word("Nội dung", language), ("component", "label"), number=False),
        SheetColumn(most, ("most",)),
        SheetColumn(scored, ("scored",)),
        SheetColumn(lost, ("lost",)),
    )
    rows = tuple(_row(row, language, is_empty=row.code in empty) for row in par_rows(table, language))
    return PageTable("par", table.rule.name.in_language(language), columns, rows)


def _row(row: ParRow, language: Language, *, is_empty: bool) -> tuple[SheetCell, ...]:
    most, scored, lost = (figure_cell(points, language) for points in row.points)
    if is_empty:
        scored = SheetCell(word("chưa nhập", language), (None,), quiet=True)
    return SheetCell(row.label, (row.code, row.label)), most, scored, lost
