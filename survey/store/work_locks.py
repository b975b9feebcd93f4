"""Locks of long work that any process of the server may begin.

Whoever does the work holds the lock on a file. It ends with the process, so work that is not over while nobody holds
its lock was interrupted, and every process can tell.
"""

import fcntl
import os
import time
from pathlib import Path

# Who only looks whether a lock is held has it for an instant.
TRIES, PAUSE = 5, 0.02


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
