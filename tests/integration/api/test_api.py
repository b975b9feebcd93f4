"""The API of programs: every answer is held against the OpenAPI document, every refusal against RFC 9457."""

import json
import re
import secrets
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from jsonschema import Draft202012Validator, FormatChecker
from sqlalchemy import select, text

from survey.analysis.disclosure.decide import WithheldReason
from survey.analysis.figures.estimates import Caution, ClusterKind
from survey.analysis.ranking.ranking import Unranked
from survey.fieldwork import Agency, SamplingBasis
from survey.instrument import load_instrument
from survey.operations.clock import now_in_vietnam, today_in_vietnam
from survey.operations.publishing.publishing import publish_run
from survey.operations.staff.api_keys import add_key, revoke_key
from survey.responses import AnswerRecord, Mode, SubmissionKey
from survey.store.collecting.responses import NewResponse, insert_responses
from survey.store.registry.agencies import find_round
from survey.store.registry.editing import add_agencies
from survey.store.registry.points import list_points
from survey.store.results.heads import RunKind
from survey.store.staff.tables import api_key, audit
from survey.store.subjects import ADDED
from survey.web.api.asking import MOST_ROWS, CursorPlace, digest_of
from survey.web.api.door import PER_MINUTE
from survey.web.api.problems import PREFIX
from tests.conftest import open_sample_round

# Many pages or files on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow

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
    whole = {**schema, "components": DOCUMENT["components"]}
    Draft202012Validator(whole, format_checker=FormatChecker()).validate(content)


@pytest.fixture
def published(store, round_of_2023_form):
    """Publish what SAID says, as the round r1, and return the run."""
    add_responses(store, SAID)
    return publish_run(store, "r1", today=TODAY)


@pytest.fixture
def program(client, store):
    """Return a program with a key that reads everything."""
    return with_key(client, store)


def with_key(client, store, agency=None):
    """Return a program with a new key."""
    return Program(client, f"Bearer {add_key(store, 'Cổng dữ liệu', today=TODAY, agency_code=agency).secret}")


def by_unit(rows):
    """Return the rows by agency (or block, or None for everybody) and part."""
    return {(row["agency_code"] or row["block"], row["part"]): row for row in rows}


def test_the_document_describes_every_address_and_nothing_else(app):
    rules = {re.sub(r"<(\w+)>", r"{\1}", one.rule) for one in app.url_map.iter_rules() if one.rule.startswith(PREFIX)}
    assert rules == {f"/api/v1{path}" for path in DOCUMENT["paths"]}
    assert {method for path in DOCUMENT["paths"].values() for method in path} == {"get"}


def test_the_document_and_its_examples_are_in_order():
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    answers = [resolved(one) for path in DOCUMENT["paths"].values() for one in path["get"]["responses"].values()]
    contents = [content for one in answers for content in one.get("content", {}).values()]
    examples = [(content["schema"], content["example"]) for content in contents if "example" in content]
    assert len(examples) >= 6
    for schema, example in examples:
        schema_check(schema, example)


def test_the_document_lists_the_names_the_program_knows():
    schemas = DOCUMENT["components"]["schemas"]
    assert schemas["Reason"]["enum"] == list(dict.fromkeys(reason.told for reason in WithheldReason))
    assert schemas["Caution"]["enum"] == [*Caution]
    assert schemas["Basis"]["enum"] == [*SamplingBasis]
    assert schemas["Kind"]["enum"] == [*RunKind]
    assert schemas["IndexRow"]["properties"]["cluster_kind"]["enum"] == [*ClusterKind, None]
    assert schemas["RankRow"]["properties"]["unranked"]["enum"] == [*Unranked, None]
    assert DOCUMENT["components"]["parameters"]["limit"]["schema"]["maximum"] == MOST_ROWS
    assert f"More than {PER_MINUTE} requests" in DOCUMENT["components"]["responses"]["TooMany"]["description"]


def test_the_document_is_for_everybody(client):
    answer = Program(client, None).ask("/openapi.json")
    assert answer.json == DOCUMENT
    Program(client, None).ask("/openapi.json", status=304, **{"If-None-Match": answer.headers["ETag"]})


