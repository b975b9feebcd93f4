"""The commands by which an editor reads and changes what people read, without code."""

import sys
from pathlib import Path

import click
from flask.cli import AppGroup

from survey.cli.commands import OUT, command, write_out
from survey.operations.texts.catalogue import read_catalogue, write_catalogue
from survey.operations.texts.workbook import CheckedTexts, changed_texts, check_texts, texts_as_workbook

texts = AppGroup("texts", help="Review every text people read, in Vietnamese and English, in a workbook.")
GROUPS = (texts,)
FILE = click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))


@texts.command("export")
@click.option("--out", type=OUT, required=True, help="XLSX file to write, - for standard output.")
@command
def export(*, out: Path) -> None:
    """Write every text with its key, reader, places, values and both languages."""
    write_out(out, texts_as_workbook(read_catalogue()))


@texts.command("check")
@FILE
@command
def check(*, file: Path) -> None:
    """Say what an editor's copy would change, and what is wrong with it; exit 1 when something is."""
    checked = check_texts(file.read_bytes(), read_catalogue(), name=file.name)
    for change in checked.changes:
        for language in change.languages():
            click.echo(f"{change.line}  {change.before.key}  {language}")
            click.echo(f"  - {change.before.said(language)}\n  + {change.after.said(language)}")
    for wrong in checked.faults:
        click.echo(f"{file.name}, {wrong}", err=True)
    click.echo(_in_all(checked))
    sys.exit(1 if checked.faults else 0)


@texts.command("apply")
@FILE
@command
def apply(*, file: Path) -> None:
    """Write an editor's copy into the catalogue, all of it or, when anything is wrong, nothing."""
    known = read_catalogue()
    checked = check_texts(file.read_bytes(), known, name=file.name)
    write_catalogue(changed_texts(checked, known, name=file.name))
    click.echo(_in_all(checked))


def _in_all(checked: CheckedTexts) -> str:
    counts = f"{len(checked.changes)} texts changed, {len(checked.faults)} rows wrong"
    return f"{counts}, {checked.absent} texts not in the file stay as they are"
