"""The citizen's pages as bytes: rendered once per round and language, filled in per request."""

import re
import struct
import zlib
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path

from flask import Flask
from markupsafe import Markup, escape

from survey.fieldwork import SurveyRound, asked_questions
from survey.instrument import load_instrument
from survey.instrument.answering_time import answering_time
from survey.operations.collecting.invitations import Invitation
from survey.settings import Settings
from survey.web.citizen.questionnaire import make_sections
from survey.web.security import make_headers
from survey.wording import Language, translations, word

ASSETS = Path(__file__).parents[1] / "assets"
OPENING, CLOSING = "\ue000", "\ue001"
# zlib's window size for "the largest, in a gzip wrapper".
GZIP = 31
MOST_PACKED = 2_000
_HOLE = re.compile(f"{OPENING}(\\w+){CLOSING}")
_COMMENT_LINE = re.compile(r"//|/\*.*\*/$")
_QUOTED_OR_SIGN = re.compile(r"""('[^'\n]*'|"[^"\n]*"|`[^`]*`)| *(=>|[=!]==|&&|\|\||[=,;:?(){}]) *""")


@lru_cache
def inlined(name: str) -> str:
    """Return a style or script file without indentation, blank lines, comment lines and blanks nobody needs."""
    lines = (line.strip() for line in (ASSETS / name).read_text(encoding="utf-8").splitlines())
    text = "\n".join(line for line in lines if line and not _COMMENT_LINE.match(line))
    return tight(text) if name.endswith(".js") else text


def tight(script: str) -> str:
    """Return a script without the blanks around signs that need none; what stands in quotes is left alone.

    >>> tight("const told = (one, b) => { return one ? ' = ' : `${b} = ` + +one; };")
    "const told=(one,b)=>{return one?' = ':`${b} = ` + +one;};"
    """
    return _QUOTED_OR_SIGN.sub(lambda found: found[1] or found[2], script)


def citizen_headers() -> dict[str, str]:
    """Return the headers of every citizen page. The page may stay in the phone's history, never in a shared cache."""
    headers = make_headers(styles=[inlined("citizen.css")], scripts=[inlined("citizen.js")])
    return {**headers, "Cache-Control": "private, no-cache"}


def page_path(code: str, language: Language) -> str:
    """Return the address of a service point's form."""
    return f"/K/{code}" if language == "vi" else f"/K/{code}?lang=en"


def results_path(agency_code: str, language: Language) -> str:
    """Return the address of an agency's results for everybody."""
    return f"/a/{agency_code}" if language == "vi" else f"/a/{agency_code}?lang=en"


def shared_context(language: Language) -> dict[str, object]:
    """Return what every citizen template needs."""
    return {
        "language": language,
        "_": translations(language).gettext,
        "css": Markup(inlined("citizen.css")),  # noqa: S704  # our own file
        "js": Markup(inlined("citizen.js")),  # noqa: S704  # our own file
    }


def form_context(survey_round: SurveyRound, language: Language, settings: Settings) -> dict[str, object]:
    """Return the part of the form's context that is the same for every service point of a round."""
    instrument = load_instrument(survey_round.instrument)
    questions = asked_questions(survey_round, instrument)
    return {
        **shared_context(language),
        "instrument": instrument,
        "sections": make_sections(instrument, questions, language=language),
        "count": len(questions),
        "time": answering_time(instrument, questions, language).in_language(language),
        "runner": settings.owner or word("cơ quan chủ trì khảo sát", language),
        "trial": settings.is_trial,
        "simulated": survey_round.simulated,
        "comment": "",
        "faults": (),
    }


def point_context(invitation: Invitation, language: Language, token: str) -> dict[str, str]:
    """Return the part of the form's context that belongs to one request."""
    code = invitation.placed.point.code
    other: Language = "en" if language == "vi" else "vi"
    return {
        "agency": invitation.agency.name,
        "service_point": invitation.placed.point.name,
        "code": code,
        "path": f"/K/{code}",
        "other_language_path": page_path(code, other),
        "token": token,
    }


