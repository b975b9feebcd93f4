"""Commands of backups: make one, look whether it is good, restore it."""

import sys
from pathlib import Path

import click
from flask.cli import AppGroup

from survey.cli.commands import command, services
from survey.errors import BackupError
from survey.operations.backups.making import make_backup
from survey.operations.backups.restoring import Wish, restore_backup
from survey.operations.backups.verifying import VerifiedBackup, verify_backup
from survey.operations.clock import today_in_vietnam

backup = AppGroup("backup", help="Backups: one file each.")
GROUPS = (backup,)

FILE_IN = click.Path(path_type=Path, dir_okay=False, exists=True)
FILE_OUT = click.Path(path_type=Path, dir_okay=False)


@backup.command("make")
@click.argument("file", type=FILE_OUT)
@command
def make(file: Path) -> None:
    """Write a backup into a new FILE while the survey serves: database, secret key, settings, names of made files.

    The secret key is encrypted with BACKUP_PASSPHRASE, which is asked for when it is not set.
    """
    manifest = make_backup(services().store, services().settings, file, passphrase=_passphrase())
    click.echo(f"{file}: schema {manifest.schema}, {sum(manifest.counts.values())} rows, {len(manifest.runs)} runs")


@backup.command("verify")
@click.argument("file", type=FILE_IN)
@click.option("--scratch", default="", help="Address of an empty PostgreSQL database to put the dump into.")
@command
def verify(file: Path, scratch: str) -> None:
    """Look whether the backup in FILE is good: digests, integrity, rows, runs, and its key where the passphrase is set.

    Exit 1 with the first thing that is wrong.
    """
    settings = services().settings
    passphrase = settings.given["BACKUP_PASSPHRASE"]
    verified = verify_backup(file, settings, passphrase=passphrase, scratch=scratch)
    _tell(file, verified)
    if not passphrase:
        click.echo("note: BACKUP_PASSPHRASE is not set, so the sealed secret key was not opened", err=True)


@backup.command("restore")
@click.argument("file", type=FILE_IN)
@click.option("--replace", is_flag=True, help="Put it in the place of a database that is not empty.")
@click.option(
    "--behind-seals",
    is_flag=True,
    help="Also where that one has published, or closed to late answers, what the backup does not know.",
)
@command
def restore(file: Path, *, replace: bool, behind_seals: bool) -> None:
    """Restore the backup in FILE into the database of the settings; stop the server before.

    Nothing is changed when it is damaged, of a newer schema, or when the database is not empty.
    """
    wish = Wish(_passphrase(), today_in_vietnam(), replace, behind_seals)
    services().store.close()
    _tell(file, restore_backup(file, services().settings, wish))
    click.echo("restored; next: retention apply, then doctor")


def _tell(file: Path, verified: VerifiedBackup) -> None:
    manifest = verified.manifest
    rows = sum(manifest.counts.values())
    click.echo(
        f"{file}: good, made at {manifest.made_at}, schema {manifest.schema}, {rows} rows, {verified.runs} runs hold"
    )
    for run in verified.unreadable:
        click.echo(f"note: {run}", err=True)


def _passphrase() -> str:
    given = services().settings.given["BACKUP_PASSPHRASE"]
    if given:
        return given
    if not sys.stdin.isatty():
        raise BackupError("BACKUP_PASSPHRASE must be set where nobody can be asked for it")
    return str(click.prompt("passphrase", hide_input=True, err=True))
