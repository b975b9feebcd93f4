"""Start a server on loopback, tell what processor time it takes, and end it.

Only processes started here are ever ended.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]

START_SECONDS, STOP_SECONDS = 30.0, 10.0


@dataclass(frozen=True, slots=True)
class Command:
    """How to start a program: its words, the folder it runs in, what it adds to the environment, and as whom."""

    words: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None


def granian(application: str, *, python: Path, port: int) -> tuple[str, ...]:
    """Return the words that serve a WSGI application as `scripts/serve` does; `python` tells the environment."""
    place = ("--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port))
    size = ("--workers", "2", "--blocking-threads", "8", "--respawn-failed-workers", "--log-level", "error")
    return str(python.with_name("granian")), *place, *size, application


def gunicorn(application: str, *, python: Path, port: int) -> tuple[str, ...]:
    """Return the words that serve a WSGI application with two synchronous workers."""
    place = ("--bind", f"127.0.0.1:{port}", "--workers", "2", "--log-level", "warning")
    return str(python.with_name("gunicorn")), *place, application


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: Command, *, log: Path, is_ready: Callable[[], bool]) -> Iterator[psutil.Process]:
    """Yield the process once `is_ready`, and end it with its children; what it says goes to `log`."""
    with log.open("wb") as said:
        process = psutil.Popen(
            command.words,
            cwd=command.folder,
            env={**os.environ, **command.environment},
            user=command.user,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(process, log, is_ready)
        yield process
    finally:
        _end(process)


def _wait(process: psutil.Popen, log: Path, is_ready: Callable[[], bool]) -> None:
    last = time.monotonic() + START_SECONDS
    while not is_ready():
        if process.poll() is not None or time.monotonic() > last:
            sys.exit(f"{process.args[0]} did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.05)


def _end(process: psutil.Popen) -> None:
    if process.poll() is not None:
        return
    family = [process, *process.children(recursive=True)]
    # All of them stop at SIGINT; at SIGTERM PostgreSQL would wait for its last client.
    process.send_signal(signal.SIGINT)
    _, left = psutil.wait_procs(family, timeout=STOP_SECONDS)
    for one in left:
        one.kill()
    psutil.wait_procs(left, timeout=STOP_SECONDS)


def listens(port: int) -> bool:
    """Tell whether somebody accepts connections on this port of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def cpu_seconds(root: psutil.Process) -> float:
    """Return the processor seconds a process and all its descendants have used, ended ones included."""
    return sum(map(_own_seconds, (root, *root.children(recursive=True))))


def _own_seconds(process: psutil.Process) -> float:
    try:
        # The last field, time spent waiting for the disk, is no processor time.
        return float(sum(process.cpu_times()[:4]))
    except psutil.NoSuchProcess:
        return 0.0
