"""Two published rounds, a plan, and reports composed of them."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from survey.operations.plans.findings import Fallen, PlanFinding, to_stored
from survey.operations.plans.plans import add_task, make_plan
from survey.operations.publishing.publishing import publish_run
from survey.operations.registry.csv_import import import_registry
from survey.operations.report.report import Wanted, compose_report
from survey.operations.results.standing import PublishedRuns
from survey.operations.rounds.rounds import NewRound, open_round
from survey.store.feedback.tables import comment_screening, feedback_case
from survey.store.plans.plans import Plan, PlanTask
from survey.store.registry.agencies import find_round
from survey.store.registry.points import find_point
from survey.store.subjects import ADDED
from tests.beginnings import beginning
from tests.conftest import EXAMPLES
from tests.integration.report.reading import COMMENT, DEPARTMENT, FEW, HEAD, OTHER_WARD, TODAY, WARD, WARD_CODE, answer


@beginning
def two_rounds(store) -> None:
    """Publish a round before and one of now, in which a ward fell and a department has too few responses."""
    import_registry(store, EXAMPLES)
    spans = (("r0", "Đợt trước", 40, 20, None), ("r1", "Đợt này", 10, -20, "r0"))
    for code, title, opened, closes, previous in spans:
        days = TODAY - timedelta(days=opened), TODAY - timedelta(days=closes)
        open_round(store, NewRound(code, title, "sipas-2023", *days, simulated=True, previous_code=previous))
    for code, level in (("r0", 4.5), ("r1", 3.6)):
        answer(store, WARD, times=120, level=level, seed=1, code=code)
        answer(store, OTHER_WARD, times=70, level=4.2, seed=2, code=code)
        answer(store, DEPARTMENT, times=60, level=4.0, seed=3, code=code)
        answer(store, FEW, times=6, level=3.0, seed=4, code=code)
        publish_run(store, code, today=TODAY)


@pytest.fixture
def compose(store, two_rounds):
    """Return a function that composes a report of the round of now."""
    runs = PublishedRuns(store)

    def composed(agency: str | None = None, plan: int | None = None, code: str = "r1"):
        return compose_report(store, runs, Wanted(code, HEAD, agency, plan))

    return composed


@pytest.fixture
def plan(store, two_rounds) -> int:
    """Screen a comment of the ward, let it handle 12 cases, make its plan with one task, and return its number."""
    made = make_plan(store, Plan(WARD_CODE, "r1", 2026, "Kế hoạch"), Fallen(), today=TODAY, staff="lan")
    words = {"task": "Bố trí ghế", "lead": "Văn phòng", "coordinating": "Các phòng", "product": "Ghế"}
    finding = to_stored(PlanFinding("Ghế ngồi"))
    add_task(store, made, PlanTask("I. Tiếp cận dịch vụ", "", finding, **words, deadline="Quý II"), staff="lan")
    late, on_time = TODAY - timedelta(days=2), TODAY + timedelta(days=20)
    closed = [(on_time, True)] * 5 + [(on_time, False)] * 2 + [(on_time, None)] * 2 + [(late, None)]
    with store.writing(ADDED) as connection:
        round_id = find_round(connection, "r1")[0]
        agency_id = find_point(connection, WARD).agency_id
        own = {"round_id": round_id, "agency_id": agency_id, "decided_on": TODAY, "staff": "lan"}
        connection.execute(insert(comment_screening).values(comment_key=bytes(16), text=COMMENT, **own))
        # 12 received: 10 answered, 9 of them in time; 2 open, one of them for too long.
        for number, (due, satisfied) in enumerate([*closed, (late, None), (on_time, None)]):
            said = {"code": f"{number:08}", "secret_digest": "0" * 64, "kind": "complaint", "text": "Chờ lâu"}
            days = {"received_on": TODAY - timedelta(days=5), "due_on": due, "agency_id": agency_id}
            answered = {"answer": "Đã sửa", "answered_on": TODAY} if number < len(closed) else {}
            state = {"state": "answered" if answered else "received", "satisfied": satisfied}
            connection.execute(insert(feedback_case).values(**said, **days, **answered, **state))
    return made
