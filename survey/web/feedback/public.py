"""Feedback for everybody: how many cases each agency received and answered in time, and what was said and done."""

from dataclasses import dataclass

from flask import Blueprint, Response, abort, render_template
from flask.typing import ResponseReturnValue

from survey.fieldwork import Agency
from survey.formatting import vietnamese_key
from survey.operations.clock import today_in_vietnam
from survey.operations.feedback.figures import CaseFigures, PublishedCase, case_figures, figures_of, published_cases
from survey.operations.registry.acting import agencies_on
from survey.operations.rounds.lists import has_simulated
from survey.services import services
from survey.web.asked import asked_language
from survey.web.security import make_headers
from survey.wording import Language, mark, translations, word

bp = Blueprint("feedback_public", __name__, url_prefix="/results/feedback")

KEPT_SECONDS = 300
MOST_SHOWN = 100
KIND_WORDS = {"complaint": mark("Phản ánh"), "suggestion": mark("Kiến nghị")}


@dataclass(frozen=True, slots=True)
class AgencyFigures:
    """An agency and its figures."""

    agency: Agency
    figures: CaseFigures


@bp.after_request
def add_headers(response: Response) -> Response:
    """Let caches keep the page for a few minutes."""
    response.headers.update(make_headers())
    response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS if response.status_code == 200 else 0}"
    return response


@bp.get("")
def show_all() -> ResponseReturnValue:
    """Show the figures of every agency that received something."""
    today = today_in_vietnam()
    agencies = agencies_on(services().store, today)
    by_agency = case_figures(services().store, today=today)
    lines = [AgencyFigures(agencies.by_code[code], figures) for code, figures in by_agency.items()]
    lines.sort(key=lambda line: vietnamese_key(line.agency.name))
    return _page("public", "", lines=lines, total=sum(by_agency.values(), CaseFigures()), today=today)


@bp.get("/<agency_code>")
def show_agency(agency_code: str) -> ResponseReturnValue:
    """Show what was said to one agency and what it answered, as far as that was screened and published."""
    today = today_in_vietnam()
    agencies = agencies_on(services().store, today)
    agency = agencies.by_code.get(agency_code)
    if agency is None:
        abort(404)
    figures = figures_of(services().store, agency_code, today=today)
    shown: tuple[PublishedCase, ...] = published_cases(services().store, agency_code, limit=MOST_SHOWN)
    own = {"line": AgencyFigures(agency, figures), "works": agencies.works(agency)}
    return _page("public_agency", f"/{agency_code}", **own, cases=shown, today=today)


def _page(name: str, path: str, **shown: object) -> str:
    language = asked_language()
    own = f"/results/feedback{path}"
    return render_template(
        f"feedback/{name}.html",
        language=language,
        _=translations(language).gettext,
        kinds=_kinds(language),
        simulated=has_simulated(services().store),
        other_language_path=own if language == "en" else f"{own}?lang=en",
        **shown,
    )


def _kinds(language: Language) -> dict[str, str]:
    return {kind: word(text, language) for kind, text in KIND_WORDS.items()}
