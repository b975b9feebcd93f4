"""The outermost part of the application: it names every request of staff and programs, and counts those of citizens.

Staff and programs get a number, drawn here before anything else happens: it stands in each line of the log, in the
answer's header and on its error page. A citizen's request has none, and no line is written of it.
"""

import logging
import re
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, request

from survey.watching.counts import Refused, Trouble
from survey.watching.process import count, count_request
from survey.watching.runs import Area, WatchedRun, bound
from survey.wording import mark, word

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADER = "X-Request-Id"
RULE = "hai-long.rule"
# Where an answer is given by a helping hand, a line with a time would tell when it was given.
ASSISTED = "/staff/entry/assisted"
AREAS = {"/staff/": Area.STAFF, "/api/v1/": Area.API, "/metrics": Area.METRICS}
NAMED = tuple(AREAS)
# Drawing a number for each would take as long as showing the form.
CITIZENS = WatchedRun(Area.CITIZEN, "")
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
FAULT = mark("Hệ thống đang có lỗi"), mark("Câu trả lời chưa được lưu. Xin ông/bà thử lại sau ít phút.")
FAULT_PAGE = (
    f"<!doctype html><html lang=vi><meta charset=utf-8><title>{FAULT[0]}</title><p>{'. '.join(FAULT)}"
    f"<p lang=en>{'. '.join(word(text, 'en') for text in FAULT)}"
).encode()

log = logging.getLogger(__name__)


def register_watch(app: Flask) -> None:
    """Let requests be told by the rule that answers them."""
    app.before_request(_note_rule)


def _note_rule() -> None:
    request.environ[RULE] = str(request.url_rule or "-")


def area_of(path: str) -> Area:
    """Return who asks for a path; whatever is not known to be staff's or a program's is a citizen's."""
    if not path.startswith(NAMED) or path.startswith(ASSISTED):
        return Area.CITIZEN
    return next(area for start, area in AREAS.items() if path.startswith(start))


class Watch:
    """Watches requests from outside of everything that answers them."""

    def __init__(self, inner: "WSGIApplication") -> None:
        self._inner = inner

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        area, status = area_of(environ["PATH_INFO"]), ""
        run, began = CITIZENS if area is Area.CITIZEN else WatchedRun(area), time.perf_counter()
        more = [(HEADER, run.id)] if run.id else []

        def start(line: str, headers: list[tuple[str, str]], *fault: Any) -> Callable[[bytes], object]:  # noqa: ANN401
            nonlocal status
            status = line
            return start_response(line, [*headers, *more], *fault)

        with bound(run):
            try:
                return self._inner(environ, start)
            except Exception as error:
                log.error("a request could not be answered at all", exc_info=error)
                if status:
                    raise
                return _fault_page(start)
            finally:
                if run.id:
                    _tell(run, environ, int(status[:3] or 500), time.perf_counter() - began)
                elif status >= "4":
                    _count(environ, int(status[:3]))


def _fault_page(start_response: "StartResponse") -> Iterable[bytes]:
    """Say it ourselves where nobody behind us could: a server would write a line of its own, with a time."""
    length = ("Content-Length", str(len(FAULT_PAGE)))
    start_response("500 Internal Server Error", [("Content-Type", "text/html; charset=utf-8"), length])
    return [FAULT_PAGE]


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
