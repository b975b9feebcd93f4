"""The OpenAPI document, made of the row types, the parameters and the limits of the code; `scripts/openapi` writes it.

By hand stand here only the words about addresses and refusals, and in `examples.json` what an answer looks like.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_type_hints

from survey.analysis.figures.estimates import Caution
from survey.fieldwork import SamplingBasis
from survey.store.results.heads import RunKind
from survey.web.api import shapes
from survey.web.api.addresses import ADDRESSES, REFUSED, ApiAddress, RefusedAnswer
from survey.web.api.asking import MOST_ROWS, USUAL_LIMIT
from survey.web.api.method_shape import MethodShape
from survey.web.api.problems import KIND, ProblemShape
from survey.web.api.schemas import Schema, note, object_of, schema_of
from survey.wording import mark

EXAMPLES: Mapping[str, object] = json.loads(Path(__file__).with_name("examples.json").read_text(encoding="utf-8"))
JSON = "application/json"
ABOUT = (
    "Published results of satisfaction surveys: read-only, published runs only. Figures are per cent and unrounded; a"
    " withheld figure is null and `withheld` says so, not by which rule, which would tell something; `no_responses`"
    " means that nobody answered. Dates are ISO 8601. Fields may be added within version 1; none is removed or changes"
    " its meaning."
)
NAMES: dict[object, str] = {
    shapes.TextShape: "Text",
    SamplingBasis: "Basis",
    RunKind: "Kind",
    shapes.WithheldWord: "Reason",
    Caution: "Caution",
    shapes.RunShape: "Run",
    shapes.RoundShape: "Round",
    shapes.RoundsShape: "Rounds",
    shapes.IndexShape: "IndexRow",
    shapes.RankShape: "RankRow",
    shapes.AnswersShape: "AnswersRow",
    shapes.FactShape: "FactRow",
}
WORDS = {
    "Text": "A text in Vietnamese and in English.",
    "Basis": "How respondents came into the data. The figure of people who chose to answer is not the SIPAS index of a"
    " province.",
    "Kind": "Whether answers could still come when the run was published.",
    "Reason": "withheld: the figure rests on fewer than 10 responses, or another withheld figure or what each person"
    " said would follow from it; which of these is not told, because that would itself tell something. no_responses:"
    " nobody answered; `responses` and `answers` are 0.",
    "Caution": "Why a figure must be read with care; `method` has the words.",
}
# What is null in a row that is withheld.
ASIDE = ("missing", "not_applicable")
NULL_WHERE_WITHHELD = {
    "IndexRow": (
        *get_type_hints(shapes.FiguresShape),
        *(one for one in get_type_hints(shapes.UncertaintyShape) if one != "cautions"),
        *ASIDE,
    ),
    "RankRow": tuple(
        one
        for one in get_type_hints(shapes.RankShape)
        if one not in (*get_type_hints(shapes.DomainShape), "ranked_units", "withheld")
    ),
    "AnswersRow": ("counts", *ASIDE),
}
PAGES: dict[str, tuple[object, Schema]] = {
    "IndexPage": (shapes.IndexShape, {}),
    "RankPage": (
        shapes.RankShape,
        {"warning": {**schema_of(shapes.TextShape, NAMES), **note("Must stand with every plain ordered list.")}},
    ),
    "AnswersPage": (shapes.AnswersShape, {}),
    "FactPage": (
        shapes.FactShape,
        {
            "counted": {
                "type": "boolean",
                **note("False in a run published before these questions were counted: it has no rows."),
            }
        },
    ),
}
TAG: Schema = {"ETag": {"description": "Send it back as If-None-Match.", "schema": {"type": "string"}}}


def make_document() -> Schema:
    """Return the whole document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": mark("Hài Lòng"), "version": "1.0.0", "description": ABOUT},
        "servers": [{"url": "/api/v1"}],
        "security": [{"key": []}],
        "paths": {
            "/openapi.json": {"get": _description()},
            **{address.path: {"get": _address(address)} for address in ADDRESSES},
        },
        "components": {
            "securitySchemes": {"key": _key()},
            "parameters": {name: parameter for name, parameter in _parameters().items() if name not in OWN_PARAMETERS},
            "responses": {"NotModified": _not_modified(), **{refusal.name: _refused(refusal) for refusal in REFUSED}},
            "schemas": _schemas(),
        },
    }


def document_text() -> str:
    """Return the document as it is checked in."""
    return json.dumps(make_document(), ensure_ascii=False, indent=2) + "\n"


def _description() -> Schema:
    schema = {"type": "object", "required": ["openapi"]}
    answer = {"description": "This document.", "headers": TAG, "content": {JSON: {"schema": schema}}}
    return {
        "operationId": "describe",
        "summary": "This document; it needs no key.",
        "security": [],
        "responses": {"200": answer, "304": _response("NotModified")},
    }


