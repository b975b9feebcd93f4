"""What the columns of the files for analysts mean: names, labels, codes, and which codes are no answer.

A code stands in `.sav`, `.dta` and Parquet, a symbol in CSV. The codes of options follow their symbols (`1` is
1, `a` is 10), so that an answer looks alike in every file. What is no answer has a code inside this program only.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from survey.analysis.figures.indices import DEFINITIONS, worth
from survey.analysis.figures.results import RoundResults
from survey.formatting import to_nfc
from survey.instrument.model import NO_ANSWER, NOT_APPLICABLE, OPTION_SYMBOLS, Instrument, LocalText, Option, Question
from survey.reports.exports import PERCENTAGES, indices_columns
from survey.reports.sheets import Sheet
from survey.responses import NOT_TICKED, TICKED
from survey.wording import mark

# Two digits that no option can have, in the usual places of a statistics bureau. Stata has its own letters.
CODES = {NOT_APPLICABLE: 98, NO_ANSWER: 99}
LETTERS = {NOT_APPLICABLE: "a", NO_ANSWER: "b"}
CUT = "…"
NO_LIMIT = 1_000_000

COUNTS = ("responses", "answers", "missing", "not_applicable", "rank", "rank_low", "rank_upp")
CODEBOOK_COLUMNS = (
    *("variable", "dimension", "label", "label_en", "question", "question_en"),
    *("value", "code", "stata", "value_label", "value_label_en", "missing", "worth"),
)

NO_ANSWER_LABEL = LocalText("Không trả lời", "No answer")
NO_PROFILE_LABEL = LocalText(
    "Không trả lời, hoặc không công bố vì dưới 10 phiếu có cùng đặc điểm",
    "No answer, or hidden because fewer than 10 responses share the profile",
)
TICKED_LABELS = {TICKED: LocalText("Có chọn", "Ticked"), NOT_TICKED: LocalText("Không chọn", "Not ticked")}

LABELS = {
    "month": LocalText("Tháng trả lời (năm-M-tháng)", "Month of the response (year-M-month)"),
    "agency_code": LocalText("Mã cơ quan", "Agency code"),
    "mode": LocalText("Hình thức trả lời", "Mode of response"),
    "notice": LocalText("Lưu ý về dữ liệu", "Notice on the data"),
    "round": LocalText("Mã đợt khảo sát", "Code of the survey round"),
    "agency": LocalText("Cơ quan", "Agency"),
    "block": LocalText("Khối", "Block"),
    "dimension": LocalText("Mã yếu tố", "Dimension code"),
    "item": LocalText("Mã tiêu chí", "Item code"),
    "label": LocalText("Nội dung đánh giá", "Dimension or item"),
    "index": LocalText("Chỉ số (%)", "Index (%)"),
    "se": LocalText("Sai số chuẩn (điểm phần trăm)", "Standard error (percentage points)"),
    "low": LocalText("Cận dưới của khoảng ước lượng 95% (%)", "Lower end of the 95% interval (%)"),
    "upp": LocalText("Cận trên của khoảng ước lượng 95% (%)", "Upper end of the 95% interval (%)"),
    "percent_satisfied": LocalText("Tỷ lệ hài lòng (%)", "Percent satisfied"),
    "level": LocalText("Mức độ hài lòng (%)", "Level of satisfaction (%)"),
    "responses": LocalText("Số phiếu", "Responses"),
    "answers": LocalText("Số câu trả lời", "Valid answers"),
    "rank": LocalText("Thứ hạng", "Rank"),
    "rank_low": LocalText("Thứ hạng cao nhất trong khoảng thứ hạng (95%)", "Best rank of the rank set (95%)"),
    "rank_upp": LocalText("Thứ hạng thấp nhất trong khoảng thứ hạng (95%)", "Worst rank of the rank set (95%)"),
    "change": LocalText(
        "Thay đổi so với đợt trước (điểm phần trăm)", "Change against the previous round (percentage points)"
    ),
    "method": LocalText("Công thức", "Formulas"),
    "basis": LocalText("Cách chọn người trả lời", "Sampling basis"),
    "missing": LocalText("Số câu không trả lời", "Items without an answer"),
    "not_applicable": LocalText("Số câu không áp dụng", "Items that do not apply"),
    "top_five": LocalText(
        "Thuộc nhóm 5 đơn vị đầu của khối (certain: chắc chắn; possible: có thể; excluded: không)",
        "Among the five best of the block (certain, possible or excluded)",
    ),
    "service_point_code": LocalText("Mã điểm phục vụ", "Service point code"),
    "service_point": LocalText("Điểm phục vụ", "Service point"),
}


class VariableKind(StrEnum):
    """What the cells of a variable hold."""

    TEXT = "text"
    COUNT = "count"
    FIGURE = "figure"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Value:
    """A code of a closed question; `letter` is the missing value of Stata it becomes, empty for an answer.

    `worth` is what the answer counts for in the index, None for what the index does not count.
    """

    code: int
    symbol: str
    label: LocalText
    letter: str = ""
    worth: int | None = None


@dataclass(frozen=True, slots=True)
class Variable:
    """A column. `label` is short, `wording` the whole question; `dimension` is there for items only."""

    name: str
    kind: VariableKind
    label: LocalText
    wording: LocalText
    dimension: str = ""
    values: tuple[Value, ...] = ()

    @property
    def answers(self) -> tuple[Value, ...]:
        """The values that are answers."""
        return tuple(value for value in self.values if not value.letter)

    @property
    def missing(self) -> tuple[Value, ...]:
        """The values that are none."""
        return tuple(value for value in self.values if value.letter)


def response_variables(
    instrument: Instrument, *, simulated: bool = False, more: tuple[Variable, ...] = ()
) -> tuple[Variable, ...]:
    """Return the columns of the responses file, in its order; `more` stand beside the answers."""
    answers = (variable for question in instrument.questions for variable in _asked(question, instrument))
    return (
        *(_plain(name, VariableKind.TEXT) for name in ("month", "agency_code", "mode")),
        *answers,
        *more,
        *([_plain("notice", VariableKind.TEXT)] if simulated else []),
    )


def index_variables(results: RoundResults) -> tuple[Variable, ...]:
    """Return the columns of the indices file, in its order."""
    kinds = dict.fromkeys(PERCENTAGES, VariableKind.FIGURE) | dict.fromkeys(COUNTS, VariableKind.COUNT)
    return tuple(_plain(name, kinds.get(name, VariableKind.TEXT)) for name in indices_columns(results))


def shortened(text: str, *, characters: int = NO_LIMIT, octets: int = NO_LIMIT) -> str:
    """Return `text`, composed, with “…” at its end where it had to be cut to fit.

    `octets` counts bytes of UTF-8, as SPSS does; no letter is ever cut in two.

    >>> shortened("Tiếp cận dịch vụ", characters=9), shortened("Tiếp cận dịch vụ", octets=12)
    ('Tiếp cận…', 'Tiếp c…')
    """
    whole = kept = to_nfc(text)
    while len(kept) > characters or len(kept.encode()) > octets:
        whole = whole[:-1]
        kept = whole.rstrip() + CUT
    return kept


def codebook_sheet(variables: Iterable[Variable]) -> Sheet:
    """Return one line per value of each variable, and one for a variable without any; nothing is shortened."""
    return Sheet(mark("Bảng mã"), CODEBOOK_COLUMNS, _lines(variables))


def _lines(variables: Iterable[Variable]) -> Iterator[tuple[str, ...]]:
    for variable in variables:
        label, wording = variable.label, variable.wording
        head = (variable.name, variable.dimension, label.vi, label.en, wording.vi, wording.en)
        yield from ((*head, *_told(value)) for value in variable.values)
        if not variable.values:
            yield (*head, *[""] * (len(CODEBOOK_COLUMNS) - len(head)))


def _told(value: Value) -> tuple[str, ...]:
    stata = f".{value.letter}" if value.letter else str(value.code)
    missing = "1" if value.letter else "0"
    code = "" if value.letter else str(value.code)
    weight = "" if value.worth is None else str(value.worth)
    return value.symbol, code, stata, value.label.vi, value.label.en, missing, weight


def _plain(name: str, kind: VariableKind) -> Variable:
    return Variable(name, kind, LABELS[name], LABELS[name])


def _asked(question: Question, instrument: Instrument) -> Iterator[Variable]:
    wording = _with_unit(question.wording, instrument.unit)
    if question.multiple:
        yield from (_ticked(question, option, wording) for option in question.options)
    else:
        values = tuple(_values(question, instrument))
        yield Variable(question.code, VariableKind.CHOICE, question.short, wording, question.dimension or "", values)


def _with_unit(wording: LocalText, unit: LocalText) -> LocalText:
    return LocalText(wording.in_language("vi", unit.vi), wording.in_language("en", unit.en))


def not_applicable_variable(variable: Variable) -> Variable | None:
    """Return the column beside a question that tells where it was not applicable; None where that is not offered."""
    if CODES[NOT_APPLICABLE] not in [value.code for value in variable.missing]:
        return None
    label = LocalText(f"{variable.label.vi}: không áp dụng", f"{variable.label.en}: not applicable")
    values = (Value(0, "0", LocalText("Không", "No")), Value(1, "1", LocalText("Có", "Yes")))
    return Variable(f"{variable.name}_not_applicable", VariableKind.CHOICE, label, variable.wording, values=values)


def _ticked(question: Question, option: Option, wording: LocalText) -> Variable:
    label = LocalText(f"{question.short.vi}: {option.label.vi}", f"{question.short.en}: {option.label.en}")
    values = [Value(int(symbol), symbol, text) for symbol, text in TICKED_LABELS.items()]
    name = f"{question.code}_{option.symbol}"
    return Variable(name, VariableKind.CHOICE, label, wording, values=(*values, _aside(NO_ANSWER, "", NO_ANSWER_LABEL)))


def _values(question: Question, instrument: Instrument) -> Iterator[Value]:
    worths = _worths(instrument) if question.kind == "item" else {}
    for option in question.options:
        code = OPTION_SYMBOLS.index(option.symbol) + 1
        yield Value(code, option.symbol, option.label, worth=worths.get(option.symbol))
    if question.not_applicable:
        offered = question.not_applicable
        label = LocalText(f"Không áp dụng: {offered.vi}", f"Not applicable: {offered.en}")
        yield _aside(NOT_APPLICABLE, NOT_APPLICABLE, label)
    yield _aside(NO_ANSWER, "", NO_PROFILE_LABEL if question.kind == "profile" else NO_ANSWER_LABEL)


def _worths(instrument: Instrument) -> dict[str, int]:
    """Return what each symbol of the scale counts for in the index of this instrument."""
    worths, _ = worth(DEFINITIONS[instrument.method.definition], instrument.scale)
    return {option.symbol: value for option, value in zip(instrument.scale.options, worths, strict=True)}


def _aside(mark: str, symbol: str, label: LocalText) -> Value:
    return Value(CODES[mark], symbol, label, LETTERS[mark])
