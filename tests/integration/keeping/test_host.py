"""The host's walk: the blocks of docs/operations.md, as they stand there, on what a test machine has of a server."""

import os
import re
import shutil
import stat
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import make_url

from survey.operations.clock import now_in_vietnam
from survey.settings import load_settings
from survey.store import schema
from survey.store.backups.dumps import opened, scratch_database
from tests.conftest import need
from tests.servers import ROOT, free_port

pytestmark = pytest.mark.slow
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACED = re.compile(r"`(/etc/[^`]+)`(?:(?!\n\n).)*\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = {**dict(PLACED.findall(PAGE))}
SCRIPTS = [text for kind, text in BLOCK.findall(PAGE) if kind == "bash"]
UNITS = sorted(path for path in FILES if path.startswith("/etc/systemd/"))
SUDO = '#!/bin/sh\n[ "$1" = -u ] && shift 2\nexec "$@"\n'


def script_with(words):
    """Return the one block of the page that has these words."""
    (found,) = [text for text in SCRIPTS if words in text]
    return found


@pytest.fixture
def host(tmp_path):
    """Return what runs a block in a folder that stands for the machine: users and services are none there."""
    places = {
        "/srv/hai-long/app/": f"{ROOT}/",
        "/srv/hai-long/instance": f"{tmp_path}/instance",
        "/var/backups/hai-long": f"{tmp_path}/backups",
        "/etc/hai-long.env": f"{tmp_path}/hai-long.env",
        "-o root -g hai-long ": "",
        "-o hai-long -g hai-long ": "",
        "/path/to/folder": f"{ROOT}/docs/examples/lang-son",
        "posters.pdf": f"{tmp_path}/posters.pdf",
    }
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "sudo").write_text(SUDO)
    (programs / "sudo").chmod(0o755)
    given = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "HAI_LONG_INSTANCE")}

    def run(text, **more):
        for there, here in places.items():
            text = text.replace(there, here)
        environment = {**given, "PATH": f"{programs}:{os.environ['PATH']}", **more}
        return subprocess.run(["bash", "-euc", text], cwd=tmp_path, env=environment, capture_output=True, text=True)

    return run


def test_every_script_of_the_page_is_bash(tmp_path):
    assert len(SCRIPTS) >= 9
    for text in SCRIPTS:
        checked = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
        assert checked.stderr == "", text


def test_the_role_the_user_the_folder_and_the_units_agree(host):
    (user,) = re.findall(r"adduser --system .* (\S+)$", script_with("adduser"), re.MULTILINE)
    (address,) = re.findall(r"^DATABASE_URL=(.*)$", script_with("PUBLIC_URL="), re.MULTILINE)
    roles = re.findall(r"createuser (?:--\S+ )*(\S+)|--owner=(\S+)", script_with("createuser"))
    assert {name for pair in roles for name in pair if name} == {user} == {make_url(address).username}
    made = re.findall(r"install -d -o (\S+) -g \S+ -m 700 (.*)$", script_with("adduser"), re.MULTILINE)
    assert made == [(user, "/srv/hai-long/instance /var/backups/hai-long")]
    for path in UNITS:
        assert set(re.findall(r"^User=(.*)$", FILES[path], re.MULTILINE)) <= {user}
        for written in re.findall(r"^ReadWritePaths=(.*)$", FILES[path], re.MULTILINE):
            assert set(written.split()) <= set(made[0][1].split())


def test_the_settings_are_written_and_read_by_the_application_itself(host, tmp_path):
    done = host(script_with("PUBLIC_URL="))
    assert done.returncode == 0, done.stderr
    file = tmp_path / "hai-long.env"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    found = load_settings({"HAI_LONG_SETTINGS": str(file)})
    assert (found.owner, found.trusted_proxies) == ("Sở Nội vụ tỉnh …", 1)
    assert found.given["BACKUP_PASSPHRASE"] == "một câu dài mà chỉ người quản trị biết"
    assert found.instance == tmp_path / "instance"


def test_the_first_steps_and_the_first_backup_work_as_they_stand(host, tmp_path):
    settings = re.sub(r"(?m)^DATABASE_URL=.*\n", "", script_with("PUBLIC_URL="))
    steps, backups = script_with("registry import"), script_with("backup verify")
    closes = f"{now_in_vietnam().date() + timedelta(days=30)}"
    folders = "install -d -m 700 /srv/hai-long/instance /var/backups/hai-long\n"
    done = host(folders + settings + steps.replace("2026-12-31", closes) + backups)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("one-time password: ") == 2
    assert (tmp_path / "posters.pdf").read_bytes().startswith(b"%PDF")
    assert ": good, made at " in done.stdout
    assert "was not opened" not in done.stderr
    assert stat.S_IMODE((tmp_path / "backups" / "first.hailong").stat().st_mode) == 0o600


@pytest.mark.postgresql
def test_the_role_and_its_database_are_made_and_let_in(host, postgresql, postgresql_url):
    server, programs = make_url(postgresql_url).query["host"], sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    path = f"{programs}:{os.environ['PATH']}"
    done = host(script_with("createuser").replace("sudo -u postgres ", ""), PGHOST=server, PGUSER="hai_long", PATH=path)
    assert done.returncode == 0, done.stderr
    (address,) = re.findall(r"^DATABASE_URL=(.*)$", script_with("PUBLIC_URL="), re.MULTILINE)
    url = address.replace("/run/postgresql", server)
    with opened(url) as store:
        schema.upgrade(store)
        schema.require_current(store)
    with scratch_database(url) as scratch:
        assert scratch.database.startswith("hai-long_look_")


def test_the_units_hold_what_systemd_says(tmp_path):
    if shutil.which("systemd-analyze") is None:
        need("systemd-analyze (Debian package systemd)", "host")
    for path in UNITS:
        text = FILES[path].replace("/srv/hai-long/app", str(ROOT))
        (tmp_path / Path(path).name).write_text(text)
    assert len(UNITS) == 5
    command = [
        "systemd-analyze",
        "verify",
        "--recursive-errors=no",
        *(str(tmp_path / Path(path).name) for path in UNITS),
    ]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    ours = [line for line in checked.stderr.splitlines() if "hai-long" in line]
    assert ours == []
    assert checked.returncode == 0, checked.stderr


def test_nginx_takes_its_file(tmp_path):
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        need("nginx (Debian package nginx-light)", "host")
    write_certificate(tmp_path)
    site, proxy = FILES["/etc/nginx/sites-enabled/hai-long.conf"], FILES["/etc/nginx/hai-long-proxy.conf"]
    site = site.replace("/etc/nginx/", f"{tmp_path}/").replace("/etc/ssl/", f"{tmp_path}/")
    site = site.replace("/var/log/nginx/", f"{tmp_path}/")
    # The machine may have a server of its own on these.
    for number, port in ((443, free_port()), (80, free_port())):
        site = re.sub(rf"(listen (?:\[::\]:)?){number}\b", rf"\g<1>{port}", site)
    (tmp_path / "site.conf").write_text(site)
    (tmp_path / "hai-long-proxy.conf").write_text(proxy)
    own = "".join(f"{what}_temp_path {tmp_path};\n" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{own}include {tmp_path}/site.conf;\n}}\n"
    )
    command = [program, "-t", "-q", "-p", str(tmp_path), "-e", f"{tmp_path}/errors", "-c", f"{tmp_path}/nginx.conf"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def write_certificate(folder):
    """Write a certificate for a day."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "khaosat")])
    today = now_in_vietnam()
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "khaosat.key").write_bytes(key.private_bytes(*form))
    signed = made.sign(key, hashes.SHA256())
    (folder / "khaosat.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
