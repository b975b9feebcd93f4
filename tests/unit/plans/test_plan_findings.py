"""What a plan begins with: falls beyond chance, the others offered beside them."""

from dataclasses import replace

from survey.analysis.comparing.comparison import Verdict
from survey.operations.plans.findings import Fallen, FallFigures, PlanFinding

FELL = FallFigures("A1", 90.0, 80.0, -10.0, Verdict.FELL.value, 300, 300, "r0", "r1", "ab", "2026-11-21")
MAYBE = replace(FELL, label="B1", verdict=Verdict.NOT_BEYOND_CHANCE.value)
FALLEN = Fallen(
    {"A1": PlanFinding(fall=FELL), "B1": PlanFinding(fall=MAYBE), "C1": PlanFinding(fall=MAYBE)},
    dict.fromkeys(("A1", "B1", "C1"), "I. Tiếp cận dịch vụ"),
)


def test_only_falls_beyond_chance_become_rows():
    assert [row.part for row in FALLEN.rows()] == ["A1"]
    assert list(FALLEN.rows(without=["A1"])) == []


def test_the_others_are_offered_until_they_are_in_the_plan():
    assert list(FALLEN.doubtful([])) == ["B1", "C1"]
    assert list(FALLEN.doubtful(["C1"])) == ["B1"]


def test_a_plan_of_noise_alone_begins_empty():
    noise = Fallen({"B1": PlanFinding(fall=MAYBE)}, {"B1": "I. Tiếp cận dịch vụ"})
    assert list(noise.rows()) == []
