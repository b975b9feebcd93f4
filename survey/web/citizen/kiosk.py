"""The citizen's page on a shared tablet, and what lets it work while the network is away.

The page carries its style and its script; the service worker keeps a copy of it. No cookie is set and nobody signs in:
the secret in the address says which tablet it is, and its token makes the answers those of a kiosk.
"""

import hashlib
import zlib
from datetime import date, datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from survey.errors import KeyReplayedError, RoundError
from survey.fieldwork import SurveyRound
from survey.forms.form_token import FormToken
from survey.operations.clock import now_in_vietnam, today_in_vietnam
from survey.operations.collecting.invitations import Invitation, Reception
from survey.operations.collecting.kiosks import PIN_ROUNDS, find_by_secret
from survey.responses import Mode
from survey.services import services
from survey.store.collecting.kiosks import Kiosk
from survey.watching.process import Event, count
from survey.web.citizen import notices
from survey.web.citizen.intake import bound_form, submission_of
from survey.web.citizen.pages import ASSETS, GZIP, form_context, inlined, results_path
from survey.web.security import make_headers
from survey.wording import mark, word

bp = Blueprint("kiosk", __name__)

EXITED = "/kiosk/exited"
# Tells our own pages, which the service worker keeps, from what a proxy or a Wi-Fi's sign-in page may answer.
OURS = {"Kiosk-Page": "1"}
THEME = "#0b5d4b"
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Crect width='24' height='24' "
    "fill='%230b5d4b'/%3E%3Cpath d='M8.6 9.6v.6M15.4 9.6v.6M8.4 14.4q3.6 2.8 7.2 0' fill='none' stroke='%23fff' "
    "stroke-width='1.8' stroke-linecap='round'/%3E%3C/svg%3E"
)
NAME, PURPOSE = mark("Hài Lòng"), mark("Đánh giá sự phục vụ")
UNKNOWN = (mark("Không có máy tính bảng này"), mark("Xin ông/bà nhờ cán bộ tại quầy cài lại máy này."))
REVOKED = (mark("Máy này đã được thu hồi"), mark("Máy không nhận phiếu nữa. Xin ông/bà nhờ cán bộ tại quầy cài lại."))
_SOON = (mark("Chưa đến ngày khảo sát"), mark("Máy sẽ tự mở phiếu khi đợt khảo sát bắt đầu."))
_LATER = (mark("Hiện chưa có đợt khảo sát"), mark("Máy sẽ tự mở phiếu khi có đợt khảo sát mới."))
NO_FORM = {
    Reception.EARLY: _SOON,
    Reception.UPCOMING: _SOON,
    Reception.CLOSED: _LATER,
    Reception.LEFT_OUT: _LATER,
    Reception.RETIRED: (
        mark("Điểm phục vụ này đã ngừng hoạt động"),
        mark("Xin ông/bà nhờ cán bộ tại quầy cài lại máy này cho điểm phục vụ khác."),
    ),
}


@bp.get("/kiosk/<secret>")
def show(secret: str) -> ResponseReturnValue:
    """Show the start screen with the form behind it, or say why there is none."""
    kiosk, today = find_by_secret(services().store, secret), today_in_vietnam()
    if kiosk is None:
        return _notice(*UNKNOWN), 404
    if kiosk.revoked_on:
        return _notice(*REVOKED, kiosk, secret), 410
    invitation = _invitation(kiosk, today)
    numbered_round, reception = invitation.round_on(today), invitation.reception_on(today)
    if numbered_round is None or reception is not Reception.OPEN:
        return _notice(*NO_FORM[reception], kiosk, secret)
    return _form_page(kiosk, secret, invitation, numbered_round[1])


@bp.post("/kiosk/<secret>")
def receive(secret: str) -> ResponseReturnValue:
    """Check, store once, and answer the page's script with a receipt."""
    kiosk, now = find_by_secret(services().store, secret), now_in_vietnam()
    if kiosk is None:
        return jsonify(error="unknown"), 404
    if kiosk.revoked_on:
        return jsonify(error="revoked"), 410
    wait = services().flood.wait_seconds(f"kiosk {kiosk.id}", request.remote_addr or "")
    if wait:
        return notices.too_many(wait, "vi")
    for invitation in _invitations(kiosk):
        code, sent = invitation.placed.point.code, request.form.get("token", "")
        token = services().tokens.read(code, sent, mode=Mode.KIOSK)
        if token:
            return _stored(kiosk, invitation, token, now)
    return jsonify(error="token"), 403


