"""The citizen's form: what is sent, the thanks, and a page that helps where no form can be shown.

No session is opened and no cookie set on these routes.
"""

from datetime import date, datetime

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from survey.errors import KeyReplayedError, RoundError
from survey.fieldwork import SurveyRound, asked_questions, normalise_code
from survey.forms.response_form import ResponseForm, bind, make_response_form
from survey.instrument import load_instrument
from survey.operations.clock import now_in_vietnam
from survey.operations.invitations import Invitation
from survey.operations.responses import Submission, taking_round
from survey.operations.services import services
from survey.web import notices
from survey.web.asked import asked_language, wants_json
from survey.web.citizen_pages import form_context, page_path, point_context
from survey.web.questionnaire import make_sections
from survey.wording import Language, word

bp = Blueprint("respond", __name__)
_form_classes: dict[SurveyRound, type[ResponseForm]] = {}


@bp.get("/K")
@bp.get("/k")
def find() -> ResponseReturnValue:
    """Take a typed code to its form."""
    return redirect(page_path(normalise_code(request.args.get("code", "")) or "-", asked_language()), 303)


@bp.get("/K/<code>")
@bp.get("/k/<code>")
def show(code: str) -> ResponseReturnValue:
    """Show why there is no form; the front answers when there is one."""
    invitation = services().invitations.find(code)
    return notices.no_form(invitation, now_in_vietnam().date(), asked_language())


@bp.post("/K/<code>")
@bp.post("/k/<code>")
def receive(code: str) -> ResponseReturnValue:
    """Check, store once, and answer with a receipt."""
    language, now = asked_language(), now_in_vietnam()
    invitation = services().invitations.find(code)
    if invitation is None:
        return notices.no_form(None, now.date(), language)
    wait = services().flood.wait_seconds(code, request.remote_addr or "")
    if wait:
        return notices.too_many(wait, language)
    try:
        return _store(invitation, now, language)
    except RoundError:
        return notices.sealed(invitation, language)
    except KeyReplayedError:
        return notices.replayed(invitation, language)


def _store(invitation: Invitation, now: datetime, language: Language) -> ResponseReturnValue:
    code = invitation.placed.point.code
    form, survey_round = _bound_form(invitation, now.date())
    if not form.validate_on_submit() or form.form_token is None:
        return _refuse(invitation, survey_round, form, language)
    submission = Submission(
        key=form.submission_key,
        issued_on=form.form_token.issued_on,
        given=form.given_on,
        answers=form.answers.data,
        comment=form.comment.data,
    )
    receipt = services().recorder.record(invitation, submission, now=now)
    thanks = f"/K/{code}/thanks?receipt={receipt}" + ("&lang=en" if language == "en" else "")
    if wants_json():
        return jsonify(receipt=receipt, thanks=thanks), 201
    return Response(status=303, headers={"Location": thanks})


def _bound_form(invitation: Invitation, today: date) -> tuple[ResponseForm, SurveyRound]:
    """Return the form of the round in which the page was opened; without a good token, of today's round."""
    code = invitation.placed.point.code
    token = services().tokens.read(code, request.form.get("token", ""))
    _, survey_round = taking_round(invitation, token.issued_on if token else today, today)
    if survey_round not in _form_classes:
        questions = asked_questions(survey_round, load_instrument(survey_round.instrument))
        _form_classes[survey_round] = make_response_form(questions)
    return bind(_form_classes[survey_round], token), survey_round


def _refuse(
    invitation: Invitation, survey_round: SurveyRound, form: ResponseForm, language: Language
) -> ResponseReturnValue:
    """Show the form again with everything that was chosen, and say what to do."""
    status = 403 if form.token_refused else 400
    messages = [word(message, language) for field in form for message in field.errors]
    if wants_json():
        faults = {code: word(message, language) for code, message in form.answers.faults.items()}
        return jsonify(error="token" if form.token_refused else "answers", faults=faults, messages=messages), status
    return make_response(_refused_page(invitation, survey_round, form, language, messages), status)


def _refused_page(
    invitation: Invitation, survey_round: SurveyRound, form: ResponseForm, language: Language, messages: list[str]
) -> str:
    instrument = load_instrument(survey_round.instrument)
    questions = asked_questions(survey_round, instrument)
    faults = form.answers.faults
    sections = make_sections(instrument, questions, language=language, chosen=form.answers.chosen, faults=faults)
    token = services().tokens.make(invitation.placed.point.code, now_in_vietnam().date())
    context = {
        **form_context(survey_round, language, services().settings),
        **point_context(invitation, language, token),
        "sections": sections,
        "comment": form.comment.data or "",
        "faults": [(code, word(message, language)) for code, message in faults.items()]
        or [("answers", message) for message in messages],
    }
    return render_template("respond/form.html", **context)