def test_rounds_are_listed_once_something_of_them_is_published(program, store, published):
    open_sample_round(store, "r0", "sipas-2022", opened_days_ago=90)
    listed = program.ask("/rounds").json["rounds"]
    with store.reading() as connection:
        known = find_round(connection, "r1")[1]
    assert [one["code"] for one in listed] == ["r1"]
    assert (listed[0]["opens"], listed[0]["seals"]) == (str(known.opens), str(known.seals))
    assert listed[0]["run"]["id"] == published.id
    assert listed[0]["run"]["published_on"] == str(TODAY)
    assert program.ask("/rounds/r1").json == listed[0]


def test_the_latest_publication_is_told(program, store, published):
    add_responses(store, {"STC": (("5", 20),)})
    later = publish_run(store, "r1", today=TODAY)
    (one,) = program.ask("/rounds").json["rounds"]
    assert (one["run"]["id"], one["run"]["number"]) == (later.id, 2)
    assert program.ask(f"{ROUND}/indices?limit=1").json["run"]["id"] == later.id


def test_indices_are_those_of_hand_arithmetic_unrounded(program, published):
    """L1, pooled: points over 5 × answers. 16 items of which 3 are about access: 16 (3) answers a person."""
    rows = by_unit(program.rows(f"{ROUND}/indices?part=all"))
    stc, syt, kylua = (rows[code, "overall"] for code in ("STC", "SYT", "P-KYLUA"))
    # STC: (20·5 + 20·4) / (40·5) = 180/200. SYT: (30·5 + 30·3) / (60·5) = 240/300, half of them satisfied.
    assert (stc["index"], stc["percent_satisfied"], stc["responses"], stc["answers"]) == (90, 100, 40, 640)
    assert (syt["index"], syt["percent_satisfied"], syt["percent_dissatisfied"]) == (80, 50, 0)
    # P-KYLUA: (25·5 + 25·2) / (50·5) = 175/250, half of them satisfied and half dissatisfied.
    assert (kylua["index"], kylua["percent_satisfied"], kylua["percent_dissatisfied"]) == (70, 50, 50)
    access, item = rows["SYT", "access"], rows["SYT", "A1"]
    assert (access["index"], access["responses"], access["answers"]) == (80, 60, 180)
    assert (item["index"], item["answers"], item["missing"], item["not_applicable"]) == (80, 60, 0, 0)
    assert (item["part_kind"], item["dimension"], item["label"]["vi"]) == ("item", "access", SIPAS.items[0].short.vi)
    assert stc["low"] < 90 < stc["upp"]
    assert (stc["cluster_kind"], stc["clusters"], stc["cautions"]) == ("day_and_week", 7, ["few_clusters"])
    few = rows["X-DONGDANG", "A1"]
    assert (few["responses"], few["cautions"]) == (24, ["few_responses", "few_clusters"])


def test_an_agency_with_few_responses_is_withheld_with_everything_that_would_tell_it(program, published):
    rows = program.rows(f"{ROUND}/indices?part=all")
    few = [row["withheld"] for row in rows if row["agency_code"] == "SCT"]
    assert few == ["withheld"] * (1 + 5 + 16)
    assert {row["withheld"] for row in rows} == {None, "withheld", "no_responses"}
    # Five people are known as soon as exactly one unit is missing from a sum that is shown.
    sums = program.rows(f"{ROUND}/indices?by=block&part=all") + program.rows(f"{ROUND}/indices?by=total&part=all")
    hidden = defaultdict(set)
    for row in rows:
        if row["withheld"] not in (None, "no_responses"):
            hidden[row["block"], row["part"]].add(row["agency_code"])
            hidden[None, row["part"]].add(row["agency_code"])
    for row in sums:
        missing = hidden[row["block"], row["part"]]
        assert row["withheld"] or len(missing) != 1, (row["block"], row["part"], missing)


def test_an_agency_nobody_answered_for_says_so(program, published):
    rows = by_unit(program.rows(f"{ROUND}/indices"))
    row = rows["X-LOCBINH", "overall"]
    assert (row["withheld"], row["responses"], row["answers"], row["index"]) == ("no_responses", 0, 0, None)


