"""A citizen's answers on their way in.

The usual answers are taken in here for the WSGI front, without Flask's work around a request. Whatever
is unusual is left to Flask as if nobody had looked at it yet; the submission key makes that safe.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from werkzeug.datastructures import MultiDict
from werkzeug.formparser import FormDataParser

from survey.errors import KeyReplayedError, RoundError
from survey.fieldwork import RoundState, SurveyRound, asked_questions
from survey.formatting import read_whole
from survey.forms.form_token import FormToken, FormTokens
from survey.forms.response import ResponseForm, bind, make_response_form
from survey.instrument import load_instrument
from survey.operations.clock import now_in_vietnam
from survey.operations.collecting.flood import FloodGuard
from survey.operations.collecting.invitations import Invitation, Invitations
from survey.operations.collecting.responses import TAKEN_NO_MORE, Recorder, Submission, round_of_form
from survey.store.refusals import is_for_later
from survey.watching.process import Event, Fallback, count, fell_back
from survey.wording import Language

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

FORM_TYPE = "application/x-www-form-urlencoded"
MOST_BODY = 65_536
# What the way in met and Flask is to tell.
MET = "hai-long.met"


@dataclass(frozen=True, slots=True)
class Taken:
    """Answers that are stored: their receipt, and the address of the thanks page."""

    receipt: str
    thanks: str


class Intake:
    """Takes in answers with which nothing is wrong."""

    def __init__(self, invitations: Invitations, tokens: FormTokens, flood: FloodGuard, recorder: Recorder) -> None:
        self._invitations, self._tokens, self._flood, self._recorder = invitations, tokens, flood, recorder

    def take(self, environ: "WSGIEnvironment", code: str) -> Taken | None:
        """Store what a request sends for a service point; None leaves the request to Flask, unread."""
        sent = _sent(environ)
        if sent is None:
            return None
        try:
            invitation = self._invitations.find(code)
            token = self._tokens.read(invitation.placed.point.code, sent.get("token", "")) if invitation else None
            if invitation is None or token is None:
                return None
            return self._stored(environ, invitation, sent, token)
        except (RoundError, KeyReplayedError):
            # Flask has the page for it.
            return None
        except Exception as error:
            # Flask has the page, or the log entry, for it. It does not wait again for what was waited for in vain.
            fell_back(Fallback.INTAKE, error)
            if is_for_later(error):
                environ[MET] = error
            return None

    def _stored(
        self, environ: "WSGIEnvironment", invitation: Invitation, sent: MultiDict[str, str], token: FormToken
    ) -> Taken | None:
        code, now = invitation.placed.point.code, now_in_vietnam()
        _, form = bound_form(invitation, token, sent, now)
        if not form.validate() or self._flood.wait_seconds(code, environ.get("REMOTE_ADDR", "")):
            return None
        receipt = self._recorder.record(invitation, submission_of(form, token), now=now)
        count(Event.STORED)
        english = "lang=en" in environ.get("QUERY_STRING", "").split("&") or sent.get("language") == "en"
        return Taken(receipt, thanks_path(code, receipt, "en" if english else "vi"))


def _sent(environ: "WSGIEnvironment") -> MultiDict[str, str] | None:
    """Return the form data of a request and leave its body to be read again; None when it is of another kind."""
    length = environ.get("CONTENT_LENGTH") or ""
    if (
        environ.get("CONTENT_TYPE", "").partition(";")[0] != FORM_TYPE
        or (size := read_whole(length)) is None
        or size > MOST_BODY
    ):
        return None
    body = environ["wsgi.input"].read(size)
    environ["wsgi.input"] = BytesIO(body)
    return FormDataParser().parse(BytesIO(body), FORM_TYPE, len(body))[1]


def bound_form(
    invitation: Invitation, token: FormToken | None, sent: MultiDict[str, str], now: datetime
) -> tuple[SurveyRound, ResponseForm]:
    """Return the round that takes what was sent, and its form filled with that; raises RoundError.

    A sealed round takes nothing new. What is right may have been stored before, which the recorder knows; for
    anything else it is too late.
    """
    numbered_round = round_of_form(invitation, token.issued_on) if token else invitation.round_on(now.date())
    if numbered_round is None:
        raise RoundError(TAKEN_NO_MORE)
    _, survey_round = numbered_round
    form = bind(_form_class(survey_round), token, sent)
    if survey_round.state_on(now.date()) is RoundState.SEALED and not form.validate():
        raise RoundError(TAKEN_NO_MORE)
    return survey_round, form


@lru_cache(maxsize=16)
def _form_class(survey_round: SurveyRound) -> type[ResponseForm]:
    return make_response_form(asked_questions(survey_round, load_instrument(survey_round.instrument)))


def submission_of(form: ResponseForm, token: FormToken) -> Submission:
    """Return what a form says that was found right."""
    return Submission(
        key=form.submission_key,
        issued_on=token.issued_on,
        given=form.given_on,
        answers=form.answers.data,
        comment=form.comment.data,
        mode=token.mode,
    )


def thanks_path(code: str, receipt: str, language: Language) -> str:
    """Return the address of the thanks page."""
    return f"/K/{code}/thanks?receipt={receipt}" + ("&lang=en" if language == "en" else "")
