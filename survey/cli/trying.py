"""The command behind `scripts/serve`."""

import click
from flask.cli import AppGroup

from survey.cli.commands import command, services
from survey.operations.clock import today_in_vietnam
from survey.operations.demo.story import prepare_demonstration
from survey.operations.demo.trial import Trial, first_password, prepare_trial
from survey.operations.posters.posters import PosterSize, list_posters, make_posters
from survey.reports.tables import simulation_notice
from survey.wording import mark

PRODUCT = mark("Hài Lòng")
trial = AppGroup("trial", help="Try the application on this machine.")
GROUPS = (trial,)
NOTICE = simulation_notice("vi")


@trial.command("prepare")
@click.option("--demo", is_flag=True, help=f"Load rounds marked “{NOTICE}”, a plan and feedback, all simulated.")
@command
def prepare(*, demo: bool) -> None:
    """Make an empty instance ready and print where to look."""
    own, today = services(), today_in_vietnam()
    if demo:
        prepared = prepare_demonstration(own.case_desk, today=today)
    else:
        prepared = prepare_trial(own.store, today=today, simulate=False)
    password = first_password(own.store)
    for line in (*_addresses(prepared), *_sign_in(password)):
        click.echo(line)


def _addresses(prepared: Trial) -> tuple[str, ...]:
    settings, code = services().settings, prepared.placed.point.code
    chosen = list_posters(services().store, settings, today=today_in_vietnam(), point_code=code)
    poster = settings.instance / f"poster-{code}.pdf"
    poster.write_bytes(make_posters(chosen, PosterSize.A4))
    simulated = f" ({NOTICE})" if prepared.survey_round.simulated else ""
    return (
        "",
        f"{PRODUCT} · {prepared.survey_round.title}{simulated} · {prepared.responses} responses",
        f"  form of one counter   {settings.public_url}/K/{code}",
        f"  its poster (PDF)      {settings.public_url}/staff/posters?point={code}&size=a4",
        f"                        {poster}",
        f"  published results     {settings.public_url}/results/",
        f"  dashboard             {settings.public_url}/staff/",
    )


def _sign_in(password: str | None) -> tuple[str, ...]:
    if password is None:
        return ("  sign in               with the password you chose", "")
    return (
        f"  sign in               administrator, one-time password {password}",
        "                        then an authenticator application: the page shows it a code to scan",
        "",
    )
