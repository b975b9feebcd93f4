"""The analyst's pack: one zip with the responses and the indices in every format, the codebook, and two scripts
that recompute the indices from the responses.

Equal data make equal bytes.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from survey.analysis.facts import FactLine
from survey.analysis.results import RoundResults
from survey.fieldwork import SurveyRound
from survey.formatting import to_nfc
from survey.instrument.model import Instrument, LocalText
from survey.reports.codebook import write_codebook
from survey.reports.datasets import responses_dataset
from survey.reports.ddi import RESTRICTION, Study, write_ddi
from survey.reports.exports import ResponseRow, write_indices_csv, write_indices_xlsx, write_responses_csv
from survey.reports.fact_files import write_facts_csv
from survey.reports.statistics_files import write_dta, write_parquet, write_sav
from survey.reports.streams import binary_bytes, text_bytes
from survey.reports.tables import method_box, simulation_notice
from survey.wording import Language

SCRIPTS = Path(__file__).parent / "scripts"
# The earliest moment a zip entry can name: the pack does not tell when it was made.
NO_MOMENT = (1980, 1, 1, 0, 0, 0)
READABLE = 0o644 << 16
UNIX = 3

INDICES_FILES = {
    "indices.csv": LocalText(
        "chỉ số theo cơ quan và yếu tố, không làm tròn; không có ô phải ẩn để bảo vệ người trả lời",
        "indices by agency and dimension, unrounded; without the cells withheld to protect respondents",
    ),
    "indices.xlsx": LocalText(
        "các chỉ số trên cho bảng tính, kèm phương pháp", "the same for spreadsheets, with the method"
    ),
}
FACTS_FILES = {
    "facts.csv": LocalText(
        "tỷ lệ các câu trả lời của những câu hỏi ngoài chỉ số trong lần công bố mới nhất; không có ô phải ẩn",
        "shares of the answers to the questions outside the index in the latest publication; without withheld cells",
    ),
}
RESPONSES_FILES = {
    "responses.csv": LocalText(
        "N: không áp dụng; ô trống: không trả lời; dấu ' đứng trước nội dung mà bảng tính có thể hiểu là công thức",
        "N: not applicable; empty: no answer; an apostrophe stands before what a spreadsheet would run as a formula",
    ),
    "responses.sav": LocalText(
        "SPSS; 98: không áp dụng, 99: không trả lời, đã khai báo là giá trị khuyết",
        "SPSS; 98: not applicable, 99: no answer, declared as user-missing",
    ),
    "responses.dta": LocalText(
        "Stata 14 trở lên; .a: không áp dụng, .b: không trả lời",
        "Stata 14 and later; .a: not applicable, .b: no answer",
    ),
    "responses.parquet": LocalText(
        "Parquet; null: không có câu trả lời; cột MÃ_not_applicable cho biết trường hợp không áp dụng",
        "Parquet; null: no answer; a column CODE_not_applicable tells what was not applicable",
    ),
}
OTHER_FILES = {
    "codebook.csv": LocalText(
        "mỗi giá trị của mỗi biến một dòng, nhãn đầy đủ; worth: số điểm tính vào chỉ số",
        "a line for each value of each variable, labels in full; worth: what it counts for in the index",
    ),
    "codebook.xml": LocalText("bảng mã theo DDI-Codebook 2.5", "the codebook as DDI-Codebook 2.5"),
    "reproduce.R": LocalText(
        "tính lại chỉ số bằng R: Rscript reproduce.R", "recomputes the indices with R: Rscript reproduce.R"
    ),
    "reproduce.py": LocalText(
        "tính lại chỉ số bằng Python (pandas, pyarrow): python reproduce.py",
        "recomputes the indices with Python (pandas, pyarrow): python reproduce.py",
    ),
}
CONTENTS: Mapping[str, LocalText] = INDICES_FILES | RESPONSES_FILES | OTHER_FILES
TITLE = LocalText("BỘ TỆP PHÂN TÍCH", "THE ANALYST'S PACK")


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """What goes into a pack: `rows` have come through `protected_rows`, `results` holds no withheld row.

    `origin` says of what the figures are: a publication, or a count of the moment. `facts` are those of a publication.
    """

    survey_round: SurveyRound
    instrument: Instrument
    results: RoundResults
    rows: Sequence[ResponseRow]
    origin: LocalText
    facts: Sequence[FactLine] = ()


def write_pack(pack: Pack) -> bytes:
    """Return the zip; raises AnswerError on a record that is not one of the instrument."""
    made = io.BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as archive:
        for name, content in sorted(_files(pack)):
            entry = ZipInfo(name, NO_MOMENT)
            entry.compress_type, entry.external_attr, entry.create_system = ZIP_DEFLATED, READABLE, UNIX
            archive.writestr(entry, content)
    return made.getvalue()


def _files(pack: Pack) -> Iterator[tuple[str, bytes]]:
    notice = simulation_notice("vi") if pack.survey_round.simulated else ""
    responses = responses_dataset(pack.rows, pack.instrument, title=pack.survey_round.title, notice=notice)
    study = Study(pack.survey_round, pack.instrument, len(pack.rows), pack.results.run)
    yield "README.txt", _readme(pack).encode("utf-8")
    yield "indices.csv", text_bytes(lambda stream: write_indices_csv(pack.results, stream))
    yield "indices.xlsx", binary_bytes(lambda stream: write_indices_xlsx(pack.results, stream))
    if pack.facts:
        yield "facts.csv", text_bytes(lambda stream: write_facts_csv(pack.facts, stream))
    yield (
        "responses.csv",
        text_bytes(lambda stream: write_responses_csv(pack.rows, pack.instrument, stream, notice=notice)),
    )
    yield "responses.sav", write_sav(responses)
    yield "responses.dta", write_dta(responses)
    yield "responses.parquet", write_parquet(responses)
    yield "codebook.csv", text_bytes(lambda stream: write_codebook(responses.variables, stream))
    yield "codebook.xml", write_ddi(study, responses.variables, RESPONSES_FILES)
    yield from ((name, (SCRIPTS / name).read_bytes()) for name in ("reproduce.R", "reproduce.py"))


def _readme(pack: Pack) -> str:
    return "\n\n".join("\n".join(_told(pack, language)) for language in ("vi", "en")) + "\n"


def _told(pack: Pack, language: Language) -> Iterator[str]:
    yield TITLE.in_language(language)
    yield ""
    yield from (to_nfc(f"{name}: {text}") for name, text in method_box(pack.results, language))
    yield pack.origin.in_language(language)
    yield RESTRICTION.in_language(language)
    yield ""
    held = {**CONTENTS, **(FACTS_FILES if pack.facts else {})}
    yield from (f"{name}: {text.in_language(language)}" for name, text in held.items())
