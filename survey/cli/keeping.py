"""Commands of keeping: visits, the doctor, retention, keys of programs, full rows."""

import sys
from datetime import datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from survey.cli.commands import FILE_OUT, command, examples, services, write_out
from survey.cli.publishing import export
from survey.operations.clock import today_in_vietnam
from survey.operations.exports import full_rows
from survey.operations.feedback.receipts import forget_contacts
from survey.operations.keeping import retention
from survey.operations.keeping.doctor import Instance, examine, find_notes
from survey.operations.keeping.retention import RoundRows
from survey.operations.rounds import visit_files
from survey.operations.rounds.visits import denominators_file, list_denominators
from survey.operations.staff import api_keys
from survey.reports.sheets import SHEET_LAYOUTS

FILE_IN = click.Path(path_type=Path, dir_okay=False, exists=True)
ALL_IS_WELL = "no fault found"

visits = AppGroup("visits", help="How many people were served: the denominators.")
keeping = AppGroup("retention", help="How long responses of single people are kept.")
keys = AppGroup("api-key", help="Keys of programs that read through the API.")


@visits.command("import")
@click.argument("file", type=FILE_IN)
@click.option("--sheet", default="", help="Sheet of a workbook to read, where several may be meant.")
@command
def import_visits(file: Path, sheet: str) -> None:
    """Load visits FILE (CSV or XLSX), all or nothing; a count of the same unit and period is replaced."""
    loaded = visit_files.import_visits(services().store, file.read_bytes(), name=file.name, sheet=sheet)
    click.echo(f"{loaded.added} visit counts added, {loaded.replaced} replaced")
    if loaded.hidden:
        click.echo(
            f"note: {loaded.hidden} lines of {file.name} are hidden, as by a filter; they were read too", err=True
        )
    if loaded.without:
        click.echo(f"note: no visits are counted of: {', '.join(loaded.without)}", err=True)


@visits.command("export")
@click.option("--out", type=FILE_OUT, required=True, help="File to write.")
@click.option("--format", "layout", type=click.Choice(SHEET_LAYOUTS), default="csv", show_default=True)
@command
def export_visits(out: Path, layout: str) -> None:
    """Write all visit counts, as visits.csv has them."""
    click.echo(f"{visit_files.export_visits(services().store, out, layout=layout)} visit counts written to {out}")


@visits.command("goals")
@click.option("--round", "round_code", required=True, help="Code of the round.")
@click.option("--format", "layout", type=click.Choice(SHEET_LAYOUTS), default="csv", show_default=True)
@command
def goals(round_code: str, layout: str) -> None:
    """Write each agency's visits, responses and response rate in a round, and how many it still needs.

    `official` is n = N/(1+N·e²) with e = 5%, `correct` the size with the finite population correction.
    """
    write_out(Path("-"), denominators_file(list_denominators(services().store, round_code), layout=layout))


@click.command("doctor", epilog=examples("doctor"))
@command
def doctor() -> None:
    """Look for what is wrong; exit 1 with one line per fault."""
    instance = Instance(services().store, services().settings, today_in_vietnam())
    findings = examine(instance)
    for note in find_notes(instance):
        click.echo(f"note: {note}", err=True)
    for finding in findings:
        click.echo(str(finding), err=True)
    if findings:
        sys.exit(1)
    click.echo(ALL_IS_WELL)


@keeping.command("list")
@command
def list_retention() -> None:
    """List until when the responses of each round are kept."""
    today = today_in_vietnam()
    for one in retention.list_round_rows(services().store):
        state = "overdue" if one.is_overdue_on(today) else "kept"
        final = "final run published" if one.has_final_run else "no final run"
        click.echo(f"{one.round_code}  until {one.kept_until}  {state}  {_rows(one)}  {final}")


@keeping.command("apply")
@click.option("--round", "round_code", help="Only this round; every overdue one when left out.")
@click.option("--without-run", is_flag=True, help="Also where no final run keeps the figures.")
@command
def apply_retention(round_code: str | None, *, without_run: bool) -> None:
    """Remove the responses and comments of rounds that closed more than 24 months ago; published runs stay.

    The contacts of feedback cases answered more than CASE_CONTACT_DAYS days ago go as well, unless one round is named.
    """
    gone = retention.forget_overdue(
        services().store, today=today_in_vietnam(), round_code=round_code, without_run=without_run
    )
    contacts = 0 if round_code else forget_contacts(services().store, today=today_in_vietnam(), days=_contact_days())
    for emptied in gone:
        click.echo(f"round {emptied.round_code}: {_rows(emptied)} removed")
    if contacts:
        click.echo(f"feedback cases: {contacts} contacts removed")
    if not gone and not contacts:
        click.echo("nothing is overdue")


def _contact_days() -> int:
    return services().settings.case_contact_days


def _rows(one: RoundRows) -> str:
    return f"{one.rows.responses} responses, {one.rows.comments} comments"


@keys.command("add")
@click.option("--label", required=True, help="Who reads with it.")
@click.option("--agency", help="Code of the only agency it reads; all of them when left out.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Its last day, YYYY-MM-DD; without end when left out.")
@command
def add_key(label: str, agency: str | None, until: datetime | None) -> None:
    """Make a key that reads, and print it."""
    last = until.date() if until else None
    added = api_keys.add_key(services().store, label, today=today_in_vietnam(), agency_code=agency, valid_to=last)
    click.echo(f"number: {added.number}\nkey: {added.secret}")
    click.echo("It is shown only now; only its digest is kept.", err=True)


@keys.command("list")
@command
def list_keys() -> None:
    """List all keys, without the keys themselves."""
    for key in api_keys.list_keys(services().store):
        valid = f"valid until {key.valid_to}" if key.valid_to else "valid"
        state = f"revoked {key.revoked_on}" if key.revoked_on else valid
        used = f"used {key.used_on}" if key.used_on else "never used"
        whose = key.agency_code or "all agencies"
        click.echo(f"{key.id}  {key.label}  {whose}  made {key.created_on}  {used}  {state}")


@keys.command("revoke")
@click.argument("number", type=int)
@command
def revoke_key(number: int) -> None:
    """End the key with this NUMBER at once."""
    revoked = api_keys.revoke_key(services().store, number, today=today_in_vietnam())
    click.echo(f"key {revoked.id} ({revoked.label}) is revoked")


@export.command("full-responses")
@click.option("--round", "round_code", required=True, help="Code of the round.")
@click.option("--staff", required=True, help="Name of the administrator who takes the file.")
@click.option("--reason", required=True, help="What it is needed for; kept in the audit trail.")
@click.option("--out", type=FILE_OUT, required=True, help="File to write.")
@click.option("--format", "layout", type=click.Choice(SHEET_LAYOUTS), default="csv", show_default=True)
@command
def write_full_responses(round_code: str, staff: str, reason: str, out: Path, layout: str) -> None:
    """Write every response of a round row by row: day, service point, mode, all answers."""
    full_rows.write_full_rows(services().store, out, round_code, staff=staff, reason=reason, layout=layout)
    click.echo(f"full rows written to {out}; the audit trail holds the reason")


GROUPS = (visits, doctor, keeping, keys)
