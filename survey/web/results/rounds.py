"""The public results: published runs only, each figure with its base, its method and how people came into it."""

from collections import defaultdict
from collections.abc import Iterable

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from survey.analysis.disclosure.decide import THRESHOLD
from survey.analysis.figures.results import OVERALL
from survey.errors import RoundError, UnknownCodeError
from survey.fieldwork import SurveyRound
from survey.formatting import format_count
from survey.operations.clock import today_in_vietnam
from survey.operations.results.as_now import Succession, as_now, succession_since
from survey.operations.results.published import PublishedRun
from survey.reports.caveats import basis_in_words, questionnaire_caveats
from survey.reports.tables import formulas_in_words, uncertainty_in_words
from survey.reports.words import NOT_COUNTED_WORDS
from survey.services import services
from survey.store.registry.agencies import list_rounds
from survey.store.results.heads import RunHead, RunKind, list_run_heads
from survey.web.asked import asked_language
from survey.web.results.agency import explain_range, report_agency
from survey.web.results.facts import fact_lines
from survey.web.results.tables import index_title, make_measures
from survey.web.security import make_headers
from survey.wording import Language, translations, word

bp = Blueprint("results", __name__, url_prefix="/results")

# A publication is replaced by a later one at most a few times a day.
KEPT_SECONDS = 300


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
    language, published = asked_language(), services().runs.latest(code)
    succession = succession_since(services().store, published, today=today_in_vietnam())
    is_now = succession is not None and request.args.get("agencies") == "now"
    seen = (succession.joined, succession.split) if succession else None
    return services().pages.get(
        (published, language, is_now, seen), lambda: _page_of(published, language, succession, is_now)
    )


def _page_of(published: PublishedRun, language: Language, succession: Succession | None, is_now: bool) -> str:
    path = f"/results/{published.survey_round.code}"
    context = _run_context(published, language, f"{path}?agencies=now" if is_now else path)
    context["facts"] = fact_lines(published.facts, "", language)
    shown = as_now(published, succession) if succession and is_now else published
    more = {"succession": succession, "is_now": is_now}
    return render_template("results/round.html", **context, **more, measures=make_measures(shown, language))


@bp.get("/<code>/<agency_code>")
def show_agency(code: str, agency_code: str) -> ResponseReturnValue:
    """Show what the latest published run of a round says of one agency."""
    language, published = asked_language(), services().runs.latest(code)
    report = report_agency(published, agency_code, language)
    return render_template(
        "results/agency.html",
        **_run_context(published, language, f"/results/{code}/{agency_code}"),
        report=report,
        facts=fact_lines(published.facts, agency_code, language),
        beside_share=published.instrument.method.definition != "percent_satisfied",
        index_title=index_title(published.instrument.method, language),
        explained=explain_range(language),
    )


@bp.errorhandler(UnknownCodeError)
def show_what_there_is(_error: UnknownCodeError) -> ResponseReturnValue:
    """Say that there is no such round or agency, and list the rounds there are."""
    language = asked_language()
    return _list_page(language, word("Không có đợt hoặc cơ quan này trong kết quả đã công bố.", language)), 404


@bp.errorhandler(RoundError)
def show_others(_error: RoundError) -> ResponseReturnValue:
    """Say that the round is not published yet, and list those that are."""
    language = asked_language()
    return _list_page(language, word("Đợt này chưa có kết quả được công bố.", language)), 404


def _list_page(language: Language, notice: str = "") -> str:
    store = services().store
    with store.reading() as connection:
        rounds = {survey_round.code: survey_round for survey_round in list_rounds(connection).values()}
        latest = _latest(list_run_heads(connection), rounds)
    context = _shared_context(language, "/results/")
    return render_template("results/list.html", **context, published=latest, kinds=_kinds(language), notice=notice)


def _latest(published: Iterable[RunHead], rounds: dict[str, SurveyRound]) -> list[tuple[SurveyRound, RunHead, int]]:
    """Return each round with its latest run and how often it was published, the latest run first."""
    by_round: defaultdict[str, list[RunHead]] = defaultdict(list)
    for run in published:
        by_round[run.round_code].append(run)
    return [(rounds[code], found[0], len(found)) for code, found in by_round.items()]


def _shared_context(language: Language, path: str) -> dict[str, object]:
    english, settings = "?lang=en", services().settings
    return {
        "language": language,
        "runner": settings.owner or word("cơ quan chủ trì khảo sát", language),
        "contact": settings.contact,
        "_": translations(language).gettext,
        "other_language_path": path if language == "en" else path + (english if "?" not in path else "&lang=en"),
    }


def _run_context(published: PublishedRun, language: Language, path: str) -> dict[str, object]:
    """Return what every page of a run needs: the run, what it rests on, and how it was made."""
    results = published.analysis.results
    return {
        **_shared_context(language, path),
        "run": published.head,
        "kind": _kinds(language)[published.head.kind],
        "final": published.head.kind is RunKind.FINAL,
        "survey_round": published.survey_round,
        "instrument": published.instrument,
        "responses": _responses(published, language),
        "simulated": published.survey_round.simulated,
        "dimensions": published.instrument.dimensions,
        "basis": basis_in_words(results.basis, language),
        "caveats": questionnaire_caveats(
            verified=published.instrument.verified, note=published.instrument.note, language=language
        ),
        "formulas": _formulas(published, language),
        "uncertainty": uncertainty_in_words(results.rows, language),
        "threshold": THRESHOLD,
        "facts_missing": "" if published.facts.counted else word(NOT_COUNTED_WORDS, language),
    }


def _responses(published: PublishedRun, language: Language) -> str:
    """Return the number of responses, nothing where it would give away what is withheld."""
    whole = next(row for row in published.analysis.total if row.part == OVERALL)
    return "" if published.withheld(whole) else format_count(published.analysis.results.responses, language=language)


def _formulas(published: PublishedRun, language: Language) -> tuple[tuple[str, str], ...]:
    """Return the title and the formulas of every figure that stands on a page of the run."""
    method, (index, aggregation) = published.instrument.method, published.analysis.results.formulas
    others = {"H1": word("Tỷ lệ hài lòng (%)", language), "L1": word("Mức độ hài lòng (%)", language)}
    titles = {index: index_title(method, language)} | {key: title for key, title in others.items() if key != index}
    return tuple((title, formulas_in_words((formula, aggregation), language)) for formula, title in titles.items())


def _kinds(language: Language) -> dict[RunKind, str]:
    return {RunKind.PRELIMINARY: word("sơ bộ", language), RunKind.FINAL: word("chính thức", language)}
