"""What is asked when agencies merge or one is split; where its service points go is asked with the preview."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import Field, FieldList, Form, FormField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Regexp, ValidationError

from survey.fieldwork import Agency
from survey.forms.fields import AtMost, DayField
from survey.forms.registry import of_today, tidy
from survey.forms.staff import StaffForm
from survey.wording import mark

NEW = "+"
NEW_AGENCIES = 4
LENGTHS = {"code": 40, "name": 300, "short_name": 100, "block": 100, "parent": 40}
CODE_RULE = mark("Mã chỉ được có chữ cái không dấu, chữ số, dấu chấm, gạch dưới và gạch nối, bắt đầu bằng chữ hoặc số.")
_CODE = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)?\Z")


def _text(label: str, name: str, *more: object) -> Any:  # noqa: ANN401
    return StringField(label, [AtMost(LENGTHS[name]), of_today, *more], filters=[tidy], default="")


class NewAgencyFields(Form):
    """An agency to be made, or nothing: a row without code and name is left out."""

    code = _text(mark("Mã cơ quan"), "code", Regexp(_CODE, message=CODE_RULE))
    name = _text(mark("Tên cơ quan"), "name")
    short_name = _text(mark("Tên ngắn"), "short_name")
    block = _text(mark("Khối"), "block")
    parent = _text(mark("Mã cơ quan cấp trên"), "parent")

    @property
    def is_empty(self) -> bool:
        """Tell whether nobody wrote anything into the row."""
        return not any(field.data for field in self)

    def validate_code(self, field: Field) -> None:
        """Ask for the code of a row that says something."""
        if not field.data and not self.is_empty:
            raise ValidationError(mark("Hãy đặt mã cho cơ quan mới."))

    def validate_name(self, field: Field) -> None:
        """Ask for the name of a row that says something."""
        if not field.data and not self.is_empty:
            raise ValidationError(mark("Hãy ghi tên cơ quan mới."))
        if not field.data.isprintable():
            raise ValidationError(mark("Tên có ký tự không nhìn thấy; hãy gõ lại."))

    def to_agency(self) -> Agency:
        """Return the agency that was described; its first day is set when it takes over."""
        return Agency(
            code=self.code.data,
            name=self.name.data,
            short_name=self.short_name.data or self.name.data[: LENGTHS["short_name"]],
            block=self.block.data,
            parent_code=self.parent.data or None,
        )


class _DayForm(StaffForm):
    day = DayField(mark("Ngày thực hiện"))
    # Is sent along once block and parent were proposed: what is empty then was left so.
    proposed = StringField()

    @property
    def rows(self) -> list[NewAgencyFields]:
        """The agencies to be made, as they were described: none, unless a form has fields for them."""
        return []

    def propose(self, sources: Sequence[Agency]) -> None:
        """Put new agencies into the block and under the parent of their predecessors, where these share them."""
        blocks, parents = {one.block for one in sources}, {one.parent_code for one in sources}
        for row in self.rows if not self.proposed.data else ():
            row.block.data = row.block.data or (next(iter(blocks)) if len(blocks) == 1 else "")
            row.parent.data = row.parent.data or (next(iter(parents)) if len(parents) == 1 else "") or ""

    @property
    def placed(self) -> dict[str, str]:
        """The fields of block and parent as they are sent on."""
        return {field.name: field.data for row in self.rows for field in (row.block, row.parent)}


class MergeForm(_DayForm):
    """Which agencies end besides the one the page is about, and who takes over: one there is, or a new one."""

    others = SelectMultipleField(mark("Cơ quan cùng sáp nhập"), validate_choice=False)
    target = SelectField(
        mark("Cơ quan tiếp nhận"), [InputRequired(mark("Hãy chọn cơ quan tiếp nhận."))], validate_choice=False
    )
    new = FormField(NewAgencyFields)

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401
        """Ask for the new agency too, when one is to be made."""
        right = bool(super().validate(extra_validators))
        if self.target.data == NEW and self.new.form.is_empty:
            self.new.form.code.errors = [mark("Hãy ghi mã và tên của cơ quan mới.")]
            return False
        return right

    @property
    def rows(self) -> list[NewAgencyFields]:
        """The agency to be made, if one is."""
        return [self.new.form] if self.target.data == NEW else []


class SplitForm(_DayForm):
    """Who takes over: some agencies there are, and up to four new ones."""

    targets = SelectMultipleField(mark("Cơ quan tiếp nhận có sẵn"), validate_choice=False)
    new = FieldList(FormField(NewAgencyFields), min_entries=NEW_AGENCIES, max_entries=NEW_AGENCIES)

    @property
    def rows(self) -> list[NewAgencyFields]:
        """The agencies to be made."""
        return [row.form for row in self.new if not row.form.is_empty]


def set_choices(field: Field, agencies: Iterable[Agency]) -> None:
    """Offer agencies by name and code."""
    field.choices = [(one.code, f"{one.name} ({one.code})") for one in agencies]
