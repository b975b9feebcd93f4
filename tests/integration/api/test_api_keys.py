"""Keys of the API: what each may read, and that nothing is told without one, too often, or after its end."""

import pytest
import time_machine
from sqlalchemy import select

from survey.fieldwork import Agency
from survey.operations.clock import now_in_vietnam
from survey.operations.staff.api_keys import add_key, revoke_key
from survey.store.registry.editing import add_agencies
from survey.store.staff.tables import api_key, audit
from survey.store.subjects import ADDED
from survey.web.api.door import PER_MINUTE
from tests.integration.api.program import COMMUNES, DEPARTMENTS, ROUND, TODAY, Program, with_key

# Many pages or files on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow


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


def test_reading_writes_nothing_down_but_the_day_once(program, store, published):
    def trail():
        with store.reading() as connection:
            return connection.execute(select(audit)).all(), connection.execute(select(api_key)).all()

    program.ask("/rounds")
    before = trail()
    for path in ("/rounds", f"{ROUND}/indices", f"{ROUND}/distributions", f"{ROUND}/rankings", f"{ROUND}/method"):
        program.ask(path)
    assert trail() == before
