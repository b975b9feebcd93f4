"""What every test may ask for: a real database of each kind, an application on it, a registry and an open round."""

import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from copy import copy, deepcopy
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from hypothesis import HealthCheck, settings
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import make_url

from survey.app import make_pages, open_app
from survey.operations.clock import now_in_vietnam, today_in_vietnam
from survey.operations.feedback.working_days import SHIPPED, load_working_days
from survey.operations.registry.csv_import import import_registry
from survey.operations.rounds.rounds import NewRound, open_round
from survey.operations.staff import passwords
from survey.settings import load_settings
from survey.store import schema
from survey.store.engine import Store, open_store
from survey.web.api.door import limiter
from tests.beginnings import Beginnings
from tests.sign_in import admit
from tests.turns import wait_for_room

# As wsgi.py does: what is made is nobody else's business.
os.umask(0o077)
# How long a test takes says nothing about what it tests, least of all on a busy machine.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# What a plain `pip install -r requirements.txt` does not bring; `scripts/test` installs it all.
DEVELOPMENT_LIBRARIES = ("jsonschema", "playwright", "psutil", "time_machine")


def needing(libraries: Iterable[str]) -> list[str]:
    """Return the tests that name one of these libraries, or the journeys, which drive browsers by them."""
    named = re.compile(rf"^\s*(?:import|from) (?:{'|'.join((*libraries, 'tests.journeys'))})\b", re.MULTILINE)
    here = Path(__file__).parent
    found = [path for path in here.rglob("test_*.py") if named.search(path.read_text("utf-8"))]
    return sorted(str(path.relative_to(here)) for path in found)


