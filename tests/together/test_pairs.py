"""Every two acts that touch one subject come out as one after the other, wherever one of them is held."""

import ast
import os
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from survey.store import engine
from tests.together.acts import ACTS
from tests.together.harness import at_once, one_after_the_other, watched
from tests.together.scenes import Stage, stage_of, told
from tests.together.tries import Act

pytestmark = pytest.mark.together
SURVEY = Path(__file__).parents[2] / "survey"
SUBJECT = re.compile(r"\b([A-Z][A-Z_]+)\b(\.read\(\))?")
CITIZENS = ("answer_with_words", "answer_again")


def _functions() -> Iterator[tuple[str, dict[str, bool]]]:
    """Yield folder, module and name of every function that holds subjects, and whether it only reads each."""
    for path in SURVEY.rglob("*.py"):
        for one in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(one, ast.FunctionDef) and (subjects := _subjects_of(one)):
                yield f"{path.parent.name}.{path.stem}.{one.name}", subjects


def _subjects_of(function: ast.FunctionDef) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in ("writing", "holding"):
            for name, read in SUBJECT.findall(" ".join(map(ast.unparse, call.args))):
                found[name] = found.get(name, True) and bool(read)
    found.pop("ADDED", None)
    return found


DECIDING = dict(_functions())
EVERYBODY = {
    name: {subject: read for one in act.covers for subject, read in DECIDING.get(one, {}).items()}
    for name, act in ACTS.items()
}


def test_every_function_that_decides_is_tried_by_an_act() -> None:
    covered = {one for act in ACTS.values() for one in act.covers}
    assert set(DECIDING) - covered == set()
    assert covered - set(DECIDING) == set()


def _meet(one: str, other: str) -> bool:
    """Tell whether the first of two acts has to be held while the other runs.

    Whoever only rests on a subject is held while it is changed; the other way round both orders are one.
    """
    if one in CITIZENS or other in CITIZENS:
        nightly = {"SETTLING", "PUBLICATION"}
        return bool(nightly & {*EVERYBODY[one], *EVERYBODY[other]}) or (one in CITIZENS and other in CITIZENS)
    shared = EVERYBODY[one].keys() & EVERYBODY[other].keys()
    return any(not EVERYBODY[other][subject] for subject in shared)


PAIRS = [(one, other) for one, other in product(ACTS, repeat=2) if _meet(one, other)]
# Where the first act is held: before each of its statements where all is tried, else before early ones, where it
# looks before it holds, and its commit.
EVERY_STATEMENT = bool(os.environ.get("TOGETHER_EVERY_STATEMENT"))


def _stops(statements: int, *, is_sqlite: bool) -> list[int]:
    if EVERY_STATEMENT:
        return list(range(statements))
    # On SQLite one act writes at a time: what is read before its turn is all that can go wrong.
    wanted = {1} if is_sqlite else {1, 2, statements - 1}
    return sorted(wanted & set(range(statements)))


@pytest.fixture(scope="module")
def stages() -> dict[str, Stage]:
    return {}


@pytest.fixture
def stage(request, stages, database_kind, tmp_path_factory) -> Stage:
    """Return the stage of a kind of database, which stands for all pairs of a process."""
    if database_kind not in stages:
        store = request.getfixturevalue(f"lasting_{database_kind}")
        stages[database_kind] = stage_of(store, tmp_path_factory.mktemp("trials"))
    return stages[database_kind]


@pytest.mark.parametrize("database_kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
@pytest.mark.parametrize("first", ACTS)
def test_two_acts_at_once_come_out_as_one_after_the_other(stage: Stage, first: str) -> None:
    wrong = [fault for one, other in PAIRS if one == first for fault in _try(stage, ACTS[one], ACTS[other])]
    assert not wrong, "\n\n".join(wrong)


def _try(stage: Stage, one: Act, other: Act) -> Iterator[str]:
    *right, statements = _in_order(stage, one, other)
    *turned, _ = _in_order(stage, other, one, turned=True)
    for stop in _stops(statements, is_sqlite=stage.again().is_sqlite):
        store = stage.again()
        first, second = one.begin(store), other.begin(store)
        with watched():
            outcomes = at_once(store, first, second, stop=stop)
        if outcomes and (found := [*outcomes, told(store)]) not in (right, turned):
            where = f"{one.name} held before statement {stop}, {other.name} meanwhile"
            yield f"{where}: {outcomes}\n{_shown(found, right, turned)}"
            return


def _in_order(stage: Stage, first: Act, second: Act, *, turned: bool = False) -> tuple[str, str, str, int]:
    """Return what became of both acts, all that stands then, and how many statements the first one had."""
    store = stage.again()
    # Both are shown what there is before either acts, in the same order as when they act at once.
    begun = [second.begin(store), first.begin(store)][::-1] if turned else [first.begin(store), second.begin(store)]
    with watched():
        acts = one_after_the_other(*begun)
    outcomes = [one.outcome for one in acts]
    return *(outcomes[::-1] if turned else outcomes), told(store), acts[0].statements


def _shown(found: list[str], *right: list[str]) -> str:
    """Return what differs from both right ends."""
    lines = []
    for *outcomes, whole in right:
        now, wanted = set(found[-1].splitlines()), set(whole.splitlines())
        more, less = (f"  + {one[:300]}" for one in now - wanted), (f"  - {one[:300]}" for one in wanted - now)
        lines += [str(outcomes), *more, *less]
    return "\n".join(lines)


# Acts that overlap unseen where nothing is held: what the holds are for, and what these trials must be able to see.
UNHELD = (
    ("confirm_a_table", "confirm_a_table"),
    ("confirm_a_table", "revoke_a_code"),
    ("confirm_a_table", "merge_a_into_b"),
    ("import_a_folder", "import_a_folder"),
    ("import_a_folder", "revoke_a_code"),
    ("settle_the_night", "forget_answers"),
    ("screen_comments", "forget_answers"),
    ("merge_a_into_b", "merge_b_into_c"),
    ("merge_a_into_b", "merge_b_into_a"),
    ("put_a_under_b", "put_b_under_a"),
    ("type_visits", "type_visits"),
    ("add_a_point", "add_a_point"),
    ("add_a_point", "end_an_agency"),
    ("end_an_agency", "add_a_point"),
)


@pytest.mark.postgresql
@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_without_holds_these_trials_see_what_goes_wrong(stage: Stage, monkeypatch) -> None:
    monkeypatch.setattr(engine, "hold", lambda *_about, **_limits: None)
    unseen = [pair for pair in UNHELD if not [*_try(stage, *(ACTS[one] for one in pair))]]
    assert unseen == []
