"""The public results: published runs only, each figure with its base, its method and how people came into it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from flask import Blueprint, Response, abort, render_template
from flask.typing import ResponseReturnValue

from survey.analysis.disclosure import THRESHOLD
from survey.analysis.results import IndexRow
from survey.errors import RoundError, UnknownCodeError
from survey.fieldwork import SurveyRound
from survey.formatting import format_count, format_percent, vietnamese_key
from survey.instrument.model import IndexMethod
from survey.operations import runs
from survey.operations.runs import PublishedResults, PublishedRun
from survey.operations.services import services
from survey.reports.tables import basis_in_words, formulas_in_words
from survey.store.fieldwork import list_rounds
from survey.web.asked import asked_language
from survey.web.security import make_headers
from survey.wording import Language, translations, word

bp = Blueprint("results", __name__, url_prefix="/results")

Figure: TypeAlias = Callable[[IndexRow], float | None]
# A publication is replaced by a later one at most a few times a day.
KEPT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure as it is shown; `withheld` stands in its place when it is not."""

    figure: str
    responses: str
    withheld: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table. `withheld` is set when nothing of the row is shown."""

    name: str
    cells: tuple[Cell, ...]
    withheld: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One table: what it shows, by which formulas, the total, and the agencies by block."""

    code: str
    title: str
    formulas: str
    total: Line
    blocks: tuple[tuple[str, tuple[Line, ...]], ...]


@bp.after_request
def add_headers(response: Response) -> Response:
    """Let caches keep the page for a few minutes."""
    response.headers.update(make_headers())
    response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS if response.status_code == 200 else 0}"
    return response


@bp.get("/")
def show_all() -> ResponseReturnValue:
    """List the rounds that have a published run."""
    return _list_page(asked_language())


@bp.get("/<code>")
def show(code: str) -> ResponseReturnValue:
    """Show the latest published run of a round."""
    language = asked_language()
    try:
        published = runs.latest_published(services().store, code)
    except UnknownCodeError:
        abort(404)
    except RoundError:
        return _list_page(language, word("Đợt này chưa có kết quả được công bố.", language)), 404
    return render_template(
        "results/round.html",
        **_shared_context(language, f"/results/{code}"),
        published=published,
        survey_round=published.survey_round,
        instrument=published.instrument,
        simulated=published.survey_round.simulated,
        dimensions=published.instrument.dimensions,
        measures=_measures(published, language),
        basis=basis_in_words(published.results.basis, language),
        threshold=THRESHOLD,
    )


def _list_page(language: Language, notice: str = "") -> str:
    store = services().store
    with store.reading() as connection:
        rounds = {one.code: one for one in list_rounds(connection).values()}
    found = _latest(runs.published_runs(store), rounds)
    context = _shared_context(language, "/results/")
    return render_template("results/list.html", **context, published=found, notice=notice)


def _latest(
    published: Iterable[PublishedRun], rounds: dict[str, SurveyRound]
) -> list[tuple[SurveyRound, PublishedRun, int]]:
    """Return each round with its latest run and how often it was published, the latest run first."""
    by_round: defaultdict[str, list[PublishedRun]] = defaultdict(list)
    for run in published:
        by_round[run.round_code].append(run)
    return [(rounds[code], found[0], len(found)) for code, found in by_round.items()]


def _shared_context(language: Language, path: str) -> dict[str, object]:
    other = path if language == "en" else f"{path}?lang=en"
    return {"language": language, "_": translations(language).gettext, "other_language_path": other}


def _measures(published: PublishedResults, language: Language) -> tuple[Measure, ...]:
    """Return the index first, then percent satisfied and level as far as they are not the index."""
    method, (_, aggregation) = published.results.method, published.results.formulas
    kinds = [("index", _index_title(method, language), published.results.formulas[0], _index)]
    if method.definition != "percent_satisfied":
        kinds.append(("satisfied", word("Tỷ lệ hài lòng (%)", language), "H1", _satisfied))
    if method.definition != "mean_over_max":
        kinds.append(("level", word("Mức độ hài lòng (%)", language), "L1", _level))
    return tuple(
        Measure(
            code,
            title,
            formulas_in_words((formula, aggregation), language),
            _line(word("Tất cả cơ quan", language), published.total, figure, published, language),
            _blocks(published, figure, language),
        )
        for code, title, formula, figure in kinds
    )


def _index(row: IndexRow) -> float | None:
    return row.index


def _satisfied(row: IndexRow) -> float | None:
    return row.percent_satisfied


def _level(row: IndexRow) -> float | None:
    return row.level


def _index_title(method: IndexMethod, language: Language) -> str:
    titles = {
        "percent_satisfied": word("Chỉ số: tỷ lệ hài lòng (%)", language),
        "mean_over_max": word("Chỉ số: mức độ hài lòng (%)", language),
        "mean_rescaled": word("Chỉ số: điểm hài lòng quy đổi (%)", language),
    }
    return titles[method.definition]


def _blocks(
    published: PublishedResults, figure: Figure, language: Language
) -> tuple[tuple[str, tuple[Line, ...]], ...]:
    """Return the lines of the agencies by block, both in Vietnamese alphabetical order: this is no ranking."""
    ordered = sorted(published.results.rows, key=lambda row: _place(row))
    found: defaultdict[str, list[Line]] = defaultdict(list)
    for _, group in groupby(ordered, key=lambda row: row.domain):
        rows = tuple(group)
        found[rows[0].domain.block].append(_line(rows[0].domain.agency, rows, figure, published, language))
    return tuple((block, tuple(lines)) for block, lines in found.items())


def _place(row: IndexRow) -> tuple[object, ...]:
    return vietnamese_key(row.domain.block), vietnamese_key(row.domain.agency), row.domain.agency_code


def _line(name: str, rows: Sequence[IndexRow], figure: Figure, published: PublishedResults, language: Language) -> Line:
    cells = tuple(_cell(row, figure, published, language) for row in rows)
    nothing = all(cell.withheld for cell in cells)
    return Line(name, cells, cells[-1].withheld if nothing else "")


def _cell(row: IndexRow, figure: Figure, published: PublishedResults, language: Language) -> Cell:
    if published.withheld(row):
        few = row.responses < THRESHOLD
        return Cell("", "", word("dưới 10 phiếu", language) if few else word("không công bố", language))
    decimals = published.results.method.decimals
    return Cell(
        format_percent(figure(row), decimals, language=language), format_count(row.responses, language=language), ""
    )
