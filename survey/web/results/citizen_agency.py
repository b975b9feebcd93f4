"""The page of an agency for everybody, under a short address that paper may carry: its newest result, in plain words,
and what people said and what was done about it.
"""

from itertools import islice

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from survey.analysis.disclosure.decide import THRESHOLD
from survey.errors import UnknownCodeError
from survey.fieldwork import bare
from survey.operations.clock import today_in_vietnam
from survey.operations.feedback.figures import figures_of, published_cases
from survey.operations.feedback.screening import shown_comments
from survey.operations.results.public_agency import PublicAgency, find_public_agency
from survey.operations.results.published import PublishedRun
from survey.reports.caveats import basis_in_brief, basis_in_words, questionnaire_caveats
from survey.services import services
from survey.store.results.heads import RunKind
from survey.web.asked import address_in_other_language, asked_language
from survey.web.citizen.pages import inlined, results_path, shared_context
from survey.web.results.agency import explain_range, report_agency
from survey.web.results.agency_words import bars_of, headline_of, of_hundred
from survey.web.results.rounds import KEPT_SECONDS
from survey.web.security import make_headers
from survey.wording import Language, word

bp = Blueprint("public_agency", __name__)

MOST_CASES, MOST_COMMENTS = 5, 5


@bp.after_request
def add_headers(response: Response) -> Response:
    """Let caches keep the page for a few minutes, and the browser use its style and script."""
    response.headers.update(make_headers(styles=[_style(), inlined("citizen.css")], scripts=[inlined("citizen.js")]))
    response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS if response.status_code == 200 else 0}"
    return response


# The one that stands next to the view is what links of ours say.
@bp.get("/A/<code>", strict_slashes=False)
@bp.get("/a/<code>", strict_slashes=False)
def show(code: str) -> ResponseReturnValue:
    """Show an agency; an address with a sentence's sign behind it, or in capitals, leads to its own."""
    language = asked_language()
    public_agency = find_public_agency(services().store, services().runs, bare(code), today=today_in_vietnam())
    own, store = public_agency.agency.code, services().store
    if request.path != f"/a/{own}":
        return redirect(results_path(own, language), 303)
    figures = figures_of(store, own)
    return render_template(
        "results/citizen.html",
        **_page_context(language),
        other_language_path=f"/a/{own}" if language == "en" else f"/a/{own}?lang=en",
        found=public_agency,
        figures=figures,
        on_time="" if figures.share_on_time is None else of_hundred(figures.share_on_time),
        cases=published_cases(store, own, MOST_CASES),
        **_result_context(public_agency, public_agency.published, language),
    )


@bp.errorhandler(UnknownCodeError)
def show_the_list(_error: UnknownCodeError) -> ResponseReturnValue:
    """Say that there is no such agency, and lead to the results there are."""
    language = asked_language()
    page = render_template(
        "respond/notice.html",
        **_page_context(language),
        title=word("Không tìm thấy cơ quan này", language),
        paragraphs=[
            word("Xin ông/bà xem lại địa chỉ trên áp phích, hoặc tìm cơ quan trong kết quả đã công bố.", language)
        ],
        actions=[("/results/", word("Xem kết quả đã công bố", language))],
        code_path="",
        other_language_path=address_in_other_language(),
    )
    return make_response(page, 404)


def _page_context(language: Language) -> dict[str, object]:
    return {**shared_context(language), "css": Markup(_style())}  # noqa: S704  # our own files


def _style() -> str:
    return inlined("citizen.css") + "\n" + inlined("agency.css")


def _result_context(
    public_agency: PublicAgency, published: PublishedRun | None, language: Language
) -> dict[str, object]:
    """Return what the page says of the newest publication, nothing while there is none."""
    if published is None:
        return {"report": None, "comments": ()}
    report = report_agency(published, public_agency.agency.code, language)
    return {
        "report": report,
        "headline": headline_of(published, public_agency.agency.code, language),
        "bars": bars_of(published, report, language),
        "comments": _comments(published, report.code),
        "survey_round": published.survey_round,
        "simulated": published.survey_round.simulated,
        "run": published.head,
        "final": published.head.kind is RunKind.FINAL,
        "explained": explain_range(language),
        "brief": basis_in_brief(published.survey_round.basis, language),
        "basis": basis_in_words(published.survey_round.basis, language),
        "threshold": THRESHOLD,
        "caveats": questionnaire_caveats(
            verified=published.instrument.verified, note=published.instrument.note, language=language
        ),
    }


def _comments(published: PublishedRun, agency_code: str) -> tuple[str, ...]:
    """Return the first screened comments about an agency."""
    own = (one.text for one in shown_comments(services().store, published) if one.agency_code == agency_code)
    return tuple(islice(own, MOST_COMMENTS))
