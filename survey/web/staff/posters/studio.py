"""The poster studio: whose posters, in which design, and a look at the first before they are made."""

from collections.abc import Mapping, Sequence, Set
from functools import lru_cache
from urllib.parse import urlencode

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from qr.codes import QrTooLongError
from qr.posters import Poster, PosterSize, UnprintableTextError, check_texts, draw_poster
from survey.errors import UnknownCodeError
from survey.fieldwork import is_code
from survey.formatting import vietnamese_key
from survey.forms.posters import PrintForm
from survey.forms.staff import StaffForm
from survey.operations.clock import today_in_vietnam
from survey.operations.posters import batches
from survey.operations.posters.posters import PosterChoice, choose_points, posters_of, results_address
from survey.operations.staff.rights import Permission
from survey.services import services
from survey.store.posters.posters import PrintableAgency, find_agency_name, list_printable_agencies
from survey.store.registry.points import PlacedPoint
from survey.typed.cleaning import clean_text
from survey.web.door.register import bind_form, expired_page, own_agency, own_scope, requires, signed_in, staff_area
from survey.web.listing import ListColumn, Listing, make_listing, wanted_view
from survey.web.saying import tell
from survey.web.staff.posters.designs import DESIGNS, SAMPLE
from survey.wording import Phrase, mark, phrase

bp = staff_area("studio")

# How sharp a design is drawn: enough to know it by, and enough to read it.
SMALL, LARGE = 32, 75

AGENCY_COLUMNS: Sequence[ListColumn[PrintableAgency]] = (
    ListColumn("name", mark("Cơ quan"), lambda one: vietnamese_key(one.name)),
    ListColumn("code", mark("Mã cơ quan"), lambda one: one.code),
    ListColumn("block", mark("Khối"), lambda one: (vietnamese_key(one.block), vietnamese_key(one.name))),
    ListColumn("points", mark("Số điểm phục vụ"), lambda one: one.points, number=True),
    ListColumn("acts", mark("In áp phích")),
)
POINT_COLUMNS: Sequence[ListColumn[PlacedPoint]] = (
    ListColumn("pick", mark("Chọn")),
    ListColumn("name", mark("Điểm phục vụ"), lambda one: vietnamese_key(one.name)),
    ListColumn("code", mark("Mã"), lambda one: one.code),
)


@bp.get("/studio")
@requires(Permission.PRINT)
def choose() -> ResponseReturnValue:
    """Ask whose posters are wanted: an agency's, a block's, all, or single ones of an agency."""
    code = clean_text(request.args.get("agency"))
    if code:
        return _points_page(own_agency(code))
    with services().store.reading() as connection:
        agencies = list_printable_agencies(connection, today_in_vietnam(), agencies=own_scope().agencies)
    if len(agencies) == 1:
        return _points_page(agencies[0].code)
    agencies.sort(key=lambda agency: (vietnamese_key(agency.block), vietnamese_key(agency.name)))
    blocks: dict[str, int] = {}
    for printable in agencies:
        blocks[printable.block] = blocks.get(printable.block, 0) + printable.points
    return render_template(
        "staff/posters/agencies.html",
        blocks=blocks,
        total=sum(blocks.values()),
        whole=own_scope().agencies is None,
        listing=make_listing(
            agencies,
            AGENCY_COLUMNS,
            text=lambda agency: f"{agency.name} {agency.short_name} {agency.code} {agency.block}",
        ),
    )


@bp.post("/studio")
@requires(Permission.PRINT, once=False)
def pick() -> ResponseReturnValue:
    """Remember which service points are ticked while the list is searched and turned over; then go on with them."""
    if not bind_form(StaffForm).validate():
        return expired_page()
    choice, view, sent = _choice_of(request.form), wanted_view(), request.form
    picked = set(choice.codes)
    if view is None and not ("all" in sent or "none" in sent):
        return _review(choice) if picked else _points_page(choice.agency, nothing_chosen=True)
    if "all" in sent:
        picked |= {point.code for point in _listed(_points_of(choice.agency), every=True).rows}
    return _points_page(choice.agency, picked=set() if "none" in sent else picked, view=view)


def _points_of(agency_code: str) -> tuple[PlacedPoint, ...]:
    choice = PosterChoice(agency=own_agency(agency_code))
    try:
        return choose_points(services().store, choice, scope=own_scope(), today=today_in_vietnam())
    except UnknownCodeError:
        return ()


def _listed(
    points: Sequence[PlacedPoint], view: Mapping[str, str] | None = None, *, every: bool = False
) -> Listing[PlacedPoint]:
    """Return the service points of the page that is asked for, or every one that is found."""
    text, rows = (lambda point: f"{point.name} {point.code}"), len(points) if every else 0
    return make_listing(points, POINT_COLUMNS, text=text, view=view, in_form=True, rows_a_page=rows)


def _points_page(
    agency_code: str,
    *,
    nothing_chosen: bool = False,
    picked: Set[str] = frozenset(),
    view: Mapping[str, str] | None = None,
) -> ResponseReturnValue:
    """Let single service points of an agency be chosen."""
    points = _points_of(agency_code)
    with services().store.reading() as connection:
        name = find_agency_name(connection, agency_code)
    if name is None:
        abort(404)
    listing = _listed(points, view)
    on_page = {point.code for point in listing.rows}
    page = render_template(
        "staff/posters/points.html",
        agency_code=agency_code,
        name=name,
        total=len(points),
        nothing_chosen=nothing_chosen,
        picked=picked,
        elsewhere=[point.code for point in points if point.code in picked and point.code not in on_page],
        listing=listing,
    )
    return page, 400 if nothing_chosen else 200


