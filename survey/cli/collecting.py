"""Commands of fieldwork: registry, rounds, posters, responses."""

import json
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path

import click
from flask.cli import AppGroup

from qr.posters import PosterSize
from survey.cli.commands import OUT, command, examples, services, write_out
from survey.fieldwork import SamplingBasis, SurveyRound
from survey.instrument import instrument_codes
from survey.operations.clock import today_in_vietnam
from survey.operations.collecting import responses
from survey.operations.posters import posters as paper
from survey.operations.registry import csv_import
from survey.operations.registry.layouts import AGENCIES, SERVICE_POINTS
from survey.operations.rounds.rounds import NewRound
from survey.operations.rounds.rounds import close_round as close_early
from survey.operations.rounds.rounds import open_round as open_new
from survey.operations.sampling import designs
from survey.reports.sheets import SHEET_LAYOUTS
from survey.reports.tables import simulation_notice
from survey.store.registry.agencies import list_rounds
from survey.store.staff.acts import BY_COMMAND

registry = AppGroup("registry", help="Agencies and service points.")
rounds = AppGroup("round", help="Survey rounds.")
posters = AppGroup("posters", help="Posters with QR codes.")
answers = AppGroup("responses", help="Responses from files.")
GROUPS = (registry, rounds, posters, answers)

FOLDER = click.Path(path_type=Path, file_okay=False)
DAY = click.DateTime(["%Y-%m-%d"])


@registry.command("import", epilog=examples("registry import ./registry"))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--agencies-sheet", default="", help="Sheet of agencies.xlsx to read, where several may be meant.")
@click.option("--points-sheet", default="", help="Sheet of service_points.xlsx to read, where several may be meant.")
@command
def import_registry(folder: Path, agencies_sheet: str, points_sheet: str) -> None:
    """Bring agencies.csv and service_points.csv, or .xlsx, of FOLDER in, all or nothing."""
    named = {AGENCIES.file: agencies_sheet, SERVICE_POINTS.file: points_sheet}
    found = csv_import.import_registry(services().store, folder, named=named)
    for file, note in found.notes:
        click.echo(f"{file}: {note}", err=True)
    click.echo(f"{len(found.agencies)} agencies, {len(found.service_points)} service points imported")


@registry.command(
    "export", epilog=examples("registry export --out ./registry", "registry export --out ./registry --format xlsx")
)
@click.option("--out", type=FOLDER, required=True, help="Folder to write into.")
@click.option("--format", "layout", type=click.Choice(SHEET_LAYOUTS), default="csv", show_default=True)
@command
def export_registry(out: Path, layout: str) -> None:
    """Write agencies.csv and service_points.csv, or the same in another format."""
    found = csv_import.export_registry(services().store, out, layout=layout)
    click.echo(f"{len(found.agencies)} agencies, {len(found.service_points)} service points written to {out}")


@rounds.command("open", epilog=examples('round open --code 2026-q4 --title "Quarter 4" --closes 2026-12-31'))
@click.option("--code", required=True, help="Short code, such as 2026-q4.")
@click.option("--title", default="", help="Title people read; the code when left out.")
@click.option("--instrument", type=click.Choice(instrument_codes()), default="sipas-2023", show_default=True)
@click.option("--opens", type=DAY, help="First day; today when left out.")
@click.option("--closes", type=DAY, required=True, help="Last day.")
@click.option("--profile", is_flag=True, help="Ask the respondent's profile (never ethnicity).")
@click.option("--overall", is_flag=True, help="Ask the local overall question, outside every index.")
@click.option("--simulated", is_flag=True, help=f"Mark every page and file “{simulation_notice('vi')}”.")
@click.option("--previous", help="Code of the round this one is compared with.")
@click.option(
    "--basis",
    type=click.Choice([basis.value for basis in SamplingBasis]),
    default=SamplingBasis.SELF_SELECTED.value,
    show_default=True,
    help="How respondents come in; probability: drawn at random, by the design given with round design.",
)
@command
def open_round(
    code: str,
    title: str,
    instrument: str,
    opens: date | None,
    closes: date,
    *,
    profile: bool,
    overall: bool,
    simulated: bool,
    previous: str | None,
    basis: str,
) -> None:
    """Open a survey round."""
    new = NewRound(
        code=code,
        title=title or code,
        instrument=instrument,
        opens=_day(opens) or today_in_vietnam(),
        closes=_day(closes) or today_in_vietnam(),
        profile=profile,
        overall=overall,
        simulated=simulated,
        previous_code=previous,
        basis=SamplingBasis(basis),
    )
    survey_round = open_new(services().store, new)
    click.echo(
        f"round {survey_round.code}: {survey_round.opens} to {survey_round.closes},"
        f" late answers until {survey_round.seals}"
    )


