"""The demonstration: two simulated rounds, what fell between them, a plan that answers to it, and feedback."""

import tomllib
from collections import Counter
from datetime import date, timedelta
from html import unescape

import pytest
from sqlalchemy import func, select

from survey.app import create_app
from survey.errors import RoundError
from survey.fieldwork import RoundState
from survey.operations.clock import today_in_vietnam
from survey.operations.demo.story import STORY, prepare_demonstration
from survey.operations.demo.trial import prepare_trial
from survey.operations.feedback.receipts import CaseDesk
from survey.operations.feedback.working_days import load_working_days
from survey.operations.plans import plans
from survey.operations.plans.findings import fallen_of, from_stored
from survey.operations.registry.acting import agencies_on
from survey.operations.results.standing import PublishedRuns
from survey.operations.rounds.rounds import NewRound, open_round
from survey.operations.staff.rights import Role
from survey.services import EXTENSION
from survey.store import schema
from survey.store.feedback.tables import case_event, feedback_case
from survey.store.plans.plans import list_plans
from survey.store.plans.tables import improvement_plan, plan_progress, plan_task
from survey.store.registry.agencies import list_rounds
from survey.store.results.heads import RunKind, latest_heads, list_run_heads
from survey.store.staff.tables import audit, staff
from survey.store.tables import agency, response, run, run_breakdown, service_point, survey_round
from survey.typed.deadlines import DeadlineKind
from tests.sign_in import admit

TABLES = (agency, service_point, survey_round, response, run, run_breakdown, staff, audit)
TABLES += (improvement_plan, plan_task, plan_progress, feedback_case, case_event)
CASE_DAYS = 15
# A Sunday, so that working days and days differ from the first one on.
TODAY = date(2026, 11, 22)
TOLD = tomllib.loads(STORY.read_text(encoding="utf-8"))
FELL = {code: {part for part, by in parts.items() if by < 0} for code, parts in TOLD["changes"].items()}
PLANNED = TOLD["plan"]["agency"]


def desk_of(store) -> CaseDesk:
    return CaseDesk(store, b"k" * 32, load_working_days(), CASE_DAYS)


def counts(store) -> dict[str, int]:
    with store.reading() as connection:
        return {one.name: connection.scalar(select(func.count()).select_from(one)) for one in TABLES}


def rounds_of(store):
    """Return the rounds of a demonstration, the first one first."""
    with store.reading() as connection:
        return sorted(list_rounds(connection).values(), key=lambda one: one.opens)


def standing_of(store):
    return PublishedRuns(store).standing()


def cases_of(store):
    with store.reading() as connection:
        return connection.execute(select(feedback_case, agency.c.code.label("agency")).join(agency)).all()


def the_plan(store):
    with store.reading() as connection:
        (kept,) = list_plans(connection, None)
    return plans.find_sheet(store, kept.id)


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """Return an application with the demonstration as it is prepared today."""
    settings = {"HAI_LONG_INSTANCE": str(tmp_path_factory.mktemp("instance")), "DATABASE_URL": "", "PUBLIC_URL": ""}
    made = create_app({**settings, "SURVEY_OWNER": "Sở Nội vụ"})
    made.testing = True
    store = made.extensions[EXTENSION].store
    schema.upgrade(store)
    prepare_demonstration(desk_of(store), today=today_in_vietnam())
    yield made
    store.close()


@pytest.fixture
def shown_store(shown):
    return shown.extensions[EXTENSION].store


@pytest.mark.slow
def test_it_is_made_once(store) -> None:
    made = prepare_demonstration(desk_of(store), today=TODAY)
    once = counts(store)
    assert min(once.values()) > 0
    again = prepare_demonstration(desk_of(store), today=TODAY + timedelta(days=1))
    assert counts(store) == once
    assert again == made


@pytest.mark.slow
def test_months_later_the_next_round_is_compared_with_the_last(store) -> None:
    prepare_demonstration(desk_of(store), today=TODAY)
    before = rounds_of(store)
    once, last = counts(store), before[-1]
    # Nine days after it closed, the 30 days a simulated round has behind it would begin within it.
    prepare_demonstration(desk_of(store), today=last.closes + timedelta(days=9))
    *same, new = rounds_of(store)
    assert same == before
    assert (new.previous_code, new.opens) == (last.code, last.closes + timedelta(days=1))
    later = counts(store)
    assert later["run"] == once["run"] + 1
    assert all(later[one.name] == once[one.name] for one in (improvement_plan, plan_task, feedback_case, staff))


