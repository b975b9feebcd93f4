"""The applications that are compared: ours, the plain one, and the floor, each on a new database."""

import os
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from scripts.benches.application import our_server
from scripts.benches.databases import Asked, add_counters, open_sample, opened
from scripts.benches.servers import Command, granian, gunicorn

# The same job as the peers': 22 criteria, some questions on facts and the profile, one comment.
INSTRUMENT = "sipas-2017"
SAME_AS_OURS = ("flask", "flask-wtf", "sqlalchemy", "psycopg", "psycopg-binary", "granian")
GUNICORN = "27.0.1"


@dataclass(frozen=True, slots=True)
class Peers:
    """Where the peers' sources lie, and the Python that has what they need."""

    folder: Path
    python: Path

    @property
    def respondents(self) -> Path:
        """Return the load client."""
        return self.folder / "respondents.py"


@dataclass(frozen=True, slots=True)
class Served:
    """An application ready to start: its command, the forms' paths, and the tables that get a row of each response."""

    command: Command
    paths: tuple[str, ...]
    tables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contender:
    """One side of the comparison. `prepare` makes its tables at an address and tells how to serve it on a port."""

    name: str
    needs_postgresql: bool
    prepare: Callable[[Peers, str, Path, int, int], Served]


def _ours(_peers: Peers, database: str, scratch: Path, port: int, counters: int) -> Served:
    with opened(database) as store:
        codes = [open_sample(store, INSTRUMENT, Asked.BY_DEFAULT).point.code]
        if counters > 1:
            codes = add_counters(store, counters)
    paths = tuple(f"/K/{code}" for code in codes)
    return Served(our_server(database, port=port, instance=scratch), paths, ("response", "comment_inbox"))


def _plain(peers: Peers, database: str, _scratch: Path, port: int, counters: int) -> Served:
    settings = {"MODE": "wide", "DATABASE": database, "PYTHONDONTWRITEBYTECODE": "1"}
    make = [str(peers.python), "plain_app.py"]
    subprocess.run(make, check=True, cwd=peers.folder, env={**os.environ, **settings})
    words = gunicorn("plain_app:app", python=peers.python, port=port)
    return Served(Command(words, peers.folder, settings), _numbered(counters), ("wide_response",))


def _floor(peers: Peers, database: str, _scratch: Path, port: int, counters: int) -> Served:
    settings = {"FLOORDB": database.removeprefix("sqlite:///"), "PYTHONDONTWRITEBYTECODE": "1"}
    words = granian("floor_app:app", python=peers.python, port=port)
    return Served(Command(words, peers.folder, settings), _numbered(counters), ("r",))


def _numbered(counters: int) -> tuple[str, ...]:
    """Return the paths of the peers' forms, which know nothing of a registry."""
    return tuple(f"/s/{number + 1}" for number in range(counters))


CONTENDERS = (
    Contender("ours, SQLite", False, _ours),
    Contender("ours, PostgreSQL", True, _ours),
    Contender("plain, SQLite", False, _plain),
    Contender("plain, PostgreSQL", True, _plain),
    Contender("floor, SQLite", False, _floor),
)


def find_peers(folder: Path) -> Peers:
    """Return the peers in `folder`; what they need is installed once into a cache outside the repository."""
    missing = [name for name in ("plain_app.py", "floor_app.py", "respondents.py") if not (folder / name).exists()]
    if missing:
        sys.exit(f"{folder} has no {', '.join(missing)}: name the folder of the peers with --peers DIR")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hai-long-bench"
    return Peers(folder, _environment(cache))


def _environment(cache: Path) -> Path:
    """Return the Python of a virtual environment with the peers' packages, in our versions where we use them too."""
    wanted = [*(f"{name}=={version(name)}" for name in SAME_AS_OURS), f"gunicorn=={GUNICORN}"]
    python, stamp = cache / "venv" / "bin" / "python", cache / "installed"
    if not stamp.exists() or stamp.read_text() != "\n".join(wanted):
        print(f"Installing what the peers need into {cache} …", file=sys.stderr)
        venv.create(cache / "venv", clear=True, with_pip=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]
        subprocess.run(install, check=True, stdout=sys.stderr)
        stamp.write_text("\n".join(wanted))
    return python