@bp.get("/studio/print")
@requires(Permission.PRINT)
def review() -> ResponseReturnValue:
    """Show what will be printed: the design, the first poster, and how many sheets."""
    choice = _choice_of(request.args)
    if request.args.get("only") and not choice.codes:
        return _points_page(own_agency(choice.agency), nothing_chosen=True)
    return _review(choice)


@bp.post("/studio/print")
@requires(Permission.PRINT, once=False)
def review_again() -> ResponseReturnValue:
    """Show the same in another design; an address would be too long for what may be ticked."""
    return _review(_choice_of(request.form)) if bind_form(StaffForm).validate() else expired_page()


def _review(choice: PosterChoice) -> str:
    size = _known_size(request.values.get("size", PosterSize.A4))
    points = _chosen(choice)
    fields = [("agency", choice.agency), ("block", choice.block), *(("point", code) for code in choice.codes)]
    named = [(name, value) for name, value in fields if value]
    with_results, path = _wants_results(), url_for("studio.review")
    kept = [*named, *([("results", "1")] if with_results else [])]
    other = [("size", size.value), *named, *([] if with_results else [("results", "1")])]
    return render_template(
        "staff/posters/review.html",
        title=tell(title_of(choice, points)),
        choice=choice,
        points=points,
        early=[point for point in points if point.valid_from and point.valid_from > today_in_vietnam()],
        designs=DESIGNS,
        design=DESIGNS[size],
        fault=_fault_of(points[0]),
        trial=services().settings.is_trial,
        addresses={paper_size: f"{path}?{urlencode([('size', paper_size.value), *kept])}" for paper_size in DESIGNS},
        posted=request.method == "POST",
        ticked=kept,
        with_results=with_results,
        other_look=f"{path}?{urlencode(other)}#look",
        results_address=results_address(services().settings, points[0].agency_code),
    )


@bp.post("/studio/batches")
@requires(Permission.PRINT)
def order() -> ResponseReturnValue:
    """Write down a batch and begin to set it."""
    form = bind_form(PrintForm)
    if not form.validate():
        return expired_page()
    choice, size = _choice_of(request.form), _known_size(form.size.data)
    points = _chosen(choice)
    number = batches.order_posters(
        services().store,
        services().settings,
        points,
        size=size,
        title=_kept_title(title_of(choice, points)),
        username=signed_in().account.username,
        with_results=form.results.data and size is not PosterSize.STICKER,
    )
    return redirect(url_for("batches.show", number=number), 303)


@bp.get("/studio/preview.png")
@requires(Permission.PRINT)
def preview() -> ResponseReturnValue:
    """Draw the poster of one service point as it will be printed today."""
    size, code = _known_size(request.args.get("size", "")), request.args.get("point", "")
    if not is_code(code):
        abort(404)
    poster = _poster_of(_chosen(PosterChoice(codes=(code,)))[0], with_results=_wants_results())
    try:
        return Response(draw_poster(poster, size, dots_per_inch=LARGE), mimetype="image/png")
    except (UnprintableTextError, QrTooLongError):
        abort(404)


@bp.get("/studio/designs/<name>.png")
@requires(Permission.PRINT)
def design(name: str) -> ResponseReturnValue:
    """Draw a design with a made-up poster, to know it by."""
    return Response(_drawn_design(_known_size(name)), mimetype="image/png")


@lru_cache(maxsize=len(PosterSize))
def _drawn_design(size: PosterSize) -> bytes:
    poster: Poster = SAMPLE
    return draw_poster(poster, size, dots_per_inch=SMALL)


def _choice_of(query: MultiDict[str, str]) -> PosterChoice:
    """Return whose posters are asked for; what is out of scope is answered like what does not exist."""
    agency, codes = clean_text(query.get("agency")), tuple(dict.fromkeys(query.getlist("point")))
    if agency:
        own_agency(agency)
    if not all(map(is_code, codes)):
        abort(404)
    return PosterChoice(agency, clean_text(query.get("block")), codes)


def _chosen(choice: PosterChoice) -> tuple[PlacedPoint, ...]:
    try:
        return choose_points(services().store, choice, scope=own_scope(), today=today_in_vietnam())
    except UnknownCodeError:
        abort(404)


def _wants_results() -> bool:
    return request.values.get("look", request.values.get("results")) == "1"


def _poster_of(point: PlacedPoint, *, with_results: bool = False) -> Poster:
    today = today_in_vietnam()
    return posters_of([point], services().settings, printed_on=today, with_results=with_results)[0]


def _fault_of(point: PlacedPoint) -> Phrase | None:
    """Say what keeps a poster from being drawn, None when nothing does."""
    try:
        check_texts(_poster_of(point))
    except UnprintableTextError as error:
        return batches.unprintable_in_words(error)
    return None


def _known_size(name: str) -> PosterSize:
    if name not in list(PosterSize):
        abort(404)
    return PosterSize(name)


def _kept_title(title: str | Phrase) -> str:
    """Return a title as it is kept: in Vietnamese, whoever printed."""
    return title.in_language("vi") if isinstance(title, Phrase) else title


def title_of(choice: PosterChoice, points: Sequence[PlacedPoint]) -> str | Phrase:
    """Return in words what a batch holds."""
    if len(points) == 1:
        return f"{points[0].name} – {points[0].agency_name}"
    if choice.codes:
        agencies = {point.agency_name for point in points}
        count = len(points)
        if len(agencies) > 1:
            return phrase("{count} điểm phục vụ", count=count)
        return phrase("{count} điểm phục vụ của {agency}", count=count, agency=agencies.pop())
    if choice.agency:
        return points[0].agency_name
    if choice.block:
        return phrase("Khối {block}", block=choice.block)
    return phrase("Tất cả điểm phục vụ")
