"""The API of programs: the OpenAPI document describes it, and its figures are those of hand arithmetic."""

import re
from collections import defaultdict

import pytest
from jsonschema import Draft202012Validator

from survey.analysis.disclosure.decide import WithheldReason
from survey.analysis.figures.estimates import Caution, ClusterKind
from survey.analysis.ranking.ranking import Unranked
from survey.fieldwork import SamplingBasis
from survey.operations.publishing.publishing import publish_run
from survey.store.registry.agencies import find_round
from survey.store.results.heads import RunKind
from survey.web.api.asking import MOST_ROWS
from survey.web.api.door import PER_MINUTE
from survey.web.api.problems import PREFIX
from tests.conftest import open_sample_round
from tests.integration.api.program import (
    COMMUNES,
    DOCUMENT,
    ITEMS,
    ROUND,
    SAID,
    SIPAS,
    TODAY,
    Program,
    add_responses,
    resolved,
    schema_check,
)

# Many pages or files on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow


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
