"""JSON schemas (draft 2020-12) of Python types."""

from collections.abc import Mapping
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, NotRequired, TypeAlias, get_args, get_origin, get_type_hints, is_typeddict

Schema: TypeAlias = dict[str, Any]

PLAIN: Mapping[object, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


def note(description: str = "", **more: object) -> Schema:
    """Return what a schema says of a value beside its type."""
    return {**({"description": description} if description else {}), **more}


def schema_of(kind: object, names: Mapping[object, str]) -> Schema:
    """Return the schema of a type; a type with a name among the components is referred to by it."""
    # By likeness: what is noted with a dictionary cannot be looked up.
    if name := next((name for known, name in names.items() if known == kind), ""):
        return {"$ref": f"#/components/schemas/{name}"}
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _noted(schema_of(parts[0], names), parts[1:])
    if origin is NotRequired:
        return schema_of(parts[0], names)
    if origin is UnionType or NoneType in parts:
        (inner,) = [part for part in parts if part is not NoneType]
        return _or_null(schema_of(inner, names))
    if origin is list:
        return {"type": "array", "items": schema_of(parts[0], names)}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(parts[1], names)}
    return object_of(kind, names) if is_typeddict(kind) else _simple(kind)


def object_of(kind: object, names: Mapping[object, str]) -> Schema:
    """Return the schema of a typed dictionary, whatever its name: all its fields, and no other."""
    fields = get_type_hints(kind, include_extras=True)
    properties = {name: schema_of(field, names) for name, field in fields.items()}
    required = [name for name, field in fields.items() if get_origin(field) is not NotRequired]
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def choices_of(kind: object) -> list[object]:
    """Return the values a kind of enumeration may have."""
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return [one.value for one in kind]
    return [value for part in get_args(kind) for value in (choices_of(part) if get_args(part) else [part])]


def _simple(kind: object) -> Schema:
    if kind in PLAIN:
        return {"type": PLAIN[kind]}
    choices = choices_of(kind)
    if not choices or not all(isinstance(choice, str | int) for choice in choices):
        raise TypeError(f"no schema is known for {kind}")
    return {"const": choices[0]} if len(choices) == 1 else {"enum": choices}


def _noted(schema: Schema, notes: tuple[Schema, ...]) -> Schema:
    noted = schema
    for one in notes:
        noted = {**noted, **one}
    return noted


def _or_null(schema: Schema) -> Schema:
    if "$ref" in schema:
        return {"oneOf": [schema, {"type": "null"}]}
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    return {**schema, "type": [schema["type"], "null"]}
