"""The command that writes the official report."""

import sys
from datetime import datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from survey.cli.commands import OUT, command, examples, services, write_out
from survey.operations.clock import today_in_vietnam
from survey.operations.report.report import ReportFormat, Wanted, write_report
from survey.reports.documents.model import Letterhead

report = AppGroup("report", help="The official report of a published round.")
GROUPS = (report,)


@report.command(
    "write",
    epilog=examples(
        "report write --round 2026-q4 --format docx --out report.docx",
        "report write --round 2026-q4 --agency SNV --format pdf --out snv.pdf",
    ),
)
@click.option("--round", "round_code", required=True, help="Code of the round.")
@click.option("--agency", help="Code of the agency; the report of the whole round when left out.")
@click.option("--format", "layout", type=click.Choice([layout.value for layout in ReportFormat]), required=True)
@click.option("--out", type=OUT, required=True, help="File to write, or - for standard output.")
@click.option("--plan", type=int, help="Number of an improvement plan, to be the annex.")
@click.option("--superior", default="", help="Body above the one that issues the report.")
@click.option("--issuer", help="Body that issues the report; SURVEY_OWNER when left out.")
@click.option("--number", default="", help="Number and symbol, such as 12/BC-SNV; dots to fill in when left out.")
@click.option("--place", default="", help="Place before the date.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d", "%d/%m/%Y"]), help="Date of the report, else today.")
@click.option("--signer", default="", help="Title of who signs.")
@command
def write(
    round_code: str,
    agency: str | None,
    layout: str,
    out: Path,
    plan: int | None,
    superior: str,
    issuer: str | None,
    number: str,
    place: str,
    day: datetime | None,
    signer: str,
) -> None:
    """Write the report of the latest publication of a round, or of one agency in it, as Word or PDF."""
    store = services().store
    letterhead = Letterhead(
        issuer=services().settings.owner if issuer is None else issuer,
        day=day.date() if day else today_in_vietnam(),
        superior=superior,
        number=number,
        place=place,
        signer=signer,
    )
    wanted = Wanted(round_code, letterhead, agency, plan)
    file = write_report(store, services().runs, wanted, ReportFormat(layout), progress=_tell)
    write_out(out, file)


def _tell(step: str) -> None:
    """Say on a terminal what is being done; half a minute of silence looks like a command that hangs."""
    if sys.stderr.isatty():
        click.echo(step, err=True)
