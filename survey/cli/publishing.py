"""Commands of results: the index, publications, files."""

from pathlib import Path

import click
from flask.cli import AppGroup

from survey.analysis.figures.domains import AXES
from survey.analysis.par.rules import default_rule, load_par_rule, par_rules
from survey.cli.commands import OUT, command, examples, services, write_out
from survey.operations.clock import today_in_vietnam
from survey.operations.exports import files
from survey.operations.exports.pack import pack_file
from survey.operations.publishing.publishing import publish_run
from survey.operations.publishing.verifying import verify_run
from survey.operations.results import as_now, runs
from survey.operations.results.par import score_published
from survey.operations.sampling import designs, weighing
from survey.operations.sampling.designs import GivenFile
from survey.reports.par import par_json, par_text
from survey.reports.sampling.weighing import weighed_json, weighed_text
from survey.reports.sheets import SHEET_LAYOUTS
from survey.reports.tables import results_json, results_table
from survey.wording import Language

index = AppGroup("index", help="Satisfaction indices.")
export = AppGroup("export", help="Files for analysts.")
GROUPS = (index, export)
BY = f"Any of {', '.join(AXES)}, with commas between."
_COMPONENTS = dict.fromkeys(one.code for rule in par_rules() for one in rule.others)
SCORES = (
    f"COMPONENT=POINTS of another component, such as finance=11,24; those of the rules that come along: "
    f"{', '.join(_COMPONENTS)}."
)
DRAWS_OF_RULE = {
    1: "the first rule: days of service points where there are 10, else respondents",
    2: "the second rule: days of agencies and weeks of service points",
}


def _axes(_context: click.Context, _option: click.Parameter, value: str) -> tuple[str, ...]:
    return tuple(axis.strip() for axis in value.split(",") if axis.strip())


@index.command(
    "compute",
    epilog=examples(
        "index compute --round 2026-q4", "index compute --round 2026-q4 --by block,item --format xlsx > indices.xlsx"
    ),
)
@click.option("--round", "round_code", required=True, help="Code of the round.")
@click.option("--by", default="agency,dimension", show_default=True, callback=_axes, help=BY)
@click.option("--format", "layout", type=click.Choice(["table", *SHEET_LAYOUTS, "json"]), default="table")
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi")
@click.option(
    "--weights",
    type=click.Choice(["visits", "design"]),
    help="Let each response count for the visits it stands for, or for those its stratum was drawn from.",
)
@click.option(
    "--agencies",
    type=click.Choice(["then", "now"]),
    default="then",
    show_default=True,
    help="now: the latest publication, what was answered for agencies that merged told as their successors' of today.",
)
@command
def compute(round_code: str, by: tuple[str, ...], layout: str, lang: str, weights: str | None, agencies: str) -> None:
    """Compute the index of all responses so far, by any of block, agency, service_point and dimension, item."""
    if agencies == "now" and weights:
        raise click.UsageError("--agencies now reads a publication, which has no weights: leave --weights out")
    store = services().store
    if agencies == "now":
        results = as_now.compute_as_now(store, round_code, by=by, today=today_in_vietnam())
    elif weights == "design":
        results = designs.compute_by_design(store, round_code, by=by)
    else:
        results = runs.compute_index(store, round_code, by=by, weighted=weights is not None)
    language: Language = "en" if lang == "en" else "vi"
    if layout == "json":
        click.echo(results_json(results))
    elif layout == "table":
        click.echo(results_table(results, language))
    else:
        write_out(Path("-"), files.indices_table(results, language, layout=layout))


@index.command("weigh")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--round", "round_code", required=True, help="Code of the round.")
@click.option("--by", default="dimension", show_default=True, callback=_axes, help=BY)
@click.option("--lower", type=float, help="No weight below so many times the median weight.")
@click.option("--upper", type=float, help="No weight above so many times the median weight.")
@click.option("--leave-out", is_flag=True, help="Leave out responses without an answer to a question of a margin.")
@click.option("--format", "layout", type=click.Choice(["table", "json"]), default="table")
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi")
@command
def weigh_responses(
    file: Path,
    round_code: str,
    by: tuple[str, ...],
    lower: float | None,
    upper: float | None,
    layout: str,
    lang: str,
    *,
    leave_out: bool,
) -> None:
    """Compute the index with weights for which the margins of FILE hold, beside the one without.

    FILE is a CSV of margin, category, total. One margin is post-stratified, several are raked; limits trim.
    """
    wish = weighing.WeighingWish(GivenFile(file.read_bytes(), file.name), lower, upper, leave_out, by)
    found = weighing.weigh(services().store, round_code, wish)
    click.echo(weighed_json(found) if layout == "json" else weighed_text(found, "en" if lang == "en" else "vi"))


