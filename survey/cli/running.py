"""Commands of operation: database, settings, nightly work."""

import click
from flask.cli import AppGroup

from survey.cli.commands import command, services
from survey.operations.clock import half_of, now_in_vietnam
from survey.operations.collecting.assisted import tell_of_help
from survey.operations.jobs.jobs import look_after_all
from survey.settings import SETTINGS
from survey.store import schema
from survey.store.collecting.settling import settle
from survey.wording import word

database = AppGroup("db", help="The database.")


@database.command("upgrade")
@command
def upgrade() -> None:
    """Bring the database to this version's schema; safe to run at every start."""
    schema.upgrade(services().store)
    click.echo("the database is up to date")


@database.command("settle")
@command
def settle_database() -> None:
    """Nightly: remove what still tells the order of arrival, move the comments, and begin again what stopped."""
    now = now_in_vietnam()
    tell_of_help(services().store, before=now.date())
    settled = settle(services().store, (now.date(), half_of(now)))
    if not settled.left:
        click.echo("finished half-days are settled")
    begun = look_after_all(services().store, services().settings)
    if begun:
        click.echo(f"jobs begun again: {begun}")
    settled.require_whole()


@click.command("settings")
@command
def show_settings() -> None:
    """Print every setting, its default and what it is for, in Vietnamese and in English."""
    for setting in SETTINGS:
        told = "\n".join(f"    {word(setting.help, language)}" for language in ("vi", "en"))
        click.echo(f"{setting.name}  (default: {setting.default or 'none'})\n{told}")


GROUPS = (database, show_settings)
