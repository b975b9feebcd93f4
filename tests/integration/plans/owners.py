"""Who owns the tasks of a plan, in the registry, in the database and on the form."""

import re

from sqlalchemy import select

from survey.store.plans.tables import plan_task_owner
from survey.store.tables import agency

# Of the sample registry: three departments, and an office with a centre below it.
TRADE, HOME, FINANCE, OFFICE, CENTRE = "SCT", "SNV", "STC", "VPUBND", "TTPVHCC"


def owners(store, task: str) -> tuple[str, ...]:
    """Return the owners of a task, by code."""
    number = int(task.rpartition("/")[2])
    asked = select(agency.c.code).join(plan_task_owner).where(plan_task_owner.c.task_id == number)
    with store.reading() as connection:
        return tuple(sorted(connection.scalars(asked)))


def checked(client, path: str) -> list[str]:
    """Return the boxes that are ticked in a form."""
    return re.findall(r'name="owners" value="([^"]+)" checked', client.get(path).text)
