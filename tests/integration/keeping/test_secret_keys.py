"""SECRET_KEY can be changed: what was sealed and signed before stays readable, and is sealed anew by a command."""

import re
import stat
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from survey.app import create_app
from survey.errors import SettingError
from survey.forms.form_token import FormTokens
from survey.forms.staff import SessionTokens
from survey.operations.keeping.secret_keys import OTHER_KEY, has_other_key, note_key
from survey.operations.sealing import make_sealer
from survey.operations.staff.accounts import make_attempt, sign_in
from survey.operations.staff.second_factor import SEAL_PURPOSE, prove
from survey.settings import load_settings
from survey.store.staff.tables import staff
from survey.store.subjects import ADDED
from tests.sign_in import PASSWORD, admit, code_of

OLD, NEW, OTHER = (letter * 32 for letter in "onx")
ROOT = Path(__file__).parents[3]


@pytest.fixture
def serve(database_url, tmp_path):
    """Give a function that makes the application with some keys; what it opens is closed at the end."""
    made = []

    def served(key: str, before: str = ""):
        folder = {"HAI_LONG_INSTANCE": str(tmp_path / "nodes"), "DATABASE_URL": database_url, "PUBLIC_URL": ""}
        made.append(create_app({**folder, "SECRET_KEY": key, "SECRET_KEYS_BEFORE": before}))
        return made[-1]

    yield served
    for app in made:
        app.extensions["hai-long"].store.close()


def secret_of(store) -> str:
    with store.reading() as connection:
        return connection.scalar(select(staff.c.totp_secret))


def test_what_was_sealed_with_the_old_key_opens_until_it_is_sealed_anew(store, serve) -> None:
    first = serve(OLD)
    client = first.test_client()
    admit(client, store)
    assert client.get("/staff/account").status_code == 200
    both, new = serve(NEW, OLD), serve(NEW)
    again = both.test_client()
    again.set_cookie("hai_long", client.get_cookie("hai_long").value)
    assert again.get("/staff/account").status_code == 200, "a session is a row, no signature"
    opened = make_sealer((NEW.encode(), OLD.encode()), SEAL_PURPOSE).decrypt(secret_of(store))
    assert both.test_cli_runner().invoke(args=["secret-key", "reseal"]).stdout == (
        "sealed anew: 1 second factors, 0 contacts\n"
    )
    assert make_sealer(NEW.encode(), SEAL_PURPOSE).decrypt(secret_of(store)) == opened
    begun = sign_in(store, make_attempt(NEW.encode(), username="lan", password=PASSWORD, address="::1")).signed_in
    code = code_of(opened.decode(), steps=1)
    assert prove(store, (NEW.encode(),), begun, code=code, address="::1").signed_in.proved
    assert new.test_cli_runner().invoke(args=["secret-key", "reseal"]).exit_code == 0


def test_what_no_key_opens_is_counted_and_left_alone(store, serve) -> None:
    client = serve(OLD).test_client()
    admit(client, store)
    before = secret_of(store)
    ended = serve(OTHER).test_cli_runner().invoke(args=["secret-key", "reseal"])
    assert (ended.exit_code, ended.stdout) == (1, "sealed anew: 0 second factors, 0 contacts\n")
    assert ended.stderr == "1 cannot be read with any key that is known, and stay as they are\n"
    assert secret_of(store) == before


def test_forms_that_are_open_on_phones_and_desks_stay_good() -> None:
    old, new, day = OLD.encode(), NEW.encode(), date(2026, 2, 3)
    token = FormTokens(old).make("P2MCN3E", day)
    assert FormTokens(new, old).read("P2MCN3E", token).issued_on == day
    assert FormTokens(new).read("P2MCN3E", token) is None
    assert FormTokens(new).read("P2MCN3E", FormTokens(new, old).make("P2MCN3E", day)).issued_on == day
    form = SessionTokens(old, "session").make()
    assert SessionTokens(new, "session", before=(old,)).is_right(form)
    assert not SessionTokens(new, "session").is_right(form)


def test_a_key_of_before_that_is_too_short_is_refused(tmp_path) -> None:
    with pytest.raises(SettingError, match="each of SECRET_KEYS_BEFORE must have at least 32"):
        load_settings({"HAI_LONG_INSTANCE": str(tmp_path), "SECRET_KEYS_BEFORE": f"{OLD},kurz"})


def test_nodes_without_a_common_key_are_noticed(store) -> None:
    old, new = OLD.encode(), NEW.encode()
    assert not has_other_key(store, (old,)), "nobody has served yet"
    assert note_key(store, (old,))
    assert not note_key(store, (OTHER.encode(),))
    assert has_other_key(store, (OTHER.encode(),))
    assert note_key(store, (new, old)), "who knows the key of before may change it"
    assert has_other_key(store, (old,))


@pytest.mark.slow
def test_a_server_says_so_at_its_start_and_what_it_writes_is_its_own(tmp_path) -> None:
    def start(key: str, statement: str = "import wsgi") -> str:
        settings = {
            "HAI_LONG_INSTANCE": str(tmp_path / "node"),
            "SECRET_KEY": key,
            "PUBLIC_URL": "",
            "DATABASE_URL": "",
        }
        return subprocess.run(
            [sys.executable, "-c", statement], cwd=ROOT, env=settings, capture_output=True, text=True, check=True
        ).stderr

    upgraded = "import sys; from flask.cli import main; sys.argv = 'flask --app wsgi db upgrade'.split(); main()"
    start(OLD, upgraded)
    assert OTHER_KEY not in start(OLD)
    assert OTHER_KEY in start(OTHER)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "node").rglob("*")}
    assert modes["hai-long.db"] == 0o600
    assert not [name for name, mode in modes.items() if mode & 0o077]


def test_the_digest_that_is_kept_leads_to_no_key(store) -> None:
    note_key(store, (OLD.encode(),))
    with store.writing(ADDED) as connection:
        kept = connection.exec_driver_sql("SELECT digest FROM key_digest").scalar()
    assert re.fullmatch(r"[0-9a-f]{64}", kept)
    assert OLD not in kept
