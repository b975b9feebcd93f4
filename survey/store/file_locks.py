"""Locks between processes, each on a file: the only place that asks the system for one (flock).

One who waits for the lock around a write on SQLite gets it in the end (`FileLock`). The lock of long work is taken or
not: whoever does the work holds it; it ends with the process, so work that is not over while nobody holds its lock was
interrupted, and every process can tell.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Who only looks whether a lock is held has it for an instant.
TRIES, PAUSE = 5, 0.02


class FileLock:
    """An exclusive lock between processes (flock) and between threads of one process; a holder may take it again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.RLock()
        self._depth = 0
        self._opened: tuple[int, int] | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock."""
        with self._threads:
            if self._depth == 0:
                fcntl.flock(self._file(), fcntl.LOCK_EX)
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    fcntl.flock(self._file(), fcntl.LOCK_UN)

    def _file(self) -> int:
        # A file opened before a fork is one file for both processes, and its lock is one lock.
        if self._opened is None or self._opened[0] != os.getpid():
            self._opened = os.getpid(), os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._opened[1]


def take_lock(path: Path) -> int | None:
    """Return the open file that holds a lock, which can be handed to another process, or None when it is held."""
    for _ in range(TRIES):
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if _locked(file, fcntl.LOCK_EX) and _is_at(file, path):
            return file
        os.close(file)
        time.sleep(PAUSE)
    return None


def is_locked(path: Path) -> bool:
    """Tell whether somebody holds a lock."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _locked(file, fcntl.LOCK_SH)
    finally:
        os.close(file)


def try_lock(file: int) -> bool:
    """Take the lock of a file that is open, unless somebody has it; tell whether it was taken."""
    return _locked(file, fcntl.LOCK_EX)


def let_go(file: int) -> None:
    """Let go of a lock before its file is closed by whoever else has it open."""
    fcntl.flock(file, fcntl.LOCK_UN)


def _locked(file: int, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(file: int, path: Path) -> bool:
    """Tell whether a file still stands at its path: it may have been removed after it was opened here."""
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False