def _day(moment: date | None) -> date | None:
    """Click hands out a moment; a round knows days."""
    return date(moment.year, moment.month, moment.day) if moment else None


@rounds.command("close")
@click.argument("code")
@command
def close_round(code: str) -> None:
    """Make today the last day of round CODE."""
    made = close_early(services().store, code, today=today_in_vietnam())
    click.echo(f"round {made.code} closes at the end of {made.closes}; waiting answers are taken until {made.seals}")


@rounds.command("design")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--round", "round_code", required=True, help="Code of the round.")
@click.option("--out", type=OUT, help="Write the design file that counts, as it was given; or - for standard output.")
@command
def give_design(file: Path | None, round_code: str, out: Path | None) -> None:
    """Give a probability round its design, or tell which it has.

    FILE is a CSV or XLSX with a line for each stratum: its code (block, agency_code or service_point_code), population,
    and point_days where days of service points were drawn instead of people. It counts from now on and is kept.
    """
    store = services().store
    if file:
        given = designs.GivenFile(file.read_bytes(), file.name)
        preview = designs.give_design(store, round_code, given, today=today_in_vietnam(), by=BY_COMMAND)
        click.echo(
            f"{len(preview.frame.strata)} strata, {sum(drawn.responses for drawn in preview.drawn.values())} responses"
        )
    kept = designs.find_design(store, round_code).kept
    for design in kept:
        click.echo(
            f"design {design.number}, given on {design.given_on:%d/%m/%Y} by {design.staff}: "
            f"{design.name}, {design.digest}",
            err=bool(out),
        )
    if not kept:
        click.echo(f"round {round_code} has no design", err=True)
    elif out:
        write_out(out, kept[0].content)


@rounds.command("list")
@click.option("--format", "layout", type=click.Choice(["table", "json"]), default="table")
@command
def show_rounds(layout: str) -> None:
    """List the rounds, the latest first."""
    with services().store.reading() as connection:
        stored = list(list_rounds(connection).values())
    lines = [_listed(survey_round, today_in_vietnam()) for survey_round in stored]
    if layout == "json":
        click.echo(json.dumps(lines, ensure_ascii=False, indent=2, default=str))
        return
    for line in lines:
        click.echo("  ".join(str(line[name]) for name in ("code", "state", "opens", "closes", "instrument", "title")))
    if not lines:
        click.echo("no rounds yet; open one with: flask --app wsgi round open --code … --closes …")


def _listed(one: SurveyRound, today: date) -> dict[str, object]:
    return {**asdict(one), "state": one.state_on(today)}


@posters.command("make", epilog=examples("posters make --agency SNV --size a4 --out posters.pdf"))
@click.option("--all", "everything", is_flag=True, help="Every service point in use.")
@click.option("--agency", help="Only this agency's service points.")
@click.option("--point", help="Only the service point with this code.")
@click.option("--size", type=click.Choice([size.value for size in PosterSize]), default="a4", show_default=True)
@click.option(
    "--with-results", is_flag=True, help="Also print where the agency's results can be read; not on stickers."
)
@click.option("--out", type=OUT, required=True, help="PDF file, or - for standard output.")
@command
def make_posters(
    *, everything: bool, agency: str | None, point: str | None, size: str, with_results: bool, out: Path
) -> None:
    """Make one PDF of posters."""
    if everything == bool(agency or point):
        raise click.UsageError("choose either --all, or --agency CODE, or --point CODE")
    if with_results and size == PosterSize.STICKER:
        raise click.UsageError("a sticker has no room for the address of the results: leave --with-results out")
    store, settings, today = services().store, services().settings, today_in_vietnam()
    chosen = paper.list_posters(
        store, settings, today=today, agency_code=agency, point_code=point, with_results=with_results
    )
    with click.progressbar(length=len(chosen), label="posters", file=sys.stderr) as bar:
        write_out(out, paper.make_posters(chosen, PosterSize(size), progress=lambda _done: bar.update(1)))


@answers.command("import", epilog=examples("responses import answers.csv --round 2026-q4"))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--round", "round_code", required=True, help="Code of the round.")
@command
def import_responses(file: Path, round_code: str) -> None:
    """Load responses.csv FILE into a round, all or nothing."""
    loaded = responses.import_responses(
        services().store, file.read_bytes(), name=file.name, round_code=round_code, today=today_in_vietnam()
    )
    click.echo(f"{loaded.rows} responses loaded from {file.name}")
