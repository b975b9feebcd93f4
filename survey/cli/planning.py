"""Commands of improvement plans: the annex as a file."""

from pathlib import Path

import click
from flask.cli import AppGroup

from survey.cli.commands import OUT, command, services, write_out
from survey.operations.plans.annex import annex_file
from survey.reports.sheets import SHEET_LAYOUTS

plan = AppGroup("plan", help="Improvement plans.")
GROUPS = (plan,)


@plan.command("export")
@click.option("--plan", "number", type=click.IntRange(1, 2**31 - 1), required=True, help="Number of the plan.")
@click.option("--format", "layout", type=click.Choice(SHEET_LAYOUTS), default="csv", show_default=True)
@click.option("--out", type=OUT, default="-", show_default=True, help="File to write, or - for standard output.")
@command
def export(number: int, layout: str, out: Path) -> None:
    """Write the annex of a plan: its tasks with who leads, who helps, until when, and what comes of them."""
    write_out(out, annex_file(services().store, number, layout=layout))
