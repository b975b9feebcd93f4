"""The file of settings, in the grammar of systemd's EnvironmentFile: what a unit reads and what a command reads agree.

A line is NAME=VALUE; lines that begin with # or ; are passed by. A value may stand in "…", where \\ keeps a quote, or
in '…', where everything is as it stands; without quotes it runs to the end of the line. A \\ at the end of a line joins
the next one. Nothing is run and nothing is put in from elsewhere, as a shell would.
"""

import re
from pathlib import Path

from survey.errors import SettingError

_BEGIN = re.compile(r"\s*(?:[#;](?:\\.|[^\n\\])*|(?P<name>[^=\n]*)(?P<equals>=?))", re.DOTALL)
_PIECE = re.compile(r"[ \t\r]*(?:'([^']*)'|\"((?:\\.|[^\"\\])*)\"|((?:\\.|[^\n\\])+))", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
QUOTES = ("'", '"')


def read_settings_file(path: Path) -> dict[str, str]:
    """Return the values of a file by name; raises SettingError naming the file, and the line that cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingError(f"HAI_LONG_SETTINGS: {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingError(f"HAI_LONG_SETTINGS: {path} is not written in UTF-8") from error
    return _entries(text, path)


def _entries(text: str, path: Path) -> dict[str, str]:
    values, place = {}, 0
    while begin := _BEGIN.match(text, place):
        place, name = begin.end(), (begin["name"] or "").strip()
        if begin["equals"]:
            if not _NAME.fullmatch(name):
                raise _unreadable(path, text, begin.start("name"))
            values[name], place = _value(text, place, path)
        elif name:
            raise _unreadable(path, text, begin.start("name"))
        if place == len(text):
            break
    return values


def _value(text: str, place: int, path: Path) -> tuple[str, int]:
    """Return the value that begins at a place, and where it ends; quoted pieces may follow each other."""
    value = ""
    while piece := _PIECE.match(text, place):
        single, double, bare = piece.groups()
        if bare is not None and bare.startswith(QUOTES):
            raise _unreadable(path, text, piece.start())
        place = piece.end()
        value += _unescaped(bare).rstrip() if bare is not None else single if single is not None else _unquoted(double)
    return value, place


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda escaped: "" if escaped[1] == "\n" else escaped[1], text)


def _unquoted(text: str) -> str:
    """Within double quotes a backslash stands for itself before anything that needs none."""
    return _ESCAPED.sub(lambda pair: "" if pair[1] == "\n" else pair[1] if pair[1] in '"\\`$' else pair[0], text)


def _unreadable(path: Path, text: str, place: int) -> SettingError:
    line = text.count("\n", 0, place) + 1
    return SettingError(f"HAI_LONG_SETTINGS: {path}, line {line}: expected NAME=VALUE, with closed quotes")
