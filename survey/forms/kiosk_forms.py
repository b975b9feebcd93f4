"""What staff send about a shared tablet."""

from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Regexp

from survey.formatting import to_nfc
from survey.forms import messages
from survey.forms.staff_forms import StaffForm

MOST_LABEL = 100
LEAST_REST, MOST_REST, USUAL_REST = 3, 300, 5


def _collapsed(text: str | None) -> str:
    """Return text composed, without spaces around it and with single ones inside."""
    return " ".join(to_nfc(text or "").split())


class KioskForm(StaffForm):
    """A new tablet. The service point is chosen before, and stands in the address."""

    label = StringField(
        "Tên máy",
        [
            InputRequired(messages.FILL_IN),
            Length(min=1, message=messages.FILL_IN),
            Length(max=MOST_LABEL, message=f"Tên dài quá {MOST_LABEL} ký tự."),
        ],
        filters=[_collapsed],
    )
    pin = StringField(
        "Mã PIN để thoát",
        [InputRequired(messages.FILL_IN), Regexp(r"[0-9]{4,8}\Z", message="Mã PIN gồm từ 4 đến 8 chữ số.")],
        filters=[_collapsed],
    )
    rest_seconds = IntegerField(
        "Nghỉ giữa hai người (giây)",
        [NumberRange(LEAST_REST, MOST_REST, f"Mời nhập số giây từ {LEAST_REST} đến {MOST_REST}.")],
        default=USUAL_REST,
    )
