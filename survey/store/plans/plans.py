"""Improvement plans in the database: plans and their tasks, with the version each change adds one to."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, Row, Select, func, insert, select, true, update

from survey.errors import UnknownCodeError
from survey.store.changing import change, remove
from survey.store.plans.owners import delete_owners, keep_owners, list_owners
from survey.store.plans.tables import improvement_plan, plan_task
from survey.store.registry.agencies import find_round
from survey.store.tables import agency, survey_round


@dataclass(frozen=True, slots=True)
class Plan:
    """What is written of a plan. Without an agency it is about all of them; `places` is how many to climb."""

    agency_code: str | None
    round_code: str | None
    year: int
    title: str
    document: str = ""
    places: int | None = None


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan with its row number and version; `agency` and `round_title` are names, empty where there is none."""

    id: int
    version: int
    plan: Plan
    agency: str
    round_title: str
    copied_from: int | None
    made_on: date
    staff: str


@dataclass(frozen=True, slots=True)
class PlanTask:
    """A row of the annex. `task` is empty while nobody has said what is to be done about the finding.

    `owners` are the agencies that report on it, by code and in that order; the annex does not print them.
    """

    heading: str
    part: str
    finding: Mapping[str, object]
    task: str = ""
    lead: str = ""
    coordinating: str = ""
    deadline_kind: str = "none"
    deadline: str = ""
    due_on: date | None = None
    product: str = ""
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptTask:
    """A task with its row number and version."""

    id: int
    version: int
    task: PlanTask
    done_on: date | None

    def is_late(self, today: date) -> bool:
        """Tell whether its day has passed and it is not done."""
        due = self.task.due_on
        return self.done_on is None and due is not None and due < today and bool(self.task.task)


def find_plan(connection: Connection, number: int) -> KeptPlan:
    """Return a plan; raises UnknownCodeError."""
    row = connection.execute(_plans().where(improvement_plan.c.id == number)).first()
    if row is None:
        raise UnknownCodeError("improvement plan", str(number))
    return _to_plan(row)


def list_plans(connection: Connection, agencies: Collection[str] | None) -> tuple[KeptPlan, ...]:
    """Return the plans of these agencies (None: all plans), the latest year first."""
    order = (improvement_plan.c.year.desc(), improvement_plan.c.id.desc())
    return tuple(_to_plan(row) for row in connection.execute(_plans().where(of_agencies(agencies)).order_by(*order)))


def of_agencies(agencies: Collection[str] | None) -> ColumnElement[bool]:
    """Return the condition that a plan is of one of these agencies; None stands for every plan."""
    return true() if agencies is None else agency.c.code.in_(agencies)


def add_plan(connection: Connection, new: Plan, *, made_on: date, staff: str, copied_from: int | None = None) -> int:
    """Add a plan and return its row number; raises UnknownCodeError on an agency or round there is none of."""
    values = {**_values(new), "agency_id": _agency_id(connection, new), "round_id": _round_id(connection, new)}
    about = {"made_on": made_on, "staff": staff, "copied_from_id": copied_from}
    (number,) = connection.execute(insert(improvement_plan).values(**values, **about)).inserted_primary_key or (0,)
    return int(number)


def change_plan(connection: Connection, number: int, new: Plan, *, seen: int) -> Plan:
    """Change what is written of a plan but its agency and round, return what was; raises ChangedMeanwhileError."""
    before = connection.execute(_plans().where(improvement_plan.c.id == number)).all()
    change(connection, improvement_plan, improvement_plan.c.id == number, seen=seen, **_values(new))
    return _to_plan(before[0]).plan


def delete_plan(connection: Connection, number: int, *, seen: int) -> None:
    """Remove a plan that has no tasks any more; plans copied from it stay. Raises ChangedMeanwhileError."""
    copies = improvement_plan.c.copied_from_id == number
    connection.execute(update(improvement_plan).where(copies).values(copied_from_id=None))
    remove(connection, improvement_plan, improvement_plan.c.id == number, seen=seen)


def lock_plan(connection: Connection, number: int) -> None:
    """Let nobody else add rows to a plan until the transaction ends; raises UnknownCodeError."""
    mine = select(improvement_plan.c.id).where(improvement_plan.c.id == number).with_for_update()
    if connection.execute(mine).first() is None:
        raise UnknownCodeError("improvement plan", str(number))


