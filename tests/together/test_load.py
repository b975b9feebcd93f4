"""Everything at once under load, killed at random: nothing acknowledged is lost, doubled or brought back.

Phones send 1,000 keyed answers, half of them with comments, and send them again at random, while the nightly work,
retention, publications by page and by command, imports, mergers, and edits of rounds and visits run beside each other;
commands, publications and workers are killed at moments drawn from a seed. The environment variable LOAD_ANSWERS=25000
asks for the large run, LOAD_SEED=… for another seed, and LOAD_REPORT=FILE adds a line of figures to a file.
"""

import json
import os
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from survey.forms.form_token import FormTokens
from survey.operations.clock import today_in_vietnam
from survey.operations.keeping.doctor import Instance, examine
from survey.operations.keeping.retention import forget_overdue
from survey.operations.publishing.jobs import find_publishing
from survey.operations.results.runs import compute_index
from survey.operations.rounds.rounds import NewRound, open_round
from survey.responses import HalfDay, Mode, SubmissionKey
from survey.settings import load_settings
from survey.store.collecting.responses import NewComment, NewResponse, save_responses
from survey.store.collecting.settling import settle
from survey.store.jobs.jobs import JobState
from survey.store.registry.agencies import find_round
from survey.store.registry.points import list_points
from tests.servers import running_server
from tests.sign_in import walk_in
from tests.together import reckoning
from tests.together.bustle import Bustle, children_that_publish
from tests.together.crowd import Crowd, Sending
from tests.together.lanes import Scene
from tests.together.place import DAY, ROUND, Browser, Scale
from tests.together.registry_lanes import counters_of

pytestmark = pytest.mark.together

ANSWERS = int(os.environ.get("LOAD_ANSWERS", "1000"))
SEED = os.environ.get("LOAD_SEED", "1")
SMALL = Scale(ANSWERS, phones=6, settlings=4, old_rounds=2, publications=2, tables=2, quick_acts=6)
LARGE = Scale(ANSWERS, phones=8, settlings=10, old_rounds=4, publications=5, tables=4, quick_acts=20)
SCALE = LARGE if ANSWERS >= 25_000 else SMALL
# Of the sample registry: counters of departments and of wards, in use since long ago; the first two are as old as the
# rounds whose time is over.
POINTS = ("RMTKLJ7", "EC9LJL2", "7PRAX69", "T4J9FTX", "QJDHA47", "CSYYW6M", "PM83ELJ", "UED34VN", "P2MCN3E", "PYBP3VP")
OLD_ANSWERS, OLD_COMMENTS = 300, 150


@pytest.fixture
def environment(database_url, tmp_path):
    """Return the settings of the server, which its commands have too."""
    return {
        "HAI_LONG_INSTANCE": str(tmp_path / "instance"),
        "DATABASE_URL": database_url,
        "SURVEY_OWNER": "Sở Nội vụ",
        "FLOOD_PER_MINUTE": "1000000",
        "ANSWERS_PER_HOUR": "1000000",
        "ANSWERS_PER_DAY": "1000000",
        "PUBLIC_URL": "",
    }


@pytest.fixture
def settings(environment):
    """Return the settings as the application reads them."""
    return load_settings(environment)