def _address(address: ApiAddress) -> Schema:
    asks = [*(["code"] if "{code}" in address.path else []), *address.asks]
    asks += ["cursor", "limit"] if address.is_paged else []
    parameters = _parameters()
    given = [
        parameters[name] if name in OWN_PARAMETERS else {"$ref": f"#/components/parameters/{name}"} for name in asks
    ]
    content = {"schema": {"$ref": f"#/components/schemas/{address.answer}"}, "example": EXAMPLES[address.operation]}
    return {
        "operationId": address.operation,
        "summary": address.summary,
        **({"parameters": given} if given else {}),
        "responses": {
            "200": {"description": address.summary, "headers": TAG, "content": {JSON: content}},
            "304": _response("NotModified"),
            **{str(refusal.status): _response(refusal.name) for refusal in REFUSED if _may_be(refusal, address)},
        },
    }


def _may_be(refused: RefusedAnswer, address: ApiAddress) -> bool:
    return {"NotFound": "{code}" in address.path, "PublishedAnew": address.is_paged}.get(refused.name, True)


# Those that differ from address to address by what they may be.
OWN_PARAMETERS = ("by", "part", "block")


def _parameters() -> dict[str, Schema]:
    text: Schema = {"type": "string", "minLength": 1}
    limit = {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": USUAL_LIMIT}
    code = {"name": "code", "in": "path", "required": True, "description": "Code of the round."}
    parts = "Which parts of the questionnaire: dimensions and overall, items, or all of these."
    return {
        "code": {**code, "schema": {"type": "string"}},
        "agency": _query("agency", "Only this agency, by its code. Goes with `by=agency` only.", text),
        "cursor": _query(
            "cursor", "`next` of the page before, with the same other parameters (`limit` may differ).", text
        ),
        "limit": _query("limit", "Most rows of a page.", limit),
        "by": _query("by", "Whose figures.", _choice(shapes.BY)),
        "part": _query("part", parts, _choice(shapes.PARTS)),
        "block": _query("block", "Only this block.", text),
    }


def _query(name: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _choice(offered: Sequence[str]) -> Schema:
    return {"enum": list(offered), "default": offered[0]}


def _key() -> Schema:
    told = "A key made with `api-key add`. One with an agency reads that agency's rows, its block's and the total."
    return {"type": "http", "scheme": "bearer", "description": told}


def _response(name: str) -> Schema:
    return {"$ref": f"#/components/responses/{name}"}


def _not_modified() -> Schema:
    return {"description": "The program's copy still holds.", "headers": TAG}


def _refused(refused: RefusedAnswer) -> Schema:
    content = {KIND: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": EXAMPLES[refused.name]}}
    headers = {"headers": dict(refused.headers)} if refused.headers else {}
    return {"description": refused.description, **headers, "content": content}


def _schemas() -> dict[str, Schema]:
    schemas: dict[str, Schema] = {}
    for kind, name in NAMES.items():
        others = {shape: other for shape, other in NAMES.items() if other != name}
        schemas[name] = {**schema_of(kind, others), **note(WORDS.get(name, "")), **_null_where_withheld(name)}
    head = object_of(shapes.HeadShape, NAMES)
    del head["additionalProperties"]
    about = "RFC 9457. `code` is for programs and never changes; `detail` is for people."
    return {
        **schemas,
        "Head": head,
        **{name: _page(kind, beside) for name, (kind, beside) in PAGES.items()},
        "Method": _beneath_head(object_of(MethodShape, NAMES)),
        "Problem": {**object_of(ProblemShape, NAMES), **note(about)},
    }


def _page(kind: object, beside: Schema) -> Schema:
    rows = {"type": "array", "maxItems": MOST_ROWS, "items": schema_of(kind, NAMES)}
    following = {"type": ["string", "null"], **note("Cursor of the next page; null on the last one.")}
    properties = {"rows": rows, "next": following, **beside}
    return _beneath_head({"type": "object", "required": list(properties), "properties": properties})


def _beneath_head(schema: Schema) -> Schema:
    """Return the schema of what stands in one piece with the head: together they are all there is."""
    own = {name: value for name, value in schema.items() if name != "additionalProperties"}
    return {"allOf": [{"$ref": "#/components/schemas/Head"}], **own, "unevaluatedProperties": False}


def _null_where_withheld(name: str) -> Schema:
    if name not in NULL_WHERE_WITHHELD:
        return {}
    nothing = {one: {"type": "null"} for one in NULL_WHERE_WITHHELD[name]}
    return {"if": {"properties": {"withheld": {"type": "string"}}}, "then": {"properties": nothing}}


if __name__ == "__main__":
    sys.stdout.write(document_text())
