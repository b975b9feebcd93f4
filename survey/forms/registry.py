"""What staff send about agencies and service points: new values, a version, and tables to bring in."""

import re
from typing import Any

from flask_wtf.file import FileField
from wtforms import Field, SelectField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional, Regexp, ValidationError
from wtforms.widgets import HiddenInput

from survey.fieldwork import Agency, ServicePoint
from survey.forms import messages
from survey.forms.fields import AtMost, DayField, StoredNumberField
from survey.forms.staff import StaffForm
from survey.typed.cleaning import clean_text
from survey.typed.old_fonts import is_of_old_font
from survey.wording import mark

FIRST_YEAR, LAST_YEAR = 1900, 2199
NOT_A_CODE = mark(
    "Mã chỉ được có chữ cái không dấu, chữ số, dấu chấm, gạch dưới và gạch nối, bắt đầu bằng chữ hoặc số."
)
OLD_FONT = mark("Tên này là chữ của phông cũ (TCVN3, VNI). Hãy chuyển sang Unicode rồi nhập lại.")
NO_PARENT = ("", mark("Không có cơ quan cấp trên"))
AGENCY_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")


def tidy(text: str | None) -> str:
    """Return a name on one line: composed letters, single spaces, nothing invisible."""
    return " ".join(clean_text(text).split())


def _limit(label: str) -> DayField:
    """Return the first or last day of something that may be older than these pages."""
    return DayField(label, needed=False, years=(FIRST_YEAR, LAST_YEAR))


def _text(label: str, longest: int, *, needed: bool = True) -> StringField:
    asked = InputRequired(messages.FILL_IN) if needed else Optional()
    return StringField(label, [asked, filled, AtMost(longest), of_today], filters=[tidy])


def filled(_form: object, field: Field) -> None:
    """Refuse a required text of nothing but spaces."""
    if field.flags.required and not field.data:
        raise ValidationError(messages.FILL_IN)


def of_today(_form: object, field: Field) -> None:
    """Refuse a name in the letters of a font of before Unicode."""
    if is_of_old_font(field.data or ""):
        raise ValidationError(OLD_FONT)


class VersionedForm(StaffForm):
    """A record as somebody saw it."""

    version: Any = StoredNumberField(
        widget=HiddenInput(),
        validators=[InputRequired(messages.STAFF_PAGE_EXPIRED), NumberRange(1, 2**31 - 1, messages.STAFF_PAGE_EXPIRED)],
    )


class AgencyForm(VersionedForm):
    """An agency; its code is chosen once."""

    name = _text(mark("Tên cơ quan"), 300)
    short_name = _text(mark("Tên ngắn"), 100, needed=False)
    block = _text(mark("Khối"), 100, needed=False)
    parent = SelectField(mark("Cơ quan cấp trên"), validate_choice=False)
    valid_from = _limit(mark("Hoạt động từ ngày"))
    valid_to = _limit(mark("Hoạt động đến hết ngày"))

    def offer(self, agencies: list[Agency], known: str = "") -> None:
        """Offer every agency but the one being edited as its parent."""
        choices = [(one.code, f"{one.name} ({one.code})") for one in agencies if one.code != known]
        self.parent.choices = [NO_PARENT, *choices]

    def show(self, agency: Agency) -> None:
        """Fill the fields with what is stored."""
        self.name.data, self.short_name.data, self.block.data = agency.name, agency.short_name, agency.block
        self.parent.data = agency.parent_code or ""
        self.valid_from.data, self.valid_to.data = agency.valid_from, agency.valid_to

    def agency(self, code: str, *, successor_code: str | None = None) -> Agency:
        """Return what was typed as the agency with this code."""
        return Agency(
            code=code,
            name=self.name.data,
            short_name=self.short_name.data or "",
            block=self.block.data or "",
            parent_code=self.parent.data or None,
            valid_from=self.valid_from.data,
            valid_to=self.valid_to.data,
            successor_code=successor_code,
        )


class NewAgencyForm(AgencyForm):
    """An agency that is added; there is no version of it yet."""

    code = StringField(
        mark("Mã cơ quan"),
        [
            InputRequired(messages.FILL_IN),
            AtMost(40),
            Regexp(AGENCY_CODE, message=NOT_A_CODE),
        ],
        filters=[tidy],
    )
    version = None


class PointForm(VersionedForm):
    """A service point; its code is made by us."""

    name = _text(mark("Tên điểm phục vụ"), 200)
    valid_from = _limit(mark("Dùng từ ngày"))
    valid_to = _limit(mark("Dùng đến hết ngày"))

    def show(self, point: ServicePoint) -> None:
        """Fill the fields with what is stored."""
        self.name.data, self.valid_from.data, self.valid_to.data = point.name, point.valid_from, point.valid_to


class NewPointForm(PointForm):
    """A service point that is added."""

    version = None


class RetireForm(VersionedForm):
    """The last day of a service point."""

    last = DayField(mark("Ngày cuối cùng"))


class UploadForm(StaffForm):
    """Tables of agencies and of service points, or one of them."""

    agencies = FileField(mark("Bảng cơ quan"))
    points = FileField(mark("Bảng điểm phục vụ"))


class ConfirmForm(StaffForm):
    """The yes to a preview: `seen` is the digest of the registry it was shown against."""

    seen = StringField(validators=[InputRequired(messages.STAFF_PAGE_EXPIRED)])
