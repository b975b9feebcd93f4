"""The OpenAPI document is made of the types the answers are built of; what is checked in is what is made."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, NotRequired, TypedDict

import pytest

from survey.web.api.document import document_text, make_document
from survey.web.api.schemas import note, object_of, schema_of

CHECKED_IN = Path(__file__).parents[3] / "survey" / "web" / "api" / "openapi.json"


class Mood(StrEnum):
    GOOD = "good"
    BAD = "bad"


class Inner(TypedDict):
    name: str


class Outer(TypedDict):
    mood: Mood | None
    share: Annotated[float | None, note("In per cent.", minimum=0)]
    inner: list[Inner]
    kind: Literal["one"]
    left: NotRequired[dict[str, int]]


def test_what_is_checked_in_is_what_the_code_says():
    assert CHECKED_IN.read_text(encoding="utf-8") == document_text(), "run scripts/openapi"


def test_a_field_that_is_added_or_changed_changes_the_document():
    class Wider(Outer):
        more: bool

    before, after = object_of(Outer, {}), object_of(Wider, {})
    assert before != after
    assert after["properties"]["more"] == {"type": "boolean"}
    assert "more" in after["required"]


def test_a_type_becomes_the_schema_of_its_values():
    assert object_of(Outer, {Inner: "Inner"}) == {
        "type": "object",
        "required": ["mood", "share", "inner", "kind"],
        "properties": {
            "mood": {"enum": ["good", "bad", None]},
            "share": {"type": ["number", "null"], "description": "In per cent.", "minimum": 0},
            "inner": {"type": "array", "items": {"$ref": "#/components/schemas/Inner"}},
            "kind": {"const": "one"},
            "left": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
        "additionalProperties": False,
    }


def test_a_reference_that_may_be_null_is_one_of_two():
    assert schema_of(Inner | None, {Inner: "Inner"}) == {
        "oneOf": [{"$ref": "#/components/schemas/Inner"}, {"type": "null"}]
    }


@pytest.mark.parametrize("kind", [object, bytes, set, Path, int | str])
def test_a_type_json_has_no_word_for_is_refused(kind):
    with pytest.raises((TypeError, ValueError)):
        schema_of(kind, {})


def test_no_named_type_is_left_out_and_none_is_named_in_vain():
    document = document_text()
    for name in make_document()["components"]["schemas"]:
        assert f'"$ref": "#/components/schemas/{name}"' in document, name
