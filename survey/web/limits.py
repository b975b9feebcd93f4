"""What no request may be, refused once in front of every page: NUL in it, or a number larger than databases count."""

from typing import Any

from flask import Flask, Request, abort, request
from werkzeug.routing import IntegerConverter, Map

from survey.forms.fields import LARGEST

STAFF = "/staff/"
# Their pages look nothing up by what was typed before it was cleaned, and answer a code nobody has in words.
CITIZENS = ("/k/", "/feedback", "/kiosk/")


class StoredNumber(IntegerConverter):
    """A number in an address; one that no row can have leads nowhere, as the number of no row does."""

    regex = "[0-9]{1,10}"

    def __init__(self, rules: Map, **limits: Any) -> None:  # noqa: ANN401
        super().__init__(rules, **{"max": LARGEST, **limits})


class PlainRequest(Request):
    """A request whose form, when staff send it, holds no NUL, which PostgreSQL cannot store and no keyboard types.

    Files may hold any. Of what citizens send it is cleaned away: nothing of theirs is refused for an odd keyboard.
    """

    def _load_form_data(self) -> None:
        if "form" in self.__dict__:
            return
        super()._load_form_data()
        if self.path.startswith(STAFF) and any("\0" in text for field in self.form.items(multi=True) for text in field):
            abort(400)


def register_limits(app: Flask) -> None:
    """Refuse what no page makes; register it before everything that has addresses."""
    app.request_class = PlainRequest
    app.url_map.converters["int"] = StoredNumber

    @app.before_request
    def refuse_nul() -> None:
        if request.path.lower().startswith(CITIZENS):
            return
        if "\0" in request.path:
            abort(404)
        if b"%00" in request.query_string or b"\0" in request.query_string:
            abort(400)
