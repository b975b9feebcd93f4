"""What staff write of improvement plans: the plan, its tasks as the annex prints them, and how far these are."""

from collections.abc import Mapping, Sequence

from wtforms import Field, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError
from wtforms.widgets import HiddenInput

from survey.formatting import read_whole
from survey.forms import messages
from survey.forms.fields import AtMost, StoredNumberField
from survey.forms.registry import VersionedForm, filled, tidy
from survey.typed.cleaning import clean_text
from survey.typed.deadlines import FIRST_YEAR, LAST_YEAR, NO_DEADLINE, Deadline, read_deadline
from survey.wording import mark, phrase

LONGEST_LINE, LONGEST_TEXT = 2_000, 5_000
MOST_PLACES = 99
NO_ROUND = ("", mark("Không gắn với đợt nào"))
NO_PART = ("", mark("Không gắn với tiêu chí nào"))
ALL_AGENCIES = ("", mark("Tất cả cơ quan (kế hoạch chung)"))
NOT_OFFERED = mark("Lựa chọn này không có trong danh sách. Hãy chọn lại.")


class WholeField(StringField):
    """A whole number between two others; what was typed stays in the field."""

    def __init__(self, label: str, least: int, most: int, *, needed: bool = True, **options: object) -> None:
        asked = InputRequired(messages.FILL_IN) if needed else Optional()
        super().__init__(label, [asked, self._fits], filters=[tidy], **options)
        self.least, self.most = least, most

    @property
    def number(self) -> int | None:
        """The number that was typed, None for nothing or what is none."""
        return read_whole(self.data or "")

    @property
    def given(self) -> int:
        """The number that was typed, in a form that was found right; raises ValueError for nothing."""
        return int(self.data or "")

    def _fits(self, _form: object, _field: object) -> None:
        if self.number is None or not self.least <= self.number <= self.most:
            raise ValidationError(phrase("Hãy ghi số nguyên từ {least} đến {most}.", least=self.least, most=self.most))


class ChoiceField(SelectField):
    """One of what was offered."""

    def __init__(self, label: str, **options: object) -> None:
        super().__init__(label, [self._is_offered], validate_choice=False, default="", **options)

    def _is_offered(self, _form: object, _field: object) -> None:
        if (self.data or "") not in {one[0] for one in self.choices}:
            raise ValidationError(NOT_OFFERED)


class ChoicesField(SelectMultipleField):
    """Some or none of what was offered."""

    def __init__(self, label: str, **options: object) -> None:
        super().__init__(label, [self._are_offered], validate_choice=False, choices=[], **options)

    @property
    def chosen(self) -> tuple[str, ...]:
        """What was chosen, each once."""
        return tuple(sorted(set(self.data or ())))

    def _are_offered(self, _form: object, _field: object) -> None:
        if not set(self.chosen) <= {one[0] for one in self.choices}:
            raise ValidationError(NOT_OFFERED)


def _line(label: str, longest: int, *, needed: bool = False) -> StringField:
    return StringField(label, _rules(longest, needed=needed), filters=[tidy])


def _text(label: str, longest: int, *, needed: bool = False) -> TextAreaField:
    return TextAreaField(label, _rules(longest, needed=needed), filters=[clean_text])


def _rules(longest: int, *, needed: bool) -> list[object]:
    fits = AtMost(longest)
    return [InputRequired(messages.FILL_IN), filled, fits] if needed else [Optional(), fits]


class PlanForm(VersionedForm):
    """A plan; its agency and round were chosen when it was made."""

    title = _line(mark("Tên kế hoạch"), 500, needed=True)
    year = WholeField(mark("Năm thực hiện"), FIRST_YEAR, LAST_YEAR)
    document = _line(mark("Số, ngày văn bản ban hành"), 300)
    places = WholeField(mark("Phấn đấu tăng bao nhiêu bậc xếp hạng"), 1, MOST_PLACES, needed=False)


class CopyPlanForm(PlanForm):
    """A plan made from one of another year: the same agency, a round of its own."""

    version = None
    round = ChoiceField(mark("Bắt đầu từ kết quả của đợt"))

    def offer(self, rounds: Sequence[tuple[str, str]]) -> None:
        """Offer the rounds by code and title."""
        self.round.choices = [*rounds, NO_ROUND]


class NewPlanForm(CopyPlanForm):
    """A plan that is made."""

    agency = ChoiceField(mark("Cơ quan"))


class TaskForm(VersionedForm):
    """A row of the annex. A deadline that names no year is of the year of the plan."""

    heading = _line(mark("Đề mục (nhóm nội dung)"), 500)
    part = ChoiceField(mark("Tiêu chí"))
    finding = _text(mark("Nội dung bị giảm, tồn tại"), LONGEST_LINE)
    task = _text(mark("Nhiệm vụ, giải pháp"), LONGEST_TEXT, needed=True)
    lead = _text(mark("Đơn vị chủ trì"), LONGEST_LINE)
    coordinating = _text(mark("Đơn vị phối hợp"), LONGEST_LINE)
    deadline = _line(mark("Thời hạn hoàn thành"), 100)
    product = _text(mark("Sản phẩm, kết quả dự kiến"), LONGEST_TEXT)
    owners = ChoicesField(mark("Cơ quan báo cáo tiến độ"))
    read: Deadline = NO_DEADLINE

    def offer(self, parts: Mapping[str, str], owners: Mapping[str, str], *, year: int) -> None:
        """Offer parts of the questionnaire and agencies by code and label, and say of which year the plan is."""
        self.part.choices = [NO_PART, *parts.items()]
        self.owners.choices = list(owners.items())
        self.year = year

    def validate_deadline(self, field: Field) -> None:
        """Read the deadline; raises ValidationError on what is none."""
        try:
            self.read = read_deadline(field.data or "", year=self.year)
        except ValueError as error:
            raise ValidationError(str(error)) from None


class NewTaskForm(TaskForm):
    """A row that is added; there is no version of it yet."""

    version = None


class MoveTaskForm(VersionedForm):
    """A row that is moved past the one that stood beside it."""

    past = StoredNumberField(
        widget=HiddenInput(),
        validators=[InputRequired(messages.STAFF_PAGE_EXPIRED), NumberRange(1, 2**31 - 1, messages.STAFF_PAGE_EXPIRED)],
    )


class ProgressForm(VersionedForm):
    """How far a task is, with the evidence."""

    percent = WholeField(mark("Đã thực hiện (%)"), 0, 100)
    note = _text(mark("Kết quả đến nay"), LONGEST_LINE, needed=True)
    evidence = _text(mark("Minh chứng"), LONGEST_LINE)
