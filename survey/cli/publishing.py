"""Commands of results: the index, runs, files."""

from flask.cli import AppGroup

GROUPS: tuple[AppGroup, ...] = ()
