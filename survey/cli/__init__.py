"""The commands: `flask --app wsgi <group> <verb>`.

Exit 0 when done, 2 for wrong use, 1 for refused data with one line per fault on standard error.
"""

from flask import Flask

from survey.cli import (
    accounts,
    backups,
    collecting,
    handling,
    keeping,
    planning,
    publishing,
    reporting,
    running,
    texts,
    trying,
)

MODULES = (accounts, backups, collecting, handling, keeping, planning, publishing, reporting, running, texts, trying)


def register_commands(app: Flask) -> None:
    """Add all command groups to the application."""
    for module in MODULES:
        for group in module.GROUPS:
            app.cli.add_command(group)
