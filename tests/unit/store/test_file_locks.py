"""Locks of long work: one holder at a time, even while others look or tidy up."""

import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from survey.store import file_locks
from survey.store.file_locks import PAUSE, is_locked, take_lock


@pytest.fixture
def path(tmp_path):
    return tmp_path / "work.lock"


def test_one_holds_it_at_a_time_and_it_ends_with_the_file(path) -> None:
    assert not is_locked(path)
    held = take_lock(path)
    assert is_locked(path)
    assert take_lock(path) is None
    os.close(held)
    assert not is_locked(path)


def test_looking_whether_it_is_held_makes_no_file(path) -> None:
    assert not is_locked(path)
    assert not path.exists()


def test_whoever_looks_for_an_instant_stops_nobody(path) -> None:
    path.touch()
    looking = os.open(path, os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    threading.Timer(PAUSE, os.close, [looking]).start()
    held = take_lock(path)
    assert held is not None
    os.close(held)


def test_a_file_that_was_removed_after_it_was_opened_is_no_lock(path, monkeypatch) -> None:
    first, real = take_lock(path), fcntl.flock

    def lock_after_the_holder_went(file: int, kind: int) -> None:
        monkeypatch.setattr(fcntl, "flock", real)
        path.unlink()
        os.close(first)
        real(file, kind)

    monkeypatch.setattr(file_locks.fcntl, "flock", lock_after_the_holder_went)
    second = take_lock(path)
    assert take_lock(path) is None, "the file at the path is the one that is held"
    os.close(second)


def test_it_passes_to_another_process_and_ends_with_that(path) -> None:
    held = take_lock(path)
    wait = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(wait, stdin=subprocess.PIPE, pass_fds=[held]) as other:
        os.close(held)
        assert is_locked(path)
        other.kill()
    assert not is_locked(path)


def test_one_module_alone_asks_the_system_for_locks_on_files() -> None:
    survey = Path(file_locks.__file__).parents[1]
    asking = [path.name for path in survey.rglob("*.py") if "fcntl" in path.read_text("utf-8")]
    assert asking == ["file_locks.py"]
