"""Commands of staff accounts."""

import click
from flask.cli import AppGroup

from survey.cli.commands import command, services
from survey.operations import accounts

staff = AppGroup("staff", help="People who sign in.")
GROUPS = (staff,)


@staff.command("add")
@click.argument("name")
@command
def add(name: str) -> None:
    """Make NAME an administrator and print a one-time password."""
    _show(name, accounts.add_staff(services().store, name))


@staff.command("reset")
@click.argument("name")
@command
def reset(name: str) -> None:
    """Give NAME a new one-time password, and end the sessions of NAME."""
    _show(name, accounts.reset_staff(services().store, name))


@staff.command("disable")
@click.argument("name")
@command
def disable(name: str) -> None:
    """Keep NAME from signing in, and end the sessions of NAME."""
    accounts.disable_staff(services().store, name)
    click.echo(f"{name} cannot sign in any more; to allow it again: staff reset {name}")


def _show(name: str, password: str) -> None:
    click.echo(f"name: {name}\none-time password: {password}")
    click.echo("It is shown only now; after signing in at /staff/ it has to be changed.", err=True)
