"""What staff send: sign-in, a new password, and acts that need nothing but a button."""

import re
import secrets
from dataclasses import dataclass, field
from typing import Any

from flask_wtf import FlaskForm
from itsdangerous import Signer
from wtforms import Field, PasswordField, StringField
from wtforms.csrf.core import CSRF, CSRFTokenField
from wtforms.validators import EqualTo, InputRequired, Length, Regexp, ValidationError

from survey.formatting import compose
from survey.forms import messages
from survey.typed.passwords import weakness_of
from survey.wording import mark

PAGE_BYTES = 9
LEAST_PASSWORD, MOST_PASSWORD = 12, 200
MOST_USERNAME = 60
CODE_PATTERN = "(?:[0-9]{6}|(?:[0-9A-Za-z]-?){11}[0-9A-Za-z])$"


def make_page_mark() -> str:
    """Return what tells one page from every other: 72 random bits in 12 letters."""
    return secrets.token_urlsafe(PAGE_BYTES)


@dataclass(frozen=True, slots=True)
class SessionTokens:
    """Makes and checks the CSRF tokens of one staff session: its digest and the mark of a page, signed with our secret.

    What was signed with one of the secrets `before` is still right. Each page has a mark of its own, so that a form it
    sends is told from the same one sent by the page loaded anew.
    """

    secret: bytes
    session: str
    page: str = field(default_factory=make_page_mark)
    before: tuple[bytes, ...] = ()

    def make(self) -> str:
        """Return the token of the page."""
        return f"{self.page}.{self._signer.get_signature(f'{self.session}.{self.page}').decode()}"

    def is_right(self, token: str) -> bool:
        """Tell whether a token was made for this session, on whatever page."""
        page, _, signature = token.partition(".")
        return self._signer.verify_signature(f"{self.session}.{page}", signature)

    @property
    def _signer(self) -> Signer:
        # The library takes the last of a list for the newest.
        return Signer([*reversed(self.before), self.secret], salt="staff-form")


class SessionProtection(CSRF):
    """CSRF protection bound to the staff session; the context is its SessionTokens."""

    def setup_form(self, form: FlaskForm) -> list[tuple[str, Any]]:
        """Remember what the token is checked against."""
        self._tokens: SessionTokens = form.meta.csrf_context
        return [(form.meta.csrf_field_name, CSRFTokenField(csrf_impl=self))]

    def generate_csrf_token(self, csrf_token_field: object) -> str:
        """Return the token of the session."""
        return self._tokens.make()

    def validate_csrf_token(self, form: object, field: Field) -> None:
        """Refuse a token of another session."""
        if not self._tokens.is_right(field.data or ""):
            raise ValidationError(messages.STAFF_PAGE_EXPIRED)


def _composed(text: str | None) -> str | None:
    return compose(text, MOST_PASSWORD) if text else text


def _without_spaces(text: str | None) -> str | None:
    return "".join(text.split()) if text else text


_ANY_PASSWORD = [InputRequired(messages.FILL_IN), Length(max=MOST_PASSWORD, message=messages.PASSWORD_TOO_LONG)]


class SignInForm(FlaskForm):
    """Name and password. There is no session yet to bind a token to: the view looks where the request came from."""

    class Meta(FlaskForm.Meta):
        csrf = False

    username = StringField(
        mark("Tên đăng nhập"),
        [InputRequired(messages.FILL_IN), Length(max=MOST_USERNAME, message=messages.NAME_TOO_LONG)],
    )
    # What is too long is refused before it is hashed, which would take time by its length.
    password = PasswordField(mark("Mật khẩu"), _ANY_PASSWORD, filters=[_composed])


class StaffForm(FlaskForm):
    """A button: nothing but the token."""

    class Meta(FlaskForm.Meta):
        csrf = True
        csrf_class = SessionProtection
        csrf_field_name = "token"


class LanguageForm(StaffForm):
    """The language the staff pages are read in; what is no language is Vietnamese."""

    chosen = StringField()


class NewPasswordForm(StaffForm):
    """The new password, twice; `own_words` go with the account and are no password."""

    own_words: tuple[str, ...] = ()
    new = PasswordField(
        mark("Mật khẩu mới"),
        [
            InputRequired(messages.FILL_IN),
            Length(min=LEAST_PASSWORD, message=messages.PASSWORD_TOO_SHORT),
            Length(max=MOST_PASSWORD, message=messages.PASSWORD_TOO_LONG),
        ],
        filters=[_composed],
    )
    again = PasswordField(
        mark("Nhập lại mật khẩu mới"), [EqualTo("new", messages.PASSWORDS_DIFFER)], filters=[_composed]
    )

    def validate_new(self, field: Field) -> None:
        """Refuse a password that is easy to guess."""
        if weakness := weakness_of(field.data or "", own=self.own_words):
            raise ValidationError(weakness)


class PasswordForm(NewPasswordForm):
    """The old password besides."""

    old = PasswordField(mark("Mật khẩu hiện nay"), _ANY_PASSWORD, filters=[_composed])

    def validate_new(self, field: Field) -> None:
        """Refuse the old password as the new one, and one that is easy to guess."""
        if field.data == self.old.data:
            raise ValidationError(messages.PASSWORD_UNCHANGED)
        super().validate_new(field)


class PasswordAgainForm(StaffForm):
    """The password, asked again before something that matters much."""

    password = PasswordField(mark("Mật khẩu"), _ANY_PASSWORD, filters=[_composed])


class CodeForm(StaffForm):
    """Six digits from the application on the telephone, or a recovery code, however they are grouped."""

    code = StringField(
        mark("Mã xác thực"),
        [InputRequired(messages.FILL_IN), Regexp(CODE_PATTERN, re.ASCII, messages.CODE_OR_RECOVERY)],
        filters=[_without_spaces],
    )


class NewTelephoneForm(StaffForm):
    """The password, a code of the old telephone or a recovery code, and a code of the new one."""

    password = PasswordField(mark("Mật khẩu"), _ANY_PASSWORD, filters=[_composed])
    code = StringField(
        mark("Mã trên điện thoại cũ, hoặc mã khôi phục"),
        [InputRequired(messages.FILL_IN), Regexp(CODE_PATTERN, re.ASCII, messages.CODE_OR_RECOVERY)],
        filters=[_without_spaces],
    )
    new_code = StringField(
        mark("Mã trên điện thoại mới"),
        [InputRequired(messages.FILL_IN), Regexp("[0-9]{6}$", message=messages.CODE_OF_DIGITS)],
        filters=[_without_spaces],
    )
