"""What staff say about a round: what it is, what it asks, who takes part, how many were served, how many to reach."""

import base64
import binascii
import re
from collections.abc import Collection
from typing import Any

from wtforms import (
    BooleanField,
    Field,
    FileField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, ValidationError
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from survey.fieldwork import SamplingBasis
from survey.formatting import ToldCount
from survey.forms import messages
from survey.forms.fields import AtMost, DayField, StoredNumberField
from survey.forms.registry import tidy
from survey.forms.staff import StaffForm
from survey.instrument import Instrument
from survey.wording import Phrase, mark, phrase

MOST_IN_A_CODE, MOST_IN_A_TITLE = 40, 200
CODE_RULE = mark("Mã chỉ gồm chữ không dấu, chữ số, dấu chấm, gạch dưới và gạch nối, bắt đầu bằng chữ hoặc số.")
UNSURE = mark("Hãy đánh dấu cả ô xác nhận, hoặc bỏ chọn câu hỏi về dân tộc.")
ALL, SOME = "all", "some"
RESERVED = frozenset({"new", "preview"})
BLOCKS_OF_QUESTIONS = [
    SelectChoice("fact", mark("Câu hỏi về sự việc (số lần đi lại, phiền hà, chi phí ngoài quy định…)")),
    SelectChoice("profile", mark("Thông tin người trả lời (giới tính, tuổi, học vấn, nghề nghiệp)")),
    SelectChoice(
        "overall",
        mark(
            "Câu hỏi chung “Nhìn chung, ông/bà hài lòng ở mức nào?” (ngoài bộ tiêu chí, để phân tích yếu tố liên quan)"
        ),
    ),
]
BASES = [
    SelectChoice(
        SamplingBasis.SELF_SELECTED.value,
        mark("Tự nguyện tham gia, không do chọn mẫu ngẫu nhiên (quét mã, máy tính bảng)"),
    ),
    SelectChoice(SamplingBasis.PROBABILITY.value, mark("Mẫu xác suất (chọn ngẫu nhiên theo danh sách)")),
]
MOST_FILE = 500_000


class ChecksField(SelectMultipleField):
    """Several of many, a box for each; that there are such agencies is looked at when the round is stored."""

    widget, option_widget = ListWidget(prefix_label=False), CheckboxInput()

    def __init__(self, label: str, **options: object) -> None:
        super().__init__(label, validate_choice=False, **options)


def _offered(message: str) -> Any:  # noqa: ANN401
    """Return a validator that refuses what was not among the choices."""

    def validate(_form: object, field: Field) -> None:
        if field.data not in {one.value for one in field.choices}:
            raise ValidationError(message)

    return validate


class ClosedRoundForm(StaffForm):
    """A round that has closed and is not sealed yet: what does not touch the answers."""

    version = StoredNumberField(mark("Lần sửa"), [Optional()], widget=HiddenInput(), default=0)
    title = StringField(
        mark("Tên đợt"),
        [
            InputRequired(messages.FILL_IN),
            Length(min=1, message=messages.FILL_IN),
            AtMost(MOST_IN_A_TITLE),
        ],
        filters=[tidy],
    )
    previous = SelectField(
        mark("Đợt so sánh"),
        [_offered(mark("Đợt so sánh này không có trong danh sách. Hãy chọn lại."))],
        validate_choice=False,
        default="",
    )


class OpenRoundForm(ClosedRoundForm):
    """A round that is open: what was asked of those who answered already stays.

    Blocks of agencies and single agencies are joined.
    """

    closes = DayField(mark("Ngày kết thúc"))
    everybody = RadioField(
        mark("Cơ quan tham gia"),
        choices=[
            SelectChoice(ALL, mark("Tất cả cơ quan")),
            SelectChoice(SOME, mark("Chỉ những khối và cơ quan chọn dưới đây")),
        ],
        default=ALL,
        validators=[_offered(mark("Hãy chọn tất cả cơ quan, hoặc những khối và cơ quan cụ thể."))],
        validate_choice=False,
    )
    blocks = ChecksField(mark("Cả khối"))
    agencies = ChecksField(mark("Từng cơ quan"))


class RoundForm(OpenRoundForm):
    """A round that has not opened yet."""

    instrument = RadioField(
        mark("Mẫu phiếu"), [_offered(mark("Hãy chọn một mẫu phiếu trong danh sách."))], validate_choice=False
    )
    opens = DayField(mark("Ngày mở"))
    basis = SelectField(
        mark("Cách chọn người trả lời"),
        [_offered(mark("Hãy chọn một cách chọn người trả lời trong danh sách."))],
        choices=BASES,
        default=SamplingBasis.SELF_SELECTED.value,
        validate_choice=False,
    )
    questions = ChecksField(mark("Câu hỏi ngoài bộ tiêu chí"), choices=BLOCKS_OF_QUESTIONS, default=["fact"])
    ethnicity = BooleanField(mark("Hỏi cả dân tộc của người trả lời"))
    ethnicity_sure = BooleanField(mark("Tôi xác nhận có căn cứ pháp lý để hỏi dân tộc của người trả lời trong đợt này"))

    def validate_ethnicity(self, field: Field) -> None:
        """Ask twice for what is never asked by default."""
        if field.data and not self.ethnicity_sure.data:
            raise ValidationError(UNSURE)

    def asks(self, instrument: Instrument) -> tuple[str, ...]:
        """Return the codes of the questions outside the index that were chosen, in the order of the form."""
        chosen, sure = set(self.questions.data or ()), self.ethnicity.data and self.ethnicity_sure.data
        return tuple(one.code for one in instrument.facts if (sure if one.sensitive else one.kind in chosen))


class NewRoundForm(RoundForm):
    """A round that is made: its code, which never changes afterwards."""

    code = StringField(
        mark("Mã đợt"),
        [
            InputRequired(messages.FILL_IN),
            AtMost(MOST_IN_A_CODE),
            Regexp(re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z"), message=CODE_RULE),
        ],
        filters=[tidy],
    )

    def validate_code(self, field: Field) -> None:
        """Refuse the words that stand in the place of a code in our own addresses."""
        if field.data.lower() in RESERVED:
            raise ValidationError(mark("Hãy đặt mã khác: từ này đã dùng trong địa chỉ của trang."))


class CloseForm(StaffForm):
    """Close a round today: nothing but the button, and the version that was looked at."""

    version = StoredNumberField(widget=HiddenInput(), validators=[InputRequired(messages.FILL_IN)])


class PublishRoundForm(StaffForm):
    """Publish what the page promised: `kind` is what publishing would have made when it was shown."""

    kind = HiddenField()


class PeriodForm(StaffForm):
    """The period that visits are counted of; the numbers are read by `read_numbers`."""

    first = DayField(mark("Từ ngày"))
    last = DayField(mark("Đến hết ngày"))

    def validate_last(self, field: Field) -> None:
        """Refuse a period that ends before it begins."""
        if self.first.data and field.data and field.data < self.first.data:
            raise ValidationError(mark("Ngày cuối không được trước ngày đầu."))


class VisitFileForm(StaffForm):
    """A table of visits."""

    file = FileField(mark("Tệp số lượt giao dịch (.xlsx hoặc .csv)"))


class GoalsForm(StaffForm):
    """The version of the round whose goals are set; the goals are read by `read_numbers`."""

    version = StoredNumberField(widget=HiddenInput(), validators=[InputRequired(messages.FILL_IN), NumberRange(min=1)])


def read_numbers(
    sent: dict[str, str], codes: Collection[str], *, least: int, most: int
) -> tuple[Any, dict[str, Phrase]]:
    """Return the number typed for each code, None for an empty field, and what is wrong, by code.

    Numbers may be written with points or spaces between thousands, as pages write them.

    >>> read_numbers({"n.A": "1.250", "n.B": "", "n.C": "1,5"}, ["A", "B", "C"], least=0, most=9999)[0]
    {'A': 1250, 'B': None}
    """
    numbers: dict[str, int | None] = {}
    faults: dict[str, Phrase] = {}
    for code in codes:
        text = tidy(sent.get(f"n.{code}", ""))
        plain = re.sub(r"(?<=\d)[. ](?=\d{3}(?:\D|$))", "", text)
        if not text:
            numbers[code] = None
        elif re.fullmatch(r"[0-9]{1,10}", plain) and least <= int(plain) <= most:
            numbers[code] = int(plain)
        else:
            faults[code] = phrase(
                "Hãy ghi số nguyên từ {least} đến {most}.", least=ToldCount(least), most=ToldCount(most)
            )
    return numbers, faults


class DesignForm(StaffForm):
    """A design file to be looked at, or the one that was looked at, carried along as base64 and to be kept.

    `seen` is the number of files the round had on that page.
    """

    file = FileField(mark("Tệp thiết kế mẫu (.xlsx hoặc .csv)"))
    kept = HiddenField()
    name = HiddenField(filters=[tidy])
    seen = StoredNumberField(widget=HiddenInput(), validators=[Optional(), NumberRange(min=0)])

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


def _is_times(form: object, field: Field) -> None:
    if field.data and not re.fullmatch(r"[0-9]{1,4}([.,][0-9]{1,4})?", field.data):
        raise ValidationError(mark("Hãy ghi số lần, chẳng hạn 0,3 hoặc 3."))


class WeightsForm(StaffForm):
    """A file of margins and how to weigh by it."""

    file = FileField(mark("Tệp tổng theo tiêu thức (.xlsx hoặc .csv)"))
    lower = TimesField(mark("Trọng số nhỏ nhất: mấy lần trung vị"), [_is_times], filters=[tidy])
    upper = TimesField(mark("Trọng số lớn nhất: mấy lần trung vị"), [_is_times], filters=[tidy])
    leave_out = BooleanField(mark("Bỏ những phiếu không trả lời câu hỏi dùng để chia nhóm"))
