"""In front of everything: only requests for our own host are answered, so that no page, link or cookie is another's."""

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Health checks and proxies on the machine itself name it so.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


class OwnHost:
    """Answers what is sent to the host of `public_url` or, on this very machine, to its loopback names."""

    def __init__(self, inner: "WSGIApplication", public_url: str) -> None:
        self._inner = inner
        self._host = host_of(urlsplit(public_url).netloc)
        words = (
            f"This server answers for {self._host} only: the Host of the request, which proxies pass on, must be it."
        )
        self._refusal = f"{words} Another address is set by PUBLIC_URL.\n".encode()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        host = host_of(environ.get("HTTP_HOST", ""))
        if host == self._host or host in LOOPBACK:
            return self._inner(environ, start_response)
        length = ("Content-Length", str(len(self._refusal)))
        start_response("400 Bad Request", [("Content-Type", "text/plain; charset=utf-8"), length])
        return [self._refusal]


def host_of(netloc: str) -> str:
    """Return the host of what stands in a Host header, without its port and a closing dot, as DNS compares it.

    >>> host_of("KhaoSat.Example.vn.:443"), host_of("[::1]:8000"), host_of("khảosát.vn")
    ('khaosat.example.vn', '[::1]', 'xn--khost-0qa7344c.vn')
    """
    name, colon, port = netloc.rpartition(":")
    host = name if colon and port.isdecimal() else netloc
    try:
        return host.rstrip(".").lower().encode("idna").decode() if not host.isascii() else host.rstrip(".").lower()
    except UnicodeError:
        return host
