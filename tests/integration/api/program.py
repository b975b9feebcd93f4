"""Programs that ask the API: what is published, and every answer held against the OpenAPI document."""

import json
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.staff.api_keys import add_key
from survey.responses import AnswerRecord, Mode, SubmissionKey
from survey.store.collecting.responses import NewResponse, insert_responses
from survey.store.registry.agencies import find_round
from survey.store.registry.points import list_points
from survey.store.subjects import ADDED

DOCUMENT = json.loads(
    (Path(__file__).parents[3] / "survey" / "web" / "api" / "openapi.json").read_text(encoding="utf-8")
)
SIPAS = load_instrument("sipas-2023")
ITEMS = [item.code for item in SIPAS.items]
ROUND = "/rounds/r1"
TODAY = today_in_vietnam()
# How many people of each agency gave one and the same answer to all 16 items: (answer, people).
SAID = {
    "STC": (("5", 20), ("4", 20)),
    "SYT": (("5", 30), ("3", 30)),
    "SNV": (("5", 20), ("4", 10), ("2", 6)),
    "SCT": (("4", 5),),
    "P-KYLUA": (("5", 25), ("2", 25)),
    "P-TAMTHANH": (("5", 16), ("3", 16)),
    "X-DONGDANG": (("5", 14), ("3", 10)),
}
DEPARTMENTS, COMMUNES = "Sở, ban, ngành", "UBND cấp xã"


def add_responses(store, said, *, items=ITEMS):
    """Store responses, those of an agency at its first service point on seven days in turn."""
    with store.writing(ADDED) as connection:
        round_id, survey_round = find_round(connection, "r1")
        points = {one.point.agency_code: one.id for one in reversed(list_points(connection))}
        given = [
            (agency, answer) for agency, groups in said.items() for answer, people in groups for _ in range(people)
        ]
        insert_responses(
            connection,
            [
                NewResponse(
                    SubmissionKey(secrets.token_bytes(16)).row,
                    round_id,
                    points[agency],
                    Mode.QR,
                    survey_round.opens + timedelta(number % 7),
                    None,
                    AnswerRecord.pack(SIPAS, dict.fromkeys(items, answer)),
                )
                for number, (agency, answer) in enumerate(given)
            ],
        )


@dataclass
class Program:
    """A program with a key (or something else in its place), which checks every answer against the document."""

    client: object
    authorization: str | None

    def ask(self, path, *, status=200, **headers):
        """Return the answer, which must have this status and the schema the document promises for it."""
        own = {"Authorization": self.authorization} if self.authorization is not None else {}
        answer = self.client.get(f"/api/v1{path}", headers={**own, **headers})
        assert answer.status_code == status, answer.text
        assert "Set-Cookie" not in answer.headers
        assert not [name for name, _ in answer.headers if name.lower().startswith("access-control")]
        check(path, answer)
        return answer

    def rows(self, path):
        """Return the rows of all pages."""
        found, cursor = [], ""
        while True:
            page = self.ask(f"{path}{'&' if '?' in path else '?'}limit=1000{cursor}").json
            found += page["rows"]
            if page["next"] is None:
                return found
            cursor = f"&cursor={page['next']}"


def check(path, answer):
    """Hold an answer against what the document says of its address and status."""
    if answer.status_code in (304, 405):
        return
    known = {re.compile(re.sub(r"{\w+}", "[^/?]+", rule) + r"(\?.*)?"): rule for rule in DOCUMENT["paths"]}
    rule = next((rule for pattern, rule in known.items() if pattern.fullmatch(path)), None)
    if rule is None:
        promised = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    else:
        promised = resolved(DOCUMENT["paths"][rule]["get"]["responses"][str(answer.status_code)])["content"]
    schema_check(promised[answer.mimetype]["schema"], answer.json)


def resolved(found):
    """Return what a reference of the document leads to; what is none, as it is."""
    if "$ref" not in found:
        return found
    place = DOCUMENT
    for name in found["$ref"].removeprefix("#/").split("/"):
        place = place[name]
    return place


def schema_check(schema, content):
    """Validate, with every reference of the document within reach."""
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema holds answers against the document")
    whole = {**schema, "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).validate(content)


def with_key(client, store, agency=None):
    """Return a program with a new key."""
    return Program(client, f"Bearer {add_key(store, 'Cổng dữ liệu', today=TODAY, agency_code=agency).secret}")
