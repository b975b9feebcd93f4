"""Tell whether a code on a poster is ours, from what a telephone read out of it or somebody typed."""

import re
from collections.abc import Set
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from urllib.parse import urlsplit

from survey.fieldwork import codes_typed
from survey.operations.registry.codes import Life, find_life
from survey.operations.staff.rights import Scope
from survey.settings import Settings
from survey.store.engine import Store
from survey.store.registry.points import find_known

# Only what we print and what a browser makes of it: no name before the host, no other path, no backslash.
_ADDRESS = re.compile(r"(?:(https?)://)?([a-z0-9.-]+(?::\d+)?)/k/([^/?#\\]+)/?(?:\?[^#\\]*)?", re.IGNORECASE)
_LOOKS_LIKE_AN_ADDRESS = re.compile(r"[/.:@\\]")


class CodeVerdict(Enum):
    """What can be said of a code on a poster."""

    RIGHT = auto()
    EARLY = auto()
    REPLACED = auto()
    ENDED = auto()
    OTHER_AGENCY = auto()
    UNKNOWN = auto()
    MISTYPED = auto()
    WRONG_ADDRESS = auto()


@dataclass(frozen=True, slots=True)
class CodeFinding:
    """The verdict on what was scanned; `life` is there only for a code of an agency in scope."""

    verdict: CodeVerdict
    life: Life | None = None


def check(store: Store, settings: Settings, text: str, *, scope: Scope, today: date) -> CodeFinding:
    """Judge a code or a whole scanned address."""
    text = text.strip()
    code = text
    if _LOOKS_LIKE_AN_ADDRESS.search(text):
        address = _ADDRESS.fullmatch(text)
        if address is None or not _is_ours(settings, scheme=address[1], host=address[2]):
            return CodeFinding(CodeVerdict.WRONG_ADDRESS)
        code = address[3]
    return _judge(store, codes_typed(code), scope, today)


def _is_ours(settings: Settings, *, scheme: str | None, host: str) -> bool:
    """Tell whether an address leads to the host on our posters, by the way that is printed there."""
    ours = urlsplit(settings.public_url.lower())
    plain = host.lower().removesuffix({"https": ":443", "http": ":80"}[ours.scheme])
    return plain == ours.netloc and (scheme or ours.scheme).lower() == ours.scheme


def _judge(store: Store, codes: Set[str], scope: Scope, today: date) -> CodeFinding:
    if not codes:
        return CodeFinding(CodeVerdict.MISTYPED)
    with store.reading() as connection:
        code = find_known(connection, codes)
    if code is None:
        return CodeFinding(CodeVerdict.UNKNOWN)
    life = find_life(store, code)
    point = life.row.point
    if not scope.holds(point.agency_code):
        return CodeFinding(CodeVerdict.OTHER_AGENCY)
    if life.row.has_ended_by(today):
        replaced = life.row.successor_code or (life.ending and life.ending.new_code)
        return CodeFinding(CodeVerdict.REPLACED if replaced else CodeVerdict.ENDED, life)
    return CodeFinding(CodeVerdict.EARLY if point.valid_from and point.valid_from > today else CodeVerdict.RIGHT, life)
