"""Files for staff: posters, single codes, indices and responses. Every download is written down."""

from urllib.parse import urlencode

from flask import Response, abort, redirect, request
from flask.typing import ResponseReturnValue

from qr.codes import qr_png, qr_svg
from qr.posters import PosterSize, UnprintableTextError
from survey.errors import RefusedDataError, UnknownCodeError
from survey.fieldwork import is_code
from survey.operations.clock import today_in_vietnam
from survey.operations.exports import files
from survey.operations.posters import batches
from survey.operations.posters import posters as paper
from survey.operations.staff import accounts
from survey.operations.staff.rights import Permission
from survey.reports.sheets import KINDS
from survey.services import services
from survey.web.door.register import notice_page, own_agency, own_scope, requires, signed_in, staff_area
from survey.wording import mark

# More posters than that are made in the background.
MOST_AT_ONCE = 100

bp = staff_area("downloads")


@bp.get("/posters")
@requires(Permission.PRINT)
def posters() -> ResponseReturnValue:
    """Send the posters of one service point, of one agency, or of all in scope, as one PDF."""
    size = request.args.get("size", PosterSize.A4)
    agency, point = request.args.get("agency") or None, request.args.get("point") or None
    if size not in list(PosterSize):
        abort(404)
    if agency:
        own_agency(agency)
    if point and not is_code(point):
        abort(404)
    try:
        chosen = paper.list_posters(
            services().store,
            services().settings,
            today=today_in_vietnam(),
            agency_code=agency,
            point_code=point,
            scope=own_scope(),
        )
    except UnknownCodeError:
        abort(404)
    if len(chosen) > MOST_AT_ONCE:
        return redirect(f"/staff/studio/print?{urlencode(request.args.to_dict())}", 303)
    try:
        pdf = batches.set_now(chosen, PosterSize(size))
    except UnprintableTextError as error:
        return notice_page(mark("Chưa in được áp phích"), batches.unprintable_in_words(error)), 409
    return _sent(pdf, "application/pdf", f"ap-phich-{point or agency or 'tat-ca'}-{size}.pdf")


@bp.get("/codes/<code>.svg")
@requires(Permission.PRINT)
def code_svg(code: str) -> ResponseReturnValue:
    """Send one QR code as a drawing."""
    return _sent(qr_svg(_address_of(code)).encode(), "image/svg+xml", f"ma-qr-{code}.svg")


@bp.get("/codes/<code>.png")
@requires(Permission.PRINT)
def code_png(code: str) -> ResponseReturnValue:
    """Send one QR code as an image."""
    return _sent(qr_png(_address_of(code)), "image/png", f"ma-qr-{code}.png")


def _address_of(code: str) -> str:
    """Return the address in the code of a service point in scope that has not ended."""
    choice = paper.PosterChoice(codes=(code,))
    if not is_code(code):
        abort(404)
    try:
        paper.choose_points(services().store, choice, scope=own_scope(), today=today_in_vietnam())
    except UnknownCodeError:
        abort(404)
    return paper.code_address(services().settings, code)


@bp.get("/exports/indices.<any(csv, 'vi.csv', xlsx):layout>")
@requires(Permission.EXPORT)
def indices(layout: str) -> ResponseReturnValue:
    """Send the indices of the latest publication of a round."""
    code = request.args.get("round", "")
    try:
        published = services().runs.find(code)
    except UnknownCodeError:
        abort(404)
    if published is None:
        return notice_page(
            mark("Chưa có tệp chỉ số"), mark("Đợt này chưa công bố. Trước hết hãy công bố ở trang tổng quan.")
        ), 409
    file = files.indices_file(services().store, code, layout=layout)
    return _sent(file.data, KINDS[layout], f"chi-so-{code}.{layout}")


@bp.get("/exports/responses.<any(csv, 'vi.csv', xlsx):layout>")
@requires(Permission.EXPORT, recent=True)
def responses(layout: str) -> ResponseReturnValue:
    """Send the responses of a round in random order, with the profile only where enough people share it."""
    code = request.args.get("round", "")
    try:
        content = files.responses_file(services().store, code, layout=layout)
    except UnknownCodeError:
        abort(404)
    except RefusedDataError:
        return notice_page(mark("Tệp quá lớn"), mark("Một trang tính không chứa hết số phiếu. Hãy tải tệp CSV.")), 409
    return _sent(content, KINDS[layout], f"phieu-{code}.{layout}")


def _sent(data: bytes, kind: str, name: str) -> Response:
    """Return a file to keep, and write the download down."""
    accounts.note_download(services().store, signed_in(), name)
    response = Response(data, mimetype=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
