"""Shared tablets: made, listed, revoked. The address of a tablet is shown once."""

from base64 import b64encode
from functools import lru_cache

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from qr.codes import QrTooLongError, qr_svg
from survey.errors import UnknownCodeError
from survey.formatting import SortKey, vietnamese_key
from survey.forms.collecting import KioskForm
from survey.forms.staff import StaffForm
from survey.operations.clock import today_in_vietnam
from survey.operations.collecting import kiosks
from survey.operations.collecting.kiosks import NewKiosk
from survey.operations.staff.rights import Permission
from survey.services import services
from survey.store.collecting.kiosks import Kiosk
from survey.store.registry.points import PlacedPoint
from survey.web.door.register import bind_form, expired_page, own_scope, requires, signed_in, staff_area
from survey.web.listing import ListColumn, make_listing
from survey.wording import mark

bp = staff_area("kiosks", done={"revoked": mark("Đã thu hồi máy tính bảng. Địa chỉ của máy không còn dùng được.")})

# The names of a province's service points hardly change, and a key costs more than everything else on the page.
_key = lru_cache(maxsize=20_000)(vietnamese_key)

TABLETS: tuple[ListColumn[Kiosk], ...] = (
    ListColumn("label", mark("Tên máy"), lambda one: _key(one.label)),
    ListColumn("point", mark("Điểm phục vụ"), lambda one: _key(one.point_name)),
    ListColumn("agency", mark("Cơ quan"), lambda one: _key(one.agency_name)),
    ListColumn("rest", mark("Thời gian chờ (giây)"), lambda one: one.rest_seconds, number=True),
    ListColumn("made", mark("Ngày thêm"), lambda one: one.created_on),
    ListColumn("state", mark("Trạng thái")),
)
PLACES: tuple[ListColumn[PlacedPoint], ...] = (
    ListColumn("point", mark("Điểm phục vụ"), lambda one: _key(one.name)),
    ListColumn("agency", mark("Cơ quan"), lambda one: _key(one.agency_name)),
    ListColumn("code", mark("Mã"), lambda one: one.code),
    ListColumn("act", mark("Thao tác")),
)


@bp.get("/kiosks")
@requires(Permission.MANAGE_KIOSKS)
def tablets() -> ResponseReturnValue:
    """List the tablets in scope."""
    found = kiosks.list_kiosks(services().store, own_scope())
    listing = make_listing(
        found, TABLETS, text=lambda one: f"{one.label} {one.point_name} {one.point_code} {one.agency_name}"
    )
    return _page("list", listing=listing, any=bool(found))


@bp.get("/kiosks/new")
@requires(Permission.MANAGE_KIOSKS)
def choose() -> ResponseReturnValue:
    """Ask at which service point the new tablet stands."""
    found = kiosks.list_places(services().store, own_scope(), today=today_in_vietnam())
    places = sorted(found, key=_place_key)
    listing = make_listing(places, PLACES, text=lambda one: f"{one.name} {one.code} {one.agency_name}")
    return _page("choose", listing=listing, any=bool(found))


@bp.route("/kiosks/new/<code>", methods=["GET", "POST"])
@requires(Permission.MANAGE_KIOSKS)
def add(code: str) -> ResponseReturnValue:
    """Make a tablet, and show its address this once."""
    place, form = _place(code), bind_form(KioskForm)
    if request.method == "GET":
        return _page("new", place=place, form=form)
    if not form.validate():
        return _page("new", place=place, form=form), 400
    new = NewKiosk(place.code, form.label.data, form.pin.data, form.rest_seconds.data)
    by = signed_in().account.username
    secret = kiosks.add_kiosk(services().store, new, scope=own_scope(), by=by, today=today_in_vietnam())
    address, trial = f"{services().settings.public_url}/kiosk/{secret}", services().settings.is_trial
    return _page("made", place=place, new=new, address=address, picture=_picture(address), trial=trial), 201


@bp.route("/kiosks/<int:number>/revoke", methods=["GET", "POST"])
@requires(Permission.MANAGE_KIOSKS)
def revoke(number: int) -> ResponseReturnValue:
    """Ask once, then end a tablet."""
    try:
        kiosk = kiosks.find_kiosk(services().store, number, scope=own_scope())
    except UnknownCodeError:
        abort(404)
    if kiosk.revoked_on or request.method == "GET":
        return _page("revoke", kiosk=kiosk)
    if not bind_form(StaffForm).validate():
        return expired_page()
    by = signed_in().account.username
    kiosks.revoke_kiosk(services().store, number, scope=own_scope(), by=by, today=today_in_vietnam())
    return redirect(url_for("kiosks.tablets", done="revoked"), 303)


def _place_key(place: PlacedPoint) -> tuple[SortKey, SortKey]:
    return _key(place.agency_name), _key(place.name)


def _place(code: str) -> PlacedPoint:
    try:
        return kiosks.find_place(services().store, own_scope(), code, today=today_in_vietnam())
    except UnknownCodeError:
        abort(404)


def _picture(address: str) -> str:
    """Return the QR code of an address as the source of an image, or nothing for one too long to be read."""
    try:
        return f"data:image/svg+xml;base64,{b64encode(qr_svg(address).encode()).decode()}"
    except QrTooLongError:
        return ""


def _page(name: str, **shown: object) -> str:
    return render_template(f"staff/collecting/kiosks/{name}.html", **shown)
