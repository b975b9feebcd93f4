"""What analysts send of a sample: the file of its design, and margins to weigh responses by."""

import base64
import binascii
import re
from typing import Any

from wtforms import BooleanField, FileField, HiddenField, IntegerField, StringField
from wtforms.validators import NumberRange, Optional, ValidationError
from wtforms.widgets import HiddenInput

from survey.forms.registry_forms import tidy
from survey.forms.staff_forms import StaffForm

MOST_FILE = 500_000


class DesignForm(StaffForm):
    """A design file to be looked at, or the one that was looked at, carried along as base64 and to be kept.

    `seen` is the number of files the round had on that page.
    """

    file = FileField("Tệp thiết kế mẫu (.csv)")
    kept = HiddenField()
    name = HiddenField(filters=[tidy])
    seen = IntegerField(widget=HiddenInput(), validators=[Optional(), NumberRange(min=0)])

    @property
    def content(self) -> bytes:
        """The file that was looked at; raises ValueError on what no page of ours sends."""
        try:
            return base64.b64decode(self.kept.data or "", validate=True)
        except binascii.Error as error:
            raise ValueError("no base64") from error


class TimesField(StringField):
    """How many times the median: a number with a decimal comma or point, or nothing."""

    @property
    def value(self) -> float | None:
        """The number that was typed."""
        return float(self.data.replace(",", ".")) if self.data else None


def _is_times(form: object, field: Any) -> None:  # noqa: ANN401
    if field.data and not re.fullmatch(r"[0-9]{1,4}([.,][0-9]{1,4})?", field.data):
        raise ValidationError("Mời ghi số lần, chẳng hạn 0,3 hoặc 3.")


class WeightsForm(StaffForm):
    """A file of margins and how to weigh by it."""

    file = FileField("Tệp tổng theo tiêu thức (.csv)")
    lower = TimesField("Trọng số nhỏ nhất: mấy lần trung vị", [_is_times], filters=[tidy])
    upper = TimesField("Trọng số lớn nhất: mấy lần trung vị", [_is_times], filters=[tidy])
    leave_out = BooleanField("Bỏ ra những phiếu không trả lời câu hỏi dùng để chia nhóm")