def test_the_answers_are_counted_where_the_item_is_shown_and_nowhere_else(program, published):
    found = {(row["agency_code"], row["part"]): row for row in program.rows(f"{ROUND}/distributions")}
    assert found["STC", "A1"]["counts"] == {"1": 0, "2": 0, "3": 0, "4": 20, "5": 20}
    assert found["P-KYLUA", "E3"]["counts"] == {"1": 0, "2": 25, "3": 0, "4": 0, "5": 25}
    assert found["SCT", "A1"]["counts"] is None
    indices = program.rows(f"{ROUND}/indices?part=item")
    for row in indices:
        counts = found[row["agency_code"], row["part"]]
        assert counts["withheld"] == row["withheld"]
        assert counts["answers"] == row["answers"]
        assert (counts["counts"] is None) == (row["withheld"] is not None)
    assert len(indices) == len(found)


def test_what_left_the_base_is_not_told_where_it_would_tell_the_base_of_overall(program, store, round_of_2023_form):
    """Five people of SCT answer E only, so a second unit is withheld with them: SNV, of whom nobody answered all."""
    add_responses(store, {agency: said for agency, said in SAID.items() if agency not in ("SCT", "SNV")})
    add_responses(store, {"SCT": SAID["SCT"]}, items=["E1", "E2", "E3"])
    add_responses(store, {"SNV": (("5", 10), ("2", 8))}, items=ITEMS[:7])
    add_responses(store, {"SNV": (("5", 10), ("3", 8))}, items=ITEMS[7:])
    publish_run(store, "r1", today=TODAY)
    rows = by_unit(program.rows(f"{ROUND}/indices?part=all"))
    assert rows["SNV", "overall"]["withheld"] == "withheld"
    assert rows["SNV", "access"]["missing"] is rows["SNV", "A1"]["not_applicable"] is None
    assert rows["STC", "A1"]["missing"] == rows["STC", "A1"]["not_applicable"] == 0
    answers = by_unit(program.rows(f"{ROUND}/distributions"))
    assert answers["SNV", "A1"]["missing"] is answers["SNV", "A1"]["not_applicable"] is None


def test_rankings_come_with_their_ranges_and_the_warning(program, published):
    page = program.ask(f"{ROUND}/rankings").json
    rows = {row["agency_code"]: row for row in page["rows"]}
    assert "không dùng riêng thứ tự này" in page["warning"]["vi"]
    assert rows["SCT"]["withheld"] == "withheld"
    assert rows["SCT"]["rank"] is None
    for one in (row for row in rows.values() if row["rank"] is not None):
        assert one["rank_low"] <= one["rank"] <= one["rank_upp"]
        place = "certain" if one["joint_upp"] <= 5 else "possible" if one["joint_low"] <= 5 else "excluded"
        assert one["top_five"] == (place if one["ranked_units"] > 5 else None)
    assert rows["SCT"]["top_five"] is None
    blocks = {row["block"] for row in program.ask(f"{ROUND}/rankings?block={COMMUNES}").json["rows"]}
    assert blocks == {COMMUNES}


def test_the_method_says_how_the_figures_were_made(program, published):
    told = program.ask(f"{ROUND}/method").json
    assert [one["id"] for one in told["index"]["formulas"]] == ["L1", "P1"]
    assert told["sampling"]["basis"] == "self_selected"
    assert "sai số" not in told["uncertainty"]["range"]["vi"]
    assert told["uncertainty"]["cautions"].keys() == {*Caution}
    assert told["disclosure"]["reasons"].keys() == {"withheld", "no_responses"}
    assert told["ranking"]["unranked"].keys() == {*Unranked}
    assert [one["part"] for one in told["parts"] if one["part_kind"] == "item"] == ITEMS
    assert told["instrument"]["digest"] == SIPAS.digest


