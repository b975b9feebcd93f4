"""Acknowledged means stored, once: many copies of one answering at a time, and workers killed under load."""

import http.client
import json
import os
import re
import secrets
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from sqlalchemy import func, select

from survey.forms.form_token import FormTokens
from survey.operations.clock import today_in_vietnam
from survey.responses import SubmissionKey
from survey.store import tables
from tests.servers import Caller, get, post, running_server

pytestmark = pytest.mark.slow

POINT = "L4E3SZF"
KEYS, COPIES = 500, 20
KILLS, PHONES = 10, 8
BETWEEN_KILLS = 0.7
GIVE_UP_SECONDS = 30.0


@pytest.fixture
def server(database_url, round_of_2023_form, tmp_path):
    """Yield a server of two processes on the test's database."""
    environment = {
        "HAI_LONG_INSTANCE": str(tmp_path / "instance"),
        "DATABASE_URL": database_url,
        "SURVEY_OWNER": "Sở Nội vụ",
        "FLOOD_PER_MINUTE": "1000000",
        "ANSWERS_PER_HOUR": "1000000",
        "ANSWERS_PER_DAY": "1000000",
        "PUBLIC_URL": "",
    }
    with running_server(environment, tmp_path) as started:
        yield started


@pytest.fixture
def tokens(server, tmp_path):
    """Return what makes the tokens of the server's forms; the first one comes over the network."""
    made = FormTokens((tmp_path / "instance" / "secret.key").read_bytes())
    page = get(server.port, f"/K/{POINT}").body
    assert made.read(POINT, re.search(r'name=token[^>]* value="([^"]+)"', page)[1])
    return made


def answering(key, tokens, answer="5"):
    token = tokens.make(POINT, today_in_vietnam(), key=SubmissionKey(key))
    return {"A1": answer, "E3": "N", "comment": f"Ý kiến {key.hex()[:8]}", "key": key.hex(), "token": token}


def stored_rows(store):
    with store.reading() as connection:
        found = connection.execute(select(tables.response.c.key, tables.response.c.answers))
        return {bytes(row.key): row.answers for row in found}


def count_comments(store):
    with store.reading() as connection:
        return connection.execute(select(func.count()).select_from(tables.comment_inbox)).scalar_one()


def test_twenty_copies_at_a_time_are_stored_once_and_get_one_receipt(server, store, tokens):
    keys = [secrets.token_bytes(16) for _ in range(KEYS)]
    together = threading.Barrier(COPIES)

    def send_all(_copy):
        with Caller(server.port) as caller:
            return [send(caller, key) for key in keys]

    def send(caller, key):
        together.wait(GIVE_UP_SECONDS)
        return caller.post(f"/K/{POINT}", answering(key, tokens))

    with ThreadPoolExecutor(COPIES) as pool:
        by_copy = list(pool.map(send_all, range(COPIES)))
    assert {reply.status for replies in by_copy for reply in replies} == {201}
    receipts = [{json.loads(reply.body)["receipt"] for reply in copies} for copies in zip(*by_copy, strict=True)]
    assert receipts == [{SubmissionKey(key).receipt} for key in keys]
    assert len(set.union(*receipts)) == KEYS
    assert stored_rows(store).keys() == {SubmissionKey(key).row for key in keys}
    assert count_comments(store) == KEYS


def test_a_key_sent_again_with_other_answers_is_refused_and_the_first_answers_stay(server, store, tokens):
    key = secrets.token_bytes(16)
    # Of many different answerings under one key, at the same moment, one is stored and the others are told so.
    with ThreadPoolExecutor(COPIES) as pool:
        sent = [answering(key, tokens, "12345"[number % 5]) for number in range(COPIES)]
        statuses = list(pool.map(lambda fields: post(server.port, f"/K/{POINT}", fields).status, sent))
    first = stored_rows(store)
    ((row, record),) = first.items()
    assert row == SubmissionKey(key).row
    assert [status == 201 for status in statuses] == [fields["A1"] == record[0] for fields in sent]
    assert set(statuses) == {201, 409}
    other = "1" if record[0] != "1" else "2"
    assert post(server.port, f"/K/{POINT}", answering(key, tokens, other)).status == 409
    assert stored_rows(store) == first


@dataclass
class Hall:
    """What the phones of a hall have seen: receipts by key, and how often the server went away."""

    receipts: dict[bytes, str] = field(default_factory=dict)
    interruptions: int = 0

    def answer_until(self, stop, port, tokens):
        """Send one answering after the other, each until it has its receipt."""
        while not stop.is_set():
            key = secrets.token_bytes(16)
            self.receipts[key] = self.acknowledged(answering(key, tokens), port)

    def acknowledged(self, fields, port):
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < deadline:
            try:
                reply = post(port, f"/K/{POINT}", fields)
            except (OSError, http.client.HTTPException):
                self.interruptions += 1
                time.sleep(0.02)
            else:
                assert reply.status == 201, reply
                return json.loads(reply.body)["receipt"]
        raise TimeoutError("no receipt")


def kill_a_worker(server):
    """Kill the older of two workers without warning, and wait until there are two again."""
    # When the worker that came last dies within 5.5 seconds, granian takes it for a crash loop and ends itself.
    killed, *others = server.worker_pids()
    os.kill(killed, signal.SIGKILL)
    deadline = time.monotonic() + GIVE_UP_SECONDS
    while len(set(server.worker_pids()) - {killed}) <= len(others):
        assert time.monotonic() < deadline, "the killed worker was not replaced"
        time.sleep(0.02)


def test_no_acknowledged_response_is_lost_or_doubled_when_workers_are_killed(server, store, tokens):
    hall, stop = Hall(), threading.Event()
    with ThreadPoolExecutor(PHONES) as pool:
        phones = [pool.submit(hall.answer_until, stop, server.port, tokens) for _ in range(PHONES)]
        for _ in range(KILLS):
            time.sleep(BETWEEN_KILLS)
            kill_a_worker(server)
        time.sleep(BETWEEN_KILLS)
        stop.set()
    for phone in phones:
        phone.result()
    assert hall.interruptions >= 1, "no request was under way when a worker was killed: the test showed nothing"
    assert hall.receipts == {key: SubmissionKey(key).receipt for key in hall.receipts}
    assert stored_rows(store).keys() == {SubmissionKey(key).row for key in hall.receipts}
    assert count_comments(store) == len(hall.receipts)
