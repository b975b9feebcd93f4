"""What an improvement plan answers to: the criteria that fell in its round, with the figures as they were published."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from survey.analysis.comparing.comparison import Break, Comparison, Verdict
from survey.analysis.comparing.falls import Fall, Falls, what_fell
from survey.analysis.figures.results import OVERALL
from survey.errors import RoundError, UnknownCodeError
from survey.formatting import format_count, format_date, format_percent
from survey.instrument import Instrument
from survey.operations.results.published import PublishedRun
from survey.operations.results.standing import Standing
from survey.reports.charts.change import signed
from survey.reports.words import VERDICTS
from survey.store.plans.plans import Plan, PlanTask
from survey.wording import word

# Plans number the five dimensions of the questionnaire in this way.
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
NO_ROUND = "Kế hoạch này không gắn với đợt khảo sát nào nên không lấy nội dung bị giảm từ kết quả."
NOT_PUBLISHED = "Đợt này chưa có kết quả được công bố nên chưa biết nội dung nào giảm."
NO_PREVIOUS = "Chưa có đợt trước đã công bố để so sánh nên chưa biết nội dung nào giảm."
NO_FIGURES = "{whose} không có số liệu được công bố ở cả hai đợt nên không nêu được mức giảm nào."
ONE_AGENCY, ALL_AGENCIES = "Cơ quan này", "Các cơ quan tính chung"
NOTHING_FELL = "Không có nội dung nào giảm so với đợt trước, trong {compared} nội dung so sánh được."
NOT_COMPARED = "Có {count} nội dung không so sánh được vì không công bố hoặc thiếu số liệu ở một trong hai đợt."
REASONS = {"instrument": "mẫu phiếu", "formulas": "cách tính", "basis": "cách chọn người trả lời"}


@dataclass(frozen=True, slots=True)
class FallFigures:
    """A fall as it was published: both figures and their difference, per cent and points, and what the test says."""

    label: str
    before: float
    after: float
    difference: float
    verdict: str
    responses_before: int
    responses_after: int
    round_before: str
    round_after: str
    run: str
    published_on: str

    @property
    def beyond_chance(self) -> bool:
        """Tell whether the fall is more than chance explains."""
        return self.verdict == Verdict.FELL

    @property
    def figures_in_words(self) -> str:
        """Both figures, what lies between them, and whether that is more than chance."""
        told = "vượt quá dao động ngẫu nhiên" if self.beyond_chance else word(VERDICTS[Verdict(self.verdict)], "vi")
        pair = f"{format_percent(self.before)}% → {format_percent(self.after)}%"
        return f"{pair} ({signed(self.difference, 'vi')} điểm phần trăm; {told[:1].lower()}{told[1:]})"

    @property
    def responses_in_words(self) -> str:
        """How many answered in both rounds."""
        return f"{format_count(self.responses_before)} và {format_count(self.responses_after)} phiếu"

    @property
    def source_in_words(self) -> str:
        """Which rounds are compared, and when this was published."""
        day = format_date(date.fromisoformat(self.published_on))
        return f"đợt {self.round_after} so với đợt {self.round_before}, công bố ngày {day}"


@dataclass(frozen=True, slots=True)
class PlanFinding:
    """What a task answers to: words somebody typed (“Trừ 0,3 điểm”), the figures of a fall, or both."""

    text: str = ""
    fall: FallFigures | None = None

    @property
    def in_words(self) -> str:
        """The finding as the annex prints it, the words of people first."""
        one = self.fall
        fall = f"{one.label}: {one.figures_in_words}, {one.responses_in_words}" if one else ""
        return "\n".join(filter(None, (self.text, fall)))


@dataclass(frozen=True, slots=True)
class Fallen:
    """What fell, by part in the order of the questionnaire; `note` says what has to be known about it.

    A plan begins with the `certain` findings, those beyond chance; the `doubtful` ones are offered beside them.
    """

    findings: Mapping[str, PlanFinding] = field(default_factory=dict)
    headings: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def certain(self) -> dict[str, PlanFinding]:
        """The falls that are more than chance explains."""
        return {part: one for part, one in self.findings.items() if one.fall and one.fall.beyond_chance}

    def doubtful(self, without: Iterable[str]) -> dict[str, PlanFinding]:
        """Return the falls that may be chance, but for the parts that have a row already."""
        left_out = {*without, *self.certain}
        return {part: one for part, one in self.findings.items() if part not in left_out}

    def rows(self, *, without: Iterable[str] = ()) -> Iterator[PlanTask]:
        """Yield a row of the annex for every certain finding whose part is not among `without`."""
        left_out = frozenset(without)
        for part, finding in self.certain.items():
            if part not in left_out:
                yield PlanTask(self.headings[part], part, to_stored(finding))


def to_stored(finding: PlanFinding) -> dict[str, object]:
    """Return a finding as it is stored."""
    fall = finding.fall
    figures = {} if fall is None else {name: getattr(fall, name) for name in FallFigures.__dataclass_fields__}
    return {"text": finding.text, **({"fall": figures} if figures else {})}


def from_stored(stored: Mapping[str, Any]) -> PlanFinding:
    """Return a finding that was stored."""
    return PlanFinding(stored.get("text", ""), FallFigures(**stored["fall"]) if "fall" in stored else None)


def fallen_of(standing: Standing, plan: Plan) -> Fallen:
    """Return what fell in the round of a plan for its agency, or for all together, from published runs only."""
    if not plan.round_code:
        return Fallen(note=NO_ROUND)
    try:
        shown = standing.latest(plan.round_code)
    except (RoundError, UnknownCodeError):
        return Fallen(note=NOT_PUBLISHED)
    found = falls_for(standing, shown, plan)
    return Fallen(note=NO_PREVIOUS) if found is None else _fallen(found, shown, plan.agency_code or "")


def falls_for(standing: Standing, shown: PublishedRun, plan: Plan) -> Falls | None:
    """Return the comparison of a run with the round before: of a plan's agency by itself, or of everybody.

    None without an earlier round that is published. Withheld figures take no part in either.
    """
    if plan.agency_code:
        return standing.falls_of(shown, plan.agency_code)
    previous = standing.previous_of(shown)
    if previous is None:
        return None
    before, after = (one.total_figures() for one in (previous, shown))
    return what_fell(before, after, instrument=shown.instrument)


def break_in_words(gap: Break) -> str:
    """Say why two rounds are not compared."""
    reasons = ", ".join(REASONS[name] for name in gap.reasons)
    return f"Không so sánh được đợt {gap.before.round_code} với đợt {gap.after.round_code}: {reasons} đã đổi."


def part_labels(instrument: Instrument) -> dict[str, str]:
    """Return how plans name the parts of a questionnaire: dimensions by their label, criteria with their code."""
    labels: dict[str, str] = {}
    for dimension in instrument.dimensions:
        labels[dimension.code] = dimension.label.vi
        labels |= {item.code: f"{item.code}. {item.short.vi}" for item in dimension.items}
    return labels


def part_headings(instrument: Instrument) -> dict[str, str]:
    """Return under which heading a plan puts each part: its dimension, numbered."""
    return {
        part: f"{ROMAN[place]}. {dimension.label.vi}"
        for place, dimension in enumerate(instrument.dimensions)
        for part in (dimension.code, *(item.code for item in dimension.items))
    }


def _fallen(falls: Falls, shown: PublishedRun, unit: str) -> Fallen:
    if falls.comparison.gap:
        return Fallen(note=break_in_words(falls.comparison.gap))
    labels = part_labels(shown.instrument)
    own = {fall.key.part: fall for fall in falls.rows if fall.key.unit == unit}
    origin = _origin(shown)
    findings = {
        part: PlanFinding(fall=_figures(own[part], label, origin)) for part, label in labels.items() if part in own
    }
    compared = _compared(falls.comparison, unit)
    whose = ONE_AGENCY if unit else ALL_AGENCIES
    return Fallen(findings, part_headings(shown.instrument), _note(findings, compared, len(labels), whose))


def _origin(shown: PublishedRun) -> dict[str, str]:
    """Return where the figures of a fall come from: the two rounds, the run and the day it was published."""
    return {
        "round_before": shown.survey_round.previous_code or "",
        "round_after": shown.survey_round.code,
        "run": shown.id,
        "published_on": shown.head.published_on.isoformat(),
    }


def _figures(fall: Fall, label: str, origin: Mapping[str, str]) -> FallFigures:
    return FallFigures(
        label,
        before=fall.before.value or 0.0,
        after=fall.after.value or 0.0,
        difference=fall.difference.value or 0.0,
        verdict=fall.difference.verdict.value,
        responses_before=fall.before.responses,
        responses_after=fall.after.responses,
        **origin,
    )


def _compared(comparison: Comparison, unit: str) -> int:
    """Return how many parts of a unit have a difference, the overall figure aside."""
    found = (one for key, one in comparison.differences.items() if key.unit == unit and key.part != OVERALL)
    return sum(one.value is not None for one in found)


def _note(findings: Mapping[str, PlanFinding], compared: int, parts: int, whose: str) -> str:
    if not compared:
        return NO_FIGURES.format(whose=whose)
    left = parts - compared
    nothing = "" if findings else NOTHING_FELL.format(compared=format_count(compared))
    return " ".join(filter(None, (nothing, NOT_COMPARED.format(count=format_count(left)) if left else "")))
