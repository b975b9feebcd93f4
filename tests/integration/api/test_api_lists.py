"""Lists of the API: page by page, copies that hold, and every refusal against RFC 9457."""

import pytest
from sqlalchemy import text

from survey.operations.publishing.publishing import publish_run
from survey.store.subjects import ADDED
from survey.web.api.asking import CursorPlace, digest_of
from tests.conftest import open_sample_round
from tests.integration.api.program import ROUND, TODAY, add_responses, schema_check, with_key

# Many pages or files on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow


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


def test_a_fault_of_ours_is_a_problem_that_tells_nothing(program, store):
    with store.writing(ADDED) as connection:
        connection.execute(text("ALTER TABLE api_key RENAME TO gone"))
    answer = program.ask("/rounds", status=500)
    assert answer.json["code"] == "internal_server_error"
    assert "api_key" not in answer.text
