"""A disk that takes nothing more: nothing is said to be stored, commands end with a line, no file stays half."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.watching.outages import no_longer_files
from tests.servers import ROOT, Caller, running_server
from tests.watched import answer, rows, watched_environment

pytestmark = pytest.mark.slow


@pytest.fixture
def database_url(sqlite_url):
    """The disk of a server of its own is beyond these tests."""
    return sqlite_url


def test_a_full_disk_takes_nothing_says_so_and_goes_on_with_room(store, sqlite_url, round_of_2023_form, tmp_path):
    environment = {**watched_environment(tmp_path, sqlite_url), "LOG_FORMAT": "text"}
    journal = Path(store.engine.url.database + "-wal")
    with running_server(environment, tmp_path) as server, Caller(server.port) as caller:
        for _ in range(3):
            assert answer(caller).status == 201
        before = rows(store)
        # Every process stands at the journal's own length: whatever is written next is beyond it.
        with no_longer_files(server, journal.stat().st_size):
            replies = [answer(caller) for _ in range(8)]
            assert {reply.status for reply in replies} == {503}
            assert "unavailable" in replies[0].body
            health = caller.get("/healthz")
        assert (health.status, health.body) == (503, "nothing can be stored\n")
        assert rows(store) == before
        assert answer(caller).status == 201
        assert rows(store) == before + 1
        assert server.output.read_text().count("Traceback") <= 4
    assert list(tmp_path.glob("**/*.part")) == []


@pytest.mark.parametrize(
    "words",
    [
        ("db", "settle"),
        ("staff", "add", "lan"),
        ("export", "write", "--what", "responses", "--round", "r1", "--out", "{folder}/r.csv"),
        ("registry", "export", "--out", "{folder}/registry"),
        ("backup", "make", "{folder}/b.hailong"),
    ],
    ids=" ".join,
)
def test_a_command_ends_with_one_line_and_leaves_no_file_half_written(
    database_url, round_of_2023_form, tmp_path, words
):
    out = tmp_path / "out"
    out.mkdir()
    environment = {**os.environ, **watched_environment(tmp_path, database_url), "BACKUP_PASSPHRASE": "một câu đủ dài"}
    environment["LOG_LEVEL"] = "critical"
    arguments = [word.format(folder=out) for word in words]
    ended = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY)),
    )
    assert ended.returncode == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1, ended.stderr
    assert [path for path in out.rglob("*") if path.is_file()] == []
    assert [path for path in Path(tmp_path).rglob("*") if ".part" in path.name or path.name.startswith(".backup")] == []
