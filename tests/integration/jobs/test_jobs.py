"""Work in the background: none is lost, none is done twice at once, and every fault ends the job in words."""

import os
import signal
import threading
import time
from dataclasses import replace

import psutil
import pytest
from sqlalchemy import update

from survey.errors import JobFailedError
from survey.operations.clock import today_in_vietnam
from survey.operations.jobs import jobs, working
from survey.operations.jobs.jobs import (
    GAVE_UP,
    GONE,
    MOST_TRIES,
    WORKER,
    JobKind,
    find_job,
    list_interrupted,
    look_after,
    look_after_all,
    start_job,
)
from survey.operations.jobs.working import FAILED, carry_out
from survey.operations.keeping.doctor import Instance, examine
from survey.services import EXTENSION
from survey.settings import load_settings
from survey.store.file_locks import take_lock
from survey.store.jobs.jobs import JobState, job, put_job
from survey.store.subjects import ADDED
from tests.batches import PATIENCE, ended

POSTERS, ABOUT = JobKind.POSTERS, "7"


@pytest.fixture
def settings(app):
    """Return the settings of the application."""
    return app.extensions[EXTENSION].settings


@pytest.fixture
def unspawned(monkeypatch):
    """Begin jobs without a process: this test is the worker."""
    monkeypatch.setattr(jobs, "_spawn", lambda settings, new, lock: None)


def begun(store, settings, **fields):
    """Begin a job and return it."""
    assert start_job(store, settings, POSTERS, ABOUT, staff="lan")
    if fields:
        change(store, **fields)
    with store.reading() as connection:
        return jobs.kept.find_job(connection, POSTERS, ABOUT)


def change(store, **fields):
    with store.writing(ADDED) as connection:
        connection.execute(update(job).values(**fields))


def elsewhere(settings, *, seconds_ago: float) -> dict[str, object]:
    """Return what the row of a worker on another machine says, after its last sign of life."""
    return {"worker": "another-machine 1", "beat": time.time() - seconds_ago}


def test_a_job_is_done_step_by_step_and_says_when_each_began(store, settings, unspawned):
    mine = begun(store, settings)
    seen = []

    def work(own):
        for step in ("count", "draw"):
            yield step
            seen.append(find_job(store, settings, POSTERS, ABOUT).step)

    carry_out(store, mine, work)
    found = find_job(store, settings, POSTERS, ABOUT)
    assert (found.state, found.fault, list(found.steps), seen) == (JobState.DONE, "", ["count", "draw"], seen)
    assert seen == ["count", "draw"]
    assert found.began <= found.steps["count"] <= found.steps["draw"] <= found.ended


@pytest.mark.parametrize(
    ("error", "told"), [(JobFailedError("Không còn gì để in."), "Không còn gì để in."), (KeyError("secret"), FAILED)]
)
def test_a_fault_ends_the_job_in_words(store, settings, unspawned, error, told):
    def work(own):
        yield "count"
        raise error

    carry_out(store, begun(store, settings), work)
    found = find_job(store, settings, POSTERS, ABOUT)
    assert (found.state, found.fault) == (JobState.FAILED, told)


def test_whoever_lost_a_job_to_another_worker_stops_and_writes_nothing(store, settings, unspawned):
    mine, after = begun(store, settings), []

    def work(own):
        yield "count"
        begun(store, settings)
        yield "draw"
        after.append("drawn")

    carry_out(store, mine, work)
    found = find_job(store, settings, POSTERS, ABOUT)
    assert (after, list(found.steps), found.worker == mine.worker) == ([], [], False)


def test_signs_of_life_are_given_while_a_step_lasts(store, settings, unspawned, monkeypatch):
    monkeypatch.setattr(working, "BEAT", 0.01)
    mine = begun(store, settings, beat=1.0)

    def work(own):
        change(store, beat=1.0)
        until = time.monotonic() + PATIENCE
        while find_row(store).beat == 1.0:
            assert time.monotonic() < until
            time.sleep(0.01)
        return iter(())

    carry_out(store, mine, work)
    assert find_row(store).state is JobState.DONE


def find_row(store):
    with store.reading() as connection:
        return jobs.kept.find_job(connection, POSTERS, ABOUT)


