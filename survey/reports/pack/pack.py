"""The analyst's pack: one zip with responses, indices and all that gives these again, the codebook, and two scripts.

Every table is a CSV for programs, a CSV for Excel in Vietnamese and a workbook. Equal data make equal bytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from survey.analysis.comparing.comparison import Key
from survey.analysis.facts import FactLine
from survey.analysis.figures.results import RoundResults
from survey.analysis.ranking.ranking import Ranking
from survey.analysis.variance_parts import VarianceParts
from survey.fieldwork import SurveyRound
from survey.formatting import to_nfc
from survey.instrument.model import Instrument, LocalText
from survey.reports.codebook import Variable, codebook_sheet
from survey.reports.datasets import Dataset, responses_dataset
from survey.reports.ddi import RESTRICTION, Study, write_ddi
from survey.reports.exports import (
    NO_STANDINGS,
    ResponseRow,
    Standings,
    write_indices_csv,
    write_indices_xlsx,
    write_responses_csv,
    write_responses_xlsx,
)
from survey.reports.fact_files import facts_sheet
from survey.reports.pack.contents import RESPONSES_FILES, TITLE, contents_of
from survey.reports.pack.tables import (
    Weighing,
    as_sheet,
    ranks_sheet,
    replicate_dataset,
    table_variables,
    variance_sheet,
    weight_variables,
)
from survey.reports.sheets import SHEET_LAYOUTS, STYLES, Sheet, sheet_bytes
from survey.reports.statistics_files import write_dta, write_parquet, write_sav
from survey.reports.streams import binary_bytes, text_bytes
from survey.reports.tables import method_box, simulation_notice
from survey.reports.workbooks import SHEET_ROWS, Cell
from survey.wording import Language, mark

SCRIPTS = Path(__file__).parents[1] / "scripts"
# The earliest moment a zip entry can name: the pack does not tell when it was made.
NO_MOMENT = (1980, 1, 1, 0, 0, 0)
READABLE = 0o644 << 16
UNIX = 3
# Who has not been told what the figures are.
UNTOLD = LocalText("", "")


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """What goes into a pack: `rows` have come through `protected_rows`, `results` holds no withheld row.

    `variance` is of figures in `results` only. `origin` says of what the figures are: a publication, or a count of the
    moment. Only a publication has `facts`, `rankings` and `standings`.
    """

    survey_round: SurveyRound
    instrument: Instrument
    results: RoundResults
    rows: Sequence[ResponseRow]
    weighing: Weighing
    variance: Mapping[Key, VarianceParts]
    origin: LocalText = UNTOLD
    facts: Sequence[FactLine] = ()
    rankings: Sequence[Ranking] = ()
    standings: Standings = field(default_factory=lambda: NO_STANDINGS)

    @property
    def notice(self) -> str:
        """Return what every row says of simulated data."""
        return simulation_notice("vi") if self.survey_round.simulated else ""


def write_pack(pack: Pack) -> bytes:
    """Return the zip; raises AnswerError on a record that is not one of the instrument."""

    def write(target: BinaryIO) -> None:
        with ZipFile(target, "w", ZIP_DEFLATED) as archive:
            for name, content in sorted(_files(pack)):
                entry = ZipInfo(name, NO_MOMENT)
                entry.compress_type, entry.external_attr, entry.create_system = ZIP_DEFLATED, READABLE, UNIX
                archive.writestr(entry, content)

    return binary_bytes(write)


def _files(pack: Pack) -> Iterator[tuple[str, bytes]]:
    files = dict((*_indices(pack), *_responses(pack), *_beside(pack), *_scripts()))
    yield from files.items()
    yield "README.txt", _readme(pack, tuple(files)).encode("utf-8")


def _indices(pack: Pack) -> Iterator[tuple[str, bytes]]:
    standings = pack.standings
    for ending, style in STYLES.items():
        write = partial(write_indices_csv, pack.results, standings=standings, style=style)
        yield f"indices.{ending}", text_bytes(write)
    yield "indices.xlsx", binary_bytes(partial(write_indices_xlsx, pack.results, standings=standings))


def _responses(pack: Pack) -> Iterator[tuple[str, bytes]]:
    weight, own_class = weight_variables(by_visits=pack.weighing.by_visits)
    more: dict[Variable, Sequence[Cell]] = {weight: pack.weighing.weights, own_class: pack.weighing.class_of}
    named = {variable.name: cells for variable, cells in more.items()}
    for ending, style in STYLES.items():
        write = partial(write_responses_csv, pack.rows, pack.instrument, notice=pack.notice, more=named, style=style)
        yield f"responses.{ending}", text_bytes(write)
    if len(pack.rows) <= SHEET_ROWS:
        write = partial(write_responses_xlsx, pack.rows, pack.instrument, notice=pack.notice, more=named)
        yield "responses.xlsx", binary_bytes(write)
    title = pack.survey_round.title
    dataset = responses_dataset(pack.rows, pack.instrument, title=title, notice=pack.notice, more=more)
    yield from _for_statistics("responses", dataset)
    replicates = replicate_dataset(pack.weighing, title=to_nfc(title))
    yield from _in_sheets("replicate_weights", as_sheet(replicates, mark("Trọng số lặp")))
    yield from _for_statistics("replicate_weights", replicates)
    known = {variable.name for variable in dataset.variables}
    others = (variable for variable in (*replicates.variables, *table_variables()) if variable.name not in known)
    yield from _in_sheets("codebook", codebook_sheet((*dataset.variables, *others)))
    study = Study(pack.survey_round, pack.instrument, len(pack.rows), pack.results.run)
    yield "codebook.xml", write_ddi(study, dataset.variables, RESPONSES_FILES)


def _beside(pack: Pack) -> Iterator[tuple[str, bytes]]:
    """Yield the tables that give ranges and ranks again, and the facts of a publication."""
    yield from _in_sheets("variance", variance_sheet(pack.variance))
    if pack.rankings:
        yield from _in_sheets("ranks", ranks_sheet(pack.rankings))
    if pack.facts:
        yield from _in_sheets("facts", facts_sheet(pack.facts))


def _in_sheets(name: str, sheet: Sheet) -> Iterator[tuple[str, bytes]]:
    held = Sheet(sheet.name, sheet.columns, list(sheet.rows), sheet.decimals)
    yield from ((f"{name}.{layout}", sheet_bytes(held, layout)) for layout in SHEET_LAYOUTS)


def _for_statistics(name: str, dataset: Dataset) -> Iterator[tuple[str, bytes]]:
    yield f"{name}.sav", write_sav(dataset)
    yield f"{name}.dta", write_dta(dataset)
    yield f"{name}.parquet", write_parquet(dataset)


def _scripts() -> Iterator[tuple[str, bytes]]:
    yield from ((name, (SCRIPTS / name).read_bytes()) for name in ("reproduce.R", "reproduce.py"))


def _readme(pack: Pack, files: Sequence[str]) -> str:
    return "\n\n".join("\n".join(_told(pack, files, language)) for language in ("vi", "en")) + "\n"


def _told(pack: Pack, files: Sequence[str], language: Language) -> Iterator[str]:
    yield TITLE.in_language(language)
    yield ""
    yield from (to_nfc(f"{name}: {text}") for name, text in method_box(pack.results, language))
    yield pack.origin.in_language(language)
    yield RESTRICTION.in_language(language)
    yield ""
    yield from (f"{names}: {text.in_language(language)}" for names, text in contents_of(files).items())
