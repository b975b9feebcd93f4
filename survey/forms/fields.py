"""Our own form fields."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import DateField, Field, IntegerField
from wtforms.validators import InputRequired, Optional, ValidationError

from survey.forms import messages
from survey.instrument import Question
from survey.wording import phrase

# No database of ours counts further.
LARGEST = 2**31 - 1


def read_number_of_row(text: object) -> int:
    """Return the number of a row; raises ValueError for what is none, or larger than any can be.

    >>> read_number_of_row("12")
    12
    """
    number = int(str(text))
    if not -LARGEST <= number <= LARGEST:
        raise ValueError(messages.TOO_LARGE)
    return number


class StoredNumberField(IntegerField):
    """A whole number that a database can hold."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number; raises ValueError."""
        super().process_formdata(valuelist)
        if self.data is not None and abs(self.data) > LARGEST:
            self.data = None
            raise ValueError(messages.TOO_LARGE)


class AtMost:
    """A validator that refuses a text of more characters than it may have."""

    def __init__(self, most: int) -> None:
        self.most = most

    def __call__(self, _form: object, field: Field) -> None:
        """Refuse what is too long; raises ValidationError."""
        if len(field.data or "") > self.most:
            raise ValidationError(phrase("Dài quá {most} ký tự, hãy viết ngắn hơn.", most=self.most))


class DayField(DateField):
    """A day, as the browser's calendar sends it (2025-04-17) or as people write it (17/04/2025).

    What was typed stays in the field. Unless a day is `needed`, an empty field stands for no limit. A year outside of
    `years` (both included) is a slip of the hand.
    """

    data: date | None

    def __init__(
        self, label: str, *, needed: bool = True, years: tuple[int, int] = (2000, 2099), **options: object
    ) -> None:
        asked = InputRequired(messages.NOT_A_DAY) if needed else Optional()
        super().__init__(label, [asked], format=["%Y-%m-%d", "%d/%m/%Y"], **options)
        self.years = years

    @property
    def given(self) -> date:
        """The day that was typed, in a form that was found right; raises ValueError for nothing."""
        if self.data is None:
            raise ValueError("no day was given")
        return self.data

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a day in one of both ways of writing; raises ValueError."""
        try:
            super().process_formdata([text.strip() for text in valuelist])
        except ValueError:
            raise ValueError(messages.NOT_A_DAY) from None
        first, last = self.years
        if self.data and not first <= self.data.year <= last:
            self.data = None
            raise ValueError(messages.SEE_YEAR)


class AnswersField(Field):
    """All closed questions of the form as one field: two dozen radio fields cost ten times as much.

    `data` maps question codes to the symbol chosen (or the set of symbols ticked); `faults` maps the
    codes of questions answered wrongly to a message. What was sent stays in `chosen`, so that a
    refused page can be shown again with nothing lost.
    """

    def __init__(self, label: str | None = None, *, questions: Sequence[Question], **options: object) -> None:
        super().__init__(label, **options)
        self.questions = questions
        self.chosen: dict[str, frozenset[str]] = {}
        self.faults: dict[str, str] = {}
        self.data: dict[str, str | frozenset[str]] = {}

    def process(self, formdata: MultiDict[str, str] | None, *_args: object, **_options: object) -> None:
        """Take every question's answers out of the form data by the question's code."""
        self.process_errors: list[str] = []
        if not formdata:
            return
        sent = formdata.to_dict(flat=False)
        for question in self.questions:
            values = frozenset(filter(None, sent.get(question.code, ())))
            if values:
                self._take(question, values)

    def _take(self, question: Question, values: frozenset[str]) -> None:
        unknown = values.difference(question.symbols)
        self.chosen[question.code] = values - unknown
        if unknown:
            self.faults[question.code] = messages.NOT_OFFERED
        elif question.multiple:
            self.data[question.code] = values
        elif len(values) > 1:
            self.faults[question.code] = messages.CHOOSE_ONE_ONLY
        else:
            (self.data[question.code],) = values

    def pre_validate(self, form: object) -> None:
        """Refuse unknown options, two options for one question, and a form without any answer."""
        for message in dict.fromkeys(self.faults.values()):
            self.process_errors.append(message)
        if not self.chosen:
            self.process_errors.append(messages.CHOOSE_ONE_AT_LEAST)
        if self.process_errors:
            self.errors = list(self.process_errors)
