"""The citizen's form, made from the questions a round asks."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import TextAreaField
from wtforms.csrf.core import CSRF, CSRFTokenField
from wtforms.validators import Length, ValidationError

from survey.forms import messages
from survey.forms.fields import AnswersField
from survey.forms.form_token import FormToken, following_key
from survey.instrument import Question
from survey.responses import HalfDay, SubmissionKey
from survey.typed.cleaning import clean_comment

MOST_COMMENT = 2000
_KEY = re.compile(r"[0-9a-f]{32}")
_NUMBER = re.compile(r"[0-9]{1,4}")
_GIVEN = re.compile(r"(\d{4}-\d{2}-\d{2})(am|pm)")


class FormTokenProtection(CSRF):
    """CSRF protection by our stateless form token; the context is what reading it gave."""

    def setup_form(self, form: FlaskForm) -> list[tuple[str, Any]]:
        """Add the token's field."""
        return [(form.meta.csrf_field_name, CSRFTokenField(csrf_impl=self))]

    def generate_csrf_token(self, csrf_token_field: object) -> str:
        """Return nothing: the page puts in a fresh token itself."""
        return ""

    def validate_csrf_token(self, form: FlaskForm, _field: object) -> None:
        """Refuse a form whose token was not made here for this place."""
        if form.meta.csrf_context is None:
            raise ValidationError(messages.PAGE_EXPIRED)


class KeyProtection(FormTokenProtection):
    """The same for a form whose answers may have another key than the token's own."""

    def validate_csrf_token(self, form: FlaskForm, _field: object) -> None:
        """Refuse a token that was not made here for this service point, or is not good for the key."""
        super().validate_csrf_token(form, _field)
        if not form.form_token.takes(form.submission_key):
            raise ValidationError(messages.PAGE_EXPIRED)


class ResponseForm(FlaskForm):
    """What a citizen sends: answers, a comment, the token, and what the page's script adds."""

    class Meta(FlaskForm.Meta):
        csrf = True
        csrf_class = KeyProtection
        csrf_field_name = "token"

        def get_translations(self, form: object) -> None:
            """Return nothing: every message is ours, and Flask need not be asked for its settings."""

    comment = TextAreaField(
        filters=[clean_comment], validators=[Length(max=MOST_COMMENT, message=messages.COMMENT_TOO_LONG)]
    )
    answers: AnswersField
    sent: MultiDict[str, str]

    @property
    def form_token(self) -> FormToken | None:
        """What the token says, None when it was refused."""
        found: FormToken | None = self.meta.csrf_context
        return found

    @property
    def submission_key(self) -> SubmissionKey:
        """The key of this answering: the one the token carries, or the one that follows from it as number so and so.

        Pages of before numbers sent the key itself.
        """
        sent = self.sent.get("key", "")
        if _KEY.fullmatch(sent):
            return SubmissionKey(bytes.fromhex(sent))
        assert self.form_token is not None, "read only with a token"  # noqa: S101
        return following_key(self.form_token.key, int(sent)) if _NUMBER.fullmatch(sent) else self.form_token.key

    @property
    def given_on(self) -> tuple[date, HalfDay] | None:
        """The day and half-day the phone says the answers were given, if it says so."""
        found = _GIVEN.fullmatch(self.sent.get("given", ""))
        try:
            return (date.fromisoformat(found[1]), HalfDay(found[2])) if found else None
        except ValueError:
            return None

    @property
    def token_refused(self) -> bool:
        """Tell whether validation failed on the form token."""
        return bool(self.token.errors)


def make_response_form(questions: Sequence[Question]) -> type[ResponseForm]:
    """Return the form class that asks `questions`; make it once per round, it is bound per request."""
    return type("BoundResponseForm", (ResponseForm,), {"answers": AnswersField(questions=tuple(questions))})


def bind(form_class: type[ResponseForm], token: FormToken | None, sent: MultiDict[str, str]) -> ResponseForm:
    """Return the form filled with what was sent, whose token has been read."""
    form = form_class(sent, meta={"csrf_context": token})
    form.sent = sent
    return form
