"""Commands of staff accounts."""

import sys

import click
from flask.cli import AppGroup

from survey.cli.commands import command, examples, services
from survey.operations.keeping.secret_keys import seal_anew
from survey.operations.staff import accounts
from survey.operations.staff.rights import Role
from survey.operations.staff.second_factor import reset_second_factor

staff = AppGroup("staff", help="People who sign in.")
secret_key = AppGroup("secret-key", help="The key everything is signed and encrypted with.")
GROUPS = (staff, secret_key)


@staff.command("add", epilog=examples("staff add lan --role administrator", "staff add hoa --role clerk --agency SNV"))
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.ADMINISTRATOR.value)
@click.option("--agency", help="Code of the agency of a manager or clerk.")
@command
def add(name: str, *, role: str, agency: str | None) -> None:
    """Make an account for NAME, an administrator unless --role says otherwise, and print a one-time password."""
    _show(name, accounts.add_staff(services().store, name, role=Role(role), agency_code=agency))


@staff.command("reset")
@click.argument("name")
@command
def reset(name: str) -> None:
    """Give NAME a new one-time password, and end the sessions of NAME."""
    _show(name, accounts.reset_staff(services().store, name))


@staff.command("reset-second-factor")
@click.argument("name")
@command
def reset_factor(name: str) -> None:
    """Forget the second factor of NAME, whose telephone is lost, and end the sessions of NAME."""
    reset_second_factor(services().store, name)
    click.echo(f"{name} sets up a new second factor after the next sign-in, where the role needs one")


@staff.command("disable")
@click.argument("name")
@command
def disable(name: str) -> None:
    """Keep NAME from signing in, and end the sessions of NAME."""
    accounts.disable_staff(services().store, name)
    click.echo(f"{name} cannot sign in any more; to allow it again: staff reset {name}")


@secret_key.command("reseal")
@command
def reseal() -> None:
    """Encrypt second factors and contacts anew with SECRET_KEY, so that SECRET_KEYS_BEFORE can be emptied."""
    anew = seal_anew(services().store, services().settings.secret_keys)
    click.echo(f"sealed anew: {anew.second_factors} second factors, {anew.contacts} contacts")
    if anew.unreadable:
        click.echo(f"{anew.unreadable} cannot be read with any key that is known, and stay as they are", err=True)
        sys.exit(1)


def _show(name: str, password: str) -> None:
    click.echo(f"name: {name}\none-time password: {password}")
    click.echo(
        "It is shown only now, and good for 72 hours; after signing in at /staff/ it has to be changed.", err=True
    )
