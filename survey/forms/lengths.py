"""How long a text and how large a number may be, refused in the words of the catalogue."""

from collections.abc import Callable

from wtforms import Field
from wtforms.validators import ValidationError

from survey.wording import phrase


def at_most(longest: int) -> Callable[[object, Field], None]:
    """Return a validator that refuses a text of more than `longest` characters."""

    def validate(_form: object, field: Field) -> None:
        if len(field.data or "") > longest:
            raise ValidationError(phrase("Dài quá {longest} ký tự. Hãy viết ngắn hơn.", longest=longest))

    return validate
