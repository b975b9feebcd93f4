"""What staff send when they collect: a batch of paper and its sheets, what two passes differ in, a shared tablet."""

import re
from collections.abc import Sequence
from typing import Any

from wtforms import Field, HiddenField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length, Regexp, ValidationError

from survey.forms import messages
from survey.forms.fields import AtMost, DayField, StoredNumberField
from survey.forms.registry import tidy
from survey.forms.staff import StaffForm
from survey.typed.keying import Answers, KeyedQuestion, KeyGroup
from survey.wording import Phrase, mark, phrase

MOST_SHEETS = 99_999
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)

NOT_A_NUMBER = mark("Số tờ là số từ 1 đến 99.999, như ghi trên tờ giấy.")
NOTHING_ANSWERED = mark("Tờ này không có câu trả lời nào nên không tính là phiếu. Hãy bỏ qua tờ này.")
SINGLE, CHECKED = "single", "checked"
MOST_LABEL = 100
LEAST_REST, MOST_REST, USUAL_REST = 3, 300, 5


class NumberField(StringField):
    """The number written on a sheet."""

    def pre_validate(self, form: object) -> None:
        """Refuse what is no number from 1 to 99,999."""
        if read_number(self.data) is None:
            raise ValidationError(NOT_A_NUMBER)


def read_number(text: str | None) -> int | None:
    """Return the number of a sheet, None when it is none.

    >>> read_number(" 12 "), read_number("0"), read_number("100000"), read_number("x")
    (12, None, None, None)
    """
    typed = (text or "").strip()
    number = int(typed) if _NUMBER.fullmatch(typed) else 0
    return number if 1 <= number <= MOST_SHEETS else None


class BatchForm(StaffForm):
    """A new batch. What may be chosen is checked against the database, not against the page that was shown."""

    round = SelectField(mark("Đợt khảo sát"), [InputRequired(messages.FILL_IN)], validate_choice=False)
    point = SelectField(mark("Điểm phục vụ"), [InputRequired(messages.FILL_IN)], validate_choice=False)
    day = DayField(mark("Ngày người dân trả lời"))
    times = RadioField(
        mark("Cách nhập"),
        choices=[
            SelectChoice(SINGLE, mark("Nhập một lần")),
            SelectChoice(CHECKED, mark("Nhập hai lần để đối chiếu (nên do hai người nhập)")),
        ],
        default=SINGLE,
        validate_choice=False,
    )

    def offer(self, *, rounds: Sequence[tuple[str, str]], points: Sequence[tuple[str, str]]) -> None:
        """Say what may be chosen, each as it is sent and as it is shown."""
        self.round.choices = [SelectChoice(*one) for one in rounds]
        self.point.choices = [SelectChoice(*one) for one in points]

    @property
    def checked(self) -> bool:
        """Tell whether everything is to be keyed twice."""
        return bool(self.times.data == CHECKED)


class KeyedField(StringField):
    """One group of questions; `answers` is what was typed, read."""

    process_errors: list[str | Phrase]

    def __init__(self, label: str | None = None, *, group: KeyGroup, **options: object) -> None:
        super().__init__(label, **options)
        self.group = group
        self.answers: Answers = {}

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed and keep it as it is, so that it can be shown again."""
        super().process_formdata(valuelist)
        self.answers, faults = self.group.read(self.data or "")
        self.process_errors = [*self.process_errors, *faults]


class SheetForm(StaffForm):
    """One sheet: its number, and a field for each group. `seen` is the record the typist was shown, if any."""

    number = NumberField(mark("Tờ số"))
    seen = HiddenField()
    groups: tuple[KeyGroup, ...] = ()

    @property
    def keyed(self) -> list[KeyedField]:
        """Return the fields of the groups in their order."""
        return [self[group.name] for group in self.groups]

    @property
    def answers(self) -> Answers:
        """Return all answers typed (question code → symbol or symbols)."""
        return {code: answer for field in self.keyed for code, answer in field.answers.items()}

    def validate(self, extra_validators: object = None) -> bool:
        """Refuse a sheet without any answer, too."""
        if not super().validate(extra_validators):
            return False
        if not self.answers:
            self.form_errors.append(NOTHING_ANSWERED)
        return bool(self.answers)


def make_sheet_form(groups: Sequence[KeyGroup]) -> type[SheetForm]:
    """Return the form class of sheets with these groups; make it once per round."""
    fields: dict[str, Any] = {group.name: KeyedField(group.letter, group=group) for group in groups}
    return type("KeyedSheetForm", (SheetForm,), {**fields, "groups": tuple(groups)})


class PaperField(Field):
    """What the paper says to one question, typed as in its group; `answers` is that, read."""

    def __init__(self, label: str | None = None, *, asked: KeyedQuestion, **options: object) -> None:
        super().__init__(label, **options)
        self.asked = asked
        self.answers: Answers = {}

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; nothing typed is no answer to whoever asks for a look at the paper."""
        self.data = valuelist[0] if valuelist else ""
        if not self.data.strip():
            self.process_errors = [
                phrase(
                    "Câu {sign}: hãy xem tờ giấy rồi gõ {accepted}.", sign=self.asked.sign, accepted=self.asked.accepted
                )
            ]
            return
        self.answers, faults = KeyGroup("", self.asked.sign, self.asked.question.short, (self.asked,)).read(self.data)
        self.process_errors = [*self.process_errors, *faults]


def make_paper_form(questions: Sequence[KeyedQuestion]) -> type[StaffForm]:
    """Return the form class that asks what the paper says to these questions."""
    fields = {f"paper-{one.sign}": PaperField(one.sign, asked=one) for one in questions}
    return type("PaperForm", (StaffForm,), fields)


class AssistedForm(StaffForm):
    """What a clerk sends beside the citizen's own form, whose token is another one: the token of the session."""

    class Meta(StaffForm.Meta):
        csrf_field_name = "session"


def _within_limits(_form: object, field: Field) -> None:
    """Refuse a pause nobody would want between two people."""
    if field.data is None or not LEAST_REST <= field.data <= MOST_REST:
        # What is no number at all, the library refuses in words of its own.
        field.errors = []
        raise ValidationError(phrase("Hãy nhập số giây từ {least} đến {most}.", least=LEAST_REST, most=MOST_REST))


class KioskForm(StaffForm):
    """A new tablet. The service point is chosen before, and stands in the address."""

    label = StringField(
        mark("Tên máy"),
        [
            InputRequired(messages.FILL_IN),
            Length(min=1, message=messages.FILL_IN),
            AtMost(MOST_LABEL),
        ],
        filters=[tidy],
    )
    pin = StringField(
        mark("Mã PIN để thoát"),
        [InputRequired(messages.FILL_IN), Regexp(r"[0-9]{4,8}\Z", message=mark("Mã PIN gồm từ 4 đến 8 chữ số."))],
        filters=[tidy],
    )
    rest_seconds = StoredNumberField(
        mark("Thời gian chờ giữa hai lượt trả lời (giây)"),
        [_within_limits],
        default=USUAL_REST,
    )
