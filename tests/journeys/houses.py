"""An instance as somebody runs it: a folder, a database, the commands, and a server on a port of the loopback."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from survey.instrument import load_instrument
from survey.responses import AnswerRecord
from survey.store import tables
from survey.store.engine import Store
from tests.servers import ROOT, free_port, running_server

OWNER = "Sở Nội vụ tỉnh Lạng Sơn"


@dataclass(frozen=True, slots=True)
class House:
    """An instance that can be served, commanded and looked into."""

    folder: Path
    store: Store
    environment: Mapping[str, str]
    port: int

    @property
    def address(self) -> str:
        """Return the public address."""
        return self.environment["PUBLIC_URL"]

    def form(self, code: str) -> str:
        """Return the address of a service point's form."""
        return f"{self.address}/K/{code}"

    @contextmanager
    def served(self) -> Iterator[None]:
        """Serve the instance while the block runs."""
        with running_server(self.environment, self.folder, port=self.port):
            yield

    def run(self, *arguments: str) -> str:
        """Run a command as staff type it, and return what it prints."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
        environment = {**os.environ, **self.environment}
        done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
        return done.stdout

    def stored_records(self) -> list[str]:
        """Return the answer records of all responses in alphabetical order."""
        with self.store.reading() as connection:
            return sorted(connection.execute(select(tables.response.c.answers)).scalars())

    def stored_comments(self) -> list[str]:
        """Return all comments in alphabetical order."""
        with self.store.reading() as connection:
            return sorted(connection.execute(select(tables.comment_inbox.c.text)).scalars())


def make_house(folder: Path, store: Store, database_url: str) -> House:
    """Return an instance on `database_url` with a port of its own."""
    port = free_port()
    environment = {
        "HAI_LONG_INSTANCE": str(folder / "instance"),
        "DATABASE_URL": database_url,
        "SURVEY_OWNER": OWNER,
        "FLOOD_PER_MINUTE": "1000",
        "ANSWERS_PER_HOUR": "1000",
        "ANSWERS_PER_DAY": "1000",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    return House(folder, store, environment, port)


def record_of(answers: Mapping[str, str]) -> str:
    """Return the record these answers are stored as."""
    return AnswerRecord.pack(load_instrument("sipas-2023"), answers)
