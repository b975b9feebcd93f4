"""Real commands in processes of their own, forked from one that has loaded the application already.

Loading takes a command longer than its work; a kill in the middle of the work is what is wanted here.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from flask.cli import main

COMMAND_SECONDS = 900.0
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["survey.app", "tests.together.commands"])


@dataclass(frozen=True, slots=True)
class Told:
    """A command that ended: its exit code (negative for a signal), and what it printed."""

    args: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def is_killed(self) -> bool:
        """Tell whether we ended it."""
        return self.code == -signal.SIGKILL

    @property
    def fault(self) -> str:
        """What is wrong with how it ended, empty for nothing: a traceback, or a refusal without a sentence."""
        if "Traceback" in self.out + self.err:
            return f"{self.args} printed a traceback:\n{self.err}"
        if self.code not in (0, 1, -signal.SIGKILL):
            return f"{self.args} ended with {self.code}:\n{self.err}"
        if self.code == 1 and max(one.count(" ") for one in [*self.err.splitlines(), ""]) < 2:
            return f"{self.args} was refused without a sentence: {self.err!r}"
        return ""


def run_command(args: tuple[str, ...], environment: Mapping[str, str], killed_after: float | None) -> Told:
    """Run `flask --app wsgi ARGS`, or kill it so long after it has begun to speak to the database."""
    with TemporaryDirectory(prefix="hl-command-") as folder:
        out, err = (Path(folder, name) for name in ("out", "err"))
        process = PROCESSES.Process(target=_become, args=(args, dict(environment), str(out), str(err)))
        process.start()
        if killed_after is not None:
            kill = threading.Thread(target=_kill, args=(process.pid, environment["DATABASE_URL"], killed_after))
            kill.start()
            kill.join()
        process.join(COMMAND_SECONDS)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(f"{args} did not come to an end")
        texts = (one.read_text(encoding="utf-8") if one.exists() else "" for one in (out, err))
        return Told(args, process.exitcode, *texts)


def _become(args: tuple[str, ...], environment: dict[str, str], out: str, err: str) -> None:
    os.environ.update(environment)
    for path, stream in ((out, sys.stdout), (err, sys.stderr)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(file, stream.fileno())
    sys.argv = ["flask", "--app", "wsgi", *args]
    main()


def _kill(pid: int, database_url: str, after: float) -> None:
    while _lives(pid) and not speaks_to(pid, database_url):
        time.sleep(0.005)
    until = time.monotonic() + after
    while _lives(pid) and time.monotonic() < until:
        time.sleep(0.005)
    if _lives(pid):
        os.kill(pid, signal.SIGKILL)


def _lives(pid: int) -> bool:
    """Tell whether a process is there; one that ended and was not waited for is none."""
    with suppress(OSError):
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    return False


def speaks_to(pid: int, database_url: str) -> bool:
    """Tell whether a process has opened the database: its file, or a connection."""
    place = database_url.removeprefix("sqlite:///") if database_url.startswith("sqlite") else "socket:"
    return any(one.startswith(place) for one in _opened(pid))


def _opened(pid: int) -> Iterator[str]:
    with suppress(OSError):
        for one in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                yield str(one.readlink())