@pytest.fixture
def ghosts(app, store, sample_registry):
    """Make rounds whose answers were to be forgotten, each with answers and comments, and return what phones sent."""
    tokens, found = app.extensions["hai-long"].tokens, []
    for number in range(1, SCALE.old_rounds + 1):
        opens = today_in_vietnam() - timedelta(days=800 + 12 * number)
        open_round(store, NewRound(f"old-{number}", f"Đợt cũ {number}", "sipas-2023", opens, opens + 9 * DAY))
        made = [_ghost(place, opens, tokens) for place in range(OLD_ANSWERS)]
        with store.reading() as connection:
            round_id, _ = find_round(connection, f"old-{number}")
            placed = {one.point.code: one for one in list_points(connection)}
        rows = [_row(one, round_id, placed[one.point], opens) for one in made]
        save_responses(store, rows[: OLD_ANSWERS // 2])
        # The night has moved some of the comments, and others not.
        settle(store, (today_in_vietnam(), HalfDay.MORNING))
        save_responses(store, rows[OLD_ANSWERS // 2 :])
        found += made
    return found


def _ghost(place, day, tokens) -> Sending:
    point, key = POINTS[place % 2], SubmissionKey(secrets.token_bytes(16))
    said = {"comment": f"Ý kiến cũ {place}"} if place % 2 == 0 else {}
    fields = {
        "A1": "5",
        "B1": "2",
        "E3": "N",
        **said,
        "key": key.secret.hex(),
        "token": tokens.make(point, day, key=key),
    }
    return Sending(point, key, fields)


def _row(one: Sending, round_id, placed, day) -> NewResponse:
    said = NewComment(one.key.comment, round_id, placed.agency_id, one.comment) if one.comment else None
    return NewResponse(one.key.row, round_id, placed.id, Mode.QR, day, None, reckoning.record_of(one), said)


def test_nothing_is_lost_doubled_or_brought_back_while_everything_runs_at_once_and_is_killed(
    store, ghosts, round_of_2023_form, environment, settings, tmp_path
) -> None:
    bustle, began = Bustle(environment, SEED), time.monotonic()
    with running_server(environment, tmp_path) as server:
        crowd = Crowd(server.port, POINTS, FormTokens(settings.secret_key), SCALE.answers, SEED, ghosts)
        browser = Browser(server.port)
        walk_in(browser, store)
        scene = Scene(bustle, store, server, settings, browser, tmp_path, SCALE)
        _let_all_happen(scene, crowd)
        seconds, log = time.monotonic() - began, server.output
        _wait_for_publications(store, settings, bustle)
    _report(store, crowd, bustle, seconds)
    assert crowd.faults + bustle.faults == []
    _require_that_it_was_a_load(crowd, bustle)
    assert "Traceback" not in log.read_text(encoding="utf-8")
    _finish_the_night(store, bustle)
    _audit_answers(store, crowd)
    _audit_what_was_forgotten(store, ghosts)
    _audit_decisions(store, bustle)
    assert examine(Instance(store, settings, today_in_vietnam())) == ()


def _require_that_it_was_a_load(crowd: Crowd, bustle: Bustle) -> None:
    """What did not happen shows nothing."""
    assert crowd.again > SCALE.answers / 10
    assert bustle.ended["db settle"] >= SCALE.settlings
    if SCALE is SMALL:
        # On a busy machine a short load is over before every kind of act has come to an end.
        return
    every = ("index publish", "retention apply", "registry import", "import by people", "responses import", "merger")
    every += ("merger undone", "round opened", "round open", "round changed", "visits typed", "visits import")
    assert [name for name in every if not bustle.ended[name]] == []
    assert sum(bustle.kills.values()) >= SCALE.settlings
    assert bustle.refusals


def _let_all_happen(scene: Scene, crowd: Crowd) -> None:
    over, bustle = threading.Event(), scene.bustle
    lanes = scene.lanes()
    bustle.total = sum(map(len, lanes))
    with ThreadPoolExecutor(3) as pool:
        beside = [pool.submit(scene.kill_workers, over), pool.submit(scene.publish_by_page, over)]
        answering = pool.submit(crowd.answer, SCALE.phones, bustle.progress)
        bustle.run(lanes, crowd.share)
        try:
            answering.result()
        finally:
            over.set()
        for one in beside:
            one.result()


def _wait_for_publications(store, settings, bustle: Bustle) -> None:
    """Wait for what was begun last by page, which nobody killed."""
    until = time.monotonic() + 900
    while children_that_publish(settings.database_url):
        assert time.monotonic() < until, "a publication did not come to its end"
        time.sleep(0.1)
    job = find_publishing(store, settings, ROUND)
    bustle.tell(f"publication by page, the last: {job.state}", job.fault)
    assert job.state is JobState.DONE or job.fault


def _finish_the_night(store, bustle: Bustle) -> None:
    """What was killed is made up by the next night, without anything killed."""
    forget_overdue(store, today=today_in_vietnam(), without_run=True)
    told = bustle.command("db", "settle")
    assert told.code == 0, told


def _audit_answers(store, crowd: Crowd) -> None:
    with store.reading() as connection:
        round_id, _ = find_round(connection, ROUND)
    assert len(crowd.acknowledged) == len(crowd.sent) == SCALE.answers
    assert reckoning.rows_of_phones(store, round_id) == reckoning.sent_rows(crowd.sent)
    assert reckoning.comments(store) == reckoning.sent_comments(store, crowd.sent, round_id)
    # Twenty rows and a row more for each file.
    loaded = sum(20 + number for number in range(SCALE.tables))
    assert reckoning.count_rows(store, round_id, phones=False) == loaded
    assert compute_index(store, ROUND, by=("agency",)).responses == SCALE.answers + loaded


def _audit_what_was_forgotten(store, ghosts) -> None:
    rounds = range(1, SCALE.old_rounds + 1)
    assert reckoning.forgotten(store) == [(f"old-{number}", OLD_ANSWERS, OLD_COMMENTS) for number in rounds]
    for number in rounds:
        with store.reading() as connection:
            round_id, _ = find_round(connection, f"old-{number}")
        assert reckoning.rows_of_phones(store, round_id) == {}
    kept = {key for key, *_ in reckoning.comments(store)}
    assert kept.isdisjoint(one.key.comment for one in ghosts)


def _audit_decisions(store, bustle: Bustle) -> None:
    assert list(reckoning.wrong_with_publications(store)) == []
    assert list(reckoning.wrong_with_rounds_and_visits(store)) == []
    assert list(reckoning.wrong_with_registry(store)) == []
    # Each act of this process that was done has its line in the trail, and no other has one.
    for name in ("import by people", "merger", "merger undone", "round opened", "round changed", "visits typed"):
        assert len(reckoning.trail(store, staff=name)) == bustle.ended[name], name
    with store.reading() as connection:
        names = [one.point.name for one in list_points(connection)]
    wanted = [name for number in range(SCALE.tables) for some in (number, 1000 + number) for name in counters_of(some)]
    assert sorted(one for one in names if one.startswith("Quầy mới ")) == sorted(wanted)


def _report(store, crowd: Crowd, bustle: Bustle, seconds: float) -> None:
    figures = {
        "database": "SQLite" if store.is_sqlite else "PostgreSQL",
        "seed": SEED,
        "answers": len(crowd.acknowledged),
        "with_comments": sum(bool(one.comment) for one in crowd.sent),
        "sent_again": crowd.again,
        "interruptions": dict(crowd.interruptions),
        "done": dict(bustle.ended),
        "killed": {name: number for name, number in bustle.kills.items() if number},
        "refusals": dict(bustle.refusals),
        "refusals_of_phones": dict(crowd.refusals),
        "faults": len(crowd.faults) + len(bustle.faults),
        "seconds": round(seconds),
    }
    if file := os.environ.get("LOAD_REPORT"):
        with Path(file).open("a", encoding="utf-8") as report:
            report.write(json.dumps(figures, ensure_ascii=False) + "\n")