missing = [name for name in DEVELOPMENT_LIBRARIES if find_spec(name) is None]
collect_ignore = ["journeys", *needing(missing)] if missing else []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was left out for want of a development library."""
    if collect_ignore:
        terminalreporter.write_line(f"left out, needing requirements-dev.txt: {', '.join(collect_ignore)}")


EXAMPLES = Path(__file__).parent.parent / "docs" / "examples" / "lang-son"
POSTGRESQL_PROGRAMS = Path("/usr/lib/postgresql")
# Noon and midnight in Vietnam are 5:00 and 17:00 UTC.
HALF_DAY, NOON = 12 * 3600, 5 * 3600


def need(program: str, group: str) -> None:
    """Leave a test out on a machine that lacks a program; where everything must run, fail instead."""
    text = f"group “{group}” needs the program {program}"
    if os.environ.get("CI") == "true" or os.environ.get("TESTS_ALL"):
        pytest.fail(text)
    pytest.skip(text)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Yield the address of a private PostgreSQL server on a socket of its own."""
    found = sorted(POSTGRESQL_PROGRAMS.glob("*/bin/initdb"))
    initdb = shutil.which("initdb") or (str(found[-1]) if found else None)
    if initdb is None:
        need("initdb (Debian package postgresql)", "postgresql")
        return
    folder = Path(tempfile.mkdtemp(prefix="hl-pg-"))
    # initdb refuses to run as root, so the server runs as somebody without rights.
    user = "nobody" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    programs, data = Path(initdb).parent, folder / "data"

    def run(*command: str) -> None:
        subprocess.run(command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)

    run(initdb, "-D", str(data), "-U", "hai_long", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync")
    control = (str(programs / "pg_ctl"), "-D", str(data), "-w", "-s")
    # The server is thrown away: nothing here outlives a loss of power, which alone `fsync` guards against.
    run(*control, "-o", f"-c listen_addresses='' -c fsync=off -k {folder}", "-l", str(folder / "log"), "start")
    yield f"postgresql://hai_long@/{{name}}?host={folder}"
    run(*control, "-m", "immediate", "stop")
    # A hundred thousand files: a database for each test.
    subprocess.run(["rm", "-rf", str(folder)], check=True)


@pytest.fixture(scope="session")
def postgresql_template(postgresql: str) -> str:
    """Make one migrated database that every test copies, and return its name."""
    _in_postgresql(postgresql, "CREATE DATABASE migrated")
    made = open_store(postgresql.format(name="migrated"))
    schema.upgrade(made)
    made.close()
    return "migrated"


def _in_postgresql(address: str, statement: str) -> None:
    admin = open_store(address.format(name="postgres"))
    with admin.outside_transaction() as connection:
        connection.exec_driver_sql(statement)
    admin.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one migrated file that every test copies."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    made = open_store(f"sqlite:///{path}")
    schema.upgrade(made)
    made.close()
    return path


@pytest.fixture(scope="session")
def beginnings() -> Beginnings:
    """Keep what databases of this process begin with."""
    return Beginnings()


@pytest.fixture
def sqlite_url(
    tmp_path: Path,
    sqlite_template: Path,
    beginnings: Beginnings,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> str:
    """Return the address of a SQLite file of its own, migrated, with what the test begins with."""

    def empty() -> str:
        return f"sqlite:///{shutil.copyfile(sqlite_template, tmp_path_factory.mktemp('beginning') / 'filled.db')}"

    begun = beginnings.url_of(request, "sqlite", empty)
    source = begun.removeprefix("sqlite:///") if begun else sqlite_template
    return f"sqlite:///{shutil.copyfile(source, tmp_path / 'test.db')}"


@pytest.fixture
def postgresql_url(
    postgresql: str, postgresql_template: str, beginnings: Beginnings, request: pytest.FixtureRequest
) -> str:
    """Return the address of a PostgreSQL database of its own, migrated, with what the test begins with."""

    def copied(template: str) -> str:
        name = f"t_{secrets.token_hex(6)}"
        _in_postgresql(postgresql, f"CREATE DATABASE {name} TEMPLATE {template}")
        return postgresql.format(name=name)

    begun = beginnings.url_of(request, "postgresql", lambda: copied(postgresql_template))
    return copied(str(make_url(begun).database) if begun else postgresql_template)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the address of a new database, of each kind in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Yield an open store."""
    opened = open_store(database_url)
    yield opened
    opened.close()


@pytest.fixture
def sample_registry(store: Store) -> None:
    """Bring in the sample registry."""
    import_registry(store, EXAMPLES)


@pytest.fixture
def round_of_2023_form(store: Store, sample_registry: None) -> str:
    """Open a round that began last week and return its code."""
    return open_sample_round(store, "r1", "sipas-2023")


def sample_round(store: Store) -> None:
    """Bring in the sample registry and open a round that began last week, r1."""
    import_registry(store, EXAMPLES)
    open_sample_round(store, "r1", "sipas-2023")


def open_sample_round(store: Store, code: str, instrument: str, *, opened_days_ago: int = 7, days: int = 30) -> str:
    """Open a round around today and return its code."""
    opens = today_in_vietnam() - timedelta(days=opened_days_ago)
    closes = opens + timedelta(days=days)
    open_round(store, NewRound(code=code, title=f"Đợt {code}", instrument=instrument, opens=opens, closes=closes))
    return code


@pytest.fixture(scope="session", autouse=True)
def days_off_of_every_year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let the application start in years that the shipped days off do not reach: by the holidays alone."""
    # New Year may come while the tests run.
    year, known = (now_in_vietnam() + timedelta(hours=1)).year, max(load_working_days().years)
    later = "".join(f"\n[[year]]\nyear = {one}\nannounced = false\n" for one in range(known + 1, year + 1))
    with pytest.MonkeyPatch.context() as patch:
        if later:
            file = tmp_path_factory.mktemp("days-off") / SHIPPED.name
            file.write_text(SHIPPED.read_text(encoding="utf-8") + later, encoding="utf-8")
            patch.setenv("HOLIDAYS_FILE", str(file))
        yield


@pytest.fixture(autouse=True)
def not_at_the_turn_of_a_half_day() -> None:
    """Begin early enough for a test to end on the day, and in the half of it, on which it began."""
    wait_for_room(20, within=HALF_DAY, since=NOON)


@pytest.fixture(scope="session", autouse=True)
def quick_hashing() -> Iterator[None]:
    """Hash the hundreds of passwords of the tests in little memory; `test_passwords.py` tests what is served."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Make the pages once for the hundreds of applications that differ in nothing but their database and settings."""
    made = make_pages()
    made.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    return made


@pytest.fixture
def app(store: Store, database_url: str, tmp_path: Path, pages: Flask) -> Iterator[Flask]:
    """Open the application on the store's database."""
    overrides = {
        "HAI_LONG_INSTANCE": str(tmp_path / "instance"),
        "DATABASE_URL": database_url,
        "SURVEY_OWNER": "Sở Nội vụ",
        "FLOOD_PER_MINUTE": "100000",
        "ANSWERS_PER_HOUR": "100000",
        "ANSWERS_PER_DAY": "100000",
        "PUBLIC_URL": "",
    }
    own = copy(pages)
    own.extensions, own.config = {}, deepcopy(pages.config)
    opened = open_app(own, load_settings({**os.environ, **overrides}))
    # Requests of programs are counted in the memory of the process.
    limiter.reset()
    opened.testing = True
    opened.config["PROPAGATE_EXCEPTIONS"] = False
    yield opened
    opened.extensions["hai-long"].store.close()


@pytest.fixture
def client(app):
    """Return a client of the whole application, the front included."""
    return app.test_client()


@pytest.fixture
def admitted(client, store, sample_registry):
    """Return a client signed in as administrator, with the sample registry there."""
    admit(client, store)
    return client
