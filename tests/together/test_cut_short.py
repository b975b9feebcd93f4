"""Long work that is cut short before any of its statements leaves nothing half done, and the next time completes it."""

import pytest

from tests.together.acts import ACTS
from tests.together.harness import CUT, Held, watched
from tests.together.scenes import Stage, stage_of, told

pytestmark = pytest.mark.together
LONG = (
    "settle_the_night",
    "forget_answers",
    "forget_all_contacts",
    "publish_for_now",
    "publish_the_last_word",
    "import_answers",
    "confirm_a_table",
    "merge_a_into_b",
    "store_a_batch",
)


@pytest.fixture
def stage(request, database_kind, tmp_path) -> Stage:
    return stage_of(request.getfixturevalue(f"lasting_{database_kind}"), tmp_path)


@pytest.mark.parametrize("database_kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_the_next_time_completes_what_was_cut_short(stage: Stage, database_kind: str) -> None:
    for name in LONG:
        store = stage.again()
        whole = _run(ACTS[name].begin(store))
        right = told(store)
        for place in range(whole.statements):
            store = stage.again()
            act = ACTS[name].begin(store)
            assert _run(act, cut=place).outcome == CUT, f"{name} before statement {place}"
            _run(act)
            assert told(store) == right, f"{name} cut short before statement {place}"


def _run(act, *, cut: int | None = None) -> Held:
    with watched():
        held = Held(act, cut=cut).begin()
        held.end()
    return held
