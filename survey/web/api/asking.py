"""What a program asks for: its query, read strictly, and where in a list it stands."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from werkzeug.datastructures import MultiDict

from survey.web.api.problems import ApiRefusal

USUAL_LIMIT, MOST_ROWS = 100, 1000
LONGEST_CURSOR = 200
ANY: tuple[str, ...] = ()
PAGING = {"cursor": ANY, "limit": ANY}


@dataclass(frozen=True, slots=True)
class RowQuery:
    """A query without faults. `values` holds what narrows the rows down, `cursor` is empty on the first page."""

    values: Mapping[str, str]
    cursor: str
    limit: int


def read_query(
    query: MultiDict[str, str], choices: Mapping[str, tuple[str, ...]] = MappingProxyType({}), *, paged: bool = False
) -> RowQuery:
    """Return what is asked for; raises Refusal (400) with every fault.

    `choices` names the parameters there are, each with the values it may have, of which the first is meant
    when it is left out; `ANY` stands for a code or a name, empty when left out. A `paged` list takes those
    of paging too. A parameter that is not known is a fault: a misspelt one would silently change the question.
    """
    known = {**choices, **(PAGING if paged else {})}
    faults = [(name, fault) for name in query if (fault := _fault(name, query.getlist(name), known))]
    if faults:
        raise bad_parameters(*faults)
    values = {name: query.get(name, offered[0] if offered else "") for name, offered in choices.items()}
    return RowQuery(values, query.get("cursor", ""), int(query.get("limit", USUAL_LIMIT)))


def bad_parameters(*faults: tuple[str, str]) -> ApiRefusal:
    """Return the refusal of parameters, each named with what is wrong."""
    names = ", ".join(dict.fromkeys(name for name, _ in faults))
    return ApiRefusal(400, "bad_parameter", f"These parameters cannot be used: {names}.", errors=faults)


def _fault(name: str, given: list[str], choices: Mapping[str, tuple[str, ...]]) -> str:
    if name not in choices:
        return f"There is no such parameter here; there are: {', '.join(choices) or 'none'}."
    if len(given) > 1:
        return "It must be given once."
    if name == "limit":
        return "" if _is_limit(given[0]) else f"It must be a whole number from 1 to {MOST_ROWS}."
    offered = choices[name]
    if offered and given[0] not in offered:
        return f"It must be one of: {', '.join(offered)}."
    return "" if given[0] else "It must not be empty."


def _is_limit(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= len(str(MOST_ROWS)) and 1 <= int(text) <= MOST_ROWS


@dataclass(frozen=True, slots=True)
class CursorPlace:
    """A place in a list of rows: which run they are of, what was asked of it, and how many rows come before."""

    run_id: str
    question: str
    offset: int

    @classmethod
    def read(cls, cursor: str, *, run_id: str, question: str) -> "CursorPlace":
        """Return the place a cursor names.

        Raises Refusal: 400 when the cursor is none of ours or belongs to another question, 410 when the
        round was published anew.
        """
        place = cls._parse(cursor)
        if place is None or place.question != question:
            fault = "It is not a cursor that this address with these parameters has given."
            raise ApiRefusal(400, "bad_cursor", "The cursor cannot be used; begin again.", errors=[("cursor", fault)])
        if place.run_id != run_id:
            raise ApiRefusal(410, "published_anew", "The result was published anew; begin again.")
        return place

    @classmethod
    def _parse(cls, cursor: str) -> "CursorPlace | None":
        try:
            padded = cursor[:LONGEST_CURSOR] + "=" * (-len(cursor) % 4)
            run_id, question, offset = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (ValueError, TypeError):
            return None
        place = cls(run_id, question, offset)
        # What is written alike is what we wrote: nothing else needs to be looked at.
        whole = type(offset) is int and offset > 0
        return place if whole and place.cursor == cursor else None

    @property
    def cursor(self) -> str:
        """The place as a program carries it."""
        text = json.dumps([self.run_id, self.question, self.offset], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def digest_of(*parts: object) -> str:
    """Return a short digest of what an answer depends on."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:24]
