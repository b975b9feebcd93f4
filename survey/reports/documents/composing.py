"""Put the chapters and annexes of a report together."""

from collections.abc import Sequence

from survey.analysis.figures.results import OVERALL
from survey.reports.documents.agency_chapters import agency_results
from survey.reports.documents.annexes import by_dimension, in_full, plan_annex
from survey.reports.documents.answers import answers_by_agency
from survey.reports.documents.facts import AgencyFacts, RoundFacts, Run, Supplements
from survey.reports.documents.figures import is_self_selected
from survey.reports.documents.model import Annex, Element, Letterhead, PlanTable, Report, numbered
from survey.reports.documents.opening import opening
from survey.reports.documents.round_chapters import round_results
from survey.reports.documents.shared_chapters import (
    falls_chapter,
    points_chapter,
    proposals_chapter,
    voices_chapter,
)
from survey.reports.tables import simulation_notice

OF_ALL = "các cơ quan hành chính nhà nước tham gia đợt khảo sát"


def round_report(facts: RoundFacts, letterhead: Letterhead, supplements: Supplements) -> Report:
    """Return the report of a round: results of everybody, of blocks and of every agency."""
    run, plan = facts.run, supplements.plan
    body: tuple[Element, ...] = (
        *opening(run, OF_ALL),
        *round_results(facts),
        *falls_chapter(run, facts.compared, facts.names, facts.pictures.get("falls"), "có ở Phụ lục II"),
        *voices_chapter(supplements),
        *points_chapter(run, facts.total[OVERALL]),
        *proposals_chapter(
            facts.compared, whom="các cơ quan", annex="Phụ lục III" if plan else "", issuer=letterhead.issuer
        ),
    )
    annexes = (
        Annex("Chỉ số theo yếu tố của từng cơ quan", by_dimension(run, facts.units)),
        Annex("Kết quả theo từng cơ quan", (*in_full(run, facts.units), *answers_by_agency(run, facts.answers))),
    )
    subject = "các cơ quan hành chính nhà nước"
    return _report(run, letterhead, subject, body, (*annexes, *_plans(plan)))


def agency_report(facts: AgencyFacts, letterhead: Letterhead, supplements: Supplements) -> Report:
    """Return the report of one agency."""
    run, unit, plan = facts.run, facts.unit, supplements.plan
    body: tuple[Element, ...] = (
        *opening(run, unit.name),
        *agency_results(facts),
        *falls_chapter(run, facts.compared, {unit.code: unit.name}, None, "có ở mục III.4"),
        *voices_chapter(supplements),
        *points_chapter(run, unit.lines[OVERALL]),
        *proposals_chapter(facts.compared, whom=unit.name, annex="Phụ lục I" if plan else "", issuer=letterhead.issuer),
    )
    return _report(run, letterhead, unit.name, body, _plans(plan))


def _plans(plan: PlanTable | None) -> tuple[Annex, ...]:
    return (plan_annex(plan),) if plan else ()


def _report(
    run: Run, letterhead: Letterhead, whose: str, body: tuple[Element, ...], annexes: Sequence[Annex]
) -> Report:
    kind = "đánh giá thường xuyên" if is_self_selected(run) else "khảo sát, đo lường"
    subject = (
        f"Kết quả {kind} sự hài lòng của người dân, tổ chức đối với sự phục vụ của {whose} – {run.survey_round.title}"
    )
    notice = simulation_notice("vi") if run.survey_round.simulated else ""
    return numbered(Report(letterhead, subject, body, tuple(annexes), notice))
