"""Commands of feedback: who must answer what by when."""

import json
from dataclasses import asdict
from datetime import datetime

import click
from flask.cli import AppGroup

from survey.cli.commands import command, services
from survey.operations.clock import today_in_vietnam
from survey.operations.feedback.figures import CaseFigures, case_figures, satisfaction_points
from survey.operations.feedback.reminders import Reminder, remind
from survey.wording import mark

DAY = click.DateTime(["%Y-%m-%d"])
# What goes to the agencies every morning is read by them, not by whoever runs the server.
SOON, OVERDUE = mark("Phản ánh sắp đến hạn"), mark("Phản ánh quá hạn")
ABOVE = mark("Đã báo cơ quan cấp trên ({agency})")
NOTHING = mark("Không có phản ánh nào sắp đến hạn hoặc quá hạn.")

cases = AppGroup("cases", help="Complaints and suggestions of citizens.")


@cases.command("remind")
@command
def remind_desks() -> None:
    """List what is due within CASE_REMIND_DAYS working days or overdue, agency by agency; meant for every morning.

    What is overdue is shown to the agency above from then on; calling it again changes nothing more.
    """
    own = services()
    reminders = remind(own.store, own.working_days, today=today_in_vietnam(), days=own.settings.case_remind_days)
    for reminder in reminders:
        click.echo(f"{reminder.agency.code}  {reminder.agency.name}")
        for line in _lines(reminder):
            click.echo(f"  {line}")
    if not reminders:
        click.echo(NOTHING)


@cases.command("figures")
@click.option("--from", "first", type=DAY, required=True, help="First day of receipt, YYYY-MM-DD.")
@click.option("--to", "last", type=DAY, required=True, help="Last day of receipt, YYYY-MM-DD.")
@command
def print_figures(first: datetime, last: datetime) -> None:
    """Print the figures of every agency as JSON, with the points of Decision 766/QĐ-TTg, for the cases of a period."""
    period = first.date(), last.date()
    found = case_figures(services().store, today=today_in_vietnam(), received=period)
    click.echo(json.dumps([_figures(code, one) for code, one in sorted(found.items())], ensure_ascii=False, indent=2))


def _figures(code: str, figures: CaseFigures) -> dict[str, object]:
    points = satisfaction_points(figures)
    shares = {"share_on_time": figures.share_on_time, "share_satisfied": figures.share_satisfied}
    return {
        "agency_code": code,
        **asdict(figures),
        **shares,
        "points_on_time": points.on_time,
        "points_satisfied": points.satisfied,
    }


def _lines(one: Reminder) -> list[str]:
    above = ABOVE.format(agency=one.parent.name) if one.parent else ""
    named = {SOON: one.due_soon, OVERDUE: one.overdue, above: one.escalated}
    return [f"{title}: {', '.join(codes)}" for title, codes in named.items() if codes]


GROUPS = (cases,)
