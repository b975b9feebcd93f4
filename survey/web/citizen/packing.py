"""Compresses what everybody reads and Flask or the files answer: notices, results, pages of feedback, the stylesheet.

The citizen's form and its thanks come packed from the front (`survey.web.citizen.front`). Pages of staff are left
alone, and so is what is answered to something that was sent: a page that holds a secret and repeats what it was sent
can be read by its size.
"""

import zlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from survey.web.citizen.pages import GZIP

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

KINDS = ("text/html", "text/css", "image/svg+xml")
PRIVATE = ("/staff", "/kiosk/")
# Below this a header costs as much as is won.
WORTH = 600


class Packing:
    """A WSGI application whose pages come compressed to whoever takes them that way."""

    def __init__(self, inner: "WSGIApplication") -> None:
        self._inner = inner

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        asked = environ["REQUEST_METHOD"] == "GET" and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
        if not asked or environ["PATH_INFO"].startswith(PRIVATE):
            return self._inner(environ, start_response)
        answer = _Answer(start_response)
        return answer.packed(self._inner(environ, answer.start))


class _Answer:
    """What the inner application begins to answer, until it is known whether it is packed."""

    def __init__(self, start_response: "StartResponse") -> None:
        self._start_response = start_response
        self._status, self._headers = "", [("", "")]

    def start(self, status: str, headers: list[tuple[str, str]], *fault: Any) -> Callable[[bytes], object]:  # noqa: ANN401
        """Take the beginning; pass on at once what is not to be packed."""
        named = {name.lower(): value for name, value in headers}
        if not named.get("content-type", "").startswith(KINDS) or "content-encoding" in named:
            self._status = ""
            return self._start_response(status, headers, *fault)
        self._status, self._headers = status, headers
        return _refuse_to_write

    def packed(self, pieces: Iterable[bytes]) -> Iterable[bytes]:
        """Return the body, packed where that is worth it."""
        if not self._status:
            return pieces
        try:
            body = b"".join(pieces)
        finally:
            close = getattr(pieces, "close", None)
            if close:
                close()
        kept = [pair for pair in self._headers if pair[0].lower() not in ("content-length", "vary", "etag")]
        tags = [(name, _weak(value)) for name, value in self._headers if name.lower() == "etag"]
        if len(body) >= WORTH:
            body = zlib.compress(body, 6, wbits=GZIP)
            kept.append(("Content-Encoding", "gzip"))
        vary = [value for name, value in self._headers if name.lower() == "vary" and value != "Accept-Encoding"]
        own = [("Vary", ", ".join((*vary, "Accept-Encoding"))), ("Content-Length", str(len(body)))]
        self._start_response(self._status, [*kept, *tags, *own])
        return [body]


def _weak(tag: str) -> str:
    """Return the mark of a page in another encoding: the same to whoever reads it, with other bytes."""
    return tag if tag.startswith("W/") else f"W/{tag}"


def _refuse_to_write(_piece: bytes) -> object:
    raise NotImplementedError("an answer is returned, not written")