def test_a_key_of_an_agency_reads_the_agency_its_block_and_the_total(client, store, program, published):
    own = with_key(client, store, "P-KYLUA")
    everything = program.rows(f"{ROUND}/indices?part=all")
    assert own.rows(f"{ROUND}/indices?part=all") == [row for row in everything if row["agency_code"] == "P-KYLUA"]
    assert own.rows(f"{ROUND}/indices?agency=P-KYLUA") == own.rows(f"{ROUND}/indices")
    assert {row["block"] for row in own.rows(f"{ROUND}/indices?by=block")} == {COMMUNES}
    assert own.rows(f"{ROUND}/indices?by=total") == program.rows(f"{ROUND}/indices?by=total")
    assert {row["agency_code"] for row in own.rows(f"{ROUND}/distributions")} == {"P-KYLUA"}
    assert [row["agency_code"] for row in own.rows(f"{ROUND}/rankings?block={COMMUNES}")] == ["P-KYLUA"]
    assert own.ask("/rounds").json == program.ask("/rounds").json
    assert own.ask(f"{ROUND}/method").json == program.ask(f"{ROUND}/method").json


@pytest.mark.parametrize("path", ["indices?agency=", "indices?part=item&agency=", "distributions?agency="])
def test_another_agency_answers_a_key_of_one_as_if_it_did_not_exist(client, store, program, published, path):
    own = with_key(client, store, "P-KYLUA")
    program.ask(f"{ROUND}/{path}STC")
    other = own.ask(f"{ROUND}/{path}STC", status=404)
    nobody = own.ask(f"{ROUND}/{path}KHONG-CO", status=404)
    # Every answer has a number, drawn for it alone.
    assert other.headers.pop("X-Request-Id") != nobody.headers.pop("X-Request-Id")
    assert (other.data, other.headers.to_wsgi_list()) == (nobody.data, nobody.headers.to_wsgi_list())
    assert program.ask(f"{ROUND}/{path}KHONG-CO", status=404).data == nobody.data


def test_another_block_answers_a_key_of_one_agency_as_if_it_did_not_exist(client, store, program, published):
    own = with_key(client, store, "P-KYLUA")
    program.ask(f"{ROUND}/rankings?block={DEPARTMENTS}")
    other = own.ask(f"{ROUND}/rankings?block={DEPARTMENTS}", status=404)
    assert other.data == own.ask(f"{ROUND}/rankings?block=Không có", status=404).data


def test_a_key_of_an_agency_that_is_newer_than_the_run_reads_the_total_only(client, store, published):
    with store.writing(ADDED) as connection:
        add_agencies(connection, [Agency("MOI", "Sở mới", "Sở mới", DEPARTMENTS)])
    own = with_key(client, store, "MOI")
    for path in ("indices?by=agency", "indices?by=block", "rankings", "distributions"):
        assert own.rows(f"{ROUND}/{path}") == []
    assert len(own.rows(f"{ROUND}/indices?by=total")) == 6
    own.ask(f"{ROUND}/indices?agency=MOI", status=404)


@pytest.mark.parametrize(
    "shown",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "bearer x y",
        "Bearer sai",
        "Bearer \u00ff\u00fe",
        "Token x",
        "x" * 5000,
    ],
)
def test_without_a_valid_key_nothing_is_told(client, shown):
    for path in ("/rounds", f"{ROUND}/indices", "/rounds/khong-co/method"):
        answer = Program(client, shown).ask(path, status=401)
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="')
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.json["code"] == "unauthorised"


def test_a_key_in_the_address_is_no_key(client, store):
    secret = add_key(store, "x", today=TODAY).secret
    Program(client, None).ask(f"/rounds?access_token={secret}", status=401)


def test_a_revoked_key_ends_with_the_next_request(client, store, published):
    made = add_key(store, "x", today=TODAY)
    program = Program(client, f"Bearer {made.secret}")
    tag = program.ask(f"{ROUND}/indices").headers["ETag"]
    revoke_key(store, made.number, today=TODAY)
    answer = program.ask(f"{ROUND}/indices", status=401, **{"If-None-Match": tag})
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_pages_put_together_are_the_whole(program, published):
    path = f"{ROUND}/indices?part=all"
    whole, page = program.rows(path), program.ask(f"{path}&limit=37").json
    found = page["rows"]
    while page["next"]:
        page = program.ask(f"{path}&limit=37&cursor={page['next']}").json
        assert len(page["rows"]) <= 37
        found += page["rows"]
    assert found == whole
    assert len(program.ask(path).json["rows"]) == 100
    assert program.ask(f"{path}&limit={len(whole)}").json["next"] is None
    assert program.ask(f"{path}&limit={len(whole) - 1}").json["next"]
    assert len(program.ask(f"{path}&limit=1").json["rows"]) == 1


