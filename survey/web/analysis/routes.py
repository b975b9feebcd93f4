"""The analysis for staff: published runs only, each figure with its range, base and method, each table as a file."""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias
from urllib.parse import urlencode

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from survey.errors import RoundError, UnknownCodeError
from survey.operations.results.charts import ChartName, version_of
from survey.operations.results.drawing import ChartSubject
from survey.operations.results.published import shown_responses
from survey.operations.staff import accounts
from survey.operations.staff.rights import Permission
from survey.reports.caveats import basis_in_words, questionnaire_caveats
from survey.reports.sheets import KINDS, SHEET_LAYOUTS
from survey.services import services
from survey.web.analysis.agency import agency_page
from survey.web.analysis.breakdowns import breakdowns_page
from survey.web.analysis.drivers import drivers_page
from survey.web.analysis.overview import overview_page
from survey.web.analysis.par import par_page
from survey.web.analysis.ranking import ranking_page
from survey.web.analysis.tables import sheet_file
from survey.web.analysis.view import AnalysisPage, View, method_lines
from survey.web.door.register import bare_area, requires, signed_in, staff_headers
from survey.web.saying import page_language
from survey.wording import Language, mark, word

bp = bare_area("analysis", "/staff/analysis")

Builder: TypeAlias = Callable[[View], AnalysisPage]
SVG = "image/svg+xml"
YEAR_SECONDS = 31_536_000
# A picture loads nothing and runs nothing; all it may use are its own style attributes.
CHART_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cache-Control": f"private, max-age={YEAR_SECONDS}, immutable",
}
NOTHING_PUBLISHED = mark("Đợt này chưa có kết quả được công bố.")
NOTHING_THERE = mark("Không có đợt, cơ quan, khối hoặc bảng này trong kết quả đã công bố.")


@bp.after_request
def add_headers(response: Response) -> Response:
    """Keep pages nowhere, and pictures for ever: their address changes when they do."""
    staff_headers(response)
    if response.mimetype == SVG:
        response.headers.update(CHART_HEADERS)
    return response


@bp.errorhandler(UnknownCodeError)
def not_found(_error: UnknownCodeError) -> ResponseReturnValue:
    """Offer what there is."""
    return _list_page(page_language(), NOTHING_THERE), 404


@bp.errorhandler(RoundError)
def not_published(_error: RoundError) -> ResponseReturnValue:
    """Offer the rounds that are published."""
    return _list_page(page_language(), NOTHING_PUBLISHED), 404


@bp.get("/")
@requires(Permission.READ_ANALYSIS)
def show_all() -> ResponseReturnValue:
    """List the rounds that have a published run."""
    return _list_page(page_language())


@bp.get("/<code>")
@requires(Permission.READ_ANALYSIS)
def overview(code: str) -> ResponseReturnValue:
    """Show everybody, the blocks, what fell, and how many answered."""
    return _answer("overview", code, overview_page)


@bp.get("/<code>/ranking")
@requires(Permission.READ_ANALYSIS)
def ranking(code: str) -> ResponseReturnValue:
    """Show the ranking of one block."""
    return _answer("ranking", code, ranking_page)


@bp.get("/<code>/agencies/<agency>")
@requires(Permission.READ_ANALYSIS)
def agency(code: str, agency: str) -> ResponseReturnValue:
    """Show one agency."""
    return _answer("agency", code, partial(agency_page, agency_code=agency))


@bp.get("/<code>/drivers")
@requires(Permission.READ_ANALYSIS)
def drivers(code: str) -> ResponseReturnValue:
    """Show what goes with the overall answer, and how well the items hang together."""
    return _answer("drivers", code, drivers_page)


@bp.get("/<code>/breakdowns")
@requires(Permission.READ_ANALYSIS)
def breakdowns(code: str) -> ResponseReturnValue:
    """Show one agency taken apart."""
    return _answer("breakdowns", code, breakdowns_page)


@bp.get("/<code>/par")
@requires(Permission.READ_ANALYSIS)
def par(code: str) -> ResponseReturnValue:
    """Show what the index is worth in an administrative reform index."""
    return _answer("par", code, par_page)


@bp.get("/<code>/charts/<name>.<any(vi, en):language>.svg")
@requires(Permission.READ_ANALYSIS)
def chart(code: str, name: str, language: Language) -> ResponseReturnValue:
    """Send a chart; what it was drawn from stands in its address, so an address of before is gone."""
    standing, wanted = services().runs.standing(), ChartName.parse(name)
    subject = ChartSubject(standing, standing.latest(code), language)
    if request.args.get("run") != version_of(wanted.kind, subject):
        abort(404)
    return Response(services().charts.svg(wanted, subject), mimetype=SVG)


def _answer(template: str, code: str, build: Builder) -> ResponseReturnValue:
    """Return a page, or one of its tables as a file."""
    query, language = request.args.to_dict(), page_language()
    name = query.get("csv")
    standing = services().runs.standing()
    view = View(standing, standing.latest(code), language, query, whole=name is not None)
    page = build(view)
    if name is None:
        return render_template(f"analysis/{template}.html", **_context(view), sheets=page.by_name, **page.more)
    if name not in page.by_name:
        raise UnknownCodeError("table", name, tuple(page.by_name))
    return _file(view, page, name)


def _file(view: View, page: AnalysisPage, name: str) -> Response:
    """Return a table to keep, and write the download down."""
    layout = request.args.get("as", "csv")
    if layout not in SHEET_LAYOUTS:
        raise UnknownCodeError("format", layout, SHEET_LAYOUTS)
    filename = f"phan-tich-{view.code}-{name}.{layout}"
    accounts.note_download(services().store, signed_in(), filename)
    content = sheet_file(page.by_name[name], view.shown, view.language, layout=layout)
    response = Response(content, mimetype=KINDS[layout])
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response


def _context(view: View) -> dict[str, object]:
    """Return what every page about a round is told."""
    own, published = view.shown.survey_round, view.shown
    return {
        **_shared_context(view.language),
        "view": view,
        "survey_round": own,
        "run": published.head,
        "responses": shown_responses(published),
        "simulated": own.simulated,
        "basis": basis_in_words(own.basis, view.language),
        "caveats": questionnaire_caveats(
            verified=published.instrument.verified, note=published.instrument.note, language=view.language
        ),
        "method": method_lines(view.shown, view.language),
    }


def _list_page(language: Language, notice: str = "") -> str:
    standing = services().runs.standing()
    rounds = [(standing.rounds[code], head) for code, head in standing.heads.items()]
    said = word(notice, language) if notice else ""
    return render_template("analysis/list.html", **_shared_context(language), rounds=rounds, notice=said)


def _shared_context(language: Language) -> dict[str, object]:
    asked = {name: value for name, value in request.args.items() if name not in ("lang", "csv", "as")}
    own = {**asked, "lang": "en"} if language == "en" else asked
    return {"language": language, "csv_path": _address({**own, "csv": ""})}


def _address(query: dict[str, str]) -> str:
    """Return the path of this page with these questions."""
    return f"{request.path}?{urlencode(query)}" if query else request.path
