"""The outermost part of the application: it names every request of staff and programs, and counts those of citizens.

Staff and programs get a number, drawn here before anything else happens: it stands in each line of the log, in the
answer's header and on its error page. A citizen's request has none, and no line is written of it.
"""

import logging
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Flask, request

from survey.watching.counts import Refused, Trouble
from survey.watching.process import count, count_request
from survey.watching.runs import Area, WatchedRun, bound

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADER = "X-Request-Id"
RULE = "hai-long.rule"
# Where an answer is given by a helping hand, a line with a time would tell when it was given.
ASSISTED = "/staff/entry/assisted"
AREAS = (("/staff/", Area.STAFF), ("/api/v1/", Area.API), ("/metrics", Area.METRICS))
TAKES_ANSWERS = re.compile(r"/(?:[Kk]|kiosk)/|/staff/entry/assisted/")
REFUSED = {
    400: Refused.ANSWERS,
    403: Refused.TOKEN,
    404: Refused.UNKNOWN_CODE,
    409: Refused.REPLAYED,
    410: Refused.OVER,
    413: Refused.TOO_LARGE,
    429: Refused.TOO_MANY,
}
TROUBLES = {409: Trouble.CONFLICT, 429: Trouble.TOO_MANY}
FAULT_PAGE = (
    "<!doctype html><html lang=vi><meta charset=utf-8><title>Hệ thống đang có lỗi</title>"
    "<p>Hệ thống đang có lỗi. Câu trả lời chưa được lưu. Mời ông/bà thử lại sau ít phút."
    "<p lang=en>Something went wrong on our side. Your answers have not been stored. Please try again in a few minutes."
).encode()

log = logging.getLogger(__name__)


def register_watch(app: Flask) -> None:
    """Let requests be told by the rule that answers them."""
    app.before_request(_note_rule)


def _note_rule() -> None:
    request.environ[RULE] = str(request.url_rule or "-")


def area_of(path: str) -> Area:
    """Return who asks for a path; whatever is not known to be staff's or a program's is a citizen's."""
    if path.startswith(ASSISTED):
        return Area.CITIZEN
    return next((area for start, area in AREAS if path.startswith(start)), Area.CITIZEN)


@dataclass(slots=True)
class _Answer:
    """What was answered, once it is."""

    status: int = 0


class Watch:
    """Watches requests from outside of everything that answers them."""

    def __init__(self, inner: "WSGIApplication") -> None:
        self._inner = inner

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        run, began, answer = WatchedRun(area_of(environ["PATH_INFO"])), time.perf_counter(), _Answer()
        with bound(run):
            body = self._answered(environ, _noting(start_response, answer, run), answer)
            if run.area.is_named:
                _tell(run, environ, answer.status, time.perf_counter() - began)
            else:
                _count(environ, answer.status)
        return body

    def _answered(
        self, environ: "WSGIEnvironment", start_response: "StartResponse", answer: _Answer
    ) -> Iterable[bytes]:
        """Answer, and say so ourselves where nobody behind us could: a server would write a line of its own."""
        try:
            return self._inner(environ, start_response)
        except Exception as error:
            log.error("a request could not be answered at all", exc_info=error)
            if answer.status:
                raise
        length = ("Content-Length", str(len(FAULT_PAGE)))
        start_response("500 Internal Server Error", [("Content-Type", "text/html; charset=utf-8"), length])
        return [FAULT_PAGE]


def _noting(start_response: "StartResponse", answer: _Answer, run: WatchedRun) -> "StartResponse":
    """Return what begins an answer, notes its status and gives it the number of the run."""

    def start(status: str, headers: list[tuple[str, str]], *fault: Any) -> Callable[[bytes], object]:  # noqa: ANN401
        answer.status = int(status[:3])
        named = [(HEADER, run.id)] if run.area.is_named else []
        return start_response(status, [*headers, *named], *fault)

    return start


def _tell(run: WatchedRun, environ: "WSGIEnvironment", status: int, seconds: float) -> None:
    """Write the one line of a request: which rule answered, not the address, which may hold anything."""
    method = environ["REQUEST_METHOD"]
    count_request(run.area, method=method, status=status, seconds=seconds)
    told = {"method": method, "rule": environ.get(RULE, "-"), "status": status, "ms": round(seconds * 1000)}
    log.log(logging.DEBUG if run.area is Area.METRICS else logging.INFO, "answered", extra=told)


def _count(environ: "WSGIEnvironment", status: int) -> None:
    """Count what went wrong for a citizen."""
    if status in TROUBLES or status >= 500:
        count(TROUBLES.get(status, Trouble.FAULT))
    if 400 <= status < 500 and environ["REQUEST_METHOD"] == "POST" and TAKES_ANSWERS.match(environ["PATH_INFO"]):
        count(REFUSED.get(status, Refused.OTHER))
