"""The file of settings is read as systemd reads an EnvironmentFile (systemd.exec(5)), and never run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.errors import SettingError
from survey.settings import load_settings
from survey.settings_file import read_settings_file

ROOT = Path(__file__).parents[2]


def read(folder, text):
    path = folder / "hai-long.env"
    path.write_text(text, encoding="utf-8")
    return read_settings_file(path)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=Sở Nội vụ tỉnh Lạng Sơn", "Sở Nội vụ tỉnh Lạng Sơn"),
        ("A=  với khoảng trắng  ", "với khoảng trắng"),
        ('A="Sở \\"Nội vụ\\" $HOME `id`"', 'Sở "Nội vụ" $HOME `id`'),
        ("A='it is \"so\" \\ here'", 'it is "so" \\ here'),
        ("A=one\\\ntwo", "onetwo"),
        ('A="one\\\ntwo"', "onetwo"),
        ("A=$(touch /tmp/x)", "$(touch /tmp/x)"),
        ("A=a=b#c;d", "a=b#c;d"),
        ("A=", ""),
        ("# A=1\n; A=2\n\n  A=3", "3"),
        ("A=1\nA=2", "2"),
        ('A="\\d"', "\\d"),
        ("A=50\\%", "50%"),
        ("A=1\r\n", "1"),
    ],
)
def test_a_value_is_what_systemd_makes_of_it(tmp_path, line, value):
    assert read(tmp_path, line) == {"A": value}


@pytest.mark.parametrize(("text", "line"), [('A=1\nB="open', 2), ("A=1\n\nno value", 3), ("A B=1", 1), ("=1", 1)])
def test_a_line_that_cannot_be_read_is_named(tmp_path, text, line):
    with pytest.raises(SettingError, match=f"HAI_LONG_SETTINGS: .*hai-long.env, line {line}: "):
        read(tmp_path, text)


@given(
    st.dictionaries(
        st.from_regex(r"[A-Z_][A-Z0-9_]{0,8}", fullmatch=True),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0")),
    )
)
def test_whatever_stands_in_double_quotes_comes_back(tmp_path_factory, values):
    quoted = {
        name: "".join(f"\\{sign}" if sign in '"\\`$' else sign for sign in value) for name, value in values.items()
    }
    text = "".join(f'{name}="{value}"\n' for name, value in quoted.items())
    path = tmp_path_factory.mktemp("env") / "hai-long.env"
    path.write_bytes(text.encode())
    assert read_settings_file(path) == values


def test_the_file_is_named_by_one_setting_and_the_environment_comes_first(tmp_path):
    file = tmp_path / "hai-long.env"
    file.write_text(f"HAI_LONG_INSTANCE={tmp_path}/i\nCASE_DAYS=7\nSUPPORT=Lan", encoding="utf-8")
    found = load_settings({"HAI_LONG_SETTINGS": str(file), "SUPPORT": "Minh"})
    assert (found.instance, found.case_days, found.support) == (tmp_path / "i", 7, "Minh")
    # A process of its own is handed the values, and reads no file again.
    file.unlink()
    assert load_settings(found.given) == found


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(SettingError, match="HAI_LONG_SETTINGS: /nowhere cannot be read: No such file"):
        load_settings({"HAI_LONG_SETTINGS": "/nowhere"})


@pytest.mark.parametrize(
    "address",
    [
        "mysql://u:secret@h/d",
        "postgresql+psycopg2://u:secret@h/d",
        "oracle://u:secret@h/d",
        "secret",
        "sqlite://",
        "postgresql://u:secret@h:port/d",
    ],
)
def test_another_database_is_refused_in_one_line_that_names_the_setting_and_no_password(tmp_path, address):
    environment = os.environ | {"DATABASE_URL": address, "HAI_LONG_INSTANCE": str(tmp_path), "FLASK_RUN_FROM_CLI": ""}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "settings"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    (line,) = ended.stderr.strip().splitlines()
    assert line.startswith("hai-long: DATABASE_URL ")
    assert "secret" not in line


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_way_to_write_postgresql_is_taken(tmp_path, scheme):
    address = f"{scheme}://u@h/d"
    assert load_settings({"DATABASE_URL": address, "HAI_LONG_INSTANCE": str(tmp_path)}).database_url == address


def test_the_instance_folder_is_made_for_its_owner_alone_and_a_place_that_cannot_be_is_named(tmp_path):
    load_settings({"HAI_LONG_INSTANCE": str(tmp_path / "new")})
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    (tmp_path / "file").touch()
    with pytest.raises(SettingError, match=r"HAI_LONG_INSTANCE: .* cannot be used"):
        load_settings({"HAI_LONG_INSTANCE": str(tmp_path / "file")})