def list_tasks(connection: Connection, plan_id: int) -> tuple[KeptTask, ...]:
    """Return the rows of a plan: heading by heading as these first came, each in the order of the positions."""
    statement = select(plan_task).where(plan_task.c.plan_id == plan_id).order_by(plan_task.c.position)
    owners = list_owners(connection, plan_id)
    rows = [_to_task(row, owners.get(row.id, ())) for row in connection.execute(statement)]
    places = {heading: place for place, heading in enumerate(dict.fromkeys(row.task.heading for row in rows))}
    return tuple(sorted(rows, key=lambda row: places[row.task.heading]))


def add_tasks(connection: Connection, plan_id: int, new: Iterable[PlanTask]) -> tuple[int, ...]:
    """Add rows behind the others, and return their row numbers; raises UnknownCodeError."""
    lock_plan(connection, plan_id)
    of_plan = plan_task.c.plan_id == plan_id
    last = connection.scalar(select(func.max(plan_task.c.position)).where(of_plan)) or 0
    return tuple(_add_task(connection, plan_id, place, one) for place, one in enumerate(new, start=last + 1))


def _add_task(connection: Connection, plan_id: int, place: int, new: PlanTask) -> int:
    values = {"plan_id": plan_id, "position": place, **_task_values(new)}
    (number,) = connection.execute(insert(plan_task).values(**values)).inserted_primary_key or (0,)
    keep_owners(connection, int(number), new.owners)
    return int(number)


def change_task(connection: Connection, number: int, new: PlanTask, *, seen: int) -> None:
    """Change a row; raises ChangedMeanwhileError when its version is no longer `seen`, UnknownCodeError."""
    change(connection, plan_task, plan_task.c.id == number, seen=seen, **_task_values(new))
    delete_owners(connection, number)
    keep_owners(connection, number, new.owners)


def swap_tasks(connection: Connection, one: int, other: int) -> None:
    """Let two rows of a plan change places; whoever does it has locked the plan."""
    found = connection.execute(select(plan_task.c.id, plan_task.c.position).where(plan_task.c.id.in_((one, other))))
    places = {row.id: row.position for row in found}
    # Positions are unique at every moment and begin with one: the row that moves first waits at zero.
    for number, place in ((one, 0), (other, places[one]), (one, places[other])):
        connection.execute(update(plan_task).where(plan_task.c.id == number).values(position=place))


def set_done(connection: Connection, number: int, day: date | None, *, seen: int) -> None:
    """Keep the day a task was done on, None for not done; raises ChangedMeanwhileError as `change_task` does."""
    change(connection, plan_task, plan_task.c.id == number, seen=seen, done_on=day)


def delete_task(connection: Connection, number: int, *, seen: int) -> None:
    """Remove a row that has no progress reports any more; raises ChangedMeanwhileError."""
    delete_owners(connection, number)
    remove(connection, plan_task, plan_task.c.id == number, seen=seen)


def _plans() -> Select[tuple[object, ...]]:
    names = (
        agency.c.code.label("agency_code"),
        agency.c.name.label("agency"),
        survey_round.c.code.label("round_code"),
        survey_round.c.title.label("round_title"),
    )
    joined = improvement_plan.outerjoin(agency).outerjoin(survey_round)
    return select(improvement_plan, *names).select_from(joined)


def _agency_id(connection: Connection, new: Plan) -> int | None:
    if new.agency_code is None:
        return None
    number: int | None = connection.scalar(select(agency.c.id).where(agency.c.code == new.agency_code))
    if number is None:
        raise UnknownCodeError("agency", new.agency_code)
    return number


def _round_id(connection: Connection, new: Plan) -> int | None:
    return find_round(connection, new.round_code)[0] if new.round_code else None


def _values(new: Plan) -> dict[str, object]:
    target = {"places": new.places} if new.places else {}
    return {"year": new.year, "title": new.title, "document": new.document, "target": json.dumps(target)}


def _task_values(new: PlanTask) -> dict[str, object]:
    values = {**asdict(new), "finding": json.dumps(new.finding, ensure_ascii=False)}
    # The owners have a table of their own.
    del values["owners"]
    return values


def _to_plan(row: Row[tuple[object, ...]]) -> KeptPlan:
    places = json.loads(row.target).get("places")
    plan = Plan(row.agency_code, row.round_code, row.year, row.title, row.document, places)
    names = row.agency or "", row.round_title or ""
    return KeptPlan(row.id, row.version, plan, *names, row.copied_from_id, row.made_on, row.staff)


def _to_task(row: Row[tuple[object, ...]], owners: tuple[str, ...]) -> KeptTask:
    deadline = row.deadline_kind, row.deadline, row.due_on
    words = row.task, row.lead, row.coordinating
    task = PlanTask(row.heading, row.part, json.loads(row.finding), *words, *deadline, row.product, owners)
    return KeptTask(row.id, row.version, task, row.done_on)
