"""Commands of results: the index, publications, files."""

from pathlib import Path

import click
from flask.cli import AppGroup

from survey.cli.commands import OUT, command, services, write_out
from survey.operations import files, runs
from survey.operations.clock import today_in_vietnam
from survey.reports.tables import results_json, results_table
from survey.wording import Language

index = AppGroup("index", help="Satisfaction indices.")
export = AppGroup("export", help="Files for analysts.")
GROUPS = (index, export)


def _axes(_context: click.Context, _option: click.Parameter, value: str) -> tuple[str, ...]:
    return tuple(axis.strip() for axis in value.split(",") if axis.strip())


@index.command("compute")
@click.option("--round", "round_code", required=True, help="Code of the round.")
@click.option("--by", default="agency,dimension", show_default=True, callback=_axes)
@click.option("--format", "layout", type=click.Choice(["table", "csv", "json"]), default="table")
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi")
@command
def compute(round_code: str, by: tuple[str, ...], layout: str, lang: str) -> None:
    """Compute the index of all responses so far, by any of block, agency, service_point and dimension, item."""
    results = runs.compute_index(services().store, round_code, by=by)
    language: Language = "en" if lang == "en" else "vi"
    if layout == "json":
        click.echo(results_json(results))
    elif layout == "csv":
        write_out(Path("-"), files.indices_csv(results, language))
    else:
        click.echo(results_table(results, language))


@index.command("publish")
@click.option("--round", "round_code", required=True, help="Code of the round.")
@command
def publish(round_code: str) -> None:
    """Freeze the index of a round as a published run."""
    made = runs.publish_run(services().store, round_code, today=today_in_vietnam())
    click.echo(f"published as number {made.number}: run {made.id}")


@export.command("write")
@click.option("--round", "round_code", required=True, help="Code of the round.")
@click.option("--what", type=click.Choice(["indices", "responses"]), required=True)
@click.option("--by", default="agency,dimension", show_default=True, callback=_axes, help="For indices.")
@click.option("--format", "layout", type=click.Choice(["csv", "xlsx"]), default="csv", show_default=True)
@click.option("--out", type=OUT, required=True, help="File to write, or - for standard output.")
@command
def write(round_code: str, what: str, by: tuple[str, ...], layout: str, out: Path) -> None:
    """Write a file of indices (of the latest publication) or of responses."""
    store = services().store
    if what == "responses":
        write_out(out, files.responses_file(store, round_code, layout=layout))
        return
    made = files.indices_file(store, round_code, layout=layout, by=by)
    if not made.published:
        click.echo("note: these are today's figures, not a publication (index publish freezes one)", err=True)
    write_out(out, made.data)
