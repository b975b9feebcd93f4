"""The citizen's form: what is sent, the thanks, and a page that helps where no form can be shown.

No session is opened and no cookie set on these routes.
"""

from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from survey.errors import KeyReplayedError, RoundError
from survey.fieldwork import SurveyRound, asked_questions, normalise_code
from survey.forms.form_token import FormToken
from survey.forms.response import ResponseForm
from survey.instrument import load_instrument
from survey.operations.clock import now_in_vietnam
from survey.operations.collecting.invitations import Invitation, Reception
from survey.services import services
from survey.watching.process import Event, count
from survey.web.asked import asked_language, wants_json
from survey.web.citizen import notices
from survey.web.citizen.intake import MET, bound_form, submission_of, thanks_path
from survey.web.citizen.pages import form_context, page_path, point_context
from survey.web.citizen.questionnaire import make_sections
from survey.wording import Language, word

bp = Blueprint("respond", __name__)


@bp.get("/k")
@bp.get("/K")
def find() -> ResponseReturnValue:
    """Take a typed code to its form."""
    return redirect(page_path(normalise_code(request.args.get("code", "")) or "-", asked_language()), 303)


@bp.get("/k/<code>", strict_slashes=False)
@bp.get("/K/<code>", strict_slashes=False)
def show(code: str) -> ResponseReturnValue:
    """Show why there is no form, or lead a code typed with spaces and hyphens to its own address."""
    invitation, today, language = services().invitations.find(code), now_in_vietnam().date(), asked_language()
    if invitation and invitation.reception_on(today) is Reception.OPEN:
        return redirect(page_path(invitation.placed.point.code, language), 303)
    if invitation and (code_today := invitation.leads_to(today)):
        return notices.lead_on(code_today)
    return notices.no_form(invitation, today, language)


@bp.post("/k/<code>")
@bp.post("/K/<code>")
def receive(code: str) -> ResponseReturnValue:
    """Check, store once, and answer with a receipt."""
    if trouble := request.environ.get(MET):
        raise trouble
    language, now = asked_language(), now_in_vietnam()
    invitation = services().invitations.find(code)
    if invitation is None:
        return notices.no_form(None, now.date(), language)
    wait = services().flood.wait_seconds(invitation.placed.point.code, request.remote_addr or "")
    if wait:
        return notices.too_many(wait, language)
    token = services().tokens.read(invitation.placed.point.code, request.form.get("token", ""))
    if token is None and invitation.reception_on(now.date()) is not Reception.OPEN:
        return notices.too_late(invitation, now.date(), language)
    try:
        return _store(invitation, token, now, language)
    except RoundError:
        return notices.sealed(invitation, now.date(), language)
    except KeyReplayedError:
        return notices.replayed(invitation, language)


def _store(invitation: Invitation, token: FormToken | None, now: datetime, language: Language) -> ResponseReturnValue:
    survey_round, form = bound_form(invitation, token, request.form, now)
    if not form.validate() or token is None:
        return _refuse(_Refused(invitation, survey_round, form, token.issued_on if token else now.date(), language))
    receipt = services().recorder.record(invitation, submission_of(form, token), now=now)
    count(Event.STORED_CAREFULLY)
    thanks = thanks_path(invitation.placed.point.code, receipt, language)
    if wants_json():
        return jsonify(receipt=receipt, thanks=thanks), 201
    return Response(status=303, headers={"Location": thanks})


@dataclass(frozen=True, slots=True)
class _Refused:
    """A form that was not accepted. The page shown again keeps the day the first one was opened."""

    invitation: Invitation
    survey_round: SurveyRound
    form: ResponseForm
    issued_on: date
    language: Language

    @property
    def faults(self) -> dict[str, str]:
        """Return what is wrong, by the place on the page where it is."""
        form, faults = self.form, dict(self.form.answers.faults)
        if form.comment.errors:
            faults["comment"] = form.comment.errors[0]
        if not faults:
            faults["answers"] = [*form.token.errors, *form.answers.errors][0]
        return {place: word(text, self.language) for place, text in faults.items()}


def _refuse(refused: _Refused) -> ResponseReturnValue:
    """Show the form again with everything that was chosen, and say what to do."""
    status = 403 if refused.form.token_refused else 400
    if wants_json():
        return jsonify(error="token" if refused.form.token_refused else "answers", faults=refused.faults), status
    return make_response(_refused_page(refused), status)


def _refused_page(refused: _Refused) -> str:
    language, answers = refused.language, refused.form.answers
    instrument = load_instrument(refused.survey_round.instrument)
    questions = asked_questions(refused.survey_round, instrument)
    token = services().tokens.make(refused.invitation.placed.point.code, refused.issued_on)
    context = {
        **form_context(refused.survey_round, language, services().settings),
        **point_context(refused.invitation, language, token),
        "sections": make_sections(
            instrument, questions, language=language, chosen=answers.chosen, faults=answers.faults
        ),
        "comment": refused.form.comment.data or "",
        "faults": list(refused.faults.items()),
    }
    return render_template("respond/form.html", **context)