def test_a_job_is_begun_once_however_often_somebody_asks(store, settings, unspawned):
    lock = take_lock(jobs._lock_path(settings, POSTERS, ABOUT))
    assert not start_job(store, settings, POSTERS, ABOUT, staff="lan")
    os.close(lock)
    begun(store, settings, **elsewhere(settings, seconds_ago=1))
    assert not start_job(store, settings, POSTERS, ABOUT, staff="lan")
    assert find_job(store, settings, POSTERS, ABOUT).state is JobState.RUNNING


def test_a_worker_of_another_machine_without_a_sign_of_life_is_gone(store, settings, unspawned):
    begun(store, settings, **elsewhere(settings, seconds_ago=GONE + 1))
    assert find_job(store, settings, POSTERS, ABOUT).state is JobState.INTERRUPTED
    found = look_after(store, settings, POSTERS, ABOUT)
    assert (found.tries, found.staff) == (2, "lan")


def test_a_job_that_ends_while_a_page_is_made_is_not_taken_for_interrupted(store, settings, unspawned):
    mine = begun(store, settings)
    with store.one_moment():
        assert find_row(store).state is JobState.RUNNING
        worker = threading.Thread(target=carry_out, args=(store, mine, lambda own: ["count"]))
        worker.start()
        worker.join()
        # The page goes on in its moment, in which the job still runs; its worker is gone.
        assert find_row(store).state is JobState.RUNNING
        assert look_after(store, settings, POSTERS, ABOUT).state is JobState.DONE
    assert find_row(store).tries == 1


def test_a_job_that_kills_its_workers_ends_in_words(store, settings, unspawned):
    begun(store, settings)
    for tries in range(2, MOST_TRIES + 1):
        assert look_after(store, settings, POSTERS, ABOUT).tries == tries
    assert look_after(store, settings, POSTERS, ABOUT).fault == GAVE_UP
    found = find_job(store, settings, POSTERS, ABOUT)
    assert (found.state, found.fault) == (JobState.FAILED, GAVE_UP)


def test_a_publication_whose_worker_is_gone_is_told_and_not_begun_again(store, settings, unspawned):
    assert start_job(store, settings, JobKind.PUBLICATION, "r1", staff="lan", order={"today": "2026-11-30"})
    found = look_after(store, settings, JobKind.PUBLICATION, "r1")
    assert (found.state, found.tries) == (JobState.INTERRUPTED, 1)
    assert look_after_all(store, settings) == 0
    assert [one.about for one in list_interrupted(store, settings)] == ["r1"]
    told = [one.fault for one in examine(Instance(store, settings, today_in_vietnam())) if one.check == "jobs"]
    assert told == ["publication of r1, asked for by lan, was interrupted; do: db settle, or begin it again"]


def test_a_worker_reads_the_settings_of_its_server_from_another_folder(tmp_path, monkeypatch):
    server, worker = tmp_path / "server", tmp_path / "worker"
    for folder in (server, worker):
        folder.mkdir()
    (server / "days.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(server)
    told = {"HAI_LONG_INSTANCE": "here", "HOLIDAYS_FILE": "days.toml", "PAR_FILE": "par.toml", "CASE_DAYS": "20"}
    settings = load_settings(told)
    monkeypatch.chdir(worker)
    assert load_settings(settings.given) == settings
    assert settings.holidays_file == server / "days.toml"
    assert list(worker.iterdir()) == []


@pytest.mark.slow
def test_a_killed_worker_is_seen_at_once_and_the_next_one_does_the_job(store, settings):
    assert start_job(store, settings, POSTERS, ABOUT, staff="lan")
    # The worker of an earlier test may still be on its way out.
    worker = max(
        (one for one in psutil.Process().children() if WORKER in one.cmdline()), key=lambda one: one.create_time()
    )
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert find_job(store, settings, POSTERS, ABOUT).state is JobState.INTERRUPTED
    assert look_after_all(store, settings) == 1
    found = ended(store, settings, POSTERS, ABOUT)
    # There is no such batch, which the worker says; it came to its end.
    assert (found.tries, found.state) == (2, JobState.FAILED)
    assert "không có gì để in" in found.fault


def test_the_row_of_before_makes_room_for_the_next_job(store, settings, unspawned):
    first = begun(store, settings)
    with store.writing(ADDED) as connection:
        put_job(connection, replace(first, state=JobState.FAILED, fault="x", ended=1.0))
    assert begun(store, settings).fault == ""
