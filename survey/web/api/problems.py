"""Problems as programs read them: JSON after RFC 9457, in English, with a code that never changes."""

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, NotRequired, TypedDict

from flask import Response
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from survey.web.api.schemas import note

PREFIX = "/api/v1/"
KIND = "application/problem+json"


class FaultShape(TypedDict):
    """A parameter that cannot be used."""

    parameter: str
    detail: str


class ProblemShape(TypedDict):
    """A problem as it is answered."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: NotRequired[str]
    code: Annotated[str, note(pattern="^[a-z_]+$")]
    errors: NotRequired[Annotated[list[FaultShape], note(minItems=1)]]


class ApiRefusal(HTTPException):
    """A request of a program that cannot be answered. `code_name` is for programs, the description for people."""

    def __init__(
        self,
        status: int,
        code_name: str,
        detail: str,
        *,
        errors: Iterable[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code, self.code_name = status, code_name
        self.errors, self.headers = tuple(errors), dict(headers or {})


def is_for_programs(path: str) -> bool:
    """Tell whether a program asks, so that no page for people must be sent."""
    return path.startswith(PREFIX)


def make_problem(error: HTTPException | None = None) -> Response:
    """Return an error as problem JSON; a fault of ours, of which nothing is told, without one."""
    status = 500 if error is None else error.code or 500
    title = HTTP_STATUS_CODES.get(status, "Unknown Error")
    if isinstance(error, ApiRefusal):
        return _answer(status, title, _told(error), error.headers)
    allowed = dict(error.get_headers()) if error else {}
    kept = {"Allow": allowed["Allow"]} if "Allow" in allowed else {}
    return _answer(status, title, {"code": title.lower().replace(" ", "_")}, kept)


def _told(refusal: ApiRefusal) -> dict[str, object]:
    faults = [{"parameter": name, "detail": detail} for name, detail in refusal.errors]
    return {"detail": refusal.description, "code": refusal.code_name, **({"errors": faults} if faults else {})}


def _answer(status: int, title: str, told: Mapping[str, object], headers: Mapping[str, str]) -> Response:
    content = {"type": "about:blank", "title": title, "status": status, **told}
    response = Response(json.dumps(content, ensure_ascii=False), status=status, mimetype=KIND)
    response.headers.update({"Cache-Control": "no-store", **headers})
    return response
