"""What citizens send as feedback, and what the desk of an agency does with it."""

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length, ValidationError

from survey.forms import messages
from survey.forms.fields import read_number_of_row
from survey.forms.form_token import FormToken
from survey.forms.registry import VersionedForm, filled, tidy
from survey.forms.response import FormTokenProtection
from survey.forms.staff import StaffForm
from survey.typed.cleaning import clean_comment, clean_text
from survey.wording import mark

MOST_TEXT, MOST_CONTACT, MOST_REASON = 5000, 200, 1000
TOO_LONG = {
    MOST_TEXT: mark("Dài quá 5.000 ký tự, hãy viết ngắn hơn."),
    MOST_REASON: mark("Dài quá 1.000 ký tự, hãy viết ngắn hơn."),
}
CHOOSE_KIND = mark("Xin ông/bà chọn: phản ánh hay kiến nghị.")
WRITE_SOMETHING = mark("Xin ông/bà viết nội dung.")
TEXT_TOO_LONG = mark("Nội dung dài quá 5.000 ký tự. Xin ông/bà viết ngắn hơn.")
CONTACT_TOO_LONG = mark("Phần liên hệ dài quá 200 ký tự. Xin ông/bà viết ngắn hơn.")
KINDS = [("complaint", mark("Phản ánh một việc chưa tốt")), ("suggestion", mark("Kiến nghị, góp ý để phục vụ tốt hơn"))]
NOT_READ = mark("Hãy đọc kỹ và đánh dấu vào ô này trước khi đăng.")


class FeedbackForm(FlaskForm):
    """A complaint or suggestion; its text is masked before anything else looks at it."""

    class Meta(FlaskForm.Meta):
        csrf = True
        csrf_class = FormTokenProtection
        csrf_field_name = "token"

        def get_translations(self, form: object) -> None:
            """Return nothing: every message is ours."""

    kind = StringField(validators=[AnyOf([kind for kind, _ in KINDS], CHOOSE_KIND)])
    text = TextAreaField(filters=[clean_comment], validators=[Length(max=MOST_TEXT, message=TEXT_TOO_LONG)])
    contact = StringField(filters=[tidy], validators=[Length(max=MOST_CONTACT, message=CONTACT_TOO_LONG)])

    @property
    def form_token(self) -> FormToken | None:
        """What the token says, None when it was refused."""
        found: FormToken | None = self.meta.csrf_context
        return found

    def validate_text(self, field: Field) -> None:
        """Refuse a text of nothing but spaces."""
        if not field.data:
            raise ValidationError(WRITE_SOMETHING)


def bind_feedback(token: FormToken | None, sent: MultiDict[str, str] | None) -> FeedbackForm:
    """Return the form filled with what was sent, whose token has been read; without anything sent, an empty one."""
    return FeedbackForm(sent, meta={"csrf_context": token})


def _text(label: str, most: int, *, masked: bool = False) -> TextAreaField:
    too_long = TOO_LONG[most]
    checks = [InputRequired(messages.FILL_IN), filled, Length(max=most, message=too_long)]
    return TextAreaField(label, checks, filters=[clean_comment if masked else clean_text])


class AssignForm(VersionedForm):
    """Who takes a case on."""

    to = SelectField(mark("Giao cho"), coerce=read_number_of_row, validate_choice=False)


class NoteForm(StaffForm):
    """Something to remember, for the desk alone."""

    note = _text(mark("Ghi chú"), MOST_REASON)


class AnswerForm(VersionedForm):
    """The answer the citizen reads."""

    answer = _text(mark("Trả lời của cơ quan"), MOST_TEXT)


class SendOnForm(VersionedForm):
    """The agency a case is for, and why."""

    agency = SelectField(
        mark("Chuyển đến cơ quan"), [InputRequired(mark("Hãy chọn cơ quan nhận."))], validate_choice=False
    )
    reason = _text(mark("Lý do"), MOST_REASON)


class RefuseForm(VersionedForm):
    """Why a case is not for this agency, as the citizen reads it."""

    reason = _text(mark("Lý do"), MOST_REASON)


class PublishForm(VersionedForm):
    """The words everybody reads. What the citizen wrote is masked again; an agency may give its own telephone."""

    text = _text(mark("Nội dung phản ánh, kiến nghị"), MOST_TEXT, masked=True)
    answer = _text(mark("Trả lời của cơ quan"), MOST_TEXT)
    read = BooleanField(
        mark("Tôi đã đọc toàn bộ; không còn tên, số điện thoại, địa chỉ hay chi tiết cho biết ai là người gửi"),
        [InputRequired(NOT_READ)],
    )
