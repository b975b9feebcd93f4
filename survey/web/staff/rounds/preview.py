"""The citizen's form of a round, to be looked at before anybody answers it: nothing can be sent from it."""

from flask import Response, abort, make_response, render_template
from flask.typing import ResponseReturnValue

from survey.errors import UnknownCodeError
from survey.fieldwork import SurveyRound
from survey.forms.rounds import RoundForm
from survey.forms.staff import StaffForm
from survey.instrument import instrument_codes, load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.staff.rights import Permission
from survey.services import services
from survey.store.registry.agencies import find_round
from survey.web.citizen.pages import form_context, inlined
from survey.web.door.register import bare_area, bind_form, expired_page, requires
from survey.web.saying import page_language, said
from survey.web.security import make_headers

bp = bare_area("round_preview")


@bp.after_request
def preview_headers(response: Response) -> Response:
    """Add the headers of staff pages, with the citizen's style let in and every way to send a form shut."""
    headers = make_headers(styles=[inlined("citizen.css")])
    policy = "Content-Security-Policy"
    headers[policy] = headers[policy].replace("form-action 'self'", "form-action 'none'")
    response.headers.update({**headers, "Cache-Control": "no-store", "Referrer-Policy": "same-origin"})
    return response


@bp.get("/rounds/<code>/preview")
@requires(Permission.SEE_FIELDWORK)
def of_round(code: str) -> ResponseReturnValue:
    """Show the form of a round."""
    try:
        with services().store.reading() as connection:
            return _page(find_round(connection, code)[1])
    except UnknownCodeError:
        abort(404)


@bp.post("/rounds/preview")
@requires(Permission.MANAGE_ROUNDS)
def of_form() -> ResponseReturnValue:
    """Show the form of a round that is not saved, whatever else is still to be filled in."""
    if not bind_form(StaffForm).validate():
        return expired_page()
    form = bind_form(RoundForm)
    if form.instrument.data not in instrument_codes():
        abort(404)
    instrument, today = load_instrument(form.instrument.data), today_in_vietnam()
    return _page(
        SurveyRound(
            code="",
            title=form.title.data or "",
            instrument=instrument.code,
            instrument_digest=instrument.digest,
            opens=today,
            closes=today,
            seals=today,
            asks=form.asks(instrument),
        )
    )


def _page(survey_round: SurveyRound) -> Response:
    context = form_context(survey_round, page_language(), services().settings)
    names = {"agency": said("Tên cơ quan"), "service_point": said("Tên điểm phục vụ")}
    return make_response(render_template("staff/rounds/preview.html", **{**context, **names, "js": "", "path": ""}))