def test_a_cursor_of_another_question_or_key_is_refused(client, store, program, published):
    cursor = program.ask(f"{ROUND}/indices?limit=2").json["next"]
    for path in (
        "indices?part=item",
        "indices?by=block",
        "indices?agency=STC",
        "distributions?limit=2",
        "rankings?limit=2",
    ):
        assert program.ask(f"{ROUND}/{path}&cursor={cursor}", status=400).json["code"] in (
            "bad_cursor",
            "bad_parameter",
        )
    own = with_key(client, store, "STC")
    assert own.ask(f"{ROUND}/indices?cursor={cursor}", status=400).json["code"] == "bad_cursor"
    # Spelling out what is meant anyway, or another size of page, is the same question.
    program.ask(f"{ROUND}/indices?by=agency&part=dimension&limit=5&cursor={cursor}")


def test_a_cursor_that_is_none_of_ours_is_refused(program, published):
    question = digest_of("/api/v1/rounds/r1/indices", {"by": "agency", "part": "dimension", "agency": ""}, None)
    good = CursorPlace(published.id, question, 3).cursor
    program.ask(f"{ROUND}/indices?cursor={good}")
    bad = [CursorPlace(published.id, question, offset).cursor for offset in (0, -1, 2.0, True, "3", None)]
    bad += [CursorPlace(published.id, "0" * 24, 3).cursor, good[:-1], good + "A", good + "%3D", good + "%0A"]
    bad += ["x", "e30", "W10", "%C3%A9", "%00", "WzEsMiwzXQ", "bnVsbA", "W" * 5000, "W1tb" * 400]
    for cursor in bad:
        problem = program.ask(f"{ROUND}/indices?cursor={cursor}", status=400).json
        assert problem["code"] == "bad_cursor", cursor
        assert problem["errors"][0]["parameter"] == "cursor"


