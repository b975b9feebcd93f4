"""Known divisions of a population from a file: margin, category, total; a line for each category."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from survey.analysis.sampling.margins import Margin
from survey.analysis.sampling.respondents import CODE_OF, Labels, Respondents
from survey.errors import Fault
from survey.fieldwork import SurveyRound, asked_questions
from survey.instrument.model import LocalText, Question
from survey.operations.uploads.apart import read_table
from survey.operations.uploads.csv_lines import refusal
from survey.operations.uploads.layouts import CellKind, TableColumn, TableLayout
from survey.operations.uploads.tables import TableRow
from survey.wording import Phrase, mark, phrase, word

LAYOUT = TableLayout(
    (TableColumn("margin"), TableColumn("category"), TableColumn("total", kind=CellKind.AMOUNT, needed=True)),
    filled=True,
)
# Between what is crossed into one margin, and between categories that are joined.
CROSSED, JOINED = "*", "+"
MONTH, MODE = "month", "mode"
MOST_CELLS = 10_000
TITLES = {
    "block": mark("Khối"),
    "agency": mark("Cơ quan"),
    "service_point": mark("Điểm phục vụ"),
    MONTH: mark("Tháng"),
    MODE: mark("Hình thức trả lời"),
}


@dataclass(frozen=True, slots=True)
class GivenMargin:
    """A margin of a file: the totals of its categories, and the joined category each single code belongs to."""

    name: str
    totals: dict[str, float] = field(default_factory=dict)
    joined: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Divisions:
    """What responses can be divided by: the codes a margin may have and their words, and its own, by its name."""

    words: Mapping[str, Mapping[str, LocalText]]
    titles: Mapping[str, LocalText]

    def title(self, margin: str) -> LocalText:
        """Return a margin in words."""
        return _put("×", [self.titles[one] for one in margin.split(CROSSED)])

    def codes(self, margin: str) -> Mapping[str, LocalText] | None:
        """Return the words of every code of a margin, crossed ones too; None of a margin nobody knows."""
        parts = [self.words.get(name) for name in margin.split(CROSSED)]
        if any(words is None for words in parts) or len(set(margin.split(CROSSED))) < len(parts):
            return None
        known = [words for words in parts if words is not None]
        if np.prod([len(words) for words in known]) > MOST_CELLS:
            return None
        cells = product(*(words.items() for words in known))
        return {CROSSED.join(code for code, _ in cell): _put("×", [text for _, text in cell]) for cell in cells}

    def words_of(self, margin: str, category: str) -> LocalText:
        """Return a category, joined or not, in words."""
        codes = self.codes(margin) or {}
        return _put("+", [codes.get(one, _same(one)) for one in category.split(JOINED)])


def _same(text: str) -> LocalText:
    return LocalText(vi=text, en=text)


def _put(sign: str, words: Sequence[LocalText]) -> LocalText:
    vietnamese, english = (f" {sign} ".join(each) for each in zip(*((one.vi, one.en) for one in words), strict=True))
    return LocalText(vi=vietnamese, en=english)


def divisions_of(respondents: Respondents, survey_round: SurveyRound) -> Divisions:
    """Return what a round's responses can be divided by: units, months, ways of answering, and what it asks of facts.

    Questions with several answers, and the items of the index themselves, divide nobody.
    """
    months = {_month(day): _same(_month(day)) for day in np.unique(respondents.day).tolist()}
    units = {
        axis: {getattr(point, code): _same(getattr(point, axis)) for point in respondents.points}
        for axis, code in CODE_OF.items()
    }
    modes = {str(mode): _same(str(mode)) for mode in np.unique(respondents.mode)}
    dividing = _dividing(respondents, survey_round)
    named = {name: LocalText(vi=title, en=word(title, "en")) for name, title in TITLES.items()}
    return Divisions(
        {**units, MONTH: months, MODE: modes, **{question.code: _options(question) for question in dividing}},
        {**named, **{question.code: question.short for question in dividing}},
    )


def read_margins(data: bytes, *, name: str, divisions: Divisions) -> tuple[GivenMargin, ...]:
    """Return the margins of a file in its order, CSV or XLSX.

    Raises RefusedDataError with every bad line: a margin or a code that is unknown, a code that comes twice in its
    margin, a total that is no number.
    """
    table = read_table(data, LAYOUT, name=name)
    margins: dict[str, GivenMargin] = {}
    faults = [Fault(line, tuple(wrong)) for line, wrong in _added(table.rows, margins, divisions) if wrong]
    if faults:
        raise refusal(name, faults)
    return tuple(margins.values())


def _added(
    rows: Sequence[TableRow], margins: dict[str, GivenMargin], divisions: Divisions
) -> Iterator[tuple[int, Sequence[Phrase]]]:
    """Put the rows into their margins; yield what is wrong with each."""
    codes: dict[str, Mapping[str, LocalText] | None] = {}
    for row in rows:
        margin, category = row.cells["margin"], row.cells["category"]
        known = codes.setdefault(margin, divisions.codes(margin))
        if row.broken:
            yield row.line, row.faults
        elif known is None:
            reason = phrase("không có tiêu thức “{margin}”; có: {known}", margin=margin, known=[*divisions.words])
            yield row.line, (reason, *row.faults)
        else:
            own = margins.setdefault(margin, GivenMargin(margin))
            yield row.line, (*_wrong_codes(category.split(JOINED), own, known), *row.faults)
            own.joined.update(dict.fromkeys(category.split(JOINED), category))
            # A comma before decimals is as good as a point.
            own.totals[category] = 0.0 if row.faults else float(row.cells["total"].replace(",", "."))


def _wrong_codes(codes: Sequence[str], own: GivenMargin, known: Mapping[str, LocalText]) -> Iterator[Phrase]:
    for code in codes:
        if code not in known:
            yield phrase("không có nhóm “{code}”; có: {known}", code=code, known=[*known][:20])
        elif code in own.joined:
            yield phrase("nhóm “{code}” đã có ở một dòng trước", code=code)


def missing_of(margins: Sequence[GivenMargin], respondents: Respondents) -> dict[str, np.ndarray]:
    """Return, by question, which responses do not say what a margin divides them by; only those that some do not."""
    named = dict.fromkeys(one for margin in margins for one in margin.name.split(CROSSED))
    found = {one: codes_of(one, respondents) == "" for one in named}
    return {one: missing for one, missing in found.items() if missing.any()}


def margins_over(margins: Sequence[GivenMargin], respondents: Respondents) -> list[Margin]:
    """Return the margins over responses that all say what they are divided by."""
    placed = []
    for margin in margins:
        parts = [codes_of(part, respondents) for part in margin.name.split(CROSSED)]
        cells = parts[0]
        for part in parts[1:]:
            cells = np.char.add(np.char.add(cells, CROSSED), part)
        names, place = np.unique(cells, return_inverse=True)
        joined = np.array([margin.joined.get(str(name), str(name)) for name in names], np.str_)
        placed.append(Margin(margin.name, joined[place] if len(place) else cells, margin.totals))
    return placed


def codes_of(margin: str, respondents: Respondents) -> Labels:
    """Return the code of each response (n,) in a margin that is not crossed, "" where it does not say."""
    if margin in CODE_OF:
        return respondents.units(margin)
    if margin == MODE:
        return respondents.mode
    if margin == MONTH:
        days, place = np.unique(respondents.day, return_inverse=True)
        return np.array([_month(day) for day in days.tolist()], np.str_)[place]
    question = next(candidate for candidate in respondents.instrument.questions if candidate.code == margin)
    codes = np.array([chr(code) if chr(code) in question.symbols else "" for code in range(128)], np.str_)
    return codes[np.minimum(respondents.records[:, question.positions[0]], 127)]


def _dividing(respondents: Respondents, survey_round: SurveyRound) -> list[Question]:
    asked = asked_questions(survey_round, respondents.instrument)
    return [one for one in asked if one.kind != "item" and not one.multiple]


def _options(question: Question) -> dict[str, LocalText]:
    return {option.symbol: option.label for option in question.options}


def _month(day: int) -> str:
    return f"{day // 10_000}-{day // 100 % 100:02}"
