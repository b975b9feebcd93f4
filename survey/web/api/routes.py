"""What is published, for programs: JSON under /api/v1/ for whoever shows a key that reads (docs/api.md).

No cookie, no session, no other site: only GET, only with a key in the header, only published runs.
"""

from pathlib import Path

from flask import Blueprint, Flask, Response, request

from survey.errors import UnknownCodeError
from survey.operations.results.published import PublishedRun
from survey.reports.words import ORDER_WARNING
from survey.services import services
from survey.store.registry.agencies import list_rounds
from survey.store.results.heads import latest_heads
from survey.web.api.answers import plain_head, plain_round, send_content, send_rows, send_text
from survey.web.api.asking import ANY, bad_parameters, read_query
from survey.web.api.door import admit, limiter, reader
from survey.web.api.method import plain_method
from survey.web.api.problems import ApiRefusal
from survey.web.api.rows import PlainRun
from survey.web.api.shapes import BY, PARTS
from survey.web.api.words import in_both
from survey.web.security import make_headers

DOCUMENT = Path(__file__).with_name("openapi.json")
KEPT_SECONDS = 300

public = Blueprint("api_document", __name__, url_prefix="/api/v1")
bp = Blueprint("api", __name__, url_prefix="/api/v1")
bp.before_request(admit)


def register_api(app: Flask) -> None:
    """Let programs read what is published."""
    limiter.init_app(app)
    for one in (public, bp):
        app.register_blueprint(one)


@public.after_request
def add_public_headers(response: Response) -> Response:
    """Let everybody keep the description for a few minutes."""
    response.headers.update({**make_headers(), "Cache-Control": f"public, max-age={KEPT_SECONDS}"})
    return response


@bp.after_request
def add_headers(response: Response) -> Response:
    """Keep answers out of shared caches, and make programs ask each time whether their copy still holds."""
    response.headers.update(make_headers())
    response.headers.setdefault("Cache-Control", "private, no-cache")
    response.vary.add("Authorization")
    return response


# Flask would answer OPTIONS by itself; here nothing but GET is answered.
@public.get("/openapi.json", provide_automatic_options=False)
def document() -> Response:
    """Describe the API."""
    return send_text(DOCUMENT.read_text(encoding="utf-8"))


@bp.get("/rounds", provide_automatic_options=False)
def all_rounds() -> Response:
    """List the rounds that have a published run, the one published last first."""
    read_query(request.args)
    store = services().store
    with store.reading() as connection:
        rounds = {survey_round.code: survey_round for survey_round in list_rounds(connection).values()}
        latest = latest_heads(connection)
    runs = sorted(latest, key=lambda run: -run.number)
    return send_content({"rounds": [plain_round(rounds[run.round_code], run) for run in runs]})


@bp.get("/rounds/<code>", provide_automatic_options=False)
def one_round(code: str) -> Response:
    """Describe a round and its latest run."""
    read_query(request.args)
    published = _published(code)
    return send_content(plain_round(published.survey_round, published.head))


@bp.get("/rounds/<code>/indices", provide_automatic_options=False)
def indices(code: str) -> Response:
    """Send the indices of agencies, blocks or everybody."""
    query = read_query(request.args, {"by": BY, "part": PARTS, "agency": ANY}, paged=True)
    by, part, agency = (query.values[name] for name in ("by", "part", "agency"))
    if agency and by != "agency":
        raise bad_parameters(("agency", "It goes with by=agency only."))
    published = _published(code)
    run = _readable(published, agency=agency)
    return send_rows(published, query, run.select(by=by, part=part, agency=agency), run.index)


@bp.get("/rounds/<code>/rankings", provide_automatic_options=False)
def rankings(code: str) -> Response:
    """Send where agencies stand in their blocks, with the ranges of their ranks."""
    asked = read_query(request.args, {"block": ANY}, paged=True)
    published, block = _published(code), asked.values["block"]
    run = _readable(published, block=block)
    warning = {"warning": in_both(ORDER_WARNING)}
    return send_rows(published, asked, run.ranked(block=block), run.rank, beside=warning)


@bp.get("/rounds/<code>/distributions", provide_automatic_options=False)
def distributions(code: str) -> Response:
    """Send how many gave each answer to each item."""
    asked = read_query(request.args, {"agency": ANY}, paged=True)
    published, agency = _published(code), asked.values["agency"]
    run = _readable(published, agency=agency)
    return send_rows(published, asked, run.select(by="agency", part="item", agency=agency), run.answers)


@bp.get("/rounds/<code>/facts", provide_automatic_options=False)
def facts(code: str) -> Response:
    """Send the shares of the answers to the questions outside the index."""
    query = read_query(request.args, {"by": BY, "agency": ANY}, paged=True)
    by, agency = query.values["by"], query.values["agency"]
    if agency and by != "agency":
        raise bad_parameters(("agency", "It goes with by=agency only."))
    published = _published(code)
    run = _readable(published, agency=agency)
    beside = {"counted": published.facts.counted}
    return send_rows(published, query, run.facts(by=by, agency=agency), run.fact, beside=beside)


@bp.get("/rounds/<code>/method", provide_automatic_options=False)
def method(code: str) -> Response:
    """Send how the figures were made."""
    read_query(request.args)
    published = _published(code)
    return send_content({**plain_head(published), **plain_method(_readable(published), published)})


def _published(code: str) -> PublishedRun:
    """Return the latest run of a round; raises Refusal (404)."""
    try:
        published = services().runs.find(code)
    except UnknownCodeError as error:
        raise ApiRefusal(404, "unknown_round", "There is no round with this code.") from error
    if published is None:
        raise ApiRefusal(404, "not_published", "Nothing of this round is published yet.")
    return published


def _readable(published: PublishedRun, *, agency: str = "", block: str = "") -> PlainRun:
    """Return what the key may read of a run; raises Refusal (404) on what is not in it, or is not for this key."""
    run = PlainRun(published, reader().agency_code)
    if agency and not run.has_agency(agency):
        raise ApiRefusal(404, "unknown_agency", "There is no agency with this code for you to read.")
    if block and not run.has_block(block):
        raise ApiRefusal(404, "unknown_block", "There is no block with this name for you to read.")
    return run