def _stored(kiosk: Kiosk, invitation: Invitation, token: FormToken, now: datetime) -> ResponseReturnValue:
    try:
        _, form = bound_form(invitation, token, request.form, now)
        if not form.validate():
            return jsonify(error="answers"), 400
        if wait := services().pace.wait_at_kiosk(kiosk.id):
            return notices.too_many(wait, "vi")
        receipt = services().recorder.record(invitation, submission_of(form, token), now=now)
        count(Event.STORED)
        return jsonify(receipt=receipt), 201
    except RoundError:
        return jsonify(error="sealed"), 410
    except KeyReplayedError:
        return jsonify(error="replayed"), 409


def _invitations(kiosk: Kiosk) -> list[Invitation]:
    """Return what the codes lead to that the tablet's counter has, had and will have; its first one comes first."""
    first = services().invitations.find(kiosk.point_code)
    codes = [kiosk.point_code, *(point.code for point in first.line)] if first else []
    return [found for code in codes if (found := services().invitations.find(code))]


def _invitation(kiosk: Kiosk, today: date) -> Invitation:
    """Return what the counter's code of today leads to: a tablet stays when its counter gets another code."""
    found = _invitations(kiosk)
    code = found[0].leads_to(today)
    return next((one for one in found if one.placed.point.code == code), found[0])


@bp.get("/kiosk/exited")
def exited() -> ResponseReturnValue:
    """Say that the tablet is out of the form."""
    return _page("exited")


@bp.get("/kiosk/worker.js")
def worker() -> ResponseReturnValue:
    """Send the service worker. Its bytes change with the page's, which is how a browser knows of a new one."""
    text = f"const VERSION = '{version()}';\n{inlined('kiosk-worker.js')}"
    return Response(text, mimetype="text/javascript", headers={"Cache-Control": "no-cache"})


@bp.get("/kiosk/<secret>/manifest.json")
def manifest(secret: str) -> ResponseReturnValue:
    """Say how the page opens from the home screen."""
    said = {
        "name": f"{NAME} – {PURPOSE}",
        "short_name": NAME,
        "lang": "vi",
        "start_url": f"/kiosk/{secret}",
        "scope": "/kiosk/",
        "display": "fullscreen",
        "theme_color": THEME,
        "background_color": THEME,
        "icons": [{"src": ICON, "sizes": "any", "type": "image/svg+xml"}],
    }
    return jsonify(said)


@cache
def version() -> str:
    """Return a digest of all that the page is made of and the service worker does."""
    files = sorted([*ASSETS.glob("kiosk*"), *(ASSETS.parents[2] / "templates" / "kiosk").glob("*.html")])
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def _form_page(kiosk: Kiosk, secret: str, invitation: Invitation, survey_round: SurveyRound) -> Response:
    settings, today = services().settings, today_in_vietnam()
    # The page asks for the head of itself to learn the date.
    if request.method == "GET":
        count(Event.FORM_SHOWN)
    return _page(
        "form",
        **_tablet(kiosk, secret),
        token=services().tokens.make(invitation.placed.point.code, today, mode=Mode.KIOSK),
        closes=invitation.last_day_in(survey_round, today).isoformat(),
        agency=invitation.agency.name,
        service_point=invitation.placed.point.name,
        trial=settings.is_trial,
        simulated=survey_round.simulated,
        results_address=f"{urlsplit(settings.public_url).netloc}{results_path(invitation.agency.code, 'vi')}",
        forms=[form_context(survey_round, language, settings) for language in ("vi", "en")],
    )


def _notice(title: str, text: str, kiosk: Kiosk | None = None, secret: str = "") -> Response:
    """Return a page that says one thing, in both languages; it looks by itself whether that still holds."""
    shown = _tablet(kiosk, secret) if kiosk else {}
    said = [(language, word(title, language), word(text, language)) for language in ("vi", "en")]
    return _page("notice", **shown, said=said, revoked=bool(kiosk and kiosk.revoked_on))


def _tablet(kiosk: Kiosk, secret: str) -> dict[str, Any]:
    """Return what the page's script has to know."""
    return {"kiosk": kiosk, "secret": secret, "path": url_for("kiosk.show", secret=secret), "rounds": PIN_ROUNDS}


def _page(name: str, **shown: object) -> Response:
    """Return a page as the service worker keeps it: compressed, and with headers that let it be installed."""
    style, script = inlined("kiosk.css"), inlined("kiosk.js")
    own = {"css": Markup(style), "js": Markup(script), "theme": THEME}  # noqa: S704  # our own files
    headers = make_headers(styles=[style], scripts=[script], installable=True)
    text = render_template(f"kiosk/{name}.html", **own, _=str, **shown).encode()
    known = {**OURS, "Kiosk-Now": now_in_vietnam().isoformat(timespec="seconds")}
    response = Response(text, headers={**headers, **known, "Cache-Control": "no-store", "Vary": "Accept-Encoding"})
    if request.accept_encodings.best_match(["gzip"]):
        response.data = zlib.compress(text, wbits=GZIP)
        response.headers["Content-Encoding"] = "gzip"
    return response