def test_a_new_publication_ends_a_list_half_read(program, store, published):
    cursor = program.ask(f"{ROUND}/indices?limit=2").json["next"]
    add_responses(store, {"STC": (("5", 20),)})
    publish_run(store, "r1", today=TODAY)
    problem = program.ask(f"{ROUND}/indices?limit=2&cursor={cursor}", status=410).json
    assert (problem["code"], problem["detail"]) == (
        "published_anew",
        "The result was published anew; begin again.",
    )
    program.ask(f"{ROUND}/indices?limit=2")


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("indices?by=service_point", "by"),
        ("indices?by=", "by"),
        ("indices?part=x", "part"),
        ("indices?limit=0", "limit"),
        ("indices?limit=1001", "limit"),
        ("indices?limit=-1", "limit"),
        ("indices?limit=1.0", "limit"),
        ("indices?limit=1e2", "limit"),
        ("indices?limit=%20%205", "limit"),
        ("indices?limit=\u0665", "limit"),
        ("indices?limit=00001", "limit"),
        ("indices?limit=", "limit"),
        ("indices?limit=5&limit=6", "limit"),
        ("indices?agency=", "agency"),
        ("indices?agency=STC&agency=SYT", "agency"),
        ("indices?by=total&agency=STC", "agency"),
        ("indices?by=block&agency=KHONG-CO", "agency"),
        ("indices?Limit=5", "Limit"),
        ("indices?block=x", "block"),
        ("indices?cursor=", "cursor"),
        ("rankings?agency=STC", "agency"),
        ("rankings?block=", "block"),
        ("distributions?by=block", "by"),
        ("method?lang=en", "lang"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(program, path, fault):
    problem = program.ask(f"{ROUND}/{path}", status=400).json
    assert problem["code"] == "bad_parameter"
    assert [one["parameter"] for one in problem["errors"]] == [fault]


def test_all_faults_are_told_at_once(program):
    problem = program.ask(f"{ROUND}/indices?by=x&part=y&limit=z", status=400).json
    assert [one["parameter"] for one in problem["errors"]] == ["by", "part", "limit"]
    assert problem["errors"][0]["detail"] == "It must be one of: agency, block, total."


def test_what_is_not_there_is_a_problem_too(program, store, published):
    open_sample_round(store, "r0", "sipas-2022", opened_days_ago=90)
    for rest in ("", "/indices", "/rankings", "/distributions", "/method"):
        assert program.ask(f"/rounds/khong-co{rest}", status=404).json["code"] == "unknown_round"
        assert program.ask(f"/rounds/r0{rest}", status=404).json["code"] == "not_published"
    assert "r1" not in program.ask("/rounds/khong-co", status=404).text
    for path in ("/", "/rounds/", "/khong-co", f"{ROUND}/khong-co", f"{ROUND}/indices/"):
        assert program.ask(path, status=404).json["code"] == "not_found"


def test_an_answer_is_not_sent_again_while_it_holds(client, store, program, published):
    for path in ("/rounds", ROUND, f"{ROUND}/indices?limit=3", f"{ROUND}/rankings", f"{ROUND}/method"):
        answer = program.ask(path)
        tag = answer.headers["ETag"]
        again = program.ask(path, status=304, **{"If-None-Match": f'"other", W/{tag}'})
        assert again.data == b""
        assert (again.headers["ETag"], again.headers["Cache-Control"]) == (tag, "private, no-cache")
        assert "Authorization" in answer.headers["Vary"]
    path = f"{ROUND}/indices?limit=3"
    tags = {program.ask(other).headers["ETag"] for other in (path, f"{path}&part=item", f"{ROUND}/indices?limit=4")}
    tags.add(with_key(client, store, "STC").ask(path).headers["ETag"])
    assert len(tags) == 4
    add_responses(store, {"STC": (("5", 20),)})
    publish_run(store, "r1", today=TODAY)
    program.ask(path, **{"If-None-Match": ", ".join(tags)})


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_only_get_is_answered(client, program, method):
    for path in ("/rounds", f"{ROUND}/indices", "/openapi.json"):
        answer = client.open(
            f"/api/v1{path}",
            method=method,
            headers={
                "Authorization": program.authorization,
                "Origin": "https://khac.example",
                "Access-Control-Request-Method": "GET",
            },
        )
        assert answer.status_code == 405
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD"}
        assert answer.mimetype == "application/problem+json"
        schema_check({"$ref": "#/components/schemas/Problem"}, answer.json)
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


def test_a_key_that_asks_too_often_must_wait_and_no_other_key(client, store, published):
    first, second = with_key(client, store), with_key(client, store)
    # The minute does not end while they ask.
    with time_machine.travel(now_in_vietnam(), tick=False):
        for _ in range(PER_MINUTE):
            first.ask("/rounds?x=y", status=400)
        answer = first.ask(f"{ROUND}/indices", status=429)
        assert 1 <= int(answer.headers["Retry-After"]) <= 61
        assert answer.json["code"] == "too_many_requests"
        second.ask(f"{ROUND}/indices")
        client.get("/results/")
        Program(client, None).ask("/openapi.json")


def test_reading_writes_nothing_down(program, store, published):
    def trail():
        with store.reading() as connection:
            return connection.execute(select(audit)).all(), connection.execute(select(api_key)).all()

    before = trail()
    for path in ("/rounds", f"{ROUND}/indices", f"{ROUND}/distributions", f"{ROUND}/rankings", f"{ROUND}/method"):
        program.ask(path)
    assert trail() == before


def test_a_fault_of_ours_is_a_problem_that_tells_nothing(program, store):
    with store.writing(ADDED) as connection:
        connection.execute(text("ALTER TABLE api_key RENAME TO gone"))
    answer = program.ask("/rounds", status=500)
    assert answer.json["code"] == "internal_server_error"
    assert "api_key" not in answer.text