@pytest.mark.slow
def test_a_final_round_a_year_ago_and_one_that_is_open(shown_store) -> None:
    earlier, newer = rounds_of(shown_store)
    today = today_in_vietnam()
    assert all(one.simulated for one in (earlier, newer))
    assert (earlier.state_on(today), newer.state_on(today)) == (RoundState.SEALED, RoundState.OPEN)
    assert newer.opens - earlier.opens == timedelta(days=365)
    assert newer.previous_code == earlier.code
    with shown_store.reading() as connection:
        kinds = {one.round_code: one.kind for one in list_run_heads(connection)}
    assert kinds == {earlier.code: RunKind.FINAL, newer.code: RunKind.PRELIMINARY}
    standing = standing_of(shown_store)
    final = standing.latest(earlier.code)
    assert set(standing.runs.axes_of(final)) == {"mode", "month", "service_point"}
    series = standing.series_of(standing.latest(newer.code), PLANNED)
    assert [len(segment) for segment in series.segments] == [2], "one series without a break"


@pytest.mark.slow
def test_what_was_made_to_fall_fell_beyond_chance_and_most_did_not(shown_store) -> None:
    standing = standing_of(shown_store)
    _, newer = rounds_of(shown_store)
    falls = standing.falls_of(standing.latest(newer.code))
    beyond = {(one.key.unit, one.key.part) for one in falls.rows if one.difference.beyond_chance}
    assert beyond >= {(unit, part) for unit, parts in FELL.items() for part in parts}
    compared = [one for key, one in falls.comparison.differences.items() if key.unit not in TOLD["changes"]]
    kept = [one for one in compared if one.value is not None and abs(one.value) < 5]
    assert len(kept) > 0.9 * len([one for one in compared if one.value is not None])
    rose = {key.unit for key, one in falls.comparison.differences.items() if one.beyond_chance and one.value > 0}
    assert {"P-TAMTHANH", "STC"} <= rose


@pytest.mark.slow
def test_the_plan_begins_with_what_fell_and_is_under_way(shown_store) -> None:
    sheet, today = the_plan(shown_store), today_in_vietnam()
    plan = sheet.kept.plan
    assert (plan.agency_code, plan.round_code, plan.places) == (PLANNED, rounds_of(shown_store)[-1].code, 2)
    assert set(fallen_of(standing_of(shown_store), plan).findings) >= FELL[PLANNED]
    answered = {one.kept.task.part for one in sheet.given if from_stored(one.kept.task.finding).fall}
    assert answered >= FELL[PLANNED]
    kinds = {one.kept.task.deadline_kind for one in sheet.given}
    assert kinds >= {DeadlineKind.DATE, DeadlineKind.MONTH, DeadlineKind.QUARTER, DeadlineKind.ONGOING}
    assert [one.percent for one in sheet.given if one.kept.is_late(today)] == [60]
    assert sorted(one.percent for one in sheet.given if one.reports) == [60, 100]
    assert all(report.evidence for one in sheet.given for report in one.reports)
    assert all(one.kept.task.product for one in sheet.given)
    assert {code for one in sheet.given for code in one.kept.task.owners} == {PLANNED, "TTPVHCC"}
    days = [sheet.kept.made_on, *(report.reported_on for one in sheet.given for report in one.reports)]
    with shown_store.reading() as connection:
        newest = max(one.published_on for one in latest_heads(connection))
    assert newest <= min(days) <= max(days) <= today


@pytest.mark.slow
def test_units_of_the_plan_are_agencies_of_the_registry(shown_store) -> None:
    names = {one.name for one in agencies_on(shown_store, today_in_vietnam()).offered()}
    tasks = [one.kept.task for one in the_plan(shown_store).given]
    units = {unit for task in tasks for unit in f"{task.lead}; {task.coordinating}".split("; ")}
    assert len(units) > 3
    assert units <= names


@pytest.mark.slow
def test_there_is_a_case_in_every_state(shown_store) -> None:
    found, today = cases_of(shown_store), today_in_vietnam()
    states = Counter(one.state for one in found)
    assert states.keys() == {"received", "assigned", "answered", "refused"}
    answered = [one for one in found if one.state == "answered"]
    assert {one.answered_on <= one.due_on for one in answered} == {True, False}
    assert {one.satisfied for one in answered} == {True, False, None}
    assert {one.published_on is None for one in answered} == {True, False}
    overdue = [one for one in found if one.state in ("received", "assigned") and one.due_on < today]
    assert {one.escalated_on is None for one in overdue} == {True, False}
    assert {one.kind for one in found} == {"complaint", "suggestion"}
    assert len({one.agency for one in found}) > 4
    texts = [text for one in found for text in (one.text, one.answer, one.public_text, one.public_answer) if text]
    assert all(text.startswith("[Mô phỏng] ") for text in texts)