class PreparedPage:
    """A template rendered once, with holes where requests differ."""

    def __init__(self, app: Flask, template: str, context: Mapping[str, object], holes: Sequence[str]) -> None:
        marks = {name: f"{OPENING}{name}{CLOSING}" for name in holes}
        # Addresses are looked up here, once, and never for an answer.
        with app.test_request_context():
            text = app.jinja_env.get_template(template).render({**context, **marks})
        parts = _HOLE.split(text)
        self._texts = tuple(part.encode() for part in parts[::2])
        self._names = tuple(parts[1::2])

    def filled(self, values: Mapping[str, str]) -> bytes:
        """Return the page as UTF-8 with the holes filled in, escaped."""
        return self._texts[0] + self._joined(values, self._names, self._texts[1:])

    @cached_property
    def common(self) -> tuple["_Common", "_Common"]:
        """What stands before the first hole and what before the last, which is the longest text there is."""
        first, last = self._texts[0], self._texts[-2]
        return _Common(first, GZIP), _Common(last, -zlib.MAX_WBITS)

    def between(self, values: Mapping[str, str]) -> tuple[bytes, bytes]:
        """Return what stands between these two, filled in, and what comes behind the last hole."""
        own = self._joined(values, self._names[:-1], (*self._texts[1:-2], b""))
        return own, self._texts[-1]

    @staticmethod
    def _joined(values: Mapping[str, str], names: Sequence[str], texts: Sequence[bytes]) -> bytes:
        escaped = {name: str(escape(value)).encode() for name, value in values.items()}
        return b"".join(escaped[name] + text for name, text in zip(names, texts, strict=True))


class _Common:
    """A text that many pages have, and the same compressed; `packer` goes on from there."""

    def __init__(self, text: bytes, wbits: int) -> None:
        self.plain, self.packer = text, zlib.compressobj(9, zlib.DEFLATED, wbits)
        self.packed = self.packer.compress(text) + self.packer.flush(zlib.Z_SYNC_FLUSH)


class PackedPage:
    """A page that differs from request to request in its token only, which stands near its end.

    All that comes before is compressed, up to a full flush, where a deflate stream is at the edge of a byte and
    forgets its history: what every service point's page has in common once for all of them, and only the lines that
    name it for each. Each answer adds the rest as one stored block (RFC 1951, 3.2.4) and the gzip trailer with the
    running checksum (RFC 1952, 2.3.1).
    """

    def __init__(self, prepared: PreparedPage, values: Mapping[str, str]) -> None:
        before, after = prepared.common
        own, self._tail = prepared.between(values)
        # The lines may repeat what comes before them: that is the same on every page.
        packer = before.packer.copy()
        self._head = b"".join((before.plain, own, after.plain))
        self._packed = b"".join((before.packed, packer.compress(own), packer.flush(zlib.Z_FULL_FLUSH), after.packed))
        self._checksum = zlib.crc32(self._head)

    def plain(self, token: str) -> bytes:
        """Return the page."""
        return b"".join((self._head, token.encode(), self._tail))

    def gzipped(self, token: str) -> bytes:
        """Return the page as one gzip member."""
        rest = token.encode() + self._tail
        block = struct.pack("<BHH", 1, len(rest), len(rest) ^ 0xFFFF)
        trailer = struct.pack("<II", zlib.crc32(rest, self._checksum), len(self._head) + len(rest))
        return b"".join((self._packed, block, rest, trailer))


class CitizenPages:
    """The two pages every respondent sees, ready before they are asked for."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app, self._settings = app, settings
        self._prepared = lru_cache(maxsize=16)(self._prepare_form)
        self._thanks = lru_cache(maxsize=4)(self._prepare_thanks)
        self.form = lru_cache(maxsize=MOST_PACKED)(self._pack_form)

    def _pack_form(self, invitation: Invitation, survey_round: SurveyRound, language: Language) -> PackedPage:
        """Return the form of a service point, waiting for its token."""
        return PackedPage(self._prepared(survey_round, language), point_context(invitation, language, ""))

    def _prepare_form(self, survey_round: SurveyRound, language: Language) -> PreparedPage:
        context = form_context(survey_round, language, self._settings)
        holes = ("agency", "service_point", "code", "path", "other_language_path", "token")
        return PreparedPage(self._app, "respond/form.html", context, holes)

    def thanks(self, invitation: Invitation, receipt: str, language: Language) -> bytes:
        """Return the thanks page; nothing is looked up, because nothing links a receipt to an answer."""
        simulated = any(survey_round.simulated for _, survey_round in invitation.rounds)
        code = invitation.agency.code
        own = {"receipt": receipt, "agency_code": code, "results_path": results_path(code, language)}
        values = {**point_context(invitation, language, ""), **own}
        return self._thanks(language, simulated).filled(values)

    def _prepare_thanks(self, language: Language, simulated: bool) -> PreparedPage:
        own = ("receipt", "agency_code", "results_path")
        holes = ("agency", "service_point", "code", "path", "other_language_path", *own)
        marks = {"trial": self._settings.is_trial, "simulated": simulated}
        return PreparedPage(self._app, "respond/thanks.html", {**shared_context(language), **marks}, holes)
