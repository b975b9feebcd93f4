"""What administrators send about people: a new account, and another role or agency."""

from collections.abc import Mapping

from wtforms import Field, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Regexp, ValidationError

from survey.formatting import read_whole
from survey.forms import messages
from survey.forms.staff import MOST_USERNAME, StaffForm
from survey.wording import mark

NO_AGENCY = ""
NO_AGENCY_WORDS = mark("Không gắn với cơ quan nào")
USERNAME_PATTERN = r"[a-z0-9][a-z0-9._-]*$"


def _trimmed(text: str | None) -> str | None:
    return text.strip() if text else text


class RightsForm(StaffForm):
    """A role and, where the role has one, an agency; `version` is the one that was read."""

    version = HiddenField()
    role = SelectField(mark("Vai trò"), validate_choice=False)
    agency = SelectField(mark("Cơ quan"), validate_choice=False)

    def offer(self, roles: Mapping[str, str], agencies: Mapping[str, str], *, of_an_agency: frozenset[str]) -> None:
        """Say what may be chosen: roles and agencies with their names, and which roles need an agency."""
        self.role.choices = list(roles.items())
        self.agency.choices = [(NO_AGENCY, NO_AGENCY_WORDS), *agencies.items()]
        self._of_an_agency = of_an_agency

    @property
    def seen(self) -> int:
        """The version that was read; 0, which no account has, when none was sent."""
        return read_whole(self.version.data or "") or 0

    def validate_role(self, field: Field) -> None:
        """Refuse a role that does not exist."""
        if field.data not in dict(field.choices):
            raise ValidationError(messages.UNKNOWN_ROLE)

    def validate_agency(self, field: Field) -> None:
        """Ask for an agency where the role has one, and for none where it has not."""
        if (field.data or NO_AGENCY) not in dict(field.choices):
            raise ValidationError(messages.UNKNOWN_AGENCY)
        if self.role.data in self._of_an_agency and not field.data:
            raise ValidationError(messages.AGENCY_NEEDED)
        if self.role.data not in self._of_an_agency and field.data:
            raise ValidationError(messages.NO_AGENCY_HERE)


class NewPersonForm(RightsForm):
    """A name, a role and an agency."""

    username = StringField(
        mark("Tên đăng nhập"),
        [
            InputRequired(messages.FILL_IN),
            Length(max=MOST_USERNAME, message=messages.NAME_TOO_LONG),
            Regexp(USERNAME_PATTERN, message=messages.USERNAME_RULE),
        ],
        filters=[_trimmed],
    )
