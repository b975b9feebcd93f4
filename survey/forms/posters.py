"""What staff ask for in the poster studio: which posters, and what becomes of a code."""

from wtforms import BooleanField, RadioField, SelectChoice, SelectMultipleField, StringField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from survey.forms import messages
from survey.forms.fields import AtMost, DayField, StoredNumberField
from survey.forms.registry import tidy
from survey.forms.staff import StaffForm
from survey.wording import mark

MOST_IN_A_NAME = 200
REASONS = [
    SelectChoice("lost", mark("Áp phích bị mất")),
    SelectChoice("worn", mark("Áp phích hỏng, mờ, không quét được")),
    SelectChoice("tampered", mark("Áp phích bị dán đè mã khác hoặc bị làm giả")),
]
PLACES = [SelectChoice("same", mark("Chỗ khác trong cùng cơ quan")), SelectChoice("other", mark("Sang cơ quan khác"))]


class PrintForm(StaffForm):
    """Whose posters, in which size, with or without the address of the results; the view looks up what is named."""

    size = StringField()
    results = BooleanField()
    agency = StringField()
    block = StringField()
    point = SelectMultipleField(validate_choice=False)


class PosterCodeForm(StaffForm):
    """An act on a code as it was when the page was opened."""

    version = StoredNumberField(widget=HiddenInput(), validators=[InputRequired(messages.STAFF_PAGE_EXPIRED)])


class ReplaceForm(PosterCodeForm):
    """Why a code is replaced."""

    reason = RadioField(
        mark("Vì sao phải thay mã?"),
        choices=REASONS,
        validators=[InputRequired(mark("Hãy chọn một lý do."))],
        default=None,
    )


class MoveCodeForm(PosterCodeForm):
    """Where a code hangs from now on."""

    place = RadioField(
        mark("Chuyển đi đâu?"), choices=PLACES, default="same", validators=[InputRequired(mark("Hãy chọn một nơi."))]
    )
    name = StringField(
        mark("Tên mới của điểm phục vụ"),
        [
            InputRequired(messages.FILL_IN),
            AtMost(MOST_IN_A_NAME),
        ],
        filters=[tidy],
    )
    day = DayField(mark("Treo ở chỗ mới từ ngày"))