@index.command("publish", epilog=examples("index publish --round 2026-q4", "index publish --round 2026-q4 --final"))
@click.option("--round", "round_code", required=True, help="Code of the round.")
@click.option("--final", is_flag=True, help="Refuse while the round takes late answers.")
@command
def publish(round_code: str, final: bool) -> None:
    """Freeze the index of a round as a published run; once it takes no late answers, as its final one."""
    made = publish_run(services().store, round_code, today=today_in_vietnam(), final=final, draws_all=True)
    click.echo(f"published as number {made.of_round} of the round ({made.kind}): run {made.id}")


@index.command("verify")
@click.argument("run")
@command
def verify(run: str) -> None:
    """Make a run's figures again from its sums, and its sums from the responses while these are kept.

    RUN is its identity, or the beginning of it. Exit 1 when anything differs.
    """
    verified = verify_run(services().store, run)
    lines = (
        f"run {verified.run.id}, number {verified.run.of_round} ({verified.run.kind}) "
        f"of round {verified.run.round_code}, "
        f"published on {verified.run.published_on:%d/%m/%Y} by version {verified.run.code_version}",
        f"identity from sums, instrument and method: {'the same' if verified.identity else 'ANOTHER'}",
        f"figures from sums, byte by byte: {'the same' if verified.figures else 'OTHERS'}",
        f"sums from responses: {verified.recount}{': ' if verified.differing else ''}{', '.join(verified.differing)}",
        f"standard errors by {DRAWS_OF_RULE[verified.rule]}",
        *(
            [f"kept from an earlier publication, not recounted: {', '.join(verified.carried)}"]
            if verified.carried
            else []
        ),
    )
    click.echo("\n".join(lines))
    if not verified.holds:
        raise click.exceptions.Exit(1)


def _scores(_context: click.Context, _option: click.Parameter, pairs: tuple[str, ...]) -> dict[str, float]:
    points_of: dict[str, float] = {}
    for pair in pairs:
        code, _, points = pair.partition("=")
        if code in points_of:
            raise click.BadParameter(f"{code} is given twice")
        try:
            # People write 11,24 as every page does.
            points_of[code] = float(points.replace(",", "."))
        except ValueError:
            raise click.BadParameter(f"{pair!r} is not COMPONENT=POINTS, such as finance=11,24") from None
    return points_of


@index.command("par")
@click.option("--round", "round_code", required=True, help="Code of the round.")
@click.option("--agency", "agency_code", default="", help="Code of an agency; all together when left out.")
@click.option("--rule", help="Code of a rule of PAR_FILE; that for all or for one when left out.")
@click.option("--score", "scores", multiple=True, callback=_scores, help=SCORES)
@click.option("--format", "layout", type=click.Choice(["table", "json"]), default="table")
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi")
@command
def par(round_code: str, agency_code: str, rule: str | None, scores: dict[str, float], layout: str, lang: str) -> None:
    """Turn the published index into points of the administrative reform index: the most, the scored, the lost."""
    path = services().settings.par_file
    found = load_par_rule(rule, path) if rule else default_rule(whole=not agency_code, path=path)
    others: dict[str, float | None] = {**dict.fromkeys(one.code for one in found.others), **scores}
    sheet = score_published(services().runs.latest(round_code), found, others, agency_code=agency_code)
    click.echo(par_json(sheet) if layout == "json" else par_text(sheet, "en" if lang == "en" else "vi"))


@export.command(
    "write",
    epilog=examples(
        "export write --round 2026-q4 --what indices --format xlsx --out indices.xlsx",
        "export write --round 2026-q4 --pack --out pack.zip",
    ),
)
@click.option("--round", "round_code", required=True, help="Code of the round.")
@click.option("--what", type=click.Choice(["indices", "responses", "facts"]), help="One file; or ask for --pack.")
@click.option("--pack", "packed", is_flag=True, help="The analyst's pack: every file, codebook and scripts in a zip.")
@click.option("--by", default="agency,dimension", show_default=True, callback=_axes, help=f"For indices. {BY}")
@click.option("--format", "layout", type=click.Choice(files.LAYOUTS), default="csv", show_default=True)
@click.option("--out", type=OUT, required=True, help="File to write, or - for standard output.")
@command
def write(round_code: str, what: str | None, packed: bool, by: tuple[str, ...], layout: str, out: Path) -> None:
    """Write a file of indices or of facts (of the latest publication) or of responses, or the analyst's pack.

    Facts are the questions outside the index; their file is a table.
    """
    if packed == bool(what):
        raise click.UsageError("ask for one of --what and --pack")
    store = services().store
    if what == "facts":
        if layout not in SHEET_LAYOUTS:
            raise click.UsageError(f"facts are written as {', '.join(SHEET_LAYOUTS)} only")
        write_out(out, files.facts_file(store, round_code, layout=layout))
        return
    if what == "responses":
        write_out(out, files.responses_file(store, round_code, layout=layout))
        return
    file = pack_file(store, round_code) if packed else files.indices_file(store, round_code, layout=layout, by=by)
    if not file.published:
        click.echo("note: these are today's figures, not a publication (index publish freezes one)", err=True)
    write_out(out, file.data)
