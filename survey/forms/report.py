"""What staff say about a report: of whom, as which file, and what stands around it."""

from wtforms import Field, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import ValidationError

from survey.forms.fields import AtMost, DayField
from survey.forms.registry import tidy
from survey.forms.staff import StaffForm
from survey.wording import mark

# No code of an agency looks like this.
WHOLE_ROUND = "*"
UNKNOWN_AGENCY = mark("Không có cơ quan này trong kết quả đã công bố. Hãy chọn lại.")
UNKNOWN_PLAN = mark("Không có kế hoạch này cho báo cáo. Hãy chọn lại.")
UNKNOWN_FILE = mark("Hãy chọn Word hoặc PDF.")


def _line(label: str, most: int) -> StringField:
    """Return a field of one line that may stay empty: dots are printed in its place, to be filled in by hand."""
    return StringField(label, [AtMost(most)], filters=[tidy])


class ReportForm(StaffForm):
    """A report as a file; nothing of it is stored."""

    agency = SelectField(mark("Phạm vi báo cáo"), validate_choice=False, default=WHOLE_ROUND)
    layout = RadioField(
        mark("Loại tệp"),
        choices=[
            SelectChoice("docx", mark("Word (DOCX), sửa tiếp được")),
            SelectChoice("pdf", mark("PDF, để in và gửi")),
        ],
        default="docx",
        validate_choice=False,
    )
    plan = SelectField(mark("Kế hoạch kèm theo làm phụ lục"), validate_choice=False, default="")
    superior = _line(mark("Cơ quan chủ quản"), 120)
    issuer = _line(mark("Cơ quan ban hành báo cáo"), 120)
    number = _line(mark("Số, ký hiệu"), 40)
    place = _line(mark("Địa danh"), 60)
    day = DayField(mark("Ngày báo cáo"))
    signer = _line(mark("Chức vụ người ký"), 80)

    def validate_agency(self, field: Field) -> None:
        """Refuse an agency that is not offered."""
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(UNKNOWN_AGENCY)

    def validate_plan(self, field: Field) -> None:
        """Refuse a plan that is not offered."""
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(UNKNOWN_PLAN)

    def validate_layout(self, field: Field) -> None:
        """Refuse a file that is not offered."""
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(UNKNOWN_FILE)
