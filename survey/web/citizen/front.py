"""The small WSGI front before Flask: it gives every respondent the form, takes the usual answers, and says thanks."""

import json
import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from survey.forms.form_token import FormTokens
from survey.operations.clock import now_in_vietnam
from survey.operations.collecting.invitations import Invitations, Reception
from survey.responses import RECEIPT_PATTERN
from survey.watching.process import Event, Fallback, count, fell_back
from survey.web.citizen.intake import Intake, Taken
from survey.web.citizen.pages import GZIP, CitizenPages, citizen_headers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

JSON = "application/json"
_FORM = re.compile(r"/[Kk]/([^/]{7})(/thanks)?")
_RECEIPT = re.compile(rf"receipt=({RECEIPT_PATTERN})(?P<english>&lang=en)?")


class CitizenFront:
    """Answers for /K/CODE of an open round and its thanks page; hands everything else to Flask."""

    def __init__(
        self,
        inner: "WSGIApplication",
        invitations: Invitations,
        tokens: FormTokens,
        pages: CitizenPages,
        intake: Intake,
        *,
        transport: Mapping[str, str],
        tick: Callable[[], None],
    ) -> None:
        self._inner, self._intake, self._tick = inner, intake, tick
        self._invitations, self._tokens, self._pages = invitations, tokens, pages
        kind = [("Content-Type", "text/html; charset=utf-8"), ("Vary", "Accept-Encoding")]
        self._defaults = list({**citizen_headers(), **transport}.items())
        self._headers = [*self._defaults, *kind]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        self._tick()
        match, method = _FORM.fullmatch(environ["PATH_INFO"]), environ["REQUEST_METHOD"]
        if match and method in ("GET", "HEAD"):
            return self._show(environ, start_response, match)
        taken = self._intake.take(environ, match[1]) if match and method == "POST" and not match[2] else None
        return self._thank(environ, start_response, taken) if taken else self._pass_on(environ, start_response)

    def _show(
        self, environ: "WSGIEnvironment", start_response: "StartResponse", match: "re.Match[str]"
    ) -> Iterable[bytes]:
        packed = "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
        try:
            body = self._body(match, environ.get("QUERY_STRING", ""), packed=packed)
        except Exception as error:
            # Flask meets the same trouble again and has the page, or the log entry, for it.
            fell_back(Fallback.FRONT, error)
            body = None
        if body is None:
            return self._pass_on(environ, start_response)
        if not match[2] and environ["REQUEST_METHOD"] == "GET":
            count(Event.FORM_SHOWN)
        encoding = [("Content-Encoding", "gzip")] if packed else []
        start_response("200 OK", [*self._headers, *encoding, ("Content-Length", str(len(body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _pass_on(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self._inner(environ, self._protected(start_response))

    def _thank(self, environ: "WSGIEnvironment", start_response: "StartResponse", taken: Taken) -> Iterable[bytes]:
        """Give the page's script the receipt, and send a phone without script to the page that shows it."""
        if environ.get("HTTP_ACCEPT") == JSON:
            body = json.dumps({"receipt": taken.receipt, "thanks": taken.thanks}).encode()
            kind = [("Content-Type", JSON), ("Content-Length", str(len(body)))]
            start_response("201 Created", [*self._defaults, *kind])
            return [body]
        start_response("303 See Other", [*self._defaults, ("Location", taken.thanks), ("Content-Length", "0")])
        return []

    def _protected(self, start_response: "StartResponse") -> "StartResponse":
        """Add the security headers to whatever Flask answers, where it has not set its own."""

        def start(status: str, headers: list[tuple[str, str]], *fault: Any) -> Callable[[bytes], object]:  # noqa: ANN401
            own = {name.lower() for name, _ in headers}
            return start_response(
                status, [*headers, *(pair for pair in self._defaults if pair[0].lower() not in own)], *fault
            )

        return start

    def _body(self, found: "re.Match[str]", query: str, *, packed: bool) -> bytes | None:
        return self._thanks(found[1], query, packed=packed) if found[2] else self._form(found[1], query, packed=packed)

    def _form(self, text: str, query: str, *, packed: bool) -> bytes | None:
        invitation, today = self._invitations.find(text), now_in_vietnam().date()
        if invitation is None or invitation.reception_on(today) is not Reception.OPEN:
            return None
        numbered_round = invitation.round_on(today)
        if numbered_round is None:
            return None
        page = self._pages.form(invitation, numbered_round[1], "en" if query == "lang=en" else "vi")
        token = self._tokens.make(invitation.placed.point.code, today)
        return page.gzipped(token) if packed else page.plain(token)

    def _thanks(self, text: str, query: str, *, packed: bool) -> bytes | None:
        invitation, asked = self._invitations.find(text), _RECEIPT.fullmatch(query)
        if invitation is None or asked is None:
            return None
        page = self._pages.thanks(invitation, asked[1], "en" if asked["english"] else "vi")
        return zlib.compress(page, 1, wbits=GZIP) if packed else page
