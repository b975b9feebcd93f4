"""A real server for tests: granian with two workers on a free port of the loopback, as `scripts/serve` starts it."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).parent.parent
READY_SECONDS = 180.0
STOP_SECONDS = 3.0
ANSWER_SECONDS = 20.0
SERVE = (
    "--interface wsgi --host 127.0.0.1 --workers 2 --blocking-threads 8 --respawn-failed-workers --log-level warning"
)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its port, its main process, and the file of everything it prints."""

    port: int
    process: subprocess.Popen[bytes]
    output: Path

    def worker_pids(self) -> list[int]:
        """Return the process ids of the workers that live now, the oldest first."""
        lists = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        # The numbers of processes begin anew some day, so the lower one need not be the older one.
        return sorted((int(child) for one in lists for child in _text_of(one).split()), key=_began)

    @contextmanager
    def asleep(self) -> Iterator[None]:
        """Let every worker stand still for a while: connections are taken and nothing is answered."""
        workers = self.worker_pids()
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        # The signal only asks: on a busy machine a thread still answers before it stands.
        while not all(_stands_still(worker) for worker in workers):
            time.sleep(0.01)
        try:
            yield
        finally:
            for worker in workers:
                os.kill(worker, signal.SIGCONT)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back over the network."""

    status: int
    body: str


class Caller:
    """One caller with a connection of its own, which it keeps open; HTTP as the network carries it."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)

    def get(self, path: str) -> Reply:
        """Fetch a page."""
        return self._ask("GET", path, None, {})

    def post(self, path: str, fields: Mapping[str, str]) -> Reply:
        """Send a form as the page's script does; raises OSError or HTTPException when the server goes away."""
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, urlencode(fields), headers)

    def ask(self, method: str, path: str, *, headers: Mapping[str, str]) -> Reply:
        """Send a request without a body."""
        return self._ask(method, path, None, headers)

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *_raised: object) -> None:
        self._connection.close()

    def _ask(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> Reply:
        self._connection.request(method, path, body, dict(headers))
        answer = self._connection.getresponse()
        return Reply(answer.status, answer.read().decode())


def get(port: int, path: str) -> Reply:
    """Fetch a page over a new connection."""
    with Caller(port) as caller:
        return caller.get(path)


def post(port: int, path: str, fields: Mapping[str, str]) -> Reply:
    """Send a form over a new connection."""
    with Caller(port) as caller:
        return caller.post(path, fields)


@contextmanager
def running_server(
    environment: Mapping[str, str],
    folder: Path,
    *,
    port: int | None = None,
    errors: int | None = subprocess.STDOUT,
    target: str = "wsgi:app",
) -> Iterator[Server]:
    """Yield a server that is ready, with `environment` added to ours; its output goes into `folder`.

    Its standard error goes to the open file `errors`; None closes it.
    """
    port, output = port or free_port(), folder / "server.log"
    command = [sys.executable, "-m", "granian", *SERVE.split(), "--port", str(port), target]
    if errors is None:
        command = ["sh", "-c", 'exec "$@" 2>&-', "sh", *command]
    with output.open("wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdout=file, stderr=errors)
    server = Server(port, process, output)
    try:
        _wait_until_ready(server)
        yield server
    finally:
        _stop(server)


def free_port() -> int:
    """Return a port of the loopback nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def _stands_still(worker: int) -> bool:
    """Tell whether every thread of a process is stopped."""
    threads = Path(f"/proc/{worker}/task").glob("*/status")
    return all("State:\tT" in _text_of(thread) for thread in threads)


def _began(worker: int) -> int:
    """Return when a process began, in ticks since the machine did; 0 for one that ended just now."""
    fields = _text_of(Path(f"/proc/{worker}/stat")).rpartition(")")[2].split()
    return int(fields[19]) if fields else 0


def _text_of(file: Path) -> str:
    """Return what the kernel tells about a process or a thread; nothing of one that ended just now."""
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            get(server.port, "/K")
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{server.output.read_text()}")


def _stop(server: Server) -> None:
    """End the main process, which ends its workers; a worker that does not listen is killed."""
    workers = server.worker_pids()
    server.process.terminate()
    try:
        server.process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()
        for worker in workers:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
