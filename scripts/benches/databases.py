"""The databases of a measurement: new SQLite files and a private PostgreSQL server, both fully durable."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from random import Random

import psutil  # type: ignore[import-untyped]
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from scripts.benches.servers import Command, running
from survey.fieldwork import Agency, ServicePoint, make_code
from survey.operations.clock import today_in_vietnam
from survey.operations.registry.csv_import import import_registry
from survey.operations.rounds.rounds import NewRound, open_round
from survey.store import schema
from survey.store.engine import Store, open_store
from survey.store.registry.agencies import list_agencies
from survey.store.registry.editing import add_agencies
from survey.store.registry.points import PlacedPoint, add_points, list_points
from survey.store.subjects import ADDED

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "lang-son"
PROGRAMS = Path("/usr/lib/postgresql")
ROUND = "do"


class Asked(Enum):
    """Which questions outside the index a round asks."""

    BY_DEFAULT = "by default"
    ALL = "with profile and overall"


@dataclass(frozen=True, slots=True)
class PostgreSQL:
    """A server of our own on a socket of its own; `process` is its first process."""

    process: psutil.Process
    folder: Path

    def address(self, name: str) -> str:
        """Return the SQLAlchemy address of a database."""
        return _address(self.folder, name)

    def make(self, name: str) -> str:
        """Make an empty database and return its address."""
        engine = create_engine(self.address("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self.address(name)


def _address(folder: Path, name: str) -> str:
    return f"postgresql+psycopg://hai_long@/{name}?host={folder}"


@contextmanager
def postgresql() -> Iterator[PostgreSQL | None]:
    """Yield a new PostgreSQL server, or None on a machine without its programs."""
    found = sorted(PROGRAMS.glob("*/bin/initdb"))
    initdb = shutil.which("initdb") or (str(found[-1]) if found else None)
    if initdb is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="hl-pg-"))
    # PostgreSQL refuses to run as root, so it runs as somebody without rights.
    user = "nobody" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    try:
        with _server(Path(initdb), folder, user) as process:
            yield PostgreSQL(process, folder)
    finally:
        shutil.rmtree(folder)


@contextmanager
def _server(initdb: Path, folder: Path, user: str | None) -> Iterator[psutil.Process]:
    data = str(folder / "data")
    make = (str(initdb), "-D", data, "-U", "hai_long", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync")
    subprocess.run(make, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)
    serve = (str(initdb.with_name("postgres")), "-D", data, "-k", str(folder), "-c", "listen_addresses=")
    command = Command(serve, folder, user=user)
    with running(command, log=folder / "log", is_ready=lambda: _answers(_address(folder, "postgres"))) as process:
        yield process


def _answers(address: str) -> bool:
    engine = create_engine(address)
    try:
        with engine.connect():
            return True
    except OperationalError:
        return False
    finally:
        engine.dispose()


@contextmanager
def opened(address: str) -> Iterator[Store]:
    """Yield a migrated store and let go of its connections at the end."""
    store = open_store(address)
    schema.upgrade(store)
    yield store
    store.close()


def open_sample(store: Store, instrument: str, asked: Asked) -> PlacedPoint:
    """Bring in the sample registry, open a round, and return the service point with the longest names."""
    import_registry(store, EXAMPLES)
    today, more = today_in_vietnam(), asked is Asked.ALL
    opens, closes = today - timedelta(days=1), today + timedelta(days=30)
    open_round(store, NewRound(ROUND, "Đợt đo", instrument, opens, closes, profile=more, overall=more))
    with store.reading() as connection:
        agencies = list_agencies(connection)
        points = [one for one in list_points(connection) if one.point.is_valid_on(today)]
    return max(points, key=lambda one: len(agencies[one.agency_id].name + one.point.name))


def add_counters(store: Store, counters: int) -> list[str]:
    """Add so many counters, two an agency, and return their codes in an order of chance."""
    random = Random(1)
    agencies = [Agency(f"DO{n}", f"Cơ quan đo {n}", f"CQ {n}", "Sở") for n in range(-(-counters // 2))]
    points = [ServicePoint(make_code(random), f"DO{n // 2}", f"Quầy {n}") for n in range(counters)]
    with store.writing(ADDED) as connection:
        add_agencies(connection, agencies)
        add_points(connection, points)
    return random.sample([point.code for point in points], len(points))


def rows_in(address: str, name: str) -> int:
    """Return how many rows a table holds."""
    engine = create_engine(address)
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
    engine.dispose()
    return int(found)
