"""A demonstration of the whole loop: two rounds, what fell between them, a plan that answers to it, and feedback.

What is told stands in `demonstration.toml`; it gets into the instance by the operations that pages use. Everything is
made only where it is missing, and only in an instance whose rounds are all simulated.
"""

import tomllib
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from survey.operations.demo.cases import make_cases
from survey.operations.demo.plan import make_plan
from survey.operations.demo.simulation import Simulation
from survey.operations.demo.trial import (
    DAYS_BACK,
    NOW,
    Trial,
    bring_registry,
    fill_round,
    open_trial_round,
    prepare_trial,
    require_simulated,
    simulated_round,
)
from survey.operations.feedback.receipts import CaseDesk
from survey.operations.rounds.rounds import open_round
from survey.operations.staff.accounts import add_staff
from survey.operations.staff.rights import Role
from survey.store.engine import Store
from survey.store.registry.agencies import find_round, list_rounds
from survey.store.staff.accounts import find_account

STORY = Path(__file__).with_name("demonstration.toml")
YEAR, LASTED, DAY = timedelta(days=365), timedelta(days=60), timedelta(days=1)
BEFORE = NOW - 1
# The newer round was published some days ago, so that the plan and its reports can follow. What was answered since is
# counted live only, as in an instance at work.
PUBLISHED_AGO = timedelta(days=12)
FEWEST = 150


def prepare_demonstration(desk: CaseDesk, *, today: date) -> Trial:
    """Add what is missing of the demonstration and return what there is to see.

    Raises RoundError in an instance that has a real round, before anything is added.
    """
    store, story = desk.store, _story()
    require_simulated(store)
    bring_registry(store)
    newer = _make_rounds(store, story["changes"], today)
    _make_accounts(store, story["accounts"])
    make_plan(store, story["plan"], newer, today=today)
    make_cases(desk, story["cases"], today=today)
    return prepare_trial(store, today=today, simulate=True)


@cache
def _story() -> dict[str, Any]:
    return tomllib.loads(STORY.read_text(encoding="utf-8"))


def _make_rounds(store: Store, changes: dict[str, dict[str, float]], today: date) -> str:
    """Fill the open round and the one before it as far as they are empty, and return the code of the open one."""
    with store.reading() as connection:
        empty = not list_rounds(connection)
    if empty:
        opened = today - timedelta(days=DAYS_BACK) - YEAR
        open_round(store, simulated_round(opened, opened + LASTED))
    number, newer = open_trial_round(store, today=today, simulate=True)
    if newer.previous_code:
        with store.reading() as connection:
            before, earlier = find_round(connection, newer.previous_code)
        simulation = Simulation(before, earlier, last=earlier.closes, number=BEFORE)
        fill_round(store, simulation, published_on=earlier.seals + DAY)
    published_on = max(newer.opens, today - PUBLISHED_AGO)
    fill_round(store, Simulation(number, newer, today, NOW, changes, FEWEST), published_on=published_on)
    return newer.code


def _make_accounts(store: Store, accounts: list[dict[str, str]]) -> None:
    """Make the accounts there are not; nobody sees their one-time passwords."""
    for one in accounts:
        with store.reading() as connection:
            known = find_account(connection, one["name"])
        if known is None:
            add_staff(store, one["name"], role=Role(one["role"]), agency_code=one["agency"])