@pytest.mark.slow
def test_everybody_sees_it(shown, shown_store) -> None:
    client = shown.test_client()
    _, newer = rounds_of(shown_store)
    public = [one for one in cases_of(shown_store) if one.published_on]

    def words(path: str) -> str:
        answer = client.get(path)
        assert answer.status_code == 200, path
        return unescape(answer.text)

    assert "Kết quả đã công bố" in words("/results/feedback")
    for one in public:
        assert one.public_answer in words(f"/results/feedback/{one.agency}")
        assert one.public_answer in words(f"/a/{one.agency}")
    admit(client, shown_store)
    about = ("/results/feedback", f"/results/feedback/{PLANNED}", f"/a/{PLANNED}", f"/results/{newer.code}/{PLANNED}")
    for path in (*about, "/staff/cases", "/staff/cases/figures"):
        assert "DỮ LIỆU MÔ PHỎNG" in words(path), path
    page = words(f"/staff/analysis/{newer.code}/agencies/{PLANNED}")
    changes, trend = page.partition('id="changes"')[2].split('id="trend"')
    fell = [row for row in changes.split("<tr") if ">Giảm<" in row]
    assert {part for part in FELL[PLANNED] if any(f">{part}. " in row for row in fell)} == FELL[PLANNED]
    assert trend.count('scope="row">mo-phong-') == 2
    assert the_plan(shown_store).kept.plan.title in words("/staff/plans")
    for one in (one for one in cases_of(shown_store) if one.state in ("received", "assigned")):
        assert one.code in words("/staff/cases")


@pytest.mark.parametrize("days_ago", [7, 60], ids=["open", "closed"])
def test_an_instance_with_a_real_round_is_left_alone(store, days_ago) -> None:
    opens = TODAY - timedelta(days=days_ago)
    open_round(store, NewRound("r1", "Đợt thật", "sipas-2023", opens, opens + timedelta(days=30)))
    before = counts(store)
    with pytest.raises(RoundError, match="this instance holds a real round"):
        prepare_demonstration(desk_of(store), today=TODAY)
    with pytest.raises(RoundError, match="this instance holds a real round"):
        prepare_trial(store, today=TODAY, simulate=True)
    assert counts(store) == before


def test_without_the_demonstration_there_is_an_empty_round(store) -> None:
    made = prepare_trial(store, today=TODAY, simulate=False)
    assert (made.survey_round.code, made.survey_round.simulated, made.responses) == ("thu-2026-11-22", False, 0)
    found = counts(store)
    assert not any(found[one.name] for one in (response, run, improvement_plan, feedback_case, staff))
    assert prepare_trial(store, today=TODAY, simulate=False) == made


@pytest.mark.slow
def test_the_command_prepares_it(app, store) -> None:
    told = app.test_cli_runner().invoke(args=["trial", "prepare", "--demo"])
    assert told.exit_code == 0, told.output
    assert "(DỮ LIỆU MÔ PHỎNG)" in told.output
    with store.reading() as connection:
        names = set(connection.scalars(select(staff.c.username)))
    assert names == {Role.ADMINISTRATOR, *(one["name"] for one in TOLD["accounts"])}
    assert len(cases_of(store)) == len(TOLD["cases"])


def test_the_command_refuses_a_real_round(app, store, round_of_2023_form) -> None:
    told = app.test_cli_runner().invoke(args=["trial", "prepare", "--demo"])
    assert told.exit_code == 1
    assert "this instance holds a real round" in told.output
    assert not cases_of(store)


@pytest.mark.slow
def test_simulated_rounds_alone_stay_as_they_are_without_a_plan(store) -> None:
    prepare_trial(store, today=TODAY, simulate=True)
    (only,), held = rounds_of(store), counts(store)
    prepare_demonstration(desk_of(store), today=TODAY)
    assert rounds_of(store) == [only]
    now = counts(store)
    assert (now["response"], now["run"], now["improvement_plan"]) == (held["response"], held["run"], 0)
    assert now["feedback_case"] == len(TOLD["cases"])
