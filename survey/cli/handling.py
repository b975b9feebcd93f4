"""Commands of feedback: who must answer what by when."""

import click
from flask.cli import AppGroup

from survey.cli.commands import command, services
from survey.operations.case_reminders import Reminder, remind
from survey.operations.clock import today_in_vietnam

cases = AppGroup("cases", help="Complaints and suggestions of citizens.")


@cases.command("remind")
@command
def remind_desks() -> None:
    """List what is due within CASE_REMIND_DAYS working days or overdue, agency by agency; meant for every morning.

    What is overdue is shown to the agency above from then on; calling it again changes nothing more.
    """
    made = services()
    found = remind(made.store, made.working_days, today=today_in_vietnam(), days=made.settings.case_remind_days)
    for one in found:
        click.echo(f"{one.agency.code}  {one.agency.name}")
        for line in _lines(one):
            click.echo(f"  {line}")
    if not found:
        click.echo("nothing is due")


def _lines(one: Reminder) -> list[str]:
    above = f"escalated to {one.parent.code}" if one.parent else ""
    named = {"due soon": one.due_soon, "overdue": one.overdue, above: one.escalated}
    return [f"{title}: {', '.join(codes)}" for title, codes in named.items() if codes]


GROUPS = (cases,)
